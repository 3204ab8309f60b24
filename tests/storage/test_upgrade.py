"""Databases of every released schema, frozen as SQL, open today with everything that was in them."""

import gzip
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from core import checkpoints, images, jobs, references, results, review, scores, watches
from core.review import Subject
from core.settings import Settings
from core.workspace import Workspace
from storage.tables import Base, OwnExtractor, Report

FROZEN = sorted((Path(__file__).parent / "frozen").glob("*.sql.gz"))


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.name.split(".")[0])
def test_an_old_database_opens_with_all_that_was_in_it(frozen: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "proofsheet.db")
    connection.executescript(gzip.decompress(frozen.read_bytes()).decode())
    connection.close()
    workspace = Workspace(Settings(workspace=tmp_path))
    with workspace.database.engine.connect() as opened:
        assert compare_metadata(MigrationContext.configure(opened), Base.metadata) == []
        assert opened.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    (real,) = references.every(workspace)
    assert (real.label, real.n, real.note) == ("noise v1", 40, "frozen")
    (checkpoint,) = checkpoints.every(workspace)
    assert (checkpoint.label, checkpoint.spec["height"]) == ("old run @ 7", 8)
    (evaluation,) = results.every(workspace, checkpoint.id)
    recall = evaluation.values["recall"]
    assert (recall.value, recall.floor, recall.floor_n, recall.parameters) == (0.125, 1.0, 16, {"k": 3})
    assert images.picture(workspace, 1).shape == (8, 8, 1)
    assert len(scores.load(workspace, evaluation.set_id, "sharpness")) == 16
    assert [o.verdict for o in review.opinions(workspace, Subject(image_id=1))] == ["reject"]
    assert review.tags(workspace, Subject(image_id=1)) == ["hands"]
    assert jobs.every(workspace)[0].state == "queued"
    if frozen.name >= "0003":
        with workspace.database.read() as session:
            assert [(r.kind, r.result) for r in session.scalars(select(Report))] == [("copies", {"found": 3})]
            assert [r.settings["dim"] for r in session.scalars(select(OwnExtractor))] == [4]
    assert watches.every(workspace) == []
    workspace.close()
