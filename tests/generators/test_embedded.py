"""A table of vectors, one for each class, makes a generator conditional."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core import checkpoints, gallery, sampling
from core.errors import BadInput, NotFound
from core.gallery import Query
from core.generators import open_generator
from core.workspace import Workspace
from tests.generators.test_roles import CLASSES, LATENT, conditional

WIDTH = CLASSES
TABLE = np.random.default_rng(5).normal(size=(5, WIDTH))
"""Five classes, where the width alone tells of three."""


def saved(path: Path, table: NDArray[np.float64] = TABLE) -> Path:
    np.save(path, table)
    return path


@pytest.mark.parametrize(("name", "roles"), [("class_embedding", {}), ("y", {}), ("y", {"y": "embedding"})])
def test_each_label_gives_its_row_to_the_model(tmp_path: Path, name: str, roles: dict[str, str]) -> None:
    path, table = conditional(tmp_path / "gen.onnx", name), saved(tmp_path / "table.npy")
    found = open_generator(path, {"roles": roles} if roles else {}, embeddings=table)
    assert (found.spec.classes, found.spec.latent_size) == (5, LATENT)
    labels = np.array([4, 0, 3, 3, 1, 2])
    latents = np.random.default_rng(0).normal(size=(6, LATENT)).astype(np.float32)
    plain = open_generator(path, {"roles": {name: "noise"}})
    side_by_side = np.concatenate([latents, TABLE[labels].astype(np.float32)], axis=1)
    assert (found.floats(latents, labels) == plain.floats(side_by_side, labels)).all()
    assert any("takes one of 5 vectors of 3 numbers" in note for note in found.spec.notes)
    assert not any("one-hot" in note or "all read as noise" in note for note in found.spec.notes)


def test_labels_are_balanced_and_the_table_is_part_of_what_decides(workspace: Workspace, tmp_path: Path) -> None:
    path = conditional(tmp_path / "gen.onnx", "class_embedding")
    view = checkpoints.register(workspace, path, run="r", step=1)
    without = sampling.sample(workspace, view.id, n=20)
    before = sampling.get(workspace, without)
    found = []
    for table in (TABLE, TABLE + 1):
        sha256 = checkpoints.take_table(workspace, saved(tmp_path / "table.npy", table))
        checkpoints.set_overrides(workspace, view.id, {"embeddings": sha256})
        found.append(sampling.sample(workspace, view.id, n=20))
        assert sampling.get(workspace, found[-1]).checkpoint_ids == (view.id,)
        assert [len(gallery.select(workspace, Query(found[-1], label=str(c))).ids) for c in range(5)] == [4] * 5
    assert len({without, *found}) == 3
    checkpoints.set_overrides(workspace, view.id, {})
    assert sampling.sample(workspace, view.id, n=20) == without
    assert sampling.get(workspace, without) == before


def test_what_is_no_table_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    path = conditional(tmp_path / "gen.onnx", "class_embedding")
    with pytest.raises(BadInput, match=r"vectors of 7 numbers, the inputs are 'z' of 4, 'class_embedding' of 3"):
        open_generator(path, embeddings=saved(tmp_path / "wide.npy", np.zeros((5, 7))))
    with pytest.raises(BadInput, match="no table of the vectors"):
        open_generator(path, {"roles": {"class_embedding": "embedding"}})
    with pytest.raises(BadInput, match="no table of vectors"):
        checkpoints.take_table(workspace, saved(tmp_path / "flat.npy", np.zeros(5)))
    with pytest.raises(BadInput, match="not numbers"):
        checkpoints.take_table(workspace, saved(tmp_path / "nan.npy", TABLE * np.nan))
    np.save(tmp_path / "pickle.npy", np.array([[{}], [{}]], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="no array of NumPy"):
        checkpoints.take_table(workspace, tmp_path / "pickle.npy")
    with pytest.raises(NotFound, match="no table of vectors"):
        checkpoints.register(workspace, path, run="r", step=1, overrides={"embeddings": "a" * 64})


def test_a_table_in_an_npz_is_taken_as_the_same_table(workspace: Workspace, tmp_path: Path) -> None:
    np.savez(tmp_path / "packed.npz", vectors=TABLE, names=np.arange(5))
    saved(tmp_path / "table.npy", TABLE.astype(np.float32))
    packed = checkpoints.take_table(workspace, tmp_path / "packed.npz")
    assert packed == checkpoints.take_table(workspace, tmp_path / "table.npy")
    np.savez(tmp_path / "two.npz", a=TABLE, b=TABLE)
    with pytest.raises(BadInput, match=r"two\.npz: holds 2 tables; keep exactly one"):
        checkpoints.take_table(workspace, tmp_path / "two.npz")
    np.savez(tmp_path / "pickled.npz", a=np.array([[{}], [{}]], dtype=object))
    with pytest.raises(BadInput, match="pickled"):
        checkpoints.take_table(workspace, tmp_path / "pickled.npz")
    np.savez_compressed(tmp_path / "bomb.npz", a=np.zeros((1 << 15, 1 << 10)))
    with pytest.raises(BadInput, match=r"bomb\.npz: "):
        checkpoints.take_table(workspace, tmp_path / "bomb.npz")
