"""A decoder's reconstructions by an encoder of its own, on the page of the checkpoint."""

from pathlib import Path

from core import checkpoints, encoders, reports
from core.progress import silent
from tests.pages.filled import Full
from tests.pages.seen import Visit, cells, component, words
from tests.reports.two_files import decoder, encoder


def test_what_came_back_through_encoder_and_decoder_is_shown(full: Full, visit: Visit, tmp_path: Path) -> None:
    view = checkpoints.register(full.workspace, decoder(tmp_path / "d.onnx"), run="vae", step=1)
    checkpoints.inspect(full.workspace, view.id)
    app = visit("checkpoints", checkpoint=view.id)
    assert component(app, f"encoder-{view.id}-upload")["label"].startswith("The encoder")
    assert app.button(key=f"encoder-{view.id}").disabled
    assert len(app.table) == 0
    name = encoders.take(full.workspace, encoder(tmp_path / "e.onnx", ("mean", "logvar")))
    arguments = {"checkpoint_id": view.id, "reference_set_id": full.reference, "n": 8, "encoder": name}
    report = reports.make(full.workspace, reports.get("reconstruction"), arguments, silent)
    app = visit("checkpoints", checkpoint=view.id)
    assert cells(app)["Measure"][0].endswith("SSIM")
    assert "'mean' is taken as the mean" in words(app)
    key = f"encoder-{view.id}-{report.id}"
    assert component(app, f"{key}-worst")["captions"][0] == "real"
