"""Every metric says what it means to somebody who is no researcher."""

from __future__ import annotations

import pytest

from core.metrics import METRICS, Metric


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_every_metric_explains_itself_in_one_sentence(metric: Metric) -> None:
    assert len(metric.help) > 30, f"give {metric.name} a `help` in core/metrics/__init__.py"
    assert metric.help.endswith(".")
