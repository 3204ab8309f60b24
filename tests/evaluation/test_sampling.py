"""Sample sets: kept with their latents, resumable, never half; folders and ready-made pictures as checkpoints."""

import threading
from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from PIL import Image as Pillow
from sqlalchemy import func, select

from core import checkpoints, images, sampling
from core.checkpoint_files import keep
from core.errors import BadInput, Cancelled, NotFound
from core.generators.runtimes import BATCH
from core.workspace import Workspace
from storage.images import members
from storage.tables import ImageSet, SampleSet, SetImage
from tests.onnx_models import save


def rarely_broken(path: Path, limit: float) -> Path:
    """4 latents -> 8 x 8 pictures; no numbers where the first latent is above `limit` (a root of a negative)."""
    weights = np.random.default_rng(0).normal(size=(4, 64)).astype(np.float32)
    constants = {
        "w": weights, "first": np.array([[1], [0], [0], [0]], np.float32), "limit": np.array(limit, np.float32),
        "none": np.array(0, np.float32), "shape": np.array([-1, 8, 8, 1], np.int64),
    }  # fmt: skip
    steps = [
        ("MatMul", ["z", "first"], "f"), ("Sub", ["limit", "f"], "rest"), ("Sqrt", ["rest"], "root"),
        ("Mul", ["root", "none"], "zero"), ("MatMul", ["z", "w"], "flat"), ("Add", ["flat", "zero"], "sum"),
        ("Tanh", ["sum"], "squashed"), ("Reshape", ["squashed", "shape"], "pictures"),
    ]  # fmt: skip
    nodes = [helper.make_node(kind, given, [made]) for kind, given, made in steps]
    return save(path, nodes, constants, latents=4, output=(8, 8, 1))


def folder_of_pictures(path: Path, n: int) -> Path:
    """Pictures of growing width in two sub-folders; the shade is the number."""
    for i in range(n):
        name = path / ("a" if i < n // 2 else "b") / f"{i:03d}.png"
        name.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(np.full((9, 8 + i, 3), i, np.uint8)).save(name)
    return path


def count(workspace: Workspace, table: type) -> int:
    with workspace.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_sets_know_their_latents_and_all_the_checkpoints_they_belong_to(
    workspace: Workspace, small_generator: Path
) -> None:
    one = checkpoints.register(workspace, small_generator, run="r", step=1)
    twin = checkpoints.register(workspace, small_generator, run="other", step=9)
    assert sampling.sets(workspace, one.id) == []
    number = sampling.sample(workspace, one.id, n=150, seed=3)
    assert sampling.sample(workspace, twin.id, n=150, seed=3) == number
    view = sampling.get(workspace, number)
    assert (view.n, view.seed, view.complete, view.checkpoint_ids) == (150, 3, True, (one.id, twin.id))
    assert sampling.sets(workspace, one.id) == sampling.sets(workspace, twin.id) == [view]
    z = sampling.latent(workspace, number, 140)
    made = checkpoints.open_checkpoint(workspace, one.id).floats(z[None], np.zeros(1, np.int64))
    assert np.array_equal(np.round(made[0] * 255), images.load(workspace, number, 140, 141)[0])
    checkpoints.set_overrides(workspace, twin.id, {"value_range": "sigmoid"})
    assert checkpoints.inspect(workspace, twin.id).spec["value_range"] == "sigmoid"
    assert sampling.sets(workspace, twin.id) == []
    assert sampling.get(workspace, number).checkpoint_ids == (one.id,)
    for position in (-1, 150):
        with pytest.raises(NotFound):
            sampling.latent(workspace, number, position)
    with pytest.raises(NotFound):
        sampling.get(workspace, 99)


def test_a_complete_set_needs_no_model(workspace: Workspace, small_generator: Path) -> None:
    view = checkpoints.register(workspace, small_generator, run="r", step=1)
    number = sampling.sample(workspace, view.id, n=10)
    view.path.unlink()
    assert sampling.sample(workspace, view.id, n=10) == number
    with pytest.raises(BadInput, match="there is no such file"):
        sampling.sample(workspace, view.id, n=11)


def test_a_model_that_breaks_half_way_leaves_no_set_and_is_noted(workspace: Workspace, tmp_path: Path) -> None:
    latents = np.random.default_rng(0).standard_normal((600, 4), dtype=np.float32)[:, 0]
    limit = float(latents[:16].max()) + 1e-3  # all is well in the trial
    assert int(np.argmax(latents > limit)) > 16
    view = checkpoints.register(workspace, rarely_broken(tmp_path / "g.onnx", limit), run="r", step=1)
    assert checkpoints.inspect(workspace, view.id).error == ""
    with pytest.raises(BadInput, match=r"g\.onnx: .*NaN"):
        sampling.sample(workspace, view.id, n=600)
    assert "NaN" in checkpoints.get(workspace, view.id).error
    assert [count(workspace, table) for table in (ImageSet, SampleSet, SetImage)] == [0, 0, 0]
    assert sampling.get(workspace, sampling.sample(workspace, view.id, n=16)).complete
    assert checkpoints.get(workspace, view.id).error == ""


def test_a_cancelled_sampling_keeps_whole_batches_only(workspace: Workspace, small_generator: Path) -> None:
    calls: list[int] = []

    def cancel(done: int, total: int, message: str = "", session: object = None) -> None:
        calls.append(done)
        if len(calls) == 2:
            raise Cancelled("stop")

    view = checkpoints.register(workspace, small_generator, run="r", step=1)
    before = threading.active_count()
    with pytest.raises(Cancelled):
        sampling.sample(workspace, view.id, n=2000, progress=cancel)
    assert threading.active_count() == before
    (kept,) = sampling.sets(workspace, view.id)
    with workspace.database.read() as session:
        assert len(members(session, kept.set_id)) == calls[0]
    assert calls[0] % BATCH == 0
    assert not kept.complete
    assert sampling.sample(workspace, view.id, n=2000) == kept.set_id


def test_two_processes_on_one_set_double_nothing(workspace: Workspace, small_generator: Path) -> None:
    view = checkpoints.register(workspace, small_generator, run="r", step=1)
    turns: list[int] = []

    def overtaken(done: int, total: int, message: str = "", session: object = None) -> None:
        if not turns:
            turns.append(done)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sampling.sample(workspace, view.id, n=300, progress=overtaken)
    found: list[int] = []
    both = [threading.Thread(target=lambda: found.append(sampling.sample(workspace, view.id, n=300))) for _ in "ab"]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(set(found)) == 1
    with workspace.database.read() as session:
        assert [position for position, _, _ in members(session, found[0])] == list(range(300))


@pytest.mark.parametrize("kind", ["folder", "zip", "npy", "idx"])
def test_ready_made_pictures_are_a_checkpoint(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    path = folder_of_pictures(tmp_path / "made", 12)
    if kind == "zip":
        import shutil

        path = Path(shutil.make_archive(str(tmp_path / "zipped"), "zip", path))
    elif kind in ("npy", "idx"):
        array = np.arange(12, dtype=np.uint8)[:, None, None] * np.ones((12, 9, 8), np.uint8)
        path = tmp_path / ("made.npy" if kind == "npy" else "t-images-idx3-ubyte")
        np.save(path, array) if kind == "npy" else path.write_bytes(
            b"\0\0\x08\x03" + np.array(array.shape, ">i4").tobytes() + array.tobytes()
        )
    view = checkpoints.register(workspace, path, run="theirs", step=1)
    assert view.format == "pictures"
    number = sampling.sample(workspace, view.id, n=10)
    assert [int(p.mean()) for p in images.load(workspace, number, 0, 10)] == list(range(10))
    spec = checkpoints.get(workspace, view.id).spec
    assert (spec["pictures"], spec["height"], spec["width"], spec["inputs"]) == (12, 9, 8, [])
    shown = sampling.get(workspace, number)
    assert not shown.paired
    assert sampling.latent(workspace, number, 9).shape == (0,)
    if kind == "folder":
        with workspace.database.read() as session:
            assert [label for _, _, label in members(session, number)] == ["a"] * 6 + ["b"] * 4
    with pytest.raises(BadInput, match="holds 12 pictures, 13 were asked for; ask for"):
        sampling.sample(workspace, view.id, n=13)
    assert checkpoints.get(workspace, view.id).error == ""
    other = checkpoints.register(workspace, folder_of_pictures(tmp_path / "more", 11), run="theirs", step=2)
    assert sampling.get(workspace, sampling.sample(workspace, other.id, n=10)).bank_id != shown.bank_id


def test_a_damaged_ready_made_picture_is_named(workspace: Workspace, tmp_path: Path) -> None:
    path = folder_of_pictures(tmp_path / "made", 6)
    (path / "b" / "004.png").write_bytes(b"hello")
    view = checkpoints.register(workspace, path, run="theirs", step=1)
    with pytest.raises(BadInput, match=r"b/004\.png"):
        sampling.sample(workspace, view.id, n=6)
    assert "b/004.png" in checkpoints.get(workspace, view.id).error
    assert count(workspace, ImageSet) == 0


def test_folders_are_kept_whole_by_names_and_contents(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    path = folder_of_pictures(tmp_path / "made", 4)
    sha256, copy, size = keep(kept, path)
    assert keep(kept, path) == (sha256, copy, size)
    assert size == sum(f.stat().st_size for f in path.rglob("*.png"))
    assert sorted(f.name for f in kept.iterdir()) == [sha256]
    (path / "a" / "000.png").rename(path / "a" / "00.png")
    assert keep(kept, path)[0] != sha256
    (path / "a" / "link.png").symlink_to("/etc/hostname")
    with pytest.raises(BadInput, match=r"a/link\.png is a link"):
        keep(kept, path)
    assert len(list(kept.iterdir())) == 2


def test_runs_archive_and_readings(workspace: Workspace, small_generator: Path) -> None:
    one = checkpoints.register(workspace, small_generator, run="r", step=1, details={"epoch": 2})
    two = checkpoints.register(workspace, small_generator, run="r", step=5)
    assert one.details == {"epoch": 2}
    assert [(r.name, r.checkpoints, r.newest_step) for r in checkpoints.runs(workspace)] == [("r", 2, 5)]
    assert checkpoints.archive(workspace, two.id).archived
    assert [(r.checkpoints, r.newest_step) for r in checkpoints.runs(workspace)] == [(1, 1)]
    assert [v.id for v in checkpoints.every(workspace, "r")] == [one.id]
    assert [v.id for v in checkpoints.every(workspace, archived=True)] == [one.id, two.id]
    assert not checkpoints.archive(workspace, two.id, archived=False).archived
    assert checkpoints.inspect(workspace, one.id).spec["height"] == 16
    assert checkpoints.set_overrides(workspace, one.id, {"value_range": "byte"}).spec == {}
    for wrong in ({"value_range": "x"}, {"classes": True}, {"colour": 1}, {"architecture": two.id}):
        with pytest.raises(BadInput):
            checkpoints.set_overrides(workspace, one.id, wrong)
    with pytest.raises(NotFound):
        checkpoints.set_overrides(workspace, one.id, {"architecture": "no such"})
    assert checkpoints.get(workspace, one.id).overrides == {"value_range": "byte"}
    for name in (str(two.id), two.sha256[:12], "r@5", "r @ 5"):
        assert checkpoints.find(workspace, name).id == two.id
    with pytest.raises(NotFound):
        checkpoints.find(workspace, "r@6")


REAL = Path(__file__).parents[2] / "../shared/real/checkpoints"


@pytest.mark.tensorflow
@pytest.mark.skipif(not REAL.exists(), reason="needs the shared real checkpoints")
def test_a_tensorflow_checkpoint_is_registered_with_the_architecture_of_another(workspace: Workspace) -> None:
    whole = checkpoints.register(workspace, REAL / "anime-faces-keras2.12.h5", run="faces", step=2)
    view = checkpoints.register(workspace, REAL / "anime-faces-tf-checkpoint", run="faces", step=1)
    refused = checkpoints.inspect(workspace, view.id)
    assert refused.error.startswith("anime-faces-tf-checkpoint: no architecture")
    named = checkpoints.set_overrides(workspace, view.id, {"architecture": "faces@2"})
    assert (named.error, named.overrides) == ("", {"architecture": whole.sha256})
    ours, theirs = (sampling.sample(workspace, number, n=6) for number in (view.id, whole.id))
    assert sampling.get(workspace, ours).bank_id == sampling.get(workspace, theirs).bank_id
    assert checkpoints.get(workspace, view.id).spec["architecture"] == whole.sha256
    model = checkpoints.register(workspace, REAL / "digits-autoencoder-savedmodel", run="digits", step=1)
    assert "PROOFSHEET_ALLOW_SAVED_MODEL=1" in checkpoints.inspect(workspace, model.id).error
