"""Moments of a reference set are found once: in memory, in a file, and again where that is gone or broken."""

from pathlib import Path

import numpy as np
import pytest

from core import embeddings, moments, references
from core.memory import Memory
from core.workspace import Workspace


def same(a: moments.Moments, b: moments.Moments) -> bool:
    pairs = ((a.mean, b.mean), (a.cov, b.cov), (a.factor.left, b.factor.left))
    return all(np.array_equal(x, y) for x, y in pairs) and a.factor.triangular == b.factor.triangular


def test_found_once_and_the_same_from_a_file(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "real.npy", np.random.default_rng(5).integers(0, 256, (80, 16, 16), dtype=np.uint8))
    real = references.add(workspace, "noise", tmp_path / "real.npy")
    view = embeddings.embed_set(workspace, real.set_id, embeddings.build(workspace, "gabor"))
    rows = embeddings.load(workspace, view)
    found = moments.of_rows(workspace, view, rows)
    assert moments.of_rows(workspace, view, rows) is found
    half = moments.of_rows(workspace, view, rows[:40])
    assert (found.n, half.n) == (80, 40)
    files = sorted(workspace.vectors.glob("moments-*.npz"))
    assert len(files) == 2
    assert not list(workspace.vectors.glob("*.part"))
    for broken in (None, b"no archive", files[0].read_bytes()[:500]):
        monkeypatch.setattr(moments, "_memory", Memory(2))  # the next process
        if broken is not None:
            for file in files:
                file.write_bytes(broken)
        again = moments.of_rows(workspace, view, rows)
        assert again is not found
        assert same(again, found)
        assert same(moments.of_rows(workspace, view, rows[:40]), half)
    for file in files:
        file.unlink()
    monkeypatch.setattr(moments, "_memory", Memory(2))
    assert same(moments.of_rows(workspace, view, rows), found)
