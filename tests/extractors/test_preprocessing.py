"""Crops, turns and grey before an extractor: by name, in the key, and nothing else changes."""

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from core import embeddings, extractors, images, references
from core.errors import NotFound
from core.extractors import preprocessing
from core.extractors.preprocessing import parse
from core.workspace import Workspace

RAMP = np.arange(100, dtype=np.uint8).reshape(10, 10, 1)


def test_crops_turns_and_grey() -> None:
    assert np.array_equal(parse(["centre-crop-80"])(RAMP), RAMP[1:9, 1:9])
    wide = np.concatenate([RAMP, RAMP], axis=1)
    assert np.array_equal(parse(["centre-crop-80"])(wide), wide[1:9, 6:14])
    part = parse(["random-crop-50"])(RAMP)
    assert any(np.array_equal(part, RAMP[i : i + 5, j : j + 5]) for i in range(6) for j in range(6))
    assert np.array_equal(parse(["rotate-90"])(RAMP), np.rot90(RAMP))
    assert np.array_equal(parse(["rotate-180", "rotate-180"])(RAMP), RAMP)
    assert parse(["grey"])(data.coffee()).shape == (*data.coffee().shape[:2], 1)
    assert np.array_equal(parse(["grey"])(RAMP), RAMP)


def test_a_slanting_turn_holds_no_pixel_from_outside() -> None:
    white = np.full((60, 90, 3), 255, np.uint8)
    for degrees in (1, 30, 45, 200):
        turned = parse([f"rotate-{degrees}"])(white)
        assert turned.min() == 255
        assert turned.shape[1] / turned.shape[0] == pytest.approx(1.5, rel=0.1)


def test_random_crops_hang_on_the_picture_alone() -> None:
    crop = parse(["random-crop-50"])
    places = {crop(np.roll(RAMP, i)).tobytes() for i in range(20)}
    assert len(places) > 10
    assert np.array_equal(crop(RAMP), crop(RAMP.copy()))
    assert np.array_equal(crop(RAMP.repeat(3, axis=2)), crop(RAMP).repeat(3, axis=2))


@pytest.mark.parametrize(
    "name", ["hog+", "hog+blur", "hog+rotate", "hog+rotate-0", "hog+rotate-090", "hog+rotate-360", "hog+centre-crop-87",
             "hog+centre-crop-5", "hog+grey-1", "hog+grey+grey+grey+grey+grey", "none+grey"]
)  # fmt: skip
def test_what_is_no_step_is_refused(name: str) -> None:
    with pytest.raises(NotFound):
        extractors.get(name)


def test_a_prepared_extractor_is_the_extractor_on_prepared_pictures(tmp_path: Path) -> None:
    name = "hog+centre-crop+rotate-90"
    kind, plain = extractors.get(name), extractors.get("hog").build(tmp_path, None)
    prepared = kind.build(tmp_path, None)
    picture = data.coffee()
    by_hand = np.rot90(preprocessing.centre_crop(picture, 87))
    assert np.array_equal(prepared.embed([picture]), plain.embed([np.ascontiguousarray(by_hand)]))
    assert (prepared.name, kind.title) == (name, "Oriented gradients (HOG), centre 87%, turned 90°")
    other = extractors.get("hog+rotate-90+centre-crop").build(tmp_path, None)
    assert len({prepared.key, plain.key, other.key}) == 3
    assert extractors.get("efficientnet-lite0-96+grey").deep
    assert extractors.get("colour-histogram+grey").histogram
    published, turned = (extractors.get(f"inception-2015-tf{steps}") for steps in ("", "+rotate-90"))
    assert (published.inception, turned.inception) == (True, False)
    assert turned.probabilities is not None


def test_keys_of_extractors_without_steps_stay_as_they_are(tmp_path: Path) -> None:
    """Stored vectors are found by these; the first versions of the schema hold them."""
    keys = {name: extractors.get(name).build(tmp_path, None).key[:12] for name in ("pixels", "hog", "lbp", "gabor")}
    assert keys == {"pixels": "a25785618a76", "hog": "7908de373a39", "lbp": "034f21b0ae81", "gabor": "b729243ae553"}
    assert extractors.get("efficientnet-lite0-96").build(tmp_path, None).key[:12] == "7b5556cd8e92"
    assert extractors.get("colour-histogram").build(tmp_path, None).key[:12] == "f53a594d7c64"


def test_a_prepared_vocabulary_is_learned_from_prepared_pictures_and_stored(
    workspace: Workspace, tmp_path: Path
) -> None:
    cuts = [data.astronaut()[i : i + 96, j : j + 96] for i in range(0, 400, 80) for j in range(0, 400, 80)]
    np.save(tmp_path / "real.npy", np.stack(cuts))
    real = references.add(workspace, "cuts", tmp_path / "real.npy")
    name = "sift-words+rotate-90"
    built = embeddings.build(workspace, name, real.set_id)
    view = embeddings.embed_set(workspace, real.set_id, built)
    assert embeddings.find(workspace, real.set_id, name, real.set_id) == view
    assert embeddings.build(workspace, name, real.set_id).key == built.key
    assert built.key != embeddings.build(workspace, "sift-words", real.set_id).key
    (picture,) = images.load(workspace, real.set_id, 3, 4)
    found = embeddings.embed_with(workspace, view.extractor_id, picture)
    assert np.allclose(found, embeddings.load(workspace, view)[3], atol=1e-6)
