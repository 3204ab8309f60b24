"""Pictures, stored once by content, and the sets that hold them in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.tables import Image, ImageSet, SetImage


@dataclass(frozen=True)
class NewImage:
    """A picture to store: sha256 over its pixels, size, and the PNG bytes."""

    sha256: str
    width: int
    height: int
    channels: int
    png: bytes


def add(session: Session, images: Sequence[NewImage]) -> list[int]:
    """Store pictures that are not there yet; the ids of all, in order (equal pictures give equal ids)."""
    if not images:
        return []
    rows = {i.sha256: i for i in images}
    # Through the driver: SQLAlchemy binds parameter by parameter, which takes as long as SQLite needs to store them.
    session.connection().exec_driver_sql(
        "INSERT INTO image (sha256, width, height, channels, png) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(i.sha256, i.width, i.height, i.channels, i.png) for i in rows.values()],
    )
    ids: dict[str, int] = {}
    keys = list(rows)
    for a in range(0, len(keys), 500):  # below SQLite's limit of bound variables
        query = select(Image.sha256, Image.id).where(Image.sha256.in_(keys[a : a + 500]))
        ids.update((sha, number) for sha, number in session.execute(query))
    return [ids[i.sha256] for i in images]


def png(session: Session, image_id: int) -> bytes | None:
    """The PNG bytes of a picture, or None when there is no such picture."""
    return session.scalar(select(Image.png).where(Image.id == image_id))


def smallest_side(session: Session, set_id: int) -> int:
    """The least height or width of the pictures of a set, in pixels; 0 for an empty one."""
    query = select(func.min(func.min(Image.height, Image.width))).join(SetImage, SetImage.image_id == Image.id)
    return session.scalar(query.where(SetImage.set_id == set_id)) or 0


def pngs(session: Session, set_id: int, start: int, stop: int) -> list[bytes]:
    """PNG bytes of positions start..stop of a set, in order."""
    query = (
        select(Image.png)
        .join(SetImage, SetImage.image_id == Image.id)
        .where(SetImage.set_id == set_id, SetImage.position >= start, SetImage.position < stop)
        .order_by(SetImage.position)
    )
    return list(session.scalars(query))


def create_set(session: Session, kind: str, key: str, n: int) -> ImageSet:
    """A new, still empty set of `kind` 'sample' or 'reference'."""
    row = ImageSet(kind=kind, key=key, n=n, complete=False)
    session.add(row)
    session.flush()
    return row


def find_set(session: Session, key: str) -> ImageSet | None:
    return session.scalar(select(ImageSet).where(ImageSet.key == key))


def filled(session: Session, set_id: int) -> int:
    """Pictures placed in the set so far; they fill positions from 0 without gaps."""
    return session.scalar(select(func.count()).select_from(SetImage).where(SetImage.set_id == set_id)) or 0


def place(
    session: Session,
    set_id: int,
    start: int,
    image_ids: Sequence[int],
    labels: Sequence[str] | None = None,
    origins: Sequence[str] | None = None,
) -> None:
    """Put pictures at positions start, start+1, ... of a set; marks it complete with its last position.

    Raises ValueError when `start` is not the next free position: no batch is ever lost or doubled.
    """
    image_set = session.get_one(ImageSet, set_id)
    have = filled(session, set_id)
    if start != have or start + len(image_ids) > image_set.n:
        raise ValueError(f"set {set_id} has {have} of {image_set.n} pictures, cannot place {start}+{len(image_ids)}")
    if image_ids:
        names = labels or [""] * len(image_ids)
        files = origins or [""] * len(image_ids)
        session.connection().exec_driver_sql(
            "INSERT INTO set_image (set_id, position, image_id, label, origin) VALUES (?, ?, ?, ?, ?)",
            [(set_id, start + i, *row) for i, row in enumerate(zip(image_ids, names, files, strict=True))],
        )
    image_set.complete = start + len(image_ids) == image_set.n
    session.flush()


def members(session: Session, set_id: int) -> list[tuple[int, int, str]]:
    """(position, image id, label) of every picture of a set, in order."""
    query = select(SetImage.position, SetImage.image_id, SetImage.label).where(SetImage.set_id == set_id)
    return [(p, i, label) for p, i, label in session.execute(query.order_by(SetImage.position))]


def at(session: Session, set_id: int, positions: Sequence[int]) -> dict[int, tuple[int, str]]:
    """{position: (image id, label)} for some positions of a set."""
    found: dict[int, tuple[int, str]] = {}
    for a in range(0, len(positions), 500):  # below SQLite's limit of bound variables
        query = select(SetImage.position, SetImage.image_id, SetImage.label).where(
            SetImage.set_id == set_id, SetImage.position.in_(positions[a : a + 500])
        )
        found.update((p, (i, label)) for p, i, label in session.execute(query))
    return found


def positions(session: Session, set_id: int, image_id: int) -> list[int]:
    """Every position of a set that holds this picture."""
    query = select(SetImage.position).where(SetImage.set_id == set_id, SetImage.image_id == image_id)
    return list(session.scalars(query))


def origin(session: Session, set_id: int, position: int) -> str | None:
    """File name in the upload, "" for generated pictures; None when there is no such position."""
    return session.scalar(select(SetImage.origin).where(SetImage.set_id == set_id, SetImage.position == position))
