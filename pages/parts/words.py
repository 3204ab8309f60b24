"""Words as people read them; strangers' text made harmless."""

from __future__ import annotations

import datetime as dt
import re

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def plain(text: object) -> str:
    """Text that Markdown shows as it is: names of files, runs, tags and notes come from outside, and a name like
    `![x](http://...)` would make every reader's browser fetch it. Signs that turn the reading direction go: a name
    must not run over what stands beside it."""
    return SPECIAL.sub(r"\\\1", bare(text))


def bare(text: object) -> str:
    """The same for what is shown as it stands, without Markdown, as the options of a select box are: `plain` there
    would show its backslashes."""
    return TURNING.sub("", str(text)).replace("\n", " ")


def chance(p: float) -> str:
    """A p-value; nobody needs more digits than these."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def size(count: int) -> str:
    """Bytes in words."""
    value = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"


def ago(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """How long ago a stored (UTC, zoneless) moment was."""
    now = now or dt.datetime.now(dt.UTC).replace(tzinfo=None)
    seconds = max(0.0, (now - moment).total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
