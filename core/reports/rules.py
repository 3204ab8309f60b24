"""By what a latent is accepted: one score for each of its pictures, higher is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core.errors import BadInput
from core.metrics import realism
from core.metrics.pairing import Pairing
from core.named import named
from core.review import by_picture
from core.similarity.nearest import Tick, nearest_rows
from core.similarity.neighbourhood import nearest_several, ratio
from core.workspace import Workspace
from storage import review

K = 50
"""Nearest reference pictures that make the surroundings of a copy ratio, as in the report on copies."""
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Rule:
    """`score(generated (n, D), against (m, D), tick)` gives (n,) float64, higher is accepted. `of`: what it is scored
    against, the 'reference' set or 'pictures' that people chose. `unit`: what the score is, in words."""

    name: str
    title: str
    of: str
    unit: str
    help: str
    score: Callable[[Vectors, Vectors, Tick], NDArray[np.float64]]


def _realism(generated: Vectors, reference: Vectors, tick: Tick) -> NDArray[np.float64]:
    return realism.realism_scores(Pairing(generated, reference, tick))


def _copy(generated: Vectors, reference: Vectors, tick: Tick) -> NDArray[np.float64]:
    return ratio(nearest_several(generated, reference, K, tick)[1]).astype(np.float64)


def _near(generated: Vectors, chosen: Vectors, tick: Tick) -> NDArray[np.float64]:
    return -nearest_rows(generated, chosen, tick=tick).astype(np.float64)


def _far(generated: Vectors, chosen: Vectors, tick: Tick) -> NDArray[np.float64]:
    return -_near(generated, chosen, tick)


RULES = (
    Rule(
        "realism", "Realism", "reference", "realism (above 1 lies among real pictures)",
        "Keeps what lies among real pictures; what is rare goes first.", _realism,
    ),
    Rule(
        "copy", "No copies", "reference", "copy ratio (0 is a copy)",
        "Keeps what is no nearer to one real picture than to its surroundings.", _copy,
    ),
    Rule(
        "approved", "Like the approved pictures", "pictures", "minus the distance to the nearest of them",
        "Keeps what looks like pictures that people approved, that carry a tag, or that a set holds.", _near,
    ),
    Rule(
        "rejected", "Unlike the rejected pictures", "pictures", "the distance to the nearest of them",
        "Drops what looks like pictures that people rejected, that carry a tag, or that a set holds.", _far,
    ),
)  # fmt: skip


def get(name: str) -> Rule:
    """Raises BadInput, listing the rules there are."""
    return named(RULES, name, "rule", BadInput)


def tags(workspace: Workspace) -> list[str]:
    """Tags that pictures carry."""
    with workspace.database.read() as session:
        return list(review.picture_tags(session))


def chosen(workspace: Workspace, rule: Rule, tag: str) -> list[int]:
    """Ids of the pictures that a rule looks at: those with the tag, or, without one, those that people agree to approve
    (to reject). Raises BadInput where there are none."""
    with workspace.database.read() as session:
        found = ids(session, rule.name, tag)
    if not found:
        said = f"carries the tag '{tag}'" if tag else f"was {rule.name}"
        raise BadInput(f"No picture {said} yet; say so in the gallery or on the page Review first, or name a set.")
    return found


def ids(session: Session, name: str, tag: str) -> list[int]:
    """As `chosen`, empty where there are none."""
    if get(name).of != "pictures":
        return []
    if tag:
        return [int(number) for number in review.pictures_tagged(session, tag)]
    wanted = {"approve"} if name == "approved" else {"reject"}
    said = by_picture(review.on_pictures(session))
    return sorted(image for image, verdicts in said.items() if verdicts == wanted)
