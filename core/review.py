"""What people said of pictures and checkpoints: votes, notes, tags. A vote is added, never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import BadInput, NotFound
from core.workspace import Workspace
from storage import checkpoints, review
from storage.tables import Note, now

VERDICTS = ("approve", "reject", "unsure")
LONGEST_NOTE = 4000
LONGEST_TAG = 60


@dataclass(frozen=True)
class Subject:
    """A picture or a checkpoint: exactly one of the two ids."""

    image_id: int | None = None
    checkpoint_id: int | None = None

    @property
    def column(self) -> str:
        return "image_id" if self.image_id is not None else "checkpoint_id"

    @property
    def id(self) -> int:
        found = self.image_id if self.image_id is not None else self.checkpoint_id
        assert found is not None, "a subject is a picture or a checkpoint"
        return found


@dataclass(frozen=True)
class Opinion:
    """A person's newest verdict on a subject."""

    user: str
    verdict: str
    created_at: dt.datetime


@dataclass(frozen=True)
class NoteView:
    user: str
    text: str
    created_at: dt.datetime


def store_log(workspace: Workspace, log: dict[str, Any]) -> None:
    """Store a browser's log of verdicts, {"client": str, "entries": [[seq, [image id, ...], verdict, set id], ...]}.

    Each entry is stored once however often it is delivered; all of a log is one commit. Raises BadInput for a log
    that is not of this form; pictures that are not in this workspace are left out.
    """
    try:
        client = str(log["client"])[:40]
        entries = [(int(s), [int(i) for i in ids], str(v), int(where)) for s, ids, v, where in log["entries"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("These verdicts came in garbled; reload the page.") from error
    if any(verdict not in (*VERDICTS, "clear") for _, _, verdict, _ in entries) or not client:
        raise BadInput(f"A verdict is one of {', '.join(VERDICTS)}; reload the page.")
    user_id = workspace.user_id()
    with workspace.database.write() as session:
        known = review.known_images(session, sorted({i for _, ids, _, _ in entries for i in ids}))
        rows = [
            {
                "user_id": user_id, "image_id": image, "set_id": where, "verdict": verdict,
                "client": client, "seq": seq, "created_at": now(),
            }
            for seq, ids, verdict, where in entries for image in ids if image in known
        ]  # fmt: skip
        review.add_votes(session, rows)


def acknowledged(workspace: Workspace, client: str) -> dict[str, int]:
    """{client: its newest stored number}: what the browser need not send again."""
    if not client:
        return {}
    with workspace.database.read() as session:
        return {client: review.last_seq(session, client)}


def vote(workspace: Workspace, subject: Subject, verdict: str) -> None:
    """The local person's verdict on a subject; 'clear' takes it back."""
    if verdict not in (*VERDICTS, "clear"):
        raise BadInput(f"'{verdict}' is no verdict; use {', '.join(VERDICTS)}.")
    _check(workspace, subject)
    with workspace.database.write() as session:
        row = {"verdict": verdict, "client": uuid.uuid4().hex, "seq": 1, "created_at": now()}
        review.add_votes(session, [{**row, "user_id": workspace.user_id(), subject.column: subject.id}])


def verdicts(workspace: Workspace, image_ids: Sequence[int]) -> dict[int, str]:
    """The local person's newest verdict on each of these pictures; those without one are missing."""
    user_id = workspace.user_id()
    with workspace.database.read() as session:
        newest = {int(image): str(verdict) for image, verdict in review.newest(session, user_id)}
    wanted = set(image_ids)
    return {image: verdict for image, verdict in newest.items() if verdict != "clear" and image in wanted}


def opinions(workspace: Workspace, subject: Subject) -> list[Opinion]:
    """Who says what of a subject: the newest verdict of each person."""
    with workspace.database.read() as session:
        newest = {user: row for row, user in review.on(session, subject.column, subject.id)}
    return [Opinion(user, row.verdict, row.created_at) for user, row in newest.items() if row.verdict != "clear"]


def tally(workspace: Workspace, set_id: int) -> Counter[str]:
    """How many pictures of a set have each verdict; a picture on which people differ counts as 'disputed'."""
    with workspace.database.read() as session:
        said = by_picture(review.on_set(session, set_id))
    return Counter(next(iter(v)) if len(v) == 1 else "disputed" for v in said.values())


def by_picture(votes: Iterable[Sequence[Any]]) -> dict[int, set[str]]:
    """{image id: the newest verdicts of the people who have one on it} from (image id, user id, verdict), oldest
    first."""
    newest = {(image, user): verdict for image, user, verdict in votes}
    said: dict[int, set[str]] = {}
    for (image, _), verdict in newest.items():
        if verdict != "clear":
            said.setdefault(image, set()).add(verdict)
    return said


@dataclass(frozen=True)
class Said:
    """A person's newest verdict on one picture of a set."""

    image_id: int
    user: str
    verdict: str
    created_at: dt.datetime


def said(workspace: Workspace, set_id: int) -> list[Said]:
    """Who says what of the pictures of a set, newest first; verdicts that were taken back are left out."""
    with workspace.database.read() as session:
        newest = {(row.image_id, user): row for row, user in review.votes_in(session, set_id)}
        found = [Said(row.image_id or 0, user, row.verdict, row.created_at) for (_, user), row in newest.items()]
    return sorted((s for s in found if s.verdict != "clear"), key=lambda s: s.created_at, reverse=True)


def checkpoint_verdicts(workspace: Workspace) -> dict[int, Counter[str]]:
    """{checkpoint id: how many people give each verdict}."""
    with workspace.database.read() as session:
        newest = {(number, user): verdict for number, user, verdict in review.on_checkpoints(session)}
    found: dict[int, Counter[str]] = {}
    for (number, _), verdict in newest.items():
        if verdict != "clear":
            found.setdefault(number, Counter())[verdict] += 1
    return found


def add_note(workspace: Workspace, subject: Subject, text: str) -> None:
    """Raises BadInput for an empty or endless note."""
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise BadInput(f"A note has 1 to {LONGEST_NOTE:,} characters; this one has {len(text):,}.")
    _check(workspace, subject)
    with workspace.database.write() as session:
        session.add(Note(user_id=workspace.user_id(), text=text, **{subject.column: subject.id}))


def notes(workspace: Workspace, subject: Subject) -> list[NoteView]:
    """Newest first."""
    with workspace.database.read() as session:
        found = review.notes(session, subject.column, subject.id)
        return [NoteView(user, row.text, row.created_at) for row, user in found]


def set_tags(workspace: Workspace, subject: Subject, names: Sequence[str], shown: Sequence[str] | None = None) -> None:
    """Make these the tags of a subject. `shown` are the tags its names were chosen over, those of today when left out:
    what others added since stays. Raises BadInput for an empty or long tag."""
    wanted = list(dict.fromkeys(name.strip() for name in names))
    for name in wanted:
        if not 0 < len(name) <= LONGEST_TAG:
            raise BadInput(f"A tag has 1 to {LONGEST_TAG} characters, '{name[:20]}…' has {len(name):,}; shorten it.")
    _check(workspace, subject)
    with workspace.database.write() as session:
        had = set(review.tags(session, subject.column, subject.id))
        base = had if shown is None else set(shown)
        for name in (base - set(wanted)) & had:
            review.remove_tag(session, subject.column, subject.id, name)
        for name in set(wanted) - base - had:
            review.add_tag(session, workspace.user_id(), subject.column, subject.id, name)


def tags(workspace: Workspace, subject: Subject) -> list[str]:
    with workspace.database.read() as session:
        return list(review.tags(session, subject.column, subject.id))


def _check(workspace: Workspace, subject: Subject) -> None:
    with workspace.database.read() as session:
        if subject.image_id is not None and not review.known_images(session, [subject.image_id]):
            raise NotFound(f"There is no picture {subject.image_id} in this workspace.")
        if subject.checkpoint_id is not None and checkpoints.get(session, subject.checkpoint_id) is None:
            raise NotFound(f"There is no checkpoint {subject.checkpoint_id} in this workspace.")
