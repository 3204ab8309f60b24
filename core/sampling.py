"""Latent banks and the pictures that checkpoints make from them; resumable at every batch."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import time
from collections import deque
from collections.abc import Callable, Iterable
from collections.abc import Generator as Generator_
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import checkpoints, runtimes
from core.checkpoints import CheckpointView
from core.errors import BadInput, Conflict, NotFound
from core.generators import Generator, GeneratorSpec, ReadyMade, as_bytes
from core.generators.alike import sentence
from core.generators.runtimes import REFERENCE, Measurable, batch_size
from core.generators.walled import WalledGenerator
from core.images import Picture, new_image
from core.keys import check_seed, key
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import checkpoints as rows
from storage import images, samples, vectors
from storage.tables import Checkpoint, LatentBank, SampleSet

VERSION = 1
"""Raise it when the same checkpoint and bank would give other pictures."""
AHEAD = 8
"""Batches made ahead of those that are stored."""
TOGETHER = 512
"""Pictures that one commit stores at least, unless they take longer than PATIENCE."""
PATIENCE = 0.25
"""Seconds. A batch that took longer is stored at once."""
ASK_EVERY = 1.0
"""Seconds between two questions whether to go on, while a batch takes long."""
READING = ("value_range", "layout", "classes", "architecture")
"""What of a checkpoint's spec decides its pictures, beside its content."""

SAID = ("roles", "signature", "output", "embeddings")
"""As READING, where a person said so: left out of the key otherwise, so that older sets keep theirs."""

Made = list[tuple[Picture, str]]
"""Pictures with their labels."""


@dataclass(frozen=True)
class SampleSetView:
    """Pictures that a checkpoint made. `checkpoint_ids`: the rows, archived ones too, whose content and reading give
    these same pictures. `paired`: position i of every set on this bank was made from the same latent. `runtime`: what
    ran the model, where it was not what its format says; `made_by`: the same in words, with how many bytes differ."""

    set_id: int
    n: int
    seed: int
    complete: bool
    bank_id: int
    created_at: dt.datetime
    checkpoint_ids: tuple[int, ...]
    paired: bool
    runtime: str = ""
    made_by: str = ""


class _Overtaken(Conflict):
    """Another process began the set meanwhile, with another runtime."""


@dataclass(frozen=True)
class _Plan:
    """Everything that decides the pictures of a set."""

    view: CheckpointView
    spec: GeneratorSpec
    n: int
    seed: int

    @property
    def inputs(self) -> list[dict[str, Any]]:
        return [{"name": i.name, "shape": list(i.shape)} for i in self.spec.inputs if i.kind == "noise"]

    @property
    def batch(self) -> int:
        return batch_size(self.spec)

    @property
    def bank_key(self) -> str:
        if not self.inputs:  # ready-made pictures share no latents: no two of them on one bank
            return key("no latents", self.view.sha256, self.n, self.seed)
        return bank_key(self.spec, self.n, self.seed)

    @property
    def provenance(self) -> dict[str, Any]:
        """What is kept with the set: how it is sampled, and what runs the model, which is no part of its key."""
        return {**self.sampling, "runtime": self.spec.runtime, "differs": self.spec.differs}

    @property
    def sampling(self) -> dict[str, Any]:
        said = {name: value for name in SAID if (value := getattr(self.spec, name))}
        return {"version": VERSION, **{name: getattr(self.spec, name) for name in READING}, **said}

    @property
    def set_key(self) -> str:
        return key("sample", self.view.sha256, self.bank_key, self.sampling)


def bank_key(spec: GeneratorSpec, n: int, seed: int) -> str:
    """What tells the latents that a model of this kind is given from others."""
    shapes = [list(i.shape) for i in spec.inputs if i.kind == "noise"]
    return key("bank", shapes, n, seed, "normal", spec.classes)


def noise(spec: GeneratorSpec, n: int, seed: int) -> NDArray[np.float32]:
    """Standard normal latents (n, latent_size) of a bank; (0, 0) for ready-made pictures, which have none."""
    shape = (n, spec.latent_size) if spec.latent_size else (0, 0)
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def sample(workspace: Workspace, checkpoint_id: int, *, n: int, seed: int = 0, progress: Progress = silent) -> int:
    """The id of the complete set of `n` pictures of a checkpoint; only what is missing is made, and a model whose set
    is complete is not opened.

    Pictures, their places and the progress are one commit a batch (a few when they are quick), so a killed process
    loses the last batches at most and doubles none. One runtime makes all of them, whichever it is on this machine; a
    set that was interrupted goes on with its own. Ready-made pictures are taken from the first on. Raises BadInput
    when the model does not load or makes no numbers (both are noted on the checkpoint, nothing half stays), or when
    there are fewer ready-made pictures than `n`.
    """
    if not 1 <= n <= 1_000_000:
        raise BadInput(f"{n:,} pictures cannot be sampled; ask for 1 to 1,000,000.")
    check_seed(seed)
    view = checkpoints.get(workspace, checkpoint_id)
    if view.spec:
        known = _found(workspace, _Plan(view, GeneratorSpec.from_json(view.spec), n, seed))
        if known is not None and known[1] == n:
            return known[0]
    try:
        return _fill(workspace, *_opened(workspace, view, n, seed), progress)
    except _Overtaken:  # which is known now: it goes on with that runtime
        return _fill(workspace, *_opened(workspace, view, n, seed), progress)


def _opened(workspace: Workspace, view: CheckpointView, n: int, seed: int) -> tuple[_Plan, Generator]:
    """The checkpoint, run by what began the set, or by what makes `n` pictures soonest. Pictures that were begun by
    what cannot run here any more are taken back: a set is made by one runtime from the first picture to the last."""
    generator = checkpoints.open_checkpoint(workspace, view.id, n)
    if 0 < generator.spec.pictures < n:
        raise BadInput(
            f"{view.label} ({view.name}) holds {generator.spec.pictures:,} pictures, {n:,} were asked for; ask for "
            "fewer, or register more."
        )
    began = _began(workspace, _Plan(view, generator.spec, n, seed))
    if began is None:
        with checkpoints.blamed(workspace, view):
            if not runtimes.choose(workspace, generator, n):
                generator = checkpoints.open_checkpoint(workspace, view.id, n)
    elif generator.spec.runtime != began:
        if isinstance(generator, Measurable):
            generator.run_by(began or REFERENCE)
        if generator.spec.runtime != began:
            _begin_anew(workspace, _Plan(view, generator.spec, n, seed))
    return _Plan(view, generator.spec, n, seed), generator


def _began(workspace: Workspace, plan: _Plan) -> str | None:
    """The runtime of the set; None before its first batch."""
    with workspace.database.read() as session:
        image_set = images.find_set(session, plan.set_key)
        return None if image_set is None else _runtime(session, image_set.id)


def _runtime(session: Session, set_id: int) -> str:
    row = samples.get(session, set_id)
    return "" if row is None else str(row.sampling.get("runtime", ""))


def _begin_anew(workspace: Workspace, plan: _Plan) -> None:
    with workspace.database.write() as session:
        image_set = images.find_set(session, plan.set_key)
        row = None if image_set is None or image_set.complete else samples.get(session, image_set.id)
        if row is not None:
            samples.begin_anew(session, row, plan.provenance)


def _found(workspace: Workspace, plan: _Plan) -> tuple[int, int] | None:
    """The set's id and how many pictures it has; None before its first batch."""
    with workspace.database.read() as session:
        image_set = images.find_set(session, plan.set_key)
        return None if image_set is None else (image_set.id, images.filled(session, image_set.id))


def _fill(workspace: Workspace, plan: _Plan, generator: Generator, progress: Progress) -> int:
    bank_id = _bank(workspace, plan)
    done = (_found(workspace, plan) or (0, 0))[1]
    clock = _Clock()
    try:
        with checkpoints.blamed(workspace, plan.view), _objects_so_far_uncollected():
            make, starts = _making(workspace, plan, generator, bank_id, done), range(done, plan.n, plan.batch)
            make = clock.around(make)
            message = f"sampling {plan.view.label}"

            def alive() -> None:
                with _ended_when_stopped(generator):
                    progress(done, plan.n, message)

            batches = _ahead(make, starts, alive)
            with contextlib.closing(batches), _ended_when_stopped(generator):
                for made in batches:
                    new = [new_image(picture) for picture, _ in made]
                    with workspace.database.write() as session:
                        _place(session, plan, bank_id, done, new, [label for _, label in made])
                        progress(done + len(made), plan.n, message, session=session)
                    done += len(made)
    except BadInput:
        with workspace.database.write() as session:
            samples.discard(session, plan.set_key)
        raise
    runtimes.learn(workspace, generator, clock.seconds)
    found = _found(workspace, plan)
    assert found is not None
    return found[0]


class _Clock:
    """How long the pictures themselves took, without storing them."""

    seconds = 0.0

    def around(self, make: Callable[[int], Made]) -> Callable[[int], Made]:
        def timed(start: int) -> Made:
            began = time.monotonic()
            made = make(start)
            self.seconds += time.monotonic() - began
            return made

        return timed


@contextlib.contextmanager
def _objects_so_far_uncollected() -> Generator_[None, None, None]:
    """A database row is an object, and every few hundred of them Python's collector walks all that TensorFlow keeps
    alive: more time than storing takes. Inside, it walks new objects only."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _place(
    session: Session, plan: _Plan, bank_id: int, start: int, new: list[images.NewImage], labels: list[str]
) -> None:
    """The set appears with its first batch, so that none is ever empty."""
    image_set = images.find_set(session, plan.set_key)
    if image_set is None:
        image_set = images.create_set(session, "sample", plan.set_key, plan.n)
        samples.create(session, image_set, plan.view.sha256, bank_id, plan.provenance)
    elif _runtime(session, image_set.id) != plan.spec.runtime:
        raise _Overtaken(f"The pictures of {plan.view.label} are being made by another process; sample again.")
    there = images.filled(session, image_set.id) - start  # by another process, whose pictures are the same
    if there < 0:
        raise Conflict(f"The pictures of {plan.view.label} were taken back by another process; sample again.")
    if there < len(new):
        images.place(session, image_set.id, start + there, images.add(session, new[there:]), labels[there:])


@contextlib.contextmanager
def _ended_when_stopped(generator: Generator) -> Generator_[None, None, None]:
    """A batch under way is not waited for when the work is stopped: its process is ended."""
    try:
        yield
    except BaseException:
        if isinstance(generator, WalledGenerator):
            generator.close()
        raise


def _result(batch: Future[Made], alive: Callable[[], None]) -> Made:
    while True:
        try:
            return batch.result(timeout=ASK_EVERY)
        except TimeoutError:
            if batch.done():
                raise
            alive()


def _ahead(
    make: Callable[[int], Made], starts: Iterable[int], alive: Callable[[], None]
) -> Generator_[Made, None, None]:
    """What `make` gives for each start, in order. A thread makes the next batches while the caller stores those before;
    quick ones are put together, so that fast models pay for fewer commits and slow ones wait for none. While one takes
    long, `alive` is called, which may raise."""
    rest, waiting = iter(starts), deque[Future[Made]]()
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        while True:
            made: Made = []
            until = time.monotonic() + PATIENCE
            while len(made) < TOGETHER and (not made or time.monotonic() < until):
                waiting.extend(pool.submit(make, start) for start in islice(rest, AHEAD - len(waiting)))
                if not waiting:
                    break
                made = made + _result(waiting.popleft(), alive)
            if not made:
                return
            yield made
    finally:
        pool.shutdown(cancel_futures=True)


def _making(workspace: Workspace, plan: _Plan, generator: Generator, bank_id: int, done: int) -> Callable[[int], Made]:
    """The batch that begins at a position; called for one batch after the other from `done` on."""
    if isinstance(generator, ReadyMade):
        found = generator.found(done, plan.n)
        return lambda start: list(islice(found, plan.batch))
    with workspace.database.read() as session:
        latents = vectors.open_mapped(session, session.get_one(LatentBank, bank_id).matrix_id, workspace.vectors)
    chosen = labels(plan.spec.classes, plan.n)

    def make(start: int) -> Made:
        part = slice(start, min(start + plan.batch, plan.n))
        names = [str(label) if plan.spec.classes else "" for label in chosen[part]]
        return list(zip(as_bytes(generator.floats(np.array(latents[part]), chosen[part])), names, strict=True))

    return make


def labels(classes: int, n: int) -> NDArray[np.int64]:
    """Balanced labels 0, 1, ..., classes-1, 0, 1, ... (n,); zeros for an unconditional model."""
    return np.arange(n) % max(classes, 1)


def _bank(workspace: Workspace, plan: _Plan) -> int:
    """The id of the bank of `n` standard normal latents for this kind of model; drawn from `seed` and stored once."""
    with workspace.database.write() as session:
        found = samples.bank(session, plan.bank_key)
        if found is None:
            drawn = noise(plan.spec, plan.n, plan.seed)
            found = LatentBank(
                key=plan.bank_key, n=plan.n, seed=plan.seed, distribution="normal" if plan.inputs else "none",
                inputs=plan.inputs, classes=plan.spec.classes, matrix_id=vectors.store(session, drawn),
            )  # fmt: skip
            session.add(found)
            session.flush()
        return found.id


def sets(workspace: Workspace, checkpoint_id: int) -> list[SampleSetView]:
    """The sets that a checkpoint as it is read today has made, oldest first. Raises NotFound for an unknown id."""
    view = checkpoints.get(workspace, checkpoint_id)
    with workspace.database.read() as session:
        same = rows.by_sha256(session, view.sha256)
        found = [_view(row, same) for row in samples.of(session, view.sha256)]
    return [one for one in found if checkpoint_id in one.checkpoint_ids]


def get(workspace: Workspace, set_id: int) -> SampleSetView:
    """Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        row = samples.get(session, set_id)
        if row is None:
            raise NotFound(f"There is no sample set {set_id} in this workspace.")
        return _view(row, rows.by_sha256(session, row.checkpoint_sha256))


def _view(row: SampleSet, same: Iterable[Checkpoint]) -> SampleSetView:
    return SampleSetView(
        row.set_id, row.image_set.n, row.bank.seed, row.image_set.complete, row.bank_id, row.image_set.created_at,
        tuple(c.id for c in same if gives(c, row)), bool(row.bank.inputs), row.sampling.get("runtime", ""),
        made_by(row.sampling),
    )  # fmt: skip


def made_by(sampling: dict[str, Any]) -> str:
    """What ran the model, in words, and how its pictures differ from TensorFlow's; empty where it was TensorFlow, or
    what the format of the checkpoint says."""
    return sentence(sampling.get("runtime", ""), sampling.get("differs", {}))


def gives(checkpoint: Checkpoint, row: SampleSet) -> bool:
    """Whether a checkpoint row, as it is read today, gives this sample set."""
    read = all(checkpoint.spec.get(name) == row.sampling.get(name) for name in READING) and all(
        (checkpoint.spec.get(name) or None) == row.sampling.get(name) for name in SAID
    )
    return checkpoint.sha256 == row.checkpoint_sha256 and read


def latent(workspace: Workspace, set_id: int, position: int) -> NDArray[np.float32]:
    """The latent (latent_size,) that a picture was made from; empty for ready-made pictures. Raises NotFound."""
    with workspace.database.read() as session:
        row = samples.get(session, set_id)
        if row is None or not 0 <= position < row.image_set.n:
            raise NotFound(f"There is no picture {position} in sample set {set_id}.")
        found: NDArray[np.float32] = vectors.load(session, row.bank.matrix_id, position, position + 1)[0]
        return found
