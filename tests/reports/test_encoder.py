"""A VAE as two files: the encoder's latents go through the decoder, and what it is not is refused with the reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import checkpoints, encoders, references, reports
from core.errors import BadInput, NotFound
from core.extractors import own_onnx
from core.generators.encoder import Encoder, latent_output
from core.progress import silent
from core.reports.report import _key
from core.workspace import Workspace
from tests.reports.two_files import PIXELS, SIDE, decoder, encoder

pytestmark = pytest.mark.slow


def made(workspace: Workspace, folder: Path, real: int, network: Path) -> dict[str, Any]:
    view = checkpoints.register(workspace, decoder(folder / "d.onnx"), run="vae", step=1)
    arguments = {
        "checkpoint_id": view.id, "reference_set_id": real, "n": 12, "encoder": encoders.take(workspace, network),
    }  # fmt: skip
    result = reports.make(workspace, reports.get("reconstruction"), arguments, silent).result
    return {"rmse": {r["measure"]: r["value"] for r in result["measures"]}["rmse"], "notes": result["notes"]}


@pytest.mark.parametrize(
    ("outputs", "shape", "one", "note"),
    [
        (("latent_mean",), (SIDE, SIDE, 1), False, "the latent is its output 'latent_mean'"),
        (("z_log_var", "z", "z_mean"), (1, SIDE, SIDE), False, "'z_mean' is taken as the mean"),
        (("mean", "logvar"), (PIXELS,), True, "the first 144 of the 288 numbers of 'both' are taken as the mean"),
    ],
)
def test_what_the_encoder_keeps_the_decoder_gives_back(
    workspace: Workspace, real_pictures: Path, tmp_path: Path, outputs: tuple[str, ...], shape: tuple[int, ...],
    one: bool, note: str,
) -> None:  # fmt: skip
    real = references.add(workspace, "noise", real_pictures).set_id
    found = made(workspace, tmp_path, real, encoder(tmp_path / "e.onnx", outputs, shape, one))
    assert found["rmse"] == 0.0
    assert note in found["notes"][0]


def test_another_encoder_is_another_report_and_none_leaves_the_key_as_it_was(
    workspace: Workspace, real_pictures: Path, tmp_path: Path
) -> None:
    real = references.add(workspace, "noise", real_pictures).set_id
    assert made(workspace, tmp_path, real, encoder(tmp_path / "good.onnx", ("mean",)))["rmse"] == 0.0
    assert made(workspace, tmp_path, real, encoder(tmp_path / "low.onnx", ("other",)))["rmse"] > 50
    kind = reports.get("reconstruction")
    with workspace.database.read() as session:
        plain = {"checkpoint_id": 1, "reference_set_id": real, "n": 12}
        assert _key(session, kind, {**plain, "encoder": ""}, "") == _key(session, kind, plain, "")


def test_what_does_not_belong_to_the_decoder_is_refused(
    workspace: Workspace, real_pictures: Path, small_generator: Path, tmp_path: Path
) -> None:
    real = references.add(workspace, "noise", real_pictures).set_id
    with pytest.raises(BadInput, match=r"the encoder: takes 6x6x4, the decoder makes pictures of 12x12x1"):
        made(workspace, tmp_path, real, encoder(tmp_path / "e.onnx", ("mean",), (6, 6, 4)))
    with pytest.raises(BadInput, match="takes 8, the decoder"):
        made(workspace, tmp_path, real, small_generator)
    with pytest.raises(BadInput, match=r"gives 'a' \(3\), 'b' \(1x2\), none of which is a latent"):
        latent_output("e.onnx", [("a", (3,)), ("b", (1, 2))], 8)
    with pytest.raises(NotFound, match="no encoder"):
        encoders.file_of(workspace, "../proofsheet.db")
    assert checkpoints.get(workspace, 1).error == ""


@pytest.mark.tensorflow
def test_a_keras_encoder_with_a_mean_a_variance_and_a_draw(
    workspace: Workspace, real_pictures: Path, tmp_path: Path
) -> None:
    import keras

    picture = keras.Input((SIDE, SIDE, 1))
    mean = keras.layers.Flatten(name="z_mean")(picture)
    spread = keras.layers.Rescaling(0.0, offset=-7.0, name="z_log_var")(mean)
    keras.Model(picture, [spread, keras.layers.Add(name="z")([mean, spread]), mean]).save(tmp_path / "e.keras")
    real = references.add(workspace, "noise", real_pictures).set_id
    found = made(workspace, tmp_path, real, tmp_path / "e.keras")
    assert found["rmse"] == 0.0
    assert "'z_mean' is taken as the mean" in found["notes"][0]


def test_an_onnx_encoder_is_vetted_and_opened_once(tmp_path: Path) -> None:
    path = encoder(tmp_path / "e.onnx", ("z_log_var", "z_mean"))
    before = own_onnx._opened.cache_info().misses, own_onnx._opened_at.cache_info().misses
    found = Encoder(path, "onnx", SIDE, SIDE, 1, PIXELS).latents(np.full((2, PIXELS), 0.5, np.float32))
    assert (found == 0.5).all(), "of two outputs the mean"
    after = own_onnx._opened.cache_info().misses, own_onnx._opened_at.cache_info().misses
    assert after == (before[0] + 1, before[1])
