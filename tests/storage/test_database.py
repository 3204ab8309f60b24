"""The engine's promises: pragmas on every connection, no lost updates, a schema that migrations alone make."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from storage import images, vectors
from storage.database import HEAD, PAGE_SIZE, PRAGMAS, Database, upgrade
from storage.tables import Base, Run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "test.db")
    upgrade(opened)
    yield opened
    opened.close()


def test_every_connection_has_the_pragmas(database: Database) -> None:
    with database.engine.connect() as one, database.engine.connect() as two:
        for connection in (one, two):
            read = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in (*PRAGMAS, "page_size")}
            assert read == {
                "journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000, "foreign_keys": 1,
                "cache_size": -65_536, "mmap_size": 1 << 30, "page_size": PAGE_SIZE,
            }  # fmt: skip


def test_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_head_is_the_newest_migration(database: Database) -> None:
    with database.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == HEAD
    assert sorted((ROOT / "storage/migrations/versions").glob("[0-9]*.py"))[-1].name.startswith(f"{HEAD}_")


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    with database.read() as session:
        before = session.scalar(text("SELECT uuid FROM workspace"))
    upgrade(database)
    with database.read() as session:
        assert session.scalars(text("SELECT uuid FROM workspace")).all() == [before]
        assert session.scalar(text("SELECT count(*) FROM user")) == 1


WRITER = """
import sys
from pathlib import Path
from storage.database import Database
from storage.tables import Run
database = Database(Path(sys.argv[1]))
for _ in range(50):
    with database.write() as session:
        run = session.get_one(Run, 1)
        run.note = str(int(run.note) + 1)
"""


@pytest.mark.slow
def test_read_modify_write_from_four_processes_loses_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(Run(name="counter", note="0"))
    command = [sys.executable, "-c", WRITER, str(database.path)]
    writers = [subprocess.Popen(command, cwd=ROOT) for _ in range(4)]
    assert [w.wait() for w in writers] == [0] * 4
    with database.read() as session:
        assert session.get_one(Run, 1).note == "200"


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    def broken() -> None:
        with database.write() as session:
            vectors.store(session, np.zeros((2, 2), np.float32))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM matrix")) == 0


def test_vectors_come_back_in_order_and_by_range(database: Database, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(5000, 700)).astype(np.float32)
    with database.write() as session:
        number = vectors.create(session, 5000, 700)
        vectors.append(session, number, 0, x[:1234])
        with pytest.raises(ValueError, match="next is 1234"):
            vectors.append(session, number, 1000, x[1000:2000])
        vectors.append(session, number, 1234, x[1234:])
    with database.read() as session:
        assert np.array_equal(vectors.load(session, number), x)
        assert np.array_equal(vectors.load(session, number, 300, 1500), x[300:1500])
        mapped = vectors.open_mapped(session, number, tmp_path / "vectors")
        assert np.array_equal(mapped, x)
        (tmp_path / "vectors" / f"{number}.npy").write_bytes(b"torn")
        assert np.array_equal(vectors.open_mapped(session, number, tmp_path / "vectors"), x)


def test_an_incomplete_matrix_is_not_mapped(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        number = vectors.create(session, 3, 2)
    with database.read() as session, pytest.raises(ValueError, match="not complete"):
        vectors.open_mapped(session, number, tmp_path)


def test_equal_pictures_are_stored_once_and_sets_have_no_gaps(database: Database) -> None:
    a, b = (images.NewImage(name, 1, 1, 1, name.encode()) for name in "ab")
    with database.write() as session:
        ids = images.add(session, [a, b, a])
        assert ids[0] == ids[2] != ids[1]
        group = images.create_set(session, "sample", "key", 3)
        images.place(session, group.id, 0, ids[:2])
        assert not group.complete
        with pytest.raises(ValueError, match="has 2 of 3"):
            images.place(session, group.id, 0, ids[:1])
        images.place(session, group.id, 2, ids[2:])
        assert group.complete
        assert images.pngs(session, group.id, 1, 3) == [b"b", b"a"]
