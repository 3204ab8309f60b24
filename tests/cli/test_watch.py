"""watch: a file counts once, when it is whole; a refused one is named and passed over."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from core import checkpoints, jobs, references, watch, worker
from core.errors import BadInput
from core.workspace import Workspace

ROOT = Path(__file__).parents[2]


def zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", content)
    return stream.getvalue()


def test_what_is_cut_short_waits_and_is_passed_on_in_the_end(tmp_path: Path) -> None:
    watched = watch.Folder(tmp_path, patience=0.2)
    (tmp_path / "gen-1.keras").write_bytes(zipped(b"whole")[:-10])
    watched.landed()
    assert watched.landed() == []
    assert watched.waiting == {"gen-1.keras": "waiting for the zip's directory, which is written last"}
    time.sleep(0.25)
    assert watched.landed() == [tmp_path / "gen-1.keras"]


def test_a_file_lands_once_when_it_is_whole(tmp_path: Path) -> None:
    watched = watch.Folder(tmp_path, "*.keras")
    assert watched.landed() == []
    growing = tmp_path / "gen-10.keras"
    whole = zipped(b"whole")
    growing.write_bytes(whole[:20])
    (tmp_path / "gen-2.keras").write_bytes(whole)
    (tmp_path / "empty-3.keras").write_bytes(b"")
    (tmp_path / "other-1.h5").write_bytes(b"x")
    assert watched.landed() == []
    growing.write_bytes(whole + b"")
    assert watched.landed() == [tmp_path / "gen-2.keras"]
    assert not watched.settled()
    assert watched.landed() == [growing]
    assert watched.landed() == []
    assert watched.settled()
    growing.write_bytes(zipped(b"another training wrote it anew"))
    os.utime(growing, ns=(1, 1))
    assert watched.landed() == []
    assert watched.landed() == [growing]


def test_the_step_is_read_from_the_name(tmp_path: Path) -> None:
    watched = watch.Folder(tmp_path)
    assert watched.step(Path("run2-epoch_0040.keras")) == 40
    assert watch.Folder(tmp_path, step_from=r"epoch_(\d+)").step(Path("epoch_7-loss-3.keras")) == 7
    with pytest.raises(BadInput, match="--step-from"):
        watched.step(Path("final.keras"))
    with pytest.raises(BadInput, match="no regular expression"):
        watch.Folder(tmp_path, step_from="(")
    with pytest.raises(BadInput, match="no such folder"):
        watch.Folder(tmp_path / "none")


@pytest.mark.slow
def test_the_command_measures_what_is_there_once(
    workspace: Workspace, small_generator: Path, real_pictures: Path, tmp_path: Path
) -> None:
    real = references.add(workspace, "noise", real_pictures)
    (tmp_path / "broken-0006.onnx").write_text("hello")
    command = [sys.executable, "-m", "core.cli", "watch", str(tmp_path), "--reference", "noise", "--run", "r",
               "--pattern", "*.onnx", "--n", "40", "--extractor", "lbp", "--every", "0.05", "--once", "--json",
               "--workspace", str(workspace.folder)]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "broken-0006.onnx: " in done.stderr
    row = json.loads(done.stdout)
    assert (row["checkpoint"], row["step"], row["state"]) == ("r @ 5", 5, "evaluated")

    for more, rc, said in (
        (["--pattern", "*.keras"], 0, r"nothing in .* is called \*.keras; say with --pattern"),
        (["--n", "2"], 2, "at least 6 "),
    ):
        odd = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (odd.returncode, odd.stdout) == (rc, "")
        assert re.search(said, odd.stderr)

    protocol = watch.Protocol(real.set_id, "lbp", 40, 0)
    again = watch.measure(workspace, small_generator, "r", 5, protocol)
    assert (again["evaluation"], again["job"]) == (row["evaluation"], None)
    worker.take_place(workspace, 15)
    queued = watch.measure(workspace, small_generator, "r", 5, watch.Protocol(real.set_id, "lbp", 48, 0))
    assert queued["state"] == "queued"
    assert jobs.get(workspace, int(str(queued["job"]))).title == "Evaluate r @ 5 against noise v1"


def test_a_file_written_anew_puts_away_what_it_held(
    workspace: Workspace, small_generator: Path, real_pictures: Path, tmp_path: Path
) -> None:
    real = references.add(workspace, "noise", real_pictures)
    protocol = watch.Protocol(real.set_id, "lbp", 40, 0)
    path, first = tmp_path / "gen-7.onnx", small_generator.read_bytes()
    worker.take_place(workspace, 15)
    for content in (first, first + b"\x12\x01x", first):  # the second one: with a producer's name
        path.write_bytes(content)
        watch.measure(workspace, path, "r", 7, protocol)
        assert [view.sha256 for view in checkpoints.every(workspace)] == [hashlib.sha256(content).hexdigest()]
    assert len(checkpoints.every(workspace, archived=True)) == 2
    checkpoints.archive(workspace, checkpoints.every(workspace)[0].id)
    watch.measure(workspace, path, "r", 7, protocol)  # a person put it away: it stays there
    assert checkpoints.every(workspace) == []
