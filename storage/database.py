"""The one way to open the database: the engine with its pragmas, transactions, and the upgrade to today's schema."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, inspect, select, text
from sqlalchemy.orm import Session, sessionmaker

from storage.tables import User, WorkspaceInfo

PAGE_SIZE = 32_768
"""Bytes. 100,000 x 512 vectors read at 1.4 to 2 times `np.load` (`make bench`); 4 KB pages took 2.5, 64 KB no less."""

HEAD = "0004"
"""The newest migration: a database that has it is opened without importing Alembic (a quarter of a second)."""

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "FULL",  # a vote that was acknowledged survives a power cut
    "busy_timeout": 30_000,  # milliseconds
    "foreign_keys": "ON",
    "cache_size": -65_536,  # KiB, negative by SQLite's convention
    "mmap_size": 1 << 30,
}


def make_engine(path: Path) -> Engine:
    """An engine on the SQLite file at `path`; every connection it hands out has `PRAGMAS`.

    SQLAlchemy's defaults lose acknowledged updates under several writers: pysqlite opens transactions
    late and deferred. Transactions here begin when SQLAlchemy says so, and `Database.write` begins them IMMEDIATE.
    """
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own late, deferred BEGIN stays out of the way
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA page_size={PAGE_SIZE}")  # only has effect before the first table
        for name, value in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


class Database:
    """Opened database: `with database.read() as session` and `with database.write() as session`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = make_engine(path)
        self._read = sessionmaker(self.engine, expire_on_commit=False)
        self._write = sessionmaker(self.engine.execution_options(begin="IMMEDIATE"), expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot; nothing done in it is kept."""
        with self._read() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that holds the write lock from its start: committed at the end, undone on an error."""
        with self._write() as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _revision(database: Database) -> str | None:
    """The migration that the database stands at, once the rows that every workspace has are there too."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        whole = connection.execute(text("SELECT EXISTS (SELECT 1 FROM workspace) AND EXISTS (SELECT 1 FROM user)"))
        return connection.scalar(text("SELECT version_num FROM alembic_version")) if whole.scalar() else None


def upgrade(database: Database) -> None:
    """Bring the schema to today's version, in one transaction, and make the two rows every workspace has."""
    if _revision(database) == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.engine.execution_options(begin="IMMEDIATE").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with database.write() as session:
        if session.scalar(select(WorkspaceInfo)) is None:
            session.add(WorkspaceInfo(uuid=uuid.uuid4().hex))
        if session.scalar(select(User).limit(1)) is None:
            session.add(User(name="local", role="admin"))
