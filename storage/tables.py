"""The schema, in the field's words. Changed only through a migration in `storage/migrations`.

Content decides identity: images, sets, latent banks, extractors and evaluations carry a `key` that is a
sha256 over everything that made them, so repeated work finds what is already there.
Times are UTC, stored without a zone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def now() -> dt.datetime:
    """The current UTC time without a zone, as every table stores it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, bytes: LargeBinary}  # noqa: RUF012


class WorkspaceInfo(Base):
    """One row: who this database is. The uuid is part of every picture URL, so that a browser that
    cached another workspace's pictures for ever on the same port never shows them here."""

    __tablename__ = "workspace"
    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class User(Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    __table_args__ = (CheckConstraint("role IN ('reviewer','researcher','lead','admin')", name="role"),)


class Run(Base):
    """One training run of a generator."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    note: Mapped[str] = mapped_column(Text, default="")
    training: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Settings when the product trained it itself; empty for other people's runs."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    checkpoints: Mapped[list[Checkpoint]] = relationship(back_populates="run")


class Checkpoint(Base):
    """Saved weights at a step of a run."""

    __tablename__ = "checkpoint"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    step: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(400))
    format: Mapped[str] = mapped_column(String(30))
    path: Mapped[str] = mapped_column(Text)
    """Relative to the workspace when the workspace keeps the file, absolute when the server reads it elsewhere."""
    size_bytes: Mapped[int]
    spec: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was found in the model (core.generators.GeneratorSpec.as_json); empty until it was opened once."""
    overrides: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What a person said instead of what was found; same keys as spec."""
    error: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused, with the remedy; empty when it loads or was not tried yet."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Epoch, losses and such, when the product trained it itself."""
    archived_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    run: Mapped[Run] = relationship(back_populates="checkpoints")
    __table_args__ = (UniqueConstraint("run_id", "step", "sha256"),)


class Matrix(Base):
    """A float32 matrix (rows, dim) kept in chunks of rows: embeddings, latents, scores, vocabularies.

    `complete` turns true in the same commit as its last chunk. A derived memory-mapped copy may lie in the
    workspace's `vectors/` folder; these rows are the truth.
    """

    __tablename__ = "matrix"
    id: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[int]
    dim: Mapped[int]
    complete: Mapped[bool] = mapped_column(default=False)


class MatrixChunk(Base):
    __tablename__ = "matrix_chunk"
    matrix_id: Mapped[int] = mapped_column(ForeignKey("matrix.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[int]
    data: Mapped[bytes]
    """`rows * dim` little-endian float32, row-major."""


class LatentBank(Base):
    """N stored latents (and labels) drawn once from a seed, used for every checkpoint of a run."""

    __tablename__ = "latent_bank"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    n: Mapped[int]
    seed: Mapped[int]
    distribution: Mapped[str] = mapped_column(String(20))
    inputs: Mapped[list[Any]]
    """One object for each noise input: {"name": str, "shape": [int, ...]}; a row of `matrix` is their concatenation."""
    classes: Mapped[int] = mapped_column(default=0)
    """Number of classes; labels are 0, 1, ..., classes-1, 0, 1, ... (balanced). 0: unconditional."""
    matrix_id: Mapped[int] = mapped_column(ForeignKey("matrix.id"))


class Image(Base):
    """One picture, stored once by content: sha256 over height, width, channels and the uint8 pixels."""

    __tablename__ = "image"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    width: Mapped[int]
    height: Mapped[int]
    channels: Mapped[int]
    png: Mapped[bytes]
    __table_args__ = (
        CheckConstraint("channels IN (1, 3)", name="channels"),
        {"sqlite_autoincrement": True},  # an id in a cached URL must never come to mean another picture
    )


class ImageSet(Base):
    """What sample sets and reference sets share: pictures in a fixed order. Never changes once complete."""

    __tablename__ = "image_set"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    n: Mapped[int]
    """Pictures it has when complete, the held-out part included."""
    complete: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    __table_args__ = (CheckConstraint("kind IN ('sample','reference')", name="kind"),)


class SetImage(Base):
    """Position of a picture in a set. In a sample set the position is the row of the latent bank."""

    __tablename__ = "set_image"
    set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    label: Mapped[str] = mapped_column(String(200), default="")
    origin: Mapped[str] = mapped_column(Text, default="")
    """File name in the upload; empty for generated pictures."""
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012


class SampleSet(Base):
    """The pictures a checkpoint makes from a latent bank. Keyed by content, so two checkpoint rows with the
    same bytes and the same reading of them share it."""

    __tablename__ = "sample_set"
    set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id", ondelete="CASCADE"), primary_key=True)
    checkpoint_sha256: Mapped[str] = mapped_column(String(64), index=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("latent_bank.id"), index=True)
    sampling: Mapped[dict[str, Any]]
    """Sampling version and the reading of the model (range, layout, overrides): part of the key."""
    image_set: Mapped[ImageSet] = relationship()
    bank: Mapped[LatentBank] = relationship()


class ReferenceSet(Base):
    """Real pictures to compare against; a new upload under the same name is a new version."""

    __tablename__ = "reference_set"
    set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text, default="")
    held_out: Mapped[int] = mapped_column(default=0)
    """The last `held_out` positions are the control part: real pictures that no metric uses as reference."""
    refused: Mapped[list[Any]] = mapped_column(default=list)
    """[{"name": file, "reason": sentence, "kind": "bad" or "duplicate"}, ...] for what was not taken in."""
    note: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    archived_at: Mapped[dt.datetime | None]
    image_set: Mapped[ImageSet] = relationship()
    __table_args__ = (UniqueConstraint("name", "version"),)


class Extractor(Base):
    """A way to turn pictures into vectors, with everything that decides them."""

    __tablename__ = "extractor"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    version: Mapped[int]
    dim: Mapped[int]
    preprocessing: Mapped[dict[str, Any]]
    weights_sha256: Mapped[str] = mapped_column(String(64), default="")
    state_id: Mapped[int | None] = mapped_column(ForeignKey("matrix.id"))
    """What was learned from a reference set (the SIFT vocabulary); none for the others."""


class Embeddings(Base):
    """Vectors of one set under one extractor, row i for position i."""

    __tablename__ = "embeddings"
    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id", ondelete="CASCADE"))
    extractor_id: Mapped[int] = mapped_column(ForeignKey("extractor.id"), index=True)
    matrix_id: Mapped[int] = mapped_column(ForeignKey("matrix.id"))
    __table_args__ = (UniqueConstraint("set_id", "extractor_id"),)


class Evaluation(Base):
    """(SampleSet, ReferenceSet, Extractor) measured. `key` is the hash of the three and the protocol."""

    __tablename__ = "evaluation"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    sample_set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id"), index=True)
    reference_set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id"), index=True)
    extractor_id: Mapped[int] = mapped_column(ForeignKey("extractor.id"), index=True)
    complete: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    values: Mapped[list[MetricValue]] = relationship(back_populates="evaluation")


class Fingerprint(Base):
    """Everything that decides a number except the checkpoint: values with unlike fingerprints are never joined
    by a line, differenced or gated."""

    __tablename__ = "fingerprint"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    protocol: Mapped[dict[str, Any]]


class MetricValue(Base):
    __tablename__ = "metric_value"
    id: Mapped[int] = mapped_column(primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"))
    metric: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    value: Mapped[float]
    low: Mapped[float | None]
    high: Mapped[float | None]
    standard_error: Mapped[float | None]
    n: Mapped[int]
    m: Mapped[int]
    floor: Mapped[float | None]
    """The same metric of reference half against reference half, same protocol."""
    floor_n: Mapped[int | None]
    """Pictures a side of the floor: half of the reference set may be fewer than n."""
    parameters: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(ForeignKey("fingerprint.sha256"), index=True)
    warning: Mapped[str] = mapped_column(Text, default="")
    influence_id: Mapped[int | None] = mapped_column(ForeignKey("matrix.id"))
    """Per-latent influence values (n, 1), kept so that two checkpoints on one bank can be compared in pairs."""
    evaluation: Mapped[Evaluation] = relationship(back_populates="values")
    __table_args__ = (UniqueConstraint("evaluation_id", "metric"),)


class Report(Base):
    """A finding that is more than a number: a self-check, copies, missing modes, slices, a ranking of measures.
    `key` is a hash of its kind, version and the keys of everything it looked at; it never changes once written."""

    __tablename__ = "report"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int]
    arguments: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]]
    """Numbers, words and picture ids; its shape belongs to the kind (`core/reports`)."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class OwnExtractor(Base):
    """A model file that a team brought as an extractor; the same name again is a new version."""

    __tablename__ = "own_extractor"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    format: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(Text)
    """Relative to the workspace."""
    size_bytes: Mapped[int]
    settings: Mapped[dict[str, Any]]
    """Input size, resize, normalisation, layer, width: everything beside the weights that decides a vector."""
    archived_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    __table_args__ = (UniqueConstraint("name", "version"),)


class ScoreColumn(Base):
    """One raw number for each picture of a set. `evaluation_id` is 0 for scores that need no reference."""

    __tablename__ = "score_column"
    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("image_set.id", ondelete="CASCADE"))
    evaluation_id: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    matrix_id: Mapped[int] = mapped_column(ForeignKey("matrix.id"))
    __table_args__ = (UniqueConstraint("set_id", "evaluation_id", "name", "version"),)


class Job(Base):
    """Requested work and its state. A worker owns it while its lease lasts; `token` fences off a former owner."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(400))
    arguments: Mapped[dict[str, Any]]
    key: Mapped[str] = mapped_column(String(64), index=True)
    """Hash of kind and arguments: asking twice for the same unfinished work gives the same job."""
    state: Mapped[str] = mapped_column(String(12), default="queued", index=True)
    priority: Mapped[int] = mapped_column(default=0)
    """Higher first: work that a person waits for goes before background work."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(Text, default="")
    error_detail: Mapped[str] = mapped_column(Text, default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    token: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    __table_args__ = (
        CheckConstraint("state IN ('queued','running','done','failed','cancelled')", name="state"),
        # Two requests for the same work at the same moment: the database lets one through.
        Index("uq_job_active", "key", unique=True, sqlite_where=text("state IN ('queued','running')")),
    )


class Worker(Base):
    """Workers that said they were alive; the Jobs page warns when none did lately."""

    __tablename__ = "worker"
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    pid: Mapped[int]
    started_at: Mapped[dt.datetime] = mapped_column(default=now)
    seen_at: Mapped[dt.datetime] = mapped_column(default=now)


class Watch(Base):
    """A folder that the worker follows while a training writes checkpoints into it."""

    __tablename__ = "watch"
    id: Mapped[int] = mapped_column(primary_key=True)
    folder: Mapped[str] = mapped_column(Text)
    """Absolute."""
    pattern: Mapped[str] = mapped_column(String(200))
    step_from: Mapped[str] = mapped_column(String(200))
    run: Mapped[str] = mapped_column(String(200))
    overrides: Mapped[dict[str, Any]] = mapped_column(default=dict)
    protocol: Mapped[dict[str, Any]]
    """Arguments of an evaluation but for the checkpoint: reference_set_id, extractor, n, seed."""
    retention: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"best": 5, "metric": "kid"}; empty when all pictures are kept."""
    state: Mapped[str] = mapped_column(String(12), default="following", index=True)
    error: Mapped[str] = mapped_column(Text, default="")
    """Why the last look failed; empty when it did not."""
    waiting: Mapped[list[Any]] = mapped_column(default=list)
    """[{"name": file, "reason": sentence}, ...] for what is there and not whole yet."""
    seen_at: Mapped[dt.datetime | None]
    """The last look."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    __table_args__ = (CheckConstraint("state IN ('following','paused','stopped')", name="state"),)


class WatchFile(Base):
    """What became of a file of a watched folder. `size` and `changed` are those it had when it was taken in: other
    ones mean that it was written anew."""

    __tablename__ = "watch_file"
    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(400), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    changed: Mapped[int] = mapped_column(BigInteger)
    """Nanoseconds since 1970, by the clock of the folder."""
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoint.id"), index=True)
    """None for a file that was refused."""
    said: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused, or that it was written anew."""
    at: Mapped[dt.datetime] = mapped_column(default=now)
    let_go_at: Mapped[dt.datetime | None]
    """When the pictures of its checkpoint were let go: once only, for somebody may have them made again."""


class Vote(Base):
    """What a reviewer said of a picture or a checkpoint. Rows are added, never changed: a person's newest vote
    on a subject counts."""

    __tablename__ = "vote"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    image_id: Mapped[int | None] = mapped_column(ForeignKey("image.id"), index=True)
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoint.id"), index=True)
    set_id: Mapped[int | None] = mapped_column(ForeignKey("image_set.id"))
    """Where the reviewer saw the picture."""
    verdict: Mapped[str] = mapped_column(String(10))
    client: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    """The browser's own number of the key press: each is stored once however often it is delivered."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    __table_args__ = (
        Index(
            "uq_vote_image",
            "client",
            "seq",
            "image_id",
            unique=True,
            sqlite_where=text("image_id IS NOT NULL"),
        ),
        Index(
            "uq_vote_checkpoint",
            "client",
            "seq",
            "checkpoint_id",
            unique=True,
            sqlite_where=text("checkpoint_id IS NOT NULL"),
        ),
        CheckConstraint("verdict IN ('approve','reject','unsure','clear')", name="verdict"),
        CheckConstraint("(image_id IS NULL) <> (checkpoint_id IS NULL)", name="subject"),
    )


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    image_id: Mapped[int | None] = mapped_column(ForeignKey("image.id"), index=True)
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoint.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    __table_args__ = (CheckConstraint("(image_id IS NULL) <> (checkpoint_id IS NULL)", name="subject"),)


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    image_id: Mapped[int | None] = mapped_column(ForeignKey("image.id"), index=True)
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoint.id"), index=True)
    name: Mapped[str] = mapped_column(String(60), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    __table_args__ = (
        CheckConstraint("(image_id IS NULL) <> (checkpoint_id IS NULL)", name="subject"),
        # SQLite counts NULLs as different in a unique constraint, so one index for each kind of subject.
        Index(
            "uq_tag_image",
            "user_id",
            "image_id",
            "name",
            unique=True,
            sqlite_where=text("image_id IS NOT NULL"),
        ),
        Index(
            "uq_tag_checkpoint",
            "user_id",
            "checkpoint_id",
            "name",
            unique=True,
            sqlite_where=text("checkpoint_id IS NOT NULL"),
        ),
    )
