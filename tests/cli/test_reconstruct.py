"""`proofsheet reconstruct`, of a decoder with its encoder."""

import contextlib
import json
from pathlib import Path

from core import checkpoints, references
from core.settings import Settings
from core.workspace import Workspace
from tests.cli.conftest import Command
from tests.reports.two_files import decoder, encoder


def test_a_decoder_with_the_file_of_its_encoder(command: Command, real_pictures: Path, tmp_path: Path) -> None:
    with contextlib.closing(Workspace(Settings(workspace=tmp_path / "workspace"))) as place:
        references.add(place, "noise", real_pictures)
        checkpoints.register(place, decoder(tmp_path / "d.onnx"), run="vae", step=7)
    asked = ("reconstruct", "vae@7", "--reference", "noise", "--n", 12)
    alone = command(*asked)
    assert alone.code == 2
    assert "takes no pictures; give the file of its encoder (--encoder PATH)" in alone.err
    file = encoder(tmp_path / "e.onnx", ("z_mean", "z_log_var"))
    found = command(*asked, "--encoder", file, "--json")
    assert (found.code, json.loads(found.out)[0]["measures"][2]["value"]) == (0, 0.0)
    assert "'z_mean' is taken as the mean" in command(*asked, "--encoder", file).err
    assert "no encoder; bring" in command(*asked, "--encoder", tmp_path).err
