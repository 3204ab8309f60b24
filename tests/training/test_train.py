"""Training on real steps: networks, data range, checkpoints that open, and interruptions that leave no trace."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import checkpoints, references, results
from core.cli import main
from core.errors import BadInput, Cancelled, Conflict
from core.training import ARCHITECTURES, TrainingSettings, data, train
from core.training.gan import Gan
from core.training.generate import export, pictures
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


@pytest.mark.parametrize(("size", "channels"), [(28, 1), (32, 3)])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: a.name)
def test_networks_fit_each_other(architecture: Architecture, size: int, channels: int) -> None:
    generator = architecture.build_generator(size, channels, 100)
    discriminator = architecture.build_discriminator(size, channels)
    made = generator(np.random.default_rng(0).standard_normal((3, 100), np.float32), training=True)
    assert made.shape == (3, size, size, channels)
    assert abs(made.numpy()).max() <= 1
    assert discriminator(made).shape == (3, 1)
    assert discriminator.layers[-1].activation.__name__ == "linear"  # logits


def test_the_seed_generator_is_the_textbook_one() -> None:
    seed = next(a for a in ARCHITECTURES if a.name == "seed")
    assert seed.build_generator(32, 3, 100).count_params() == 41_859


def test_batches_are_scaled_once_and_shuffled_by_the_seed() -> None:
    rows = np.arange(50, dtype=np.uint8).reshape(50, 1, 1, 1).repeat(4, 1).repeat(4, 2) * 5
    rows[0], rows[49] = 0, 255
    given = [b.numpy() for b in data.batches(rows, 16, seed=3)]
    assert [b.shape for b in given] == [(16, 4, 4, 1)] * 3
    every = np.concatenate(given)
    back = np.round((every + 1) * 127.5).astype(np.uint8)
    assert every.min() == -1
    assert len({int(v) for v in back[:, 0, 0, 0]}) == 48
    again, other = (np.concatenate([b.numpy() for b in data.batches(rows, 16, seed=s)]) for s in (3, 4))
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
    assert checkpoints.runs(workspace)[0].training == tiny(set_id).as_json()
    told.clear()
    assert train(workspace, tiny(set_id), progress=lambda d, t, m="", session=None: told.append((d, t, m))) == result
    assert told == []


@pytest.mark.parametrize(("stop", "landed"), [("epoch 3/4, generator", [0, 8]), ("epoch 0/4: features", [0])])
def test_an_interrupted_training_goes_on_as_if_nothing_happened(
    workspace: Workspace, tmp_path: Path, stop: str, landed: list[int]
) -> None:
    set_id = bars(workspace, tmp_path)
    straight = train(workspace, tiny(set_id, run="straight"))

    def cancel(done: int, total: int, message: str = "", session: object = None) -> None:
        if message.startswith(stop):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        train(workspace, tiny(set_id), progress=cancel)
    assert [v.step for v in checkpoints.every(workspace, "bars")] == landed
    resumed = train(workspace, tiny(set_id))
    assert [c["step"] for c in resumed["checkpoints"]] == [c["step"] for c in straight["checkpoints"]] == [0, 8, 16]
    assert all(c["evaluation"] for c in resumed["checkpoints"])
    for one, other in zip(weights(workspace, "straight"), weights(workspace, "bars"), strict=True):
        assert np.allclose(one, other, atol=1e-4)
    gan = Gan(tiny(set_id), workspace.folder / "training" / "bars")
    assert gan.restore()
    assert int(gan.generator_optimizer.iterations) == int(gan.discriminator_optimizer.iterations) == 16


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
    result = train(workspace, tiny(set_id, architecture=architecture, epochs=2, channels=3), evaluate=False)
    generator = checkpoints.open_checkpoint(workspace, result["checkpoints"][-1]["id"])
    spec = generator.spec
    assert (spec.latent_size, spec.height, spec.channels, spec.value_range) == (10, 8, 3, "tanh")
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
