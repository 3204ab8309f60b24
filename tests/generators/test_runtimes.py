"""What runs a generator: chosen by what was measured, taken only where it makes the same bytes, kept for later."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import checkpoints, images, runtimes, sampling
from core.errors import BadInput
from core.generators import open_generator
from core.generators.keras_files import KerasGenerator
from core.generators.runtimes import REFERENCE, RUNTIMES, Measured, believed, fastest
from core.settings import Settings
from core.workspace import Workspace

OWN = Measured(REFERENCE, seconds=1e-3, processor=2e-3, start=0.5)


def other(name: str, seconds: float, **values: Any) -> Measured:
    return Measured(name, **{"seconds": seconds, "processor": seconds, "start": 0.0} | values)


def test_the_fastest_pays_for_its_preparation_and_makes_the_same_bytes() -> None:
    twice, same = other("twice", 5e-4, start=2.0), other("same", 9e-4)
    left_out = [
        other("differs", 1e-4, different=1),
        other("fails", 0.0, why="cannot"),
        other("dear", 1e-4, processor=3e-3),
    ]
    found = [OWN, twice, same, *left_out]
    assert fastest(found, 3999) == REFERENCE  # 2 s of preparation against 3,999 times half a millisecond
    assert fastest(found, 4001) == "twice"
    assert fastest([OWN, same, *left_out], 10**9) == REFERENCE  # a tenth faster may be chance
    assert fastest([OWN, twice, other("late", 4e-4, start=3.0)], 9_000) == "twice"
    assert fastest([OWN, twice, other("late", 4e-4, start=3.0)], 11_000) == "late"


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
        assert f"run by {runtime.name}: 128 trial pictures equal Keras' own to the last bit" in quick.spec.notes[-1]
        for n in (1, 128, 130):
            np.testing.assert_allclose(quick.raw(*latents(n)), opened.raw(*latents(n)), atol=1e-5)


@pytest.mark.tensorflow
def test_what_cannot_be_rewritten_or_makes_other_bytes_stays_with_tensorflow() -> None:
    keras = pytest.importorskip("keras")
    import tensorflow as tf

    class Odd(keras.layers.Layer):  # type: ignore[misc]
        """Calls back into Python, which neither XLA nor ONNX can."""

        def call(self, x: Any) -> Any:
            return tf.ensure_shape(tf.py_function(lambda t: t, [x], tf.float32), (None, 8, 8, 1))

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1)), Odd()])
    one = KerasGenerator(model, "odd.keras")
    one.spec = one.spec.with_overrides({"value_range": "tanh"})
    before = one.raw(*latents(3))
    for name in ("XLA", "onnxruntime"):
        assert f"run by TensorFlow: {name} cannot run it" in one.run_by(name)
    assert one.spec.runtime == ""
    np.testing.assert_array_equal(one.raw(*latents(3)), before)
    assert [bool(m.why) for m in one.measure()] == [False, True, True]

    steep = keras.Sequential([  # what floats err is a million times as much here
        keras.Input((6,)), keras.layers.Dense(999), keras.layers.Dense(64), keras.layers.Rescaling(1e6),
        keras.layers.Activation(tf.math.sin), keras.layers.Reshape((8, 8, 1)),
    ])  # fmt: skip
    two = KerasGenerator(steep, "steep.keras")
    two.spec = two.spec.with_overrides({"value_range": "tanh"})
    assert "bytes of trial pictures differ" in two.run_by("onnxruntime")
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
            runtimes.remember(workspace, opened.network, [OWN, other("onnxruntime", 1e-5)])  # type: ignore[attr-defined]
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
    runtimes.learn(workspace, inside, runtimes.LONG)
    assert runtimes.known(workspace) == {outside.network: [Measured(REFERENCE, 0, 0, 0)]}  # type: ignore[attr-defined]
    assert runtimes.faster(workspace, 10**9) == {}


def test_measurements_of_another_process_that_cannot_be_are_not_believed() -> None:
    rows = [asdict(other(runtime.name, 1e-3)) for runtime in RUNTIMES]
    assert [m.name for m in believed(rows)] == [r.name for r in RUNTIMES]
    for wrong in ({"seconds": float("nan")}, {"start": -1}, {"seconds": "1"}, {"why": 3}, {"name": "mine"}):
        with pytest.raises(BadInput):
            believed([rows[0], rows[1] | wrong, rows[2]])
    for wrong in (rows[:2], [rows[0] | {"why": "no"}, *rows[1:]]):
        with pytest.raises(BadInput):
            believed(wrong)
