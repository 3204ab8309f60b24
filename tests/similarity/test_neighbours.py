"""Neighbours of stored and of strange pictures, and two pictures under everything there is."""

import numpy as np
import pytest
from skimage import data

from core import embeddings, extractors, images, neighbours, similarity
from core.embeddings import NotEmbedded
from core.errors import BadInput, NotFound
from storage.images import members
from tests.similarity.conftest import Sets


def embedded(sets: Sets, name: str) -> None:
    built = embeddings.build(sets.workspace, name, sets.reference.set_id)
    for set_id in (sets.reference.set_id, sets.sample_id):
        embeddings.embed_set(sets.workspace, set_id, built)


def image_at(sets: Sets, set_id: int, position: int) -> int:
    with sets.workspace.database.read() as session:
        return members(session, set_id)[position][1]


@pytest.mark.parametrize("name", ["pixels", "colour-histogram", "sift-words", "efficientnet-lite0-96"])
def test_a_copy_is_the_first_neighbour_at_zero_stored_or_uploaded(sets: Sets, name: str) -> None:
    embedded(sets, name)
    target, where = sets.reference.set_id, (sets.reference.set_id, name, "euclidean", 5)
    copy = image_at(sets, sets.sample_id, 7)
    for found in (
        neighbours.of_image(sets.workspace, copy, *where),
        neighbours.of_picture(sets.workspace, sets.generated[7], *where),
    ):
        assert len(found) == 5
        assert (found[0].position, found[0].image_id, found[0].set_id) == (1, copy, target)
        assert found[0].value == pytest.approx(0, abs=1e-4)
        assert [n.value for n in found] == sorted(n.value for n in found)
    stored = neighbours.of_image(sets.workspace, copy, *where)
    assert stored[0].value < 1e-6 or name.startswith("efficientnet")  # vectors of one batch differ in the last bits
    others = neighbours.of_image(sets.workspace, copy, *where, exclude_self=True)
    assert copy not in [n.image_id for n in others]


def test_parts_and_the_sample_set_itself(sets: Sets) -> None:
    embedded(sets, "pixels")
    query = image_at(sets, sets.reference.set_id, 55)
    ask = (sets.workspace, query, sets.reference.set_id, "pixels", "cosine", 60)
    reference, control, everything = (neighbours.of_image(*ask, part) for part in ("reference", "control", "all"))
    assert [len(reference), len(control), len(everything)] == [48, 12, 60]
    assert {n.position for n in control} == set(range(48, 60))
    assert control[0].position == everything[0].position == 55
    assert control[0].value == 1
    found = neighbours.of_image(sets.workspace, query, sets.sample_id, "pixels", "euclidean", 3)
    flat = np.stack([embeddings.embed_picture(sets.workspace, "pixels", p) for p in sets.generated])
    asked = embeddings.embed_picture(sets.workspace, "pixels", sets.real[55])
    assert [n.position for n in found] == np.linalg.norm(flat - asked, axis=1).argsort()[:3].tolist()
    assert found[0].label == str(found[0].position % 5)
    with pytest.raises(BadInput, match="control"):
        neighbours.of_image(sets.workspace, query, sets.sample_id, "pixels", "euclidean", 3, "control")


def test_what_is_unknown_or_missing_is_said(sets: Sets) -> None:
    ask = (sets.workspace, sets.generated[0])
    with pytest.raises(NotEmbedded, match=r"crops v1 has no vectors under Raw pixels yet. Embed it") as missing:
        neighbours.of_picture(*ask, sets.reference.set_id, "pixels", "euclidean", 3)
    assert (missing.value.set_id, missing.value.extractor) == (sets.reference.set_id, "pixels")
    with pytest.raises(NotFound, match="set of pictures 99"):
        neighbours.of_picture(*ask, 99, "pixels", "euclidean", 3)
    with pytest.raises(NotFound, match="extractor 'x'"):
        neighbours.of_picture(*ask, sets.sample_id, "x", "euclidean", 3)
    with pytest.raises(NotFound, match="measure 'x'"):
        neighbours.of_picture(*ask, sets.sample_id, "pixels", "x", 3)
    with pytest.raises(BadInput, match="for histograms, not for Raw pixels"):
        neighbours.of_picture(*ask, sets.sample_id, "pixels", "hellinger", 3)
    embedded(sets, "pixels")
    with pytest.raises(BadInput, match="1 to 1,000"):
        neighbours.of_picture(*ask, sets.sample_id, "pixels", "euclidean", 0)
    with pytest.raises(NotFound, match="picture 999"):
        neighbours.of_image(sets.workspace, 999, sets.sample_id, "pixels", "euclidean", 3)
    with pytest.raises(BadInput, match="expected 3072"):
        neighbours.nearest(sets.workspace, np.zeros(5, np.float32), sets.sample_id, "pixels", "euclidean", 3)
    assert len(neighbours.of_picture(*ask, sets.sample_id, "pixels", "euclidean", 10**9)) == 40


def test_two_pictures_under_everything(sets: Sets) -> None:
    a, b = image_at(sets, sets.sample_id, 0), image_at(sets, sets.sample_id, 1)
    rows = neighbours.pair(sets.workspace, a, b)
    expected = sum(len(similarity.applicable(k.histogram, k.deep)) for k in extractors.EXTRACTORS)
    assert len(rows) == expected + len(similarity.PICTURE_MEASURES)
    assert {r.extractor for r in rows if r.value is None} == {"SIFT bag of words", "SIFT VLAD"}
    assert all("say which one" in r.note for r in rows if r.value is None)
    untaught = neighbours.pair(sets.workspace, a, b, sets.reference.set_id)
    assert all("no vocabulary yet" in r.note for r in untaught if r.value is None)
    for learns in ("sift-words", "sift-vlad"):
        embeddings.build(sets.workspace, learns, sets.reference.set_id)
    assert all(r.value is not None for r in neighbours.pair(sets.workspace, a, b, sets.reference.set_id))
    same = neighbours.pair(sets.workspace, a, a, sets.reference.set_id)
    assert all(r.value == 0 for r in same if r.kind == "distance")
    with pytest.raises(NotFound):
        neighbours.pair(sets.workspace, a, 999)


def test_a_black_picture_has_no_cosine_and_says_so(sets: Sets) -> None:
    black = images.new_image(np.zeros((48, 48, 3), np.uint8))
    with sets.workspace.database.write() as session:
        from storage.images import add

        (number,) = add(session, [black])
    rows = neighbours.pair(sets.workspace, number, image_at(sets, sets.sample_id, 1))
    cosine = next(r for r in rows if (r.extractor, r.measure) == ("Raw pixels", "Cosine similarity"))
    assert cosine.value is None
    assert "all zeros" in cosine.note
    assert next(r for r in rows if r.measure == "SIFT match ratio").value is None


def test_an_upload_of_any_size_finds_its_photograph(sets: Sets) -> None:
    embedded(sets, "efficientnet-lite0-96")
    grey = data.camera()[:, :, None]
    found = neighbours.of_picture(
        sets.workspace, grey, sets.reference.set_id, "efficientnet-lite0-96", "cosine", 3, "all"
    )
    assert len(found) == 3
    assert found[0].value >= found[1].value >= found[2].value
