"""What a comparison says in words."""

from core import answers
from core.compare import Difference
from core.metrics import get
from core.results import ValueView
from core.verdict import BETTER, CANNOT_TELL, WORSE, Remedy

FLOORS = {"frechet": 10.0, "kid": 0.0, "coverage": 0.96}


def value(metric: str, at: float, half: float, floor_n: int = 500) -> ValueView:
    known = get(metric)
    return ValueView(
        metric, known.title, known.direction, at, at - half, at + half, FLOORS.get(metric), floor_n, 500, 500, "print",
        "", known.version, half / 2, {}, None,
    )  # fmt: skip


def row(metric: str, a: float, b: float, verdict: str, half: float = 0.01, more: str = "") -> Difference:
    one, two = value(metric, a, half), value(metric, b, half)
    return Difference(
        metric, one.title, one.direction, one, two, b - a, b - a - half, b - a + half, 0.95, half / 2, 0.01, True,
        verdict, more,
    )  # fmt: skip


def test_headline_metrics_that_disagree_are_mixed() -> None:
    rows = [row("frechet", 40, 30, BETTER), row("kid", 0.1, 0.1, CANNOT_TELL), row("coverage", 0.8, 0.7, WORSE)]
    assert answers.overall(rows) == answers.MIXED
    said = answers.sentence("A", "B", rows)
    assert said == "B is better than A by Fréchet distance and worse by coverage: look at the pictures."


def test_precision_and_density_alone_are_no_answer() -> None:
    rows = [row("frechet", 40, 40, CANNOT_TELL), row("precision", 0.5, 0.9, BETTER), row("density", 0.5, 1.0, BETTER)]
    assert answers.overall(rows) == CANNOT_TELL
    said = answers.sentence("A", "B", rows)
    assert said.startswith(
        "These pictures cannot tell B and A apart by Fréchet distance; precision (better) and density"
    )
    assert said.endswith("decide nothing.")


def test_the_floor_says_far_short_or_reached_and_how_much_was_made_up() -> None:
    far = [row("frechet", 50, 30, BETTER, 1), row("kid", 0.2, 0.1, BETTER), row("coverage", 0.4, 0.8, BETTER)]
    said = answers.floor("A", "B", far)
    assert said.startswith("B is still far from real pictures (Fréchet distance 30, real against real 10; KID 0.1")
    assert said.endswith("It made up 50% of the way from A to there.")
    short = [row("frechet", 50, 14, BETTER, 1), row("coverage", 0.4, 0.9, BETTER)]
    assert answers.floor("A", "B", short).startswith("B is still short of real pictures")
    there = [row("frechet", 50, 10.5, BETTER, 1), row("kid", 0.2, 0.001, BETTER), row("coverage", 0.4, 0.955, BETTER)]
    assert answers.floor("A", "B", there) == "B is as good as real against real can be told apart here."
    both = [row("frechet", 50, 49, CANNOT_TELL, 1), row("coverage", 0.4, 0.4, CANNOT_TELL)]
    assert answers.floor("A", "B", both).startswith(
        "Both are still far from real pictures (Fréchet distance A 50, B 49"
    )


def test_a_floor_of_fewer_pictures_is_not_reached_by_being_under_it() -> None:
    lenient = row("frechet", 50, 9, BETTER, 1)
    fewer = Difference(**{**lenient.__dict__, "b": value("frechet", 9, 1, floor_n=200)})
    assert answers.floor("A", "B", [fewer]) == ""


def test_what_settles_it_names_generated_or_real_pictures_or_says_that_they_are_alike() -> None:
    open_one = row("frechet", 50, 49, CANNOT_TELL)
    assert answers.more(open_one, Remedy(3.0, 1234)).startswith("About 1,300 pictures would settle it")
    assert answers.more(open_one, Remedy(3.0, None, 7001)).startswith(
        "Real pictures are the limit: about 7,100 of them"
    )
    alike = answers.more(open_one, Remedy(0.000012345, 10**6))
    assert alike == "Alike, as far as 500 pictures tell. A difference of 0.000012 would show at this n."
    same = row("frechet", 50, 50, CANNOT_TELL, 0.0)
    assert answers.more(same, Remedy(0.0, None)) == "The same value from the same pictures."
