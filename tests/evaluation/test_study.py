"""The simulation study in small: it goes on where it was stopped, counts what it should, and writes its page."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.study import comparisons, coverage, fashion, measuring, published, report
from benchmarks.study.comparisons import Deck, Setting
from benchmarks.study.coverage import Held, held
from benchmarks.study.populations import POPULATIONS
from core.metrics import METRICS, get
from core.metrics.chance import wilson
from core.metrics.spread import CERTAIN
from core.verdict import Gap

GAUSSIAN = POPULATIONS[0]
PUBLISHED = report.RESULTS


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rows and tables go here; three metrics are enough, and made-up pictures of ten classes."""
    monkeypatch.setattr(measuring, "KEPT", tmp_path)
    few = [get(name) for name in ("frechet", "kid", "nearest-euclidean")]
    for module in (coverage, comparisons, report):
        monkeypatch.setattr(
            module, "studied", lambda judged=False, names=(): [m for m in few if not judged or m.direction != "none"]
        )
    made_up = np.random.default_rng(0).normal(size=(60_000, 10)).astype(np.float32)
    classes = np.arange(60_000) % 10
    made_up[np.arange(60_000), classes] += 8
    monkeypatch.setattr(fashion, "reduced", lambda d: made_up)
    monkeypatch.setattr(fashion, "labels", lambda: classes)
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(report, "PAGE", tmp_path / "study.md")
    monkeypatch.setattr(report, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_a_stopped_study_goes_on_and_gives_what_one_run_gives(kept: Path) -> None:
    for repeats in (2, 2, 30):
        coverage.run(GAUSSIAN, 60, repeats, float("inf"))
    rows = {row.metric: row for row in held(GAUSSIAN, 60)}
    assert {row.repeats for row in rows.values()} == {30}
    files = sorted((kept / "rows").rglob("*.jsonl"))
    stopped = {path.name: path.read_text() for path in files}
    for path in files:
        path.unlink()
    coverage.run(GAUSSIAN, 60, 30, float("inf"))
    assert {path.name: path.read_text() for path in files} == stopped
    lines = [measuring.Kept(coverage._scenario(GAUSSIAN, 60)).rows(get("kid"))[i] for i in range(30)]
    target = np.mean([line["value"] for line in lines])
    assert rows["kid"].held == np.mean([line["low"] <= target <= line["high"] for line in lines])
    assert 0.7 <= rows["kid"].held <= 1


def test_no_picture_is_dealt_twice_and_a_class_has_its_share(kept: Path) -> None:
    deck = Deck(np.random.default_rng(0), lost=3)
    (a, of_class), (b, _) = deck.deal(5000, 0.1), deck.deal(5000, 0.05)
    assert len({*a, *b}) == 10_000
    assert ((fashion.labels()[a] == 3) == of_class).all()
    assert [(fashion.labels()[rows] == 3).mean() for rows in (a, b)] == pytest.approx([0.1, 0.05], abs=0.015)
    paired = comparisons._b(deck, a, of_class, 0.1, "lost05 paired")
    assert (paired != a).mean() == pytest.approx(0.05, abs=0.01)
    assert of_class[paired != a].all()


def test_a_metric_that_was_not_measured_is_silent_and_the_others_are_found_no_more_often() -> None:
    judged = [m for m in METRICS if m.direction != "none" and m.of == "features"]

    def gap(errors: float) -> Gap:
        return Gap(errors, 1.0, 0.0, CERTAIN)

    strong = {m.name: {0: gap(9.0 if m.direction == "lower" else -9.0), 1: gap(0.1)} for m in judged}
    both = strong | {
        "kid": {0: gap(2.3), 1: gap(2.3)}
    }  # p 0.0214: more than 5/12 of 0.05, KID's part of what two leave
    for whole in comparisons._ruled(judged, both, [0]):
        assert set(whole.values()) == {"worse"}
    alone = {m.name: both[m.name] if m.name in ("frechet", "kid", "coverage") else {} for m in judged}
    first, second = comparisons._ruled(judged, alone, [0, 1])
    assert {name for name, verdict in first.items() if verdict == "worse"} == {"frechet", "coverage"}
    assert set(second.values()) == {"cannot tell"}
    assert comparisons._common(alone, ["kid", "frechet"]) == [0, 1]
    assert comparisons._common(alone, ["kid", "precision"]) == []


def test_what_was_published_stands_until_as_much_lies_here(tmp_path: Path) -> None:
    def line(repeats: int, held: float, version: str = "3") -> Held:
        return Held("kid", "gaussian", 500, repeats, 0.05, held, 0.01, 1.0, 0.0, None, None, 0.0, version)

    assert not line(30, 0.9, str(get("kid").version)).earlier
    assert line(30, 0.9, "0").earlier
    path = tmp_path / "results" / "coverage.csv"
    assert published.read(path, Held) == []
    published.write(path, [line(30, 0.9)])
    assert published.read(path, Held) == [line(30, 0.9)]

    def best(found: list[Held], version: str = "3") -> Held:
        (one,) = published.standing(found, published.read(path, Held), lambda row: row.metric, {"kid": version})
        return one

    assert best([]).held == best([line(29, 0.5)]).held == 0.9
    assert best([line(30, 0.5)]).held == 0.5, "what lies here goes first"
    assert best([line(2, 0.5, "4")], "4").held == 0.5, "an earlier version's line goes, however many repeats it has"
    assert best([], "4").held == 0.9, "and is better than none"
    assert published.standing([], published.read(path, Held), lambda row: row.metric, {"frechet": "2"}) == []


def test_no_interval_fails_in_silence() -> None:
    lines = published.read(PUBLISHED / "coverage.csv", Held)
    assert len(lines) > 200
    assert {row.metric for row in lines if row.fails} > {"rarity"}
    silent = [(row.metric, row.population, row.n) for row in lines if row.fails and row.warned + row.cautioned < 0.5]
    assert silent == [], "let these metrics say so: NARROW or rough() in core/metrics/result.py"


@pytest.mark.parametrize(
    ("share", "repeats", "equals", "said"),
    [(0.0, 200, True, "kept"), (0.03, 200, True, "kept, within chance"), (0.07, 200, True, "missed, within chance"),
     (0.12, 200, True, "**not kept**"), (0.0, 24, True, "open: too few repeats"), (0.9, 200, False, "kept"),
     (0.82, 200, False, "kept, within chance"), (0.7, 200, False, "**not kept**"),
     (1.0, 8, False, "open: too few repeats")],
)  # fmt: skip
def test_a_promise_is_kept_only_as_far_as_chance_lets_it(share: float, repeats: int, equals: bool, said: str) -> None:
    assert report._kept(share, *wilson(round(share * repeats), repeats), equals) == said


@pytest.mark.slow
def test_a_lost_mode_is_called_worse_and_the_page_says_how_often(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting(600, 10, 4, ("same unpaired", "lost10 unpaired"))
    monkeypatch.setattr(comparisons, "SETTINGS", (setting,))
    comparisons.run(setting, 4, float("inf"))
    monkeypatch.setattr(comparisons, "CONFIRMATION", (fresh := Setting(600, 10, 3, ("lost10 paired",), 7),))
    monkeypatch.setattr(report, "SETTINGS", (setting,))
    monkeypatch.setattr(report, "CONFIRMATION", (fresh,))
    comparisons.run(fresh, 3, float("inf"))
    rates = {(row.case, row.by): row for row in comparisons.everything(kept / "none.csv")}
    assert rates["lost10 unpaired", "any"].repeats == 4
    assert rates["lost10 unpaired", "frechet"].worse == 1
    coverage.run(GAUSSIAN, 500, 3, float("inf"))
    report.write()
    page = (kept / "study.md").read_text()
    interval = "43.9 to 100.0"  # Wilson's of 3 of 3
    assert f"| KID | 500 | 64 | 3 | 100.0 | {interval} | " in page
    assert "### One class, 10%, gone, unlike latents" in page
    assert "| Fréchet distance | 600 | 10 | 4 | 100.0 | 51.0 to 100.0 | 0 |" in page
    assert (
        "| one class, 10%, gone | shared latents | 600 | 10 | 3 | 100.0 | 43.9 to 100.0 | at least 80 | "
        "open: too few repeats |"
    ) in page
    assert len((kept / "results" / "comparisons.csv").read_text().splitlines()) == 1 + len(rates)


def test_the_confirmation_draws_what_the_rule_was_not_chosen_on() -> None:
    chosen_on, fresh = comparisons.SETTINGS, comparisons.CONFIRMATION
    assert len({setting.name for setting in (*chosen_on, *fresh)}) == len(chosen_on) + len(fresh)
    same = Setting(5000, 64, 80, ("lost05 unpaired", "same unpaired"))
    again = Setting(5000, 64, 80, ("lost05 unpaired", "same unpaired"), comparisons.SEED)
    drawn = [measuring.rng(setting.name, 0.1, 0).integers(1 << 40) for setting in (same, again)]
    assert same in chosen_on
    assert drawn[0] != drawn[1]
    cases = {case for setting in fresh for case in setting.cases}
    assert {"same unpaired", "same paired", "mode05 unpaired", "mode05 paired"} <= cases
    assert all(setting.repeats >= 200 and setting.n >= 1000 for setting in fresh)
