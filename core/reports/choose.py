"""Help in choosing: which extractor and measure tell "same" from "different" best on this team's own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core import references
from core.errors import BadInput
from core.numbers import amount
from core.progress import Progress
from core.reports.candidates import Candidate, of_pictures, of_vectors
from core.reports.same_or_different import Question, question
from core.reports.sampled import keep
from core.similarity.separation import Z95, difference_error
from core.workspace import Workspace

Arguments = dict[str, Any]
SHOWN = 6
HARDLY, FAR = 0.01, 0.02
"""Of AUC: so little behind the best is as good whatever the error, and so much is not."""


def make(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """The report; see the module. Raises BadInput where the set has too few groups or pictures."""
    reference = references.get(workspace, arguments["reference_set_id"])
    asked = question(workspace, reference.set_id, arguments["by"], arguments["seed"])
    left_out = [{"title": title, "why": why} for title, why in asked.left_out.items()]
    found = [*of_vectors(workspace, reference.set_id, asked, arguments["extractors"], left_out, progress)]
    found += of_pictures(asked, left_out, progress)
    if not found:
        raise BadInput(f"No measure is defined for the pictures of {reference.label}: {left_out[0]['why']}")
    found.sort(key=lambda one: (-one.found.auc, one.seconds))
    best = next((one for one in found if one.extractor), found[0])
    tied = [_as_good(best, one) for one in found]
    chosen = _cheapest([one for one, as_good in zip(found, tied, strict=True) if as_good])
    rival = next((one for one in found if one.extractor and one.extractor != chosen.extractor), None)
    return {
        "reference": reference.label, "by": arguments["by"], "words": asked.words, "pictures": len(asked.pictures),
        "pairs": sum(len(b.same) for b in asked.blocks), "same": int(sum(b.same.sum() for b in asked.blocks)),
        "rows": [_row(one, as_good, one is chosen) for one, as_good in zip(found, tied, strict=True)],
        "left_out": left_out, "reason": _reason(found, best, sum(tied), chosen),
        "disagreements": _disagreements(workspace, asked, chosen, rival), "rival": rival.title if rival else "",
    }  # fmt: skip


def _as_good(best: Candidate, other: Candidate) -> bool:
    """Whether it is hardly behind the best, or not far behind and within chance. Chance alone must not do: what was
    tried on fewer pictures, or hangs on a few odd ones, has a large error and would always be as good."""
    behind = best.found.auc - other.found.auc
    if behind <= HARDLY or len(best.nearness) != len(other.nearness):
        return len(best.nearness) == len(other.nearness)
    return behind <= min(Z95 * difference_error(best.found, other.found, same_pictures=True), FAR)


def _cheapest(found: Sequence[Candidate]) -> Candidate:
    """Times within a tenth count as equal: there the better one, and of equals the one that comes first on screen."""
    limit = 1.1 * min(one.seconds for one in found)
    return min((one for one in found if one.seconds <= limit), key=lambda one: (-round(one.found.auc, 4), one.place))


def _reason(found: Sequence[Candidate], best: Candidate, count: int, chosen: Candidate) -> str:
    gap, faster = best.found.auc - chosen.found.auc, best.seconds / max(chosen.seconds, 1e-9)
    if count == 1:
        reason = f"{best.title} tells same from different clearly better than every other."
    elif faster < 1.1:
        reason = f"{chosen.title} is the fastest of the {count} that tell same from different best."
    else:
        reason = (
            f"{chosen.title} is the fastest of the {count} that tell same from different about equally well: "
            f"{amount(faster)} times as fast as {best.title}, for {gap:.3f} less of AUC."
        )
    if found[0] is not best:
        reason += f" {found[0].title} did better still, but on few pictures only."
    return reason


def _row(one: Candidate, as_good: bool, chosen: bool) -> dict[str, Any]:
    low, high = one.found.interval
    return {
        "extractor": one.extractor, "measure": one.measure, "title": one.title, "auc": one.found.auc, "low": low,
        "high": high, "standard_error": one.found.standard_error, "by_change": one.by_block,
        "embed_seconds": one.embed_seconds, "compare_seconds": one.compare_seconds, "seconds": one.seconds,
        "pictures": len(one.found.without), "pairs": len(one.nearness), "as_good": as_good, "chosen": chosen,
        "note": one.note,
    }  # fmt: skip


def _disagreements(
    workspace: Workspace, asked: Question, chosen: Candidate, rival: Candidate | None
) -> list[dict[str, Any]]:
    """Pairs that the chosen one puts among the nearest and its rival far away, and the other way round."""
    if rival is None or len(rival.nearness) != len(chosen.nearness):
        return []
    ranks = [(-c.nearness).argsort(kind="stable").argsort() / len(c.nearness) for c in (chosen, rival)]
    blocks = [(block, place) for block in chosen.blocks for place in range(len(block.same))]
    found = []
    for near, gap in ((chosen.title, ranks[1] - ranks[0]), (rival.title, ranks[0] - ranks[1])):
        for at in np.argsort(-gap, kind="stable")[:SHOWN]:
            block, place = blocks[at]
            a, b = asked.pictures[block.first[place]], block.pictures[block.second[place]]
            found.append({
                "near": near, "image_ids": keep(workspace, [a, b]), "same": bool(block.same[place]),
                "chosen_rank": float(ranks[0][at]), "rival_rank": float(ranks[1][at]), "change": block.name,
            })  # fmt: skip
    return found
