"""Training on real steps: networks, data range, checkpoints that open, and interruptions that leave no trace."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import best, checkpoints, jobs, references, results, worker
from core.cli import main
from core.errors import BadInput, Cancelled, Conflict, SteppedAside
from core.training import ARCHITECTURES, TrainingSettings, data, learner, log, perceptual, runs, train
from core.training.gan import Gan, apart
from core.training.generate import export, pictures
from core.training.loop import folder_of
from core.training.models import Architecture
from core.workspace import Workspace

pytestmark = pytest.mark.tensorflow
LATENTS = np.random.default_rng(1).standard_normal((6, 10), dtype=np.float32)


def bars(workspace: Workspace, folder: Path, n: int = 80) -> int:
    """Grey 8 x 8 pictures of one bright column each: the id of the set, of which 72 are its reference part."""
    rng = np.random.default_rng(0)
    made = rng.integers(0, 60, (n, 8, 8), dtype=np.uint8)
    made[np.arange(n), :, rng.integers(0, 8, n)] = 255
    np.save(folder / "bars.npy", made)
    return references.add(workspace, "bars", folder / "bars.npy").set_id


def tiny(set_id: int, **other: Any) -> TrainingSettings:
    asked: dict[str, Any] = {"run": "bars", "size": 8, "latent_size": 10, "batch": 16, "epochs": 4, "evaluate_n": 32,
                             "extractor": "pixels", "checkpoint_every": 2, "architecture": "seed"}  # fmt: skip
    return TrainingSettings(reference_set_id=set_id, **{**asked, **other})


@pytest.mark.parametrize(("size", "channels"), [(48, 1), (32, 3)])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: a.name)
def test_networks_fit_each_other(architecture: Architecture, size: int, channels: int) -> None:
    generator = architecture.build_generator(size, channels, 100)
    teacher = architecture.build_teacher(size, channels, 100)
    made = generator(np.random.default_rng(0).standard_normal((3, 100), np.float32), training=True)
    assert made.shape == (3, size, size, channels)
    assert abs(made.numpy()).max() <= 1
    if architecture.learner == "vae":
        assert [one.shape for one in teacher(made)] == [(3, 100), (3, 100)]
    else:
        assert teacher(made).shape == (3, 1)
        assert teacher.layers[-1].activation.__name__ == "linear"  # logits


def test_the_seed_generator_is_the_textbook_one() -> None:
    seed = next(a for a in ARCHITECTURES if a.name == "seed")
    assert seed.build_generator(32, 3, 100).count_params() == 41_859


def test_batches_are_scaled_once_and_shuffled_by_the_seed() -> None:
    rows = np.arange(50, dtype=np.uint8).reshape(50, 1, 1, 1).repeat(4, 1).repeat(4, 2) * 5
    rows[0], rows[49] = 0, 255
    settings = TrainingSettings("r", 1, batch=16)
    given = [b.numpy() for b in data.batches(rows, settings, 3)]
    assert [b.shape for b in given] == [(16, 4, 4, 1)] * 3
    every = np.concatenate(given)
    back = np.round((every + 1) * 127.5).astype(np.uint8)
    assert every.min() == -1
    assert len({int(v) for v in back[:, 0, 0, 0]}) == 48
    again, other = (np.concatenate([b.numpy() for b in data.batches(rows, settings, e)]) for e in (3, 4))
    assert np.array_equal(every, again)
    assert not np.array_equal(every, other)


def weights(workspace: Workspace, run: str) -> list[np.ndarray[Any, Any]]:
    made = []
    for view in checkpoints.every(workspace, run):
        made.append(checkpoints.open_checkpoint(workspace, view.id).floats(LATENTS, np.zeros(6, np.int64)))
    return made


def test_checkpoints_land_measured_and_a_finished_run_costs_nothing(workspace: Workspace, tmp_path: Path) -> None:
    set_id = bars(workspace, tmp_path)
    told: list[tuple[int, int, str]] = []
    result = train(workspace, tiny(set_id), progress=lambda d, t, m="", session=None: told.append((d, t, m)))
    assert [c["step"] for c in result["checkpoints"]] == [0, 8, 16]  # 72 pictures: 4 batches of 16 an epoch
    for landed in result["checkpoints"]:
        assert results.values(workspace, landed["evaluation"])[0].metric == "frechet"
    last = checkpoints.get(workspace, result["checkpoints"][-1]["id"])
    assert last.details["epoch"] == 4
    assert 0 < last.details["generator_loss"] < 10
    assert last.details["seconds"] > 0
    assert (16, 16) in {(done, total) for done, total, _ in told}
    assert any("epoch 3/4, generator loss" in message for _, _, message in told)
    noted = log.read(folder_of(workspace, "bars"))
    assert [(one.epoch, one.step, list(one.losses)) for one in noted] == [
        (0, 0, []), *((epoch, 4 * epoch, ["generator", "discriminator"]) for epoch in (1, 2, 3, 4)),
    ]  # fmt: skip
    assert noted[4].losses["generator"] == pytest.approx(last.details["generator_loss"])
    assert len({tuple(one.image_ids) for one in noted}) == 5
    assert checkpoints.runs(workspace)[0].training == tiny(set_id).as_json()
    told.clear()
    assert train(workspace, tiny(set_id), progress=lambda d, t, m="", session=None: told.append((d, t, m))) == result
    assert told == []


VAE = {"architecture": "vae", "flip": True, "rotate": 20.0, "crop": 0.2}


@pytest.mark.parametrize(
    ("stop", "landed", "other"),
    [
        ("epoch 3/4, generator", [0, 8], {"feature_matching": 10.0}),
        ("epoch 0/4: features", [0], {}),
        ("epoch 3/4, reconstruction", [0, 8], VAE),
    ],
)
def test_an_interrupted_training_goes_on_as_if_nothing_happened(
    workspace: Workspace, tmp_path: Path, stop: str, landed: list[int], other: dict[str, Any]
) -> None:
    set_id = bars(workspace, tmp_path)
    straight = train(workspace, tiny(set_id, run="straight", **other))

    def cancel(done: int, total: int, message: str = "", session: object = None) -> None:
        if message.startswith(stop):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        train(workspace, tiny(set_id, **other), progress=cancel)
    assert [v.step for v in checkpoints.every(workspace, "bars")] == landed
    resumed = train(workspace, tiny(set_id, **other))
    assert [c["step"] for c in resumed["checkpoints"]] == [c["step"] for c in straight["checkpoints"]] == [0, 8, 16]
    assert all(c["evaluation"] for c in resumed["checkpoints"])
    for one, other_one in zip(weights(workspace, "straight"), weights(workspace, "bars"), strict=True):
        assert np.allclose(one, other_one, atol=1e-4)
    one, two = (log.read(folder_of(workspace, run)) for run in ("straight", "bars"))
    assert [e.epoch for e in one] == [e.epoch for e in two] == [0, 1, 2, 3, 4]
    assert two[4].losses == pytest.approx(one[4].losses, rel=1e-3)
    known = learner.build(tiny(set_id, **other), folder_of(workspace, "bars"))
    assert known.restore()
    if isinstance(known, Gan):
        assert int(known.generator_optimizer.iterations) == int(known.discriminator_optimizer.iterations) == 16


def test_the_state_of_runs_that_were_trained_before_still_fits(workspace: Workspace, tmp_path: Path) -> None:
    """Its names are those of the version that knew GANs alone: another name, and no old run could be gone on with."""
    import tensorflow as tf
    from tensorflow.core.protobuf import trackable_object_graph_pb2

    gan = Gan(tiny(1), tmp_path / "state")
    gan.close_epoch(0, [0.0, 0.0], 0.0)
    newest = tf.train.load_checkpoint(tf.train.latest_checkpoint(tmp_path / "state"))
    graph = trackable_object_graph_pb2.TrackableObjectGraph()
    graph.ParseFromString(newest.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
    assert {child.local_name for child in graph.nodes[0].children} == {
        "generator", "average", "discriminator", "generator_optimizer", "discriminator_optimizer", "noise", "seeds",
        "epoch", "step", "seconds", "losses", "save_counter",
    }  # fmt: skip


def test_a_vae_gives_back_what_it_saw_and_keeps_its_encoder(workspace: Workspace, tmp_path: Path) -> None:
    import keras

    set_id = bars(workspace, tmp_path)
    settings = tiny(set_id, architecture="vae", epochs=30, checkpoint_every=30)
    train(workspace, settings, evaluate=False)
    noted = log.read(folder_of(workspace, "bars"))
    assert list(noted[-1].losses) == ["reconstruction", "kl"]
    assert noted[-1].losses["reconstruction"] < noted[1].losses["reconstruction"] / 3
    last = checkpoints.every(workspace, "bars")[-1]
    whole = keras.saving.load_model(workspace.folder / last.details["autoencoder"])
    real = data.load(workspace, settings).astype(np.float32) / 127.5 - 1
    back = whole(real).numpy()
    assert np.mean((back - real) ** 2) < np.mean((real.mean(axis=0) - real) ** 2) / 2  # better than one mean picture
    mean, log_variance = whole.get_layer("encoder")(real)
    assert mean.shape == log_variance.shape == (72, 10)
    made = checkpoints.open_checkpoint(workspace, last.id).floats(np.array(mean), np.zeros(72, np.int64))
    assert np.allclose(made * 2 - 1, back, atol=1e-4)  # the checkpoint is its decoder


def test_augmented_pictures_are_moved_by_known_amounts() -> None:
    ramp = np.tile(np.arange(8, dtype=np.uint8) * 20, (64, 8, 1))[..., None]

    def seen(epoch: int = 1, **asked: Any) -> np.ndarray[Any, Any]:
        settings = TrainingSettings("r", 1, size=8, batch=64, **asked)
        (batch,) = data.batches(ramp, settings, epoch)
        return (batch.numpy() + 1) * 127.5

    flipped = seen(flip=True)
    turned = np.isclose(flipped[:, 0, 0, 0], 140, atol=0.1)
    assert 16 < turned.sum() < 48
    assert np.allclose(flipped[turned], ramp[0, :, ::-1], atol=0.01)
    assert np.allclose(flipped[~turned], ramp[0], atol=0.01)
    cropped = seen(crop=0.5)
    steps = np.diff(cropped[:, 4, :, 0], axis=1)
    assert np.allclose(steps, steps[:, :1], atol=0.01)  # still a ramp, less steep by what was left out
    assert steps.min() >= 10 - 0.01
    assert steps.max() <= 20
    assert steps.std() > 1
    assert cropped.min() >= 0
    assert cropped.max() <= 140.01
    middle = seen(rotate=180.0)[:, 3:5, 3:5].mean(axis=(1, 2, 3))
    assert np.allclose(middle, 70, atol=0.1)  # turned about the middle
    assert np.array_equal(seen(flip=True, rotate=30.0), seen(flip=True, rotate=30.0))
    assert not np.array_equal(seen(rotate=30.0), seen(2, rotate=30.0))


def test_the_perceptual_network_is_that_of_the_extractor() -> None:
    import onnx
    import onnxruntime

    from core.extractors.efficientnet import build

    model = onnx.load_from_string(build())
    places = ["_blocks.0._project_conv", "_blocks.2.sum", "_blocks.4.sum"]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(p, onnx.TensorProto.FLOAT, None) for p in places)
    pictures_ = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    known = onnxruntime.InferenceSession(model.SerializeToString()).run(
        places, {"pictures": pictures_.transpose(0, 3, 1, 2)}
    )
    for ours, theirs in zip(perceptual.features(pictures_), known, strict=True):
        assert np.allclose(ours.numpy(), theirs.transpose(0, 2, 3, 1), atol=1e-3)


def test_the_perceptual_distance_teaches_what_is_made_alone() -> None:
    import tensorflow as tf

    rng = np.random.default_rng(0)
    made, real = (tf.Variable(rng.uniform(-1, 1, (2, 28, 28, 1)).astype(np.float32)) for _ in range(2))
    distance = perceptual.distance(28)
    with tf.GradientTape() as tape:
        far = distance(made, real)
    to_made, to_real = tape.gradient(far, [made, real])
    assert to_real is None
    assert float(distance(real, real)) < 1e-6 < 0.1 < float(far) < 4
    assert float(distance(made - 0.01 * tf.sign(to_made), real)) < float(far)


def test_feature_matching_is_the_distance_of_means() -> None:
    real, made = np.float32([[1, 2], [3, 4]]), np.float32([[0, 0], [2, 8]])
    assert apart(real, made).numpy().tolist() == [1, 1]


def test_a_training_steps_aside_after_an_epoch(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SteppedAside):
        train(workspace, tiny(bars(workspace, tmp_path)), evaluate=False, aside=lambda: True)
    assert runs.get(workspace, "bars").epoch == 1


def test_a_job_that_ranks_higher_goes_first_and_the_training_goes_on(workspace: Workspace, tmp_path: Path) -> None:
    set_id = bars(workspace, tmp_path)
    job = runs.start(workspace, tiny(set_id, evaluate_n=16))
    seen = []

    def ask_once(*_: object) -> None:
        if not seen:
            seen.append(jobs.submit(workspace, "embed", {"set_id": set_id, "extractor": "hog"}, priority=5).id)

    before = log.append

    def noted(folder: Path, epoch: log.Epoch) -> None:
        before(folder, epoch)
        ask_once()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "append", noted)
        worker.run(workspace, until_idle=True)
    done, other = jobs.get(workspace, job.id), jobs.get(workspace, seen[0])
    assert (done.state, other.state) == ("done", "done")
    assert other.finished_at < done.finished_at  # type: ignore[operator]
    assert done.attempts == 1


def test_a_training_ends_early_where_checkpoints_get_no_better(workspace: Workspace, tmp_path: Path) -> None:
    set_id = bars(workspace, tmp_path)
    asked = {"epochs": 9, "checkpoint_every": 1, "learning_rate": 1e-7, "discriminator_learning_rate": 1e-7}
    made = train(workspace, tiny(set_id, early_stop=2, average=0.0, **asked))
    assert 2 <= made["epochs"] < 9  # so slow that checkpoints can hardly be told apart
    assert best.stands_still(workspace, "bars", 2, reference="bars v1", extractor="pixels")
    assert not best.stands_still(workspace, "bars", made["epochs"] + 1, reference="bars v1", extractor="pixels")
    assert train(workspace, tiny(set_id, early_stop=2, average=0.0, **asked)) == made
    assert runs.get(workspace, "bars").state == "done"


def test_pause_keeps_the_state_and_cancel_what_has_landed(workspace: Workspace, tmp_path: Path) -> None:
    set_id = bars(workspace, tmp_path)
    settings = tiny(set_id, evaluate_n=16)
    train(workspace, tiny(set_id, epochs=2, evaluate_n=16))
    assert runs.every(workspace) == ["bars"]
    assert runs.get(workspace, "bars").state == "done"
    for stop, state in ((runs.pause, "paused"), (runs.cancel, "cancelled")):
        runs.start(workspace, settings)
        assert runs.get(workspace, "bars").state == "queued"
        stop(workspace, "bars")
        view = runs.get(workspace, "bars")
        assert (view.state, view.epoch, view.settings.epochs) == (state, 2, view.settings.epochs)
    job = runs.start(workspace, settings)
    worker.run(workspace, until_idle=True)
    view = runs.get(workspace, "bars")
    assert (view.state, view.epoch, view.job.id if view.job else 0) == ("done", 4, job.id)
    assert [one.evaluation is not None for one in runs.landed(workspace, view)] == [True] * 3
    assert runs.landed(workspace, view)[2].verdicts.keys() >= {"kid", "coverage"}
    assert runs.seconds_per_step(workspace, settings) is not None
    with pytest.raises(BadInput, match="was trained with batch 16"):
        runs.start(workspace, tiny(set_id, batch=8))


def test_more_epochs_make_a_run_longer_and_other_settings_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    set_id = bars(workspace, tmp_path)
    train(workspace, tiny(set_id, epochs=1), evaluate=False)
    longer = train(workspace, tiny(set_id, epochs=2), evaluate=True)
    assert [c["step"] for c in longer["checkpoints"]] == [0, 4, 8]
    assert all(c["evaluation"] for c in longer["checkpoints"])
    with pytest.raises(BadInput, match=r"was trained with batch 16; ask for the same"):
        train(workspace, tiny(set_id, batch=8))
    checkpoints.register(workspace, checkpoints.get(workspace, 1).path, run="theirs", step=5)
    with pytest.raises(BadInput, match="not trained here"):
        train(workspace, tiny(set_id, run="theirs"))


def test_a_loss_that_is_no_number_names_the_remedy_and_registers_nothing(workspace: Workspace, tmp_path: Path) -> None:
    set_id = bars(workspace, tmp_path)
    wild = tiny(set_id, learning_rate=1.0, epochs=40, architecture="dcgan")
    gan = Gan(wild, tmp_path / "state")
    gan.discriminator.set_weights([w * np.float32(np.inf) for w in gan.discriminator.get_weights()])
    gan.close_epoch(1, [0.5, 0.5], 1.0)
    (workspace.folder / "training").mkdir()
    (tmp_path / "state").rename(workspace.folder / "training" / "bars")
    _point_to(workspace.folder / "training" / "bars", tmp_path / "state")
    with pytest.raises(BadInput, match=r"no number any more in epoch 2; .*below 1\."):
        train(workspace, wild, evaluate=False)
    assert checkpoints.every(workspace, "bars") == []


def _point_to(folder: Path, former: Path) -> None:
    state = folder / "checkpoint"
    state.write_text(state.read_text().replace(str(former), str(folder)))


@pytest.mark.parametrize("architecture", [a.name for a in ARCHITECTURES])
def test_an_exported_generator_opens_and_normalises_by_its_running_statistics(
    workspace: Workspace, tmp_path: Path, architecture: str
) -> None:
    set_id = bars(workspace, tmp_path)
    result = train(workspace, tiny(set_id, architecture=architecture, epochs=2, size=16, channels=3), evaluate=False)
    generator = checkpoints.open_checkpoint(workspace, result["checkpoints"][-1]["id"])
    spec = generator.spec
    assert (spec.latent_size, spec.height, spec.channels, spec.value_range) == (10, 16, 3, "tanh")
    together = generator.floats(LATENTS, np.zeros(6, np.int64))
    alone = generator.floats(LATENTS[:1], np.zeros(1, np.int64))
    assert np.allclose(together[:1], alone, atol=1e-5)
    assert together.std(axis=0).max() > 0


def test_a_broken_generator_is_not_exported(tmp_path: Path) -> None:
    generator = ARCHITECTURES[0].build_generator(8, 1, 10)
    assert pictures(generator, LATENTS).dtype == np.uint8
    generator.set_weights([w * np.float32(np.nan) for w in generator.get_weights()])
    with pytest.raises(BadInput, match="not numbers"):
        export(generator, tmp_path / "g.keras")
    assert list(tmp_path.iterdir()) == []


def test_the_command_trains_and_answers_at_once_when_asked_again(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bars(workspace, tmp_path)
    asked = ["proofsheet", "train", "--reference", "bars", "--run", "by-hand", "--size", "8", "--epochs", "2",
             "--architecture", "seed", "--every", "2", "--n", "32", "--batch", "16", "--json",
             "--workspace", str(workspace.folder)]  # fmt: skip
    monkeypatch.setattr("sys.argv", asked)
    said = []
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        said.append(json.loads(capfd.readouterr().out))
    assert said[0] == said[1]
    assert [row["checkpoint"] for row in said[0]] == ["by-hand@0", "by-hand@8"]
    assert all(results.values(workspace, row["evaluation"]) for row in said[0])


def test_one_process_trains_a_run(workspace: Workspace, tmp_path: Path) -> None:
    settings = tiny(bars(workspace, tmp_path), epochs=1)

    def second(*_: object, **__: object) -> None:
        with pytest.raises(Conflict, match="another process"):
            train(workspace, settings)
        raise Cancelled("seen")

    with pytest.raises(Cancelled):
        train(workspace, settings, progress=second)
    assert train(workspace, settings)["epochs"] == 1
