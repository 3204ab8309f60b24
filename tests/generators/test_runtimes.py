"""What runs a generator: chosen by what was measured, taken only where it makes nearly the same bytes, kept for later;
a set is made by one from its first picture to its last."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import checkpoints, doctor, images, runtimes, sampling
from core.errors import BadInput
from core.generators import as_bytes, open_generator
from core.generators.alike import LEVELS, SHARE, apart, counted, sentence
from core.generators.keras_files import KerasGenerator
from core.generators.runtimes import BATCH, REFERENCE, RUNTIMES, Measured, believed, fastest
from core.progress import silent
from core.settings import Settings
from core.workspace import Workspace
from storage.images import filled

OWN = Measured(REFERENCE, seconds=1e-3, processor=2e-3, start=0.5)


FASTER = Measured("onnxruntime", seconds=1e-5, processor=1e-5, start=0.0)


def other(name: str, seconds: float, **values: Any) -> Measured:
    return Measured(name, **{"seconds": seconds, "processor": seconds, "start": 0.0} | values)


def test_the_fastest_pays_for_its_preparation_and_makes_nearly_the_same_bytes() -> None:
    twice, same = other("twice", 5e-4, start=2.0), other("same", 9e-4)
    left_out = [
        other("differs too much", 1e-4, different=11, of=100_000, levels=1),
        other("differs too far", 1e-4, different=1, of=100_000, levels=2),
        other("fails", 0.0, why="cannot"),
        other("dear", 1e-4, processor=3e-3),
    ]
    found = [OWN, twice, same, *left_out]
    assert fastest(found, 3999) == REFERENCE  # 2 s of preparation against 3,999 times half a millisecond
    assert fastest(found, 4001) == "twice"
    assert fastest([OWN, same, *left_out], 10**9) == REFERENCE  # a tenth faster may be chance
    assert fastest([OWN, twice, other("late", 4e-4, start=3.0)], 9_000) == "twice"
    assert fastest([OWN, twice, other("late", 4e-4, start=3.0)], 11_000) == "late"
    assert fastest([OWN, other("rounds", 1e-4, different=10, of=100_000, levels=1)], 10**6) == "rounds"


def test_what_lies_apart_is_counted_in_bytes_levels_and_floats_and_said() -> None:
    own = np.full((1, 100, 100, 1), 0.4, np.float32)
    other_ = own.copy()
    other_[0, 0, :2, 0] += np.float32(1 / 255)
    found = apart(other_, own)
    assert (found.different, found.of, found.levels) == (2, 10_000, 1)
    assert found.floats == pytest.approx(1 / 255, rel=1e-3)
    assert not found.fits  # 2 of 10,000
    assert apart(own, own).fits
    assert counted(found.differs) == "2 of 10,000 bytes of trial pictures differ from TensorFlow's, by 1 level of 255"
    assert counted(apart(own, own).differs) == "all 10,000 bytes of trial pictures equal TensorFlow's"
    one = {"bytes": 1, "of": 100_352, "levels": 1}
    assert sentence("onnxruntime", one) == (
        "made by onnxruntime: 1 of 100,352 bytes of trial pictures differs from TensorFlow's, by 1 level of 255"
    )
    assert sentence("onnxruntime", {}) == "made by onnxruntime, with the bytes of TensorFlow"  # as older sets say it
    assert sentence("", {}) == ""


def test_what_was_measured_is_kept_in_the_workspace_and_may_be_damaged(workspace: Workspace) -> None:
    assert runtimes.known(workspace) == {} == runtimes.faster(workspace, 10**6)
    twice = other("onnxruntime", 5e-4, start=2.0, apart=1e-7)
    runtimes.remember(workspace, "a", [OWN, twice])
    runtimes.remember(workspace, "b", [OWN, other("XLA", 0, why="no")])
    assert runtimes.known(workspace)["a"] == [OWN, twice]
    assert runtimes.faster(workspace, 10_000) == {"a": "onnxruntime"}
    assert runtimes.faster(workspace, 1_000) == {}
    for text in ("{", "[]", '{"a": [{"name": 1}]}', '{"a": 3}'):
        (workspace.models / runtimes.FILE).write_text(text)
        assert runtimes.known(workspace) == {}


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(1)
    path: Path = tmp_path_factory.mktemp("models") / "generator.keras"
    keras.Sequential([
        keras.Input((6,)), keras.layers.Dense(48, activation="relu"), keras.layers.Reshape((4, 4, 3)),
        keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
    ]).save(path)  # fmt: skip
    return path


def latents(n: int) -> Any:
    return np.random.default_rng(3).standard_normal((n, 6), dtype=np.float32), np.zeros(n, np.int64)


@pytest.mark.tensorflow
def test_every_runtime_is_measured_and_makes_the_same_pictures(generator: Path) -> None:
    opened = open_generator(generator, made_here=True)
    assert isinstance(opened, KerasGenerator)
    found = opened.measure()
    assert [m.name for m in found] == [r.name for r in RUNTIMES]
    assert all(m.seconds > 0 and not m.why and not m.different and m.apart < 1e-5 for m in found)
    assert found[0].apart == 0
    own, predicted = opened.raw(*latents(200)), opened.model.predict(latents(200)[0], batch_size=200, verbose=0)
    np.testing.assert_array_equal(own, predicted)  # the reference is Keras' own inference to the last bit
    for runtime in RUNTIMES[1:]:
        quick = open_generator(generator, made_here=True, faster={opened.network: runtime.name})
        assert quick.spec.runtime == runtime.name
        assert f"run by {runtime.name}: all 8,192 bytes of trial pictures equal TensorFlow's" in quick.spec.notes[-1]
        assert quick.spec.differs == {"bytes": 0, "of": 8192, "levels": 0}
        for n in (1, 2, 17, 128, 130):
            np.testing.assert_allclose(quick.raw(*latents(n)), opened.raw(*latents(n)), atol=1e-5)
        assert quick.run_by(REFERENCE) == "run by TensorFlow"  # type: ignore[attr-defined]
        assert (quick.spec.runtime, quick.spec.differs) == ("", {})
        np.testing.assert_array_equal(quick.raw(*latents(200)), own)


@pytest.mark.tensorflow
def test_what_cannot_be_rewritten_or_makes_other_bytes_stays_with_tensorflow() -> None:
    keras = pytest.importorskip("keras")
    import tensorflow as tf

    class Odd(keras.layers.Layer):  # type: ignore[misc]
        """Calls back into Python, which ONNX cannot."""

        def call(self, x: Any) -> Any:
            return tf.ensure_shape(tf.py_function(lambda t: t, [x], tf.float32), (None, 8, 8, 1))

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1)), Odd()])
    one = KerasGenerator(model, "odd.keras")
    one.spec = one.spec.with_overrides({"value_range": "tanh"})
    before = one.raw(*latents(3))
    assert "run by TensorFlow: onnxruntime cannot run it" in one.run_by("onnxruntime")
    assert one.spec.runtime == ""
    np.testing.assert_array_equal(one.raw(*latents(3)), before)
    assert [bool(m.why) for m in one.measure()] == [False, True]

    steep = keras.Sequential([  # what floats err is a million times as much here
        keras.Input((6,)), keras.layers.Dense(999), keras.layers.Dense(64), keras.layers.Rescaling(1e6),
        keras.layers.Activation(tf.math.sin), keras.layers.Reshape((8, 8, 1)),
    ])  # fmt: skip
    two = KerasGenerator(steep, "steep.keras")
    two.spec = two.spec.with_overrides({"value_range": "tanh"})
    assert "run by TensorFlow, not by onnxruntime: " in two.run_by("onnxruntime")
    assert two.spec.runtime == ""
    assert fastest(two.measure(), 10**9) == REFERENCE


@pytest.mark.tensorflow
def test_sampling_uses_what_was_measured_says_so_and_makes_the_same_pictures(generator: Path, tmp_path: Path) -> None:
    made = []
    for folder in ("plain", "faster"):
        workspace = Workspace(Settings(workspace=tmp_path / folder))
        view = checkpoints.register(workspace, generator, run="r", step=1)
        opened = checkpoints.open_checkpoint(workspace, view.id)
        runtimes.learn(workspace, opened, runtimes.LONG - 1)
        assert runtimes.known(workspace) == {}
        if folder == "faster":
            runtimes.remember(workspace, opened.network, [OWN, FASTER])  # type: ignore[attr-defined]
        set_id = sampling.sample(workspace, view.id, n=150)
        (kept,) = sampling.sets(workspace, view.id)
        assert kept.runtime == ("onnxruntime" if folder == "faster" else "")
        with workspace.database.read() as session:
            made.append((sampling.samples.get(session, set_id).image_set.key, images.load(workspace, set_id, 0, 150)))
        if folder == "plain":
            runtimes.learn(workspace, opened, runtimes.LONG)
            assert [m.name for m in runtimes.known(workspace)[opened.network]] == [r.name for r in RUNTIMES]  # type: ignore[attr-defined]
        workspace.close()
    assert made[0][0] == made[1][0]
    np.testing.assert_array_equal(made[0][1], made[1][1])


@pytest.mark.tensorflow
def test_the_same_is_measured_and_done_behind_the_wall(generator: Path, workspace: Workspace) -> None:
    inside, outside = open_generator(generator), open_generator(generator, made_here=True)
    assert inside.network == outside.network  # type: ignore[attr-defined]
    found = inside.measure()  # type: ignore[attr-defined]
    assert [m.name for m in found] == [r.name for r in RUNTIMES]
    assert not any(m.why or m.different for m in found), found
    for runtime in RUNTIMES[1:]:
        quick = open_generator(generator, faster={outside.network: runtime.name})  # type: ignore[attr-defined]
        assert quick.spec.runtime == runtime.name
        np.testing.assert_allclose(quick.raw(*latents(128)), outside.raw(*latents(128)), atol=1e-5)
    inside.close()  # type: ignore[attr-defined]
    checkpoints.register(workspace, generator, run="night", step=1)
    rows = list(doctor._generators(workspace, silent))
    assert [(row.network, row.runtime) for row in rows] == [("generator of night", r.name) for r in RUNTIMES]
    assert rows[1].differs == "all 8,192 bytes of trial pictures equal TensorFlow's"
    assert [row.best for row in rows].count(True) == 1
    assert list(runtimes.known(workspace)) == [outside.network]  # type: ignore[attr-defined]
    (workspace.models / runtimes.FILE).unlink()
    runtimes.learn(workspace, inside, runtimes.LONG)
    assert runtimes.known(workspace) == {outside.network: [Measured(REFERENCE, 0, 0, 0)]}  # type: ignore[attr-defined]
    assert runtimes.faster(workspace, 10**9) == {}


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of sums whose terms cancel: what floats err is enough to move a byte here and there."""
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(1)
    path: Path = tmp_path_factory.mktemp("models") / "uneven.keras"
    model = keras.Sequential([
        keras.Input((6,)), keras.layers.Dense(512, activation="relu"), keras.layers.Dense(784, activation="tanh"),
        keras.layers.Reshape((28, 28, 1)),
    ])  # fmt: skip
    (first, bias), (second, last) = (layer.get_weights() for layer in model.layers[:2])
    first[:, 1::2] = first[:, ::2]
    second[::2] += 2
    second[1::2] -= 2
    model.layers[0].set_weights([first, bias])
    model.layers[1].set_weights([second, last])
    model.save(path)
    return path


N = 1500
KILLED = """
import sys
from pathlib import Path

from core import sampling
from core.settings import Settings
from core.workspace import Workspace

folder, checkpoint_id, n = sys.argv[1:]

def progress(done, total, message="", *, session=None):
    if (begun := done - sampling.TOGETHER) > 0:  # the second commit under way
        print(begun, flush=True)
        sys.stdin.readline()

sampling.sample(Workspace(Settings(workspace=Path(folder))), int(checkpoint_id), n=int(n), progress=progress)
"""


def stop(done: int, total: int, message: str = "", *, session: object = None) -> None:
    """In the second commit."""
    if done > sampling.TOGETHER:
        raise KeyboardInterrupt


def latents_of(n: int) -> Any:
    return np.random.default_rng(0).standard_normal((n, 6), dtype=np.float32), np.zeros(n, np.int64)


WHOLE = N // BATCH * BATCH


def by_tensorflow(opened: Any, n: int) -> Any:
    """Whole batches of a set of n."""
    z, labels = latents_of(n)
    return as_bytes(np.concatenate([opened.floats(z[a : a + BATCH], labels[:BATCH]) for a in range(0, WHOLE, BATCH)]))


def made(workspace: Workspace, checkpoint_id: int) -> tuple[sampling.SampleSetView, Any]:
    set_id = sampling.sample(workspace, checkpoint_id, n=N)
    return sampling.get(workspace, set_id), np.stack(images.load(workspace, set_id, 0, N)).astype(int)


@pytest.mark.tensorflow
def test_a_killed_set_goes_on_with_its_own_runtime_whatever_is_known_by_then(uneven: Path, tmp_path: Path) -> None:
    opened = open_generator(uneven, {"value_range": "tanh"}, made_here=True)
    found = {}
    for name in ("killed", "whole"):
        workspace = Workspace(Settings(workspace=tmp_path / name))
        view = checkpoints.register(workspace, uneven, run="r", step=1, overrides={"value_range": "tanh"})
        runtimes.remember(workspace, opened.network, [OWN, FASTER])  # type: ignore[attr-defined]
        if name == "killed":
            given = [str(workspace.folder), str(view.id), str(N)]
            process = subprocess.Popen(
                [sys.executable, "-c", KILLED, *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert process.stdout is not None
            assert int(process.stdout.readline()) > 0
            process.kill()
            process.wait()
            (half,) = sampling.sets(workspace, view.id)
            assert not half.complete
            with workspace.database.read() as session:
                assert 0 < filled(session, half.set_id) < N
            (workspace.models / runtimes.FILE).unlink()  # nothing is known: a new set would be TensorFlow's
        found[name] = made(workspace, view.id)
        workspace.close()
    (kept, continued), (quick, whole) = found["killed"], found["whole"]
    assert quick.runtime == kept.runtime == "onnxruntime"
    assert "made by onnxruntime: " in kept.made_by == quick.made_by
    np.testing.assert_array_equal(continued, whole)
    gap = abs(whole[:WHOLE] - by_tensorflow(opened, N).astype(int))
    assert gap.max() <= LEVELS
    assert gap.mean() <= SHARE


@pytest.mark.tensorflow
def test_a_set_of_tensorflow_stays_its_own_and_what_no_longer_runs_is_made_anew(
    uneven: Path, workspace: Workspace
) -> None:
    view = checkpoints.register(workspace, uneven, run="r", step=1, overrides={"value_range": "tanh"})
    opened = open_generator(uneven, {"value_range": "tanh"}, made_here=True)
    with pytest.raises(KeyboardInterrupt):
        sampling.sample(workspace, view.id, n=N, progress=stop)
    runtimes.remember(workspace, opened.network, [OWN, FASTER])  # type: ignore[attr-defined]
    assert made(workspace, view.id)[0].runtime == ""
    with pytest.raises(KeyboardInterrupt):
        sampling.sample(workspace, view.id, n=N + 1, progress=stop)
    begun = next(one for one in sampling.sets(workspace, view.id) if one.n == N + 1)
    assert (begun.runtime, begun.complete) == ("onnxruntime", False)
    with workspace.database.write() as session:  # as if it had been begun where there is another runtime
        row = sampling.samples.get(session, begun.set_id)
        assert row is not None
        row.sampling = {**row.sampling, "runtime": "onnxruntime of long ago"}
    assert sampling.sample(workspace, view.id, n=N + 1) == begun.set_id
    kept = sampling.get(workspace, begun.set_id)
    assert (kept.complete, kept.runtime) == (True, "")
    anew = np.stack(images.load(workspace, kept.set_id, 0, WHOLE))
    np.testing.assert_array_equal(anew, by_tensorflow(opened, N + 1))


@pytest.mark.tensorflow
def test_long_work_on_an_unknown_network_is_measured_before_it_and_short_work_never(
    generator: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_generator(generator, made_here=True)
    n = BATCH * runtimes.MANY_BATCHES
    assert runtimes.choose(workspace, opened, n - 1)
    assert runtimes.choose(workspace, opened, n)  # a batch takes milliseconds: seconds would be needed
    assert runtimes.known(workspace) == {}
    monkeypatch.setattr(runtimes, "LONG", 0.0)
    assert runtimes.choose(workspace, opened, 10**9)
    (rows,) = runtimes.known(workspace).values()
    assert opened.spec.runtime == ("" if fastest(rows, 10**9) == REFERENCE else "onnxruntime")


def test_measurements_of_another_process_that_cannot_be_are_not_believed() -> None:
    rows = [asdict(other(runtime.name, 1e-3)) for runtime in RUNTIMES]
    assert [m.name for m in believed(rows)] == [r.name for r in RUNTIMES]
    for wrong in ({"seconds": float("nan")}, {"start": -1}, {"seconds": "1"}, {"why": 3}, {"of": -1}, {"name": "mine"}):
        with pytest.raises(BadInput):
            believed([rows[0], rows[1] | wrong])
    for wrong in (rows[:1], [rows[0] | {"why": "no"}, *rows[1:]]):
        with pytest.raises(BadInput):
            believed(wrong)
