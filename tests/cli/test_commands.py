"""The command line as people and pipelines meet it: what it prints, writes, refuses, and its exit codes."""

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyarrow import parquet

from core import checkpoints, doctor, evaluate, export, jobs, references, results
from core.cli import main
from core.settings import Settings
from core.workspace import Workspace
from storage.database import PAGE_SIZE

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """`proofsheet ARGUMENTS` on the workspace, by its entry point, in this process."""

    def run(*arguments: object, folder: Path = workspace.folder) -> Done:
        monkeypatch.setattr(sys, "argv", ["proofsheet", *map(str, arguments), "--workspace", str(folder)])
        with pytest.raises(SystemExit) as ended:
            main()
        found = capfd.readouterr()
        return Done(int(ended.value.code or 0), found.out, found.err)

    return run


@pytest.fixture
def evaluated(workspace: Workspace, small_generator: Path, real_pictures: Path) -> Workspace:
    real = references.add(workspace, "noise", real_pictures)
    view = checkpoints.register(workspace, small_generator, run="r", step=5)
    evaluate.evaluate(workspace, view.id, real.set_id, extractor="lbp", n=40)
    return workspace


def test_export_says_the_same_in_every_format(evaluated: Workspace, tmp_path: Path, command: Command) -> None:
    rows = json.loads(command("export", "--json").out)
    stored = results.every(evaluated)[0]
    assert [row["metric"] for row in rows] == list(stored.values)
    first, value = rows[0], stored.values[rows[0]["metric"]]
    assert (first["value"], first["low"], first["floor"]) == (value.value, value.low, value.floor)
    assert (first["run"], first["step"], first["n"], first["extractor"]) == ("r", 5, value.n, "lbp")
    assert first["fingerprint"] == value.fingerprint
    table = list(csv.DictReader(io.StringIO(command("export").out)))
    assert [float(row["value"]) for row in table] == [row["value"] for row in rows]
    assert list(table[0]) == list(export.COLUMNS)
    written = command("export", "--output", tmp_path / "values.parquet")
    assert written.code == 0
    assert parquet.read_table(tmp_path / "values.parquet").to_pylist() == rows
    assert command("export", "--run", "other", "--json").out.strip() == "[]"
    wrong = command("export", "--format", "xls")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)


def test_an_empty_workspace_still_exports_the_columns(workspace: Workspace) -> None:
    assert export.as_csv(export.rows(workspace)).decode().strip() == ",".join(export.COLUMNS)
    table = parquet.read_table(io.BytesIO(export.as_parquet(export.rows(workspace))))
    assert (table.num_rows, table.column_names) == (0, list(export.COLUMNS))


def test_jobs_are_listed_cancelled_and_asked_for_again(evaluated: Workspace, command: Command) -> None:
    number = checkpoints.every(evaluated)[0].id
    job = jobs.submit(evaluated, "sample", {"checkpoint_id": number, "n": 50})
    listed = command("jobs", "list", "--json")
    assert json.loads(listed.out)[0]["title"] == "Sample r @ 5"
    assert "no worker is there" in listed.err
    cancelled = command("jobs", "cancel", job.id, "--json")
    assert json.loads(cancelled.out)[0]["state"] == "cancelled"
    again = json.loads(command("jobs", "retry", job.id, "--json").out)[0]
    done = command("worker", "--until-idle")
    assert done.code == 0, done.err
    assert jobs.get(evaluated, again["id"]).state == "done"
    assert "tensorflow" not in done.err.lower()
    assert command("jobs", "cancel", 99).code == 2


def test_ctrl_c_is_one_sentence_and_the_work_goes_on(
    workspace: Workspace, small_generator: Path, real_pictures: Path
) -> None:
    references.add(workspace, "noise", real_pictures)
    whole = [sys.executable, "-m", "core.cli", "evaluate", str(small_generator), "--reference", "noise", "--run", "r",
             "--step", "5", "--n", "200000", "--extractor", "lbp", "--workspace", str(workspace.folder)]  # fmt: skip
    process = subprocess.Popen(whole, cwd=ROOT, stderr=subprocess.PIPE, text=True)

    def made() -> int:
        with closing(sqlite3.connect(workspace.database.path)) as connection:
            return int(connection.execute("SELECT count(*) FROM set_image").fetchone()[0]) - 120

    end = time.monotonic() + 30
    while made() <= 0 and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.strip().count("\n") == 0
    assert "goes on from there" in said
    assert made() % 128 == 0


def test_doctor_finds_what_is_wrong(evaluated: Workspace, tmp_path: Path, command: Command) -> None:
    sound = command("doctor", "--json")
    found = {row["check"]: row["state"] for row in json.loads(sound.out)}
    assert sound.code == 0
    assert {found[c] for c in ("python", "streamlit", "extractor weights", "database", "schema")} == {"ok"}
    assert found["worker"] == "note"
    fresh = list(doctor.findings(Settings(workspace=tmp_path / "none")))
    assert [f.state for f in fresh if f.check == "database"] == ["note"]
    assert not (tmp_path / "none").exists()
    evaluated.close()
    data = bytearray(evaluated.database.path.read_bytes())
    for page in range(PAGE_SIZE, len(data), PAGE_SIZE):  # as a half-written disk leaves it
        data[page : page + 100] = os.urandom(100)
    evaluated.database.path.write_bytes(data)
    broken = command("doctor", "--json")
    assert broken.code == 2
    assert {row["check"]: row["state"] for row in json.loads(broken.out)}["database"] == "problem"


def test_help_teaches_and_mistakes_are_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["proofsheet", "--help"])
    with pytest.raises(SystemExit):
        main()
    text = capfd.readouterr().out
    for word in ("Exit codes", "130", "reference add", "--install-completion", "watch", "doctor"):
        assert word in text
    monkeypatch.setattr(sys, "argv", ["proofsheet", "evaluat"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
