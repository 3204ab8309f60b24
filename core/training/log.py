"""The log of a run: a line for each epoch, beside the state that it belongs to.

It is read by the pages while a worker writes it. A line is whole or not there; what was logged after the state that a
training goes on from is cut off first, so that the log says what the weights went through.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "log.jsonl"


@dataclass(frozen=True)
class Epoch:
    """What an epoch left behind. Epoch 0 is the untrained network and has no losses."""

    epoch: int
    step: int
    seconds: float
    """Of training up to its end, without the time that measuring took."""
    losses: dict[str, float]
    image_ids: list[int]
    """Pictures of the same few latents in every epoch."""
    device: str = ""


def read(folder: Path) -> list[Epoch]:
    """By epoch; empty for a run without a log."""
    path = folder / NAME
    if not path.exists():
        return []
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0]  # a line that is being written is none yet
    return [Epoch(**json.loads(line)) for line in whole.splitlines()]


def append(folder: Path, epoch: Epoch) -> None:
    with (folder / NAME).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(epoch)) + "\n")


def cut(folder: Path, last: int) -> list[Epoch]:
    """Forget what came after epoch `last`; what is left."""
    kept = [epoch for epoch in read(folder) if epoch.epoch <= last]
    part = folder / f"{NAME}.part"
    part.write_text("".join(json.dumps(asdict(epoch)) + "\n" for epoch in kept), encoding="utf-8")
    part.replace(folder / NAME)
    return kept
