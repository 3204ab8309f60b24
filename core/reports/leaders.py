"""Help in choosing as it is shown: the best measure of each kind of features, and pairs on which two disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.planting import get


@dataclass(frozen=True)
class Pair:
    """Two pictures, and a caption for each: what the pair is, and the shares of pairs that are nearer for the
    recommended measure and for its rival."""

    image_ids: list[int]
    captions: list[str]


def first_of_each(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Of every extractor the recommended row or the best, and the measures of pictures; best first."""
    kept: dict[str, dict[str, Any]] = {}
    for row in found["rows"]:
        kind = row["extractor"] or row["measure"]
        if row["chosen"] or kind not in kept:
            kept[kind] = row
    return sorted(kept.values(), key=lambda row: -row["auc"])


def pairs(found: dict[str, Any]) -> dict[str, list[Pair]]:
    """Title of the one that finds them near -> the pairs."""
    shown: dict[str, list[Pair]] = {}
    for one in found["disagreements"]:
        shown.setdefault(one["near"], []).append(Pair(one["image_ids"], [_what(one, found["by"]), _ranks(one)]))
    return shown


def _what(one: dict[str, Any], by: str) -> str:
    if by != "augmentations":
        return "the same" if one["same"] else "different"
    change = get(one["change"]).title.lower()
    return f"same, {change}" if one["same"] else f"different, {change}"


def _ranks(one: dict[str, Any]) -> str:
    return f"{one['chosen_rank']:.0%} / {one['rival_rank']:.0%}"
