"""An opened workspace: settings, database and the folders beside it."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import select

from core.errors import BadInput
from core.settings import Settings
from storage.database import Database, upgrade
from storage.tables import User, WorkspaceInfo


class Workspace:
    """`database`, `settings`, and the folders `vectors`, `checkpoints`, `extractors`, `uploads`, `models` and `logs`.

    Raises BadInput when the folder cannot be made or written.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.workspace.resolve()
        self.vectors = self.folder / "vectors"
        self.checkpoints = self.folder / "checkpoints"
        self.extractors = self.folder / "extractors"
        self.uploads = self.folder / "uploads"
        self.models = self.folder / "models"
        self.logs = self.folder / "logs"
        try:
            for folder in (self.vectors, self.checkpoints, self.extractors, self.uploads, self.models, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(_not_writable(self.folder)) from error
        if not os.access(self.folder, os.W_OK):
            raise BadInput(_not_writable(self.folder))
        self.database = Database(self.folder / "proofsheet.db")
        upgrade(self.database)
        with self.database.read() as session:
            self.uuid = session.scalars(select(WorkspaceInfo.uuid)).one()

    def user_id(self) -> int:
        """The single local user."""
        with self.database.read() as session:
            return session.scalars(select(User.id).order_by(User.id)).first() or 0

    def close(self) -> None:
        self.database.close()


def _not_writable(folder: Path) -> str:
    return f"The workspace folder {folder} cannot be written; choose another with PROOFSHEET_WORKSPACE or --workspace."
