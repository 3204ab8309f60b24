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
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet
from sqlalchemy import Engine, event

from core import checkpoints, doctor, export, jobs, references, results
from core.cli import main, terminal
from core.metrics.result import NARROW, ROUGH
from core.settings import Settings
from core.workspace import Workspace
from storage.database import PAGE_SIZE
from tests.cli.conftest import Command
from tests.conftest import generator

ROOT = Path(__file__).parents[2]


def test_export_says_the_same_in_every_format(evaluated: Workspace, tmp_path: Path, command: Command) -> None:
    rows = json.loads(command("export", "--json").out)
    assert all(0 < row["floor_n"] <= row["m"] for row in rows if row["floor"] is not None)
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
    typo = command("export", "--run", "other", "--json")
    assert (typo.code, typo.out) == (2, "")
    assert "'other'" in typo.err
    for wrong in (command("export", "--format", "xls"), command("export", "--output", tmp_path / "values.xlsx")):
        assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert not (tmp_path / "values.xlsx").exists()


def test_an_interval_that_does_not_hold_is_said_with_the_numbers_and_with_the_answer(
    evaluated: Workspace, command: Command
) -> None:
    values = results.values(evaluated, results.every(evaluated)[0].id)
    said = set(results.noted((v.title, v.warning) for v in values))
    assert all(any(v.warning in one for one in said) for v in values)
    assert "Intervals of recall hold in 90 to 99 of 100 cases, not in 95." in said, "which names itself"
    assert any(one.startswith("Fréchet distance (Local binary patterns (LBP)), Penalised") for one in said)
    assert any(ROUGH in one for one in said)
    assert any(NARROW in one for one in said)
    answer = command("compare", "r@5", "r@5")
    assert answer.code == 0, answer.err
    assert {line.removeprefix("note: ") for line in answer.out.splitlines() if line.startswith("note: ")} == said


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


@pytest.mark.slow
def test_ctrl_c_is_one_sentence_and_the_work_goes_on(
    workspace: Workspace, small_generator: Path, real_pictures: Path
) -> None:
    references.add(workspace, "noise", real_pictures)
    whole = [sys.executable, "-m", "core.cli", "evaluate", str(small_generator), "--reference", "noise", "--run", "r",
             "--step", "5", "--n", "200000", "--extractor", "lbp", "--workspace", str(workspace.folder)]  # fmt: skip
    # A test run in the background may have Ctrl-C ignored, and children inherit that.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(whole, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heard)

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


def test_doctor_says_what_a_training_would_run_on() -> None:
    assert doctor._trains_on("tensorflow-cpu", "TF", card=False)[0] == "ok"
    assert doctor._trains_on("tensorflow-cpu", "TF", card=True) == (
        "note", "TF leaves the GPU unused; `pip install -e '.[gpu]'` brings the build that trains on it",
    )  # fmt: skip
    assert "trains on the GPU" in doctor._trains_on("tensorflow", "TF", card=True)[1]


def test_doctor_finds_what_is_wrong(evaluated: Workspace, tmp_path: Path, command: Command) -> None:
    sound = command("doctor", "--json")
    found = {row["check"]: row["state"] for row in json.loads(sound.out)}
    assert sound.code == 0
    assert {found[c] for c in ("python", "streamlit", "extractor weights", "database", "schema")} == {"ok"}
    assert found["worker"] == "note"
    fresh = list(doctor.findings(Settings(workspace=tmp_path / "none")))
    assert [f.state for f in fresh if f.check == "database"] == ["note"]
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "inside"):
        blocked = list(doctor.findings(Settings(workspace=folder)))
        assert [(f.check, f.state) for f in blocked[-1:]] == [("workspace", "problem")]
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


def test_numbers_out_of_range_are_one_sentence(evaluated: Workspace, small_generator: Path, command: Command) -> None:
    huge = "9" * 30
    measure = ("evaluate", small_generator, "--reference", "noise", "--run", "r", "--extractor", "lbp", "--n", "40")
    for arguments in (
        (*measure, "--step", huge), (*measure, "--step", 5, "--seed", -1), (*measure, "--step", 5, "--seed", huge),
        ("compare", f"r@{huge}", "r@5"), ("jobs", "cancel", huge), ("jobs", "retry", huge),
        (*measure[:3], f"noise@{huge}", *measure[4:], "--step", 5),
        (*measure, "--step", 6, "--n", 3), (*measure[:7], "hgo", "--step", 6),
        (*measure[:5], "a\nb", *measure[6:], "--step", 5), (*measure[:5], "r" * 201, *measure[6:], "--step", 5),
    ):  # fmt: skip
        done = command(*arguments)
        assert (done.code, done.err.count("\n")) == (2, 1), (arguments, done.err)
    assert [(view.run, view.step) for view in checkpoints.every(evaluated)] == [("r", 5)]


def test_a_refused_checkpoint_is_listed_with_its_sentence(
    workspace: Workspace, tmp_path: Path, command: Command
) -> None:
    (tmp_path / "broken.onnx").write_text("hello")
    checkpoints.inspect(workspace, checkpoints.register(workspace, tmp_path / "broken.onnx", run="r", step=1).id)
    listed = command("list").out
    assert "r @ 1: broken.onnx: no ONNX file, or cut short" in listed
    assert json.loads(command("list", "--json").out)[0]["error"].startswith("broken.onnx: ")


def test_a_full_disk_is_a_sentence_and_a_fault_of_ours_is_not_the_gates_verdict(
    evaluated: Workspace, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with evaluated.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    @event.listens_for(Engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    try:
        full = command("reference", "add", "more", ROOT / "core/demo_data/fashion-5000-images-idx3-ubyte.gz")
    finally:
        event.remove(Engine, "connect", limit)
    assert (full.code, full.err.count("\n")) == (2, 1), full.err
    assert "free some space" in full.err
    assert len(references.every(evaluated)) == 1

    def fault(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("core.compare.compare", fault)
    broken = command("compare", "r@5", "r@5", "--gate")
    assert broken.code == 3
    assert "ZeroDivisionError" in broken.err
    assert "report it" in broken.err


@pytest.mark.parametrize(
    "arguments", [("worker", "--lease", -1), ("jobs", "list", "--limit", 0), ("watch", ".", "--every", -1)], ids=str
)
def test_waits_and_limits_below_zero_are_mistakes(command: Command, arguments: tuple[object, ...]) -> None:
    done = command(*arguments, *(("--reference", "a", "--run", "b") if arguments[0] == "watch" else ()))
    assert done.code == 2
    assert "Invalid value" in done.err


def test_a_narrow_table_breaks_long_names_and_cuts_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    rows: list[dict[str, Any]] = [
        {"extractor": f"efficientnet-lite0-{side}", "runtime": "onnxruntime"} for side in (96, 224)
    ]
    terminal.show(rows, as_json=False)
    cells = [line.split("│")[1].strip() for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert "".join(cells) == "efficientnet-lite0-96efficientnet-lite0-224"


def test_what_was_said_of_a_checkpoint_stays_until_it_is_said_otherwise(
    evaluated: Workspace, tmp_path: Path, command: Command
) -> None:
    asked = ("evaluate", generator(tmp_path), "--reference", "noise", "--run", "r", "--step", 5, "--extractor", "lbp")
    more = ("--n", 64)

    def overrides() -> dict[str, Any]:
        return checkpoints.find(evaluated, "r@5").overrides

    assert command(*asked, *more, "--value-range", "sigmoid").code == 0
    assert overrides() == {"value_range": "sigmoid"}
    again = command(*asked, *more)
    assert (again.code, overrides()) == (0, {"value_range": "sigmoid"})
    assert "read as was said before: value_range; --as-found forgets that" in again.err
    added = command(*asked, *more, "--layout", "NHWC")
    assert (added.code, overrides()) == (0, {"value_range": "sigmoid", "layout": "NHWC"})
    assert "before: value_range;" in added.err
    forgotten = command(*asked, *more, "--as-found")
    assert (forgotten.code, overrides()) == (0, {})
    assert "read as was said" not in forgotten.err


def test_a_refused_evaluation_leaves_a_step_what_it_was(evaluated: Workspace, tmp_path: Path, command: Command) -> None:
    before = checkpoints.find(evaluated, "r@5")
    np.save(tmp_path / "few.npy", np.zeros((30, 16, 16, 1), np.uint8))
    ask = ("evaluate", tmp_path / "few.npy", "--reference", "noise", "--run", "r", "--step", 5, "--extractor", "lbp")
    refused = command(*ask, "--n", 40)
    assert (refused.code, "holds 30 pictures, 40 were asked for" in refused.err) == (2, True)
    assert checkpoints.every(evaluated, archived=True) == [before]
    assert checkpoints.find(evaluated, "r@5") == before
    assert not list(evaluated.checkpoints.glob("*.npy"))
    assert command(*ask, "--n", 30).code == 0
    two = command("compare", "r@5", "r@5")
    assert two.code == 2
    assert "'r@5' is more than one checkpoint: " in two.err
    assert f"{before.id} ({before.name})" in two.err
    (new,) = [one.id for one in checkpoints.every(evaluated) if one.id != before.id]
    checkpoints.archive(evaluated, new)
    assert checkpoints.find(evaluated, "r@5") == before


@pytest.mark.parametrize("arguments", [("self-check",), ("choose", "--by", "augmentations")])
def test_what_is_no_seed_is_said_in_a_sentence(
    evaluated: Workspace, command: Command, arguments: tuple[str, ...]
) -> None:
    done = command(*arguments, "--reference", "noise", "--seed", -1)
    assert (done.code, "give a whole number from 0 to 9,223,372,036,854,775,807." in done.err) == (2, True)


def test_select_says_which_versions_of_a_reference_set_there_are(evaluated: Workspace, command: Command) -> None:
    done = command("select", "r", "--reference", "noise@7")
    assert (done.code, "There is no 'noise@7'; of 'noise' there are: 1." in done.err) == (2, True)
