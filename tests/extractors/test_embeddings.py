"""Vectors of sets: once, by several processes at once, under vocabularies that are learned once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from core import embeddings, extractors, images, references
from core.embeddings import NotEmbedded
from core.errors import BadInput, Cancelled, NotFound
from core.extractors import sift_words
from core.references import ReferenceView
from core.workspace import Workspace

ROOT = Path(__file__).parents[2]


def crops(n: int, seed: int, side: int = 48) -> np.ndarray:
    rng, photograph = np.random.default_rng(seed), data.astronaut()
    corners = rng.integers(0, 512 - side, (n, 2))
    return np.stack([photograph[a : a + side, b : b + side] for a, b in corners])


def reference(workspace: Workspace, tmp_path: Path, n: int = 40, seed: int = 0) -> ReferenceView:
    np.save(tmp_path / f"{seed}.npy", crops(n, seed))
    return references.add(workspace, f"crops {seed}", tmp_path / f"{seed}.npy", held_out=0.25)


def test_a_vocabulary_is_learned_once_from_the_reference_part_only(workspace: Workspace, tmp_path: Path) -> None:
    one, two = reference(workspace, tmp_path), reference(workspace, tmp_path, seed=1)
    assert embeddings.stored(workspace, "sift-words", one.set_id) is None
    with pytest.raises(NotEmbedded, match="crops 0 v1"):
        embeddings.embed_picture(workspace, "sift-words", data.chelsea(), one.set_id)
    built = embeddings.build(workspace, "sift-words", one.set_id)
    assert built.state is not None
    assert one.m == 30
    expected = sift_words.learn(images.load(workspace, one.set_id, 0, 30))
    assert np.array_equal(built.state, expected)
    assert not np.array_equal(built.state, sift_words.learn(images.load(workspace, one.set_id, 0, 40)))
    again = embeddings.build(workspace, "sift-words", one.set_id)
    assert again.key == built.key
    assert again.state is not None
    assert np.array_equal(again.state, built.state)
    assert embeddings.build(workspace, "sift-words", two.set_id).key != built.key
    with pytest.raises(BadInput, match="say which one"):
        embeddings.build(workspace, "sift-words")


def test_find_gives_complete_vectors_of_the_vocabulary_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    one, two = reference(workspace, tmp_path), reference(workspace, tmp_path, seed=1)
    assert embeddings.find(workspace, one.set_id, "sift-words") is None
    views = {}
    for learned_on in (one, two):
        built = embeddings.build(workspace, "sift-words", learned_on.set_id)
        views[learned_on.set_id] = embeddings.embed_set(workspace, one.set_id, built)
    for set_id, view in views.items():
        assert embeddings.find(workspace, one.set_id, "sift-words", set_id) == view
    assert embeddings.find(workspace, one.set_id, "sift-words") == views[one.set_id]
    assert embeddings.find(workspace, two.set_id, "sift-words", one.set_id) is None
    assert [v.extractor for v in embeddings.available(workspace, one.set_id)] == ["sift-words"] * 2
    with pytest.raises(NotFound, match="set of pictures 99"):
        embeddings.available(workspace, 99)
    with pytest.raises(NotFound, match="set of pictures 99"):
        embeddings.embed_set(workspace, 99, embeddings.build(workspace, "pixels"))


@pytest.mark.parametrize("kind", extractors.EXTRACTORS, ids=lambda k: k.name)
def test_a_picture_on_the_spot_equals_its_stored_vector(
    workspace: Workspace, tmp_path: Path, kind: extractors.Kind
) -> None:
    real = reference(workspace, tmp_path)
    built = embeddings.build(workspace, kind.name, real.set_id)
    view = embeddings.embed_set(workspace, real.set_id, built)
    rows = embeddings.load(workspace, view)
    assert rows.shape == (40, built.dim)
    (picture,) = images.load(workspace, real.set_id, 5, 6)
    found = embeddings.embed_picture(workspace, kind.name, picture, real.set_id)
    assert np.allclose(found, rows[5], atol=1e-4)
    assert np.array_equal(found, embeddings.embed_with(workspace, view.extractor_id, picture))


@pytest.mark.slow
def test_an_interrupted_set_is_not_found_and_goes_on(workspace: Workspace, tmp_path: Path) -> None:
    real = reference(workspace, tmp_path, n=700)
    built = embeddings.build(workspace, "lbp")

    def stop(done: int, total: int, message: str = "", session: object = None) -> None:
        if done > 256:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        embeddings.embed_set(workspace, real.set_id, built, progress=stop)
    assert embeddings.find(workspace, real.set_id, "lbp") is None
    with pytest.raises(NotEmbedded, match="Local binary patterns"):
        embeddings.for_reference(workspace, real.set_id, "lbp")
    view = embeddings.embed_set(workspace, real.set_id, built)
    expected = built.embed(images.load(workspace, real.set_id, 0, real.n))
    assert np.array_equal(embeddings.load(workspace, view), expected)


@pytest.mark.slow
def test_processes_that_embed_one_set_at_once_skip_each_others_rows(workspace: Workspace, tmp_path: Path) -> None:
    real = reference(workspace, tmp_path, n=200)
    code = (
        "import sys; from pathlib import Path; from core import embeddings\n"
        "from core.settings import Settings; from core.workspace import Workspace\n"
        "w = Workspace(Settings(workspace=Path(sys.argv[1]))); n = int(sys.argv[2])\n"
        "embeddings.BATCH = int(sys.argv[3])\n"
        "for name in ('sift-words', 'lbp'): embeddings.embed_set(w, n, embeddings.build(w, name, n))\n"
    )
    command = [sys.executable, "-c", code, str(workspace.folder), str(real.set_id)]
    batches = ("16", "23", "32")  # unlike sizes, so that one ends in the middle of another's
    running = [subprocess.Popen([*command, b], cwd=ROOT, stderr=subprocess.PIPE, text=True) for b in batches]
    errors = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], errors
    found = embeddings.available(workspace, real.set_id)
    assert sorted(v.extractor for v in found) == ["lbp", "sift-words"]
    pictures = images.load(workspace, real.set_id, 0, real.n)
    for view in found:
        built = embeddings.build(workspace, view.extractor, real.set_id)
        assert np.allclose(embeddings.load(workspace, view), built.embed(pictures), atol=1e-5)


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    efficientnet = sys.modules["core.extractors.efficientnet"]  # the package's attribute of that name is the function
    monkeypatch.setattr(efficientnet, "SHA256", "0" * 64)
    with pytest.raises(BadInput, match="damaged"):
        efficientnet._network(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(efficientnet, "build", lambda: "not bytes")
    with pytest.raises(TypeError):
        efficientnet._network(tmp_path)
    assert list(tmp_path.iterdir()) == []
