"""What the numbers mean, in words for people who decide about products rather than about metrics."""

from core.metrics import METRICS

FLOOR = "Real vs real: the same metric between two halves of the real pictures. No generator has to beat that."
INTERVAL = "95% interval: with other pictures of the same kind the value would fall in here 19 times out of 20."
SIZES = "n / m: how many generated and how many real pictures were counted."


def meaning(metric: str) -> str:
    """The sentence for a metric; nothing for one that is no longer computed."""
    return next((known.help for known in METRICS if known.name == metric), "")
