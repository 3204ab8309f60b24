"""Numbers as people read them: without exponents, and with as many digits as they bear."""

import pytest

from core.numbers import amount, interval, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1730.4, "1,730"), (-631.9, "-632"), (99.5, "99.5"), (2.567, "2.57"), (0.0931, "0.093"), (0.00052, "0.00052"),
        (0.0, "0"), (1.0, "1"), (None, "–"),
    ],
)  # fmt: skip
def test_three_digits_and_no_exponent(value: float | None, text: str) -> None:
    assert number(value) == text


def test_an_interval_and_an_amount() -> None:
    assert interval(-631.9, 1730.4) == "-632 to 1,730"
    assert interval(None, 1.0) == ""
    assert [amount(value) for value in (None, 1104.3, 0.0014, 1.58)] == ["unknown", "1,104", "0.0014", "1.6"]
