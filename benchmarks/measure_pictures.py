"""The pictures of docs/metrics.md, `make pictures`: how every measure answers to known changes of built-in pictures.

Made by the product itself in a workspace of its own: real pictures, changed ever more, are evaluated as checkpoints of
ready-made pictures. A metric is drawn over the strength of the change, a score as pictures from its lowest to its
highest, a measure between two as one picture beside changed copies of itself and beside others.
"""

from __future__ import annotations

import base64
import html
import io
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from benchmarks.chromium import FLAGS, MISSING, ROOT, chromium
from benchmarks.screenshots import small
from core import (
    arrays,
    checkpoints,
    demo_data,
    evaluate,
    extractors,
    images,
    planting,
    references,
    reports,
    results,
    scores,
    similarity,
)
from core.metrics import METRICS
from core.planting import sets
from core.progress import silent
from core.settings import Settings
from core.similarity import Measure, PictureMeasure
from core.workspace import Workspace

FOLDER = ROOT / "docs" / "images" / "measures"
N = 600
LEVELS = (0.0, 0.15, 0.35, 0.65, 1.0)
COLOURS = {"blur": "#0072B2", "noise": "#D55E00", "drop": "#009E73", "copies": "#CC79A7"}
"""Okabe & Ito 2008; `says` is what the strongest change is."""
SAYS = {"blur": "blur, up to sigma 2 px", "noise": "noise, up to 60 levels", "drop": "up to 9 of 10 kinds missing",
        "copies": "up to all of them copies"}  # fmt: skip
DASHES = {"blur": "solid", "noise": "dash", "drop": "dot", "copies": "dashdot"}
WIDTH = 720
FEW_DIMENSIONS = "gabor"
"""For metrics that need more pictures than the default features have dimensions."""
STAND_INS = {"inception-score": "class-score"}
"""Drawn from a metric of the same formula: the network of 2015 does not come along."""


@dataclass(frozen=True)
class Material:
    """`stand_in` plays the generator, `reference` is what it is measured against; `modes` are the classes."""

    stand_in: list[Any]
    modes: Any
    reference: list[Any]


def material() -> Material:
    """Two different parts of the built-in pictures, N each, as uint8 (28, 28, 1)."""
    _, found = arrays.read(demo_data.path(), "built-in")
    every = list(found)
    order = np.random.default_rng(0).permutation(len(every))
    chosen = [every[i] for i in order[: 2 * N + N // 5]]
    modes = np.unique([label for _, label in chosen[:N]], return_inverse=True)[1]
    return Material([p for p, _ in chosen[:N]], modes, [p for p, _ in chosen[N:]])


def changed(given: Material, change: str, level: float) -> list[Any]:
    """The stand-in's pictures with `level` (0 to 1) of the strongest change."""
    rng = np.random.default_rng(1)
    if level == 0:
        return given.stand_in
    if change == "copies":
        return [given.reference[i] if i < level * N else p for i, p in enumerate(given.stand_in)]
    if change == "drop":
        return [given.stand_in[i] for i in sets.dropped(given.modes, 0.9 * level, N, rng)]
    function = planting.pictures.blur if change == "blur" else planting.pictures.noise
    amount = 0.072 if change == "blur" else 60.0
    return [function(p, amount * level, np.random.default_rng([2, i])) for i, p in enumerate(given.stand_in)]


class House:
    """A workspace in which all this is evaluated."""

    def __init__(self, folder: Path, given: Material) -> None:
        self.folder, self.given = folder, given
        self.workspace = Workspace(Settings(workspace=folder / "workspace"))
        np.save(folder / "real.npy", np.stack(given.reference))
        self.reference = references.add(self.workspace, "real", folder / "real.npy", held_out=1 / 6).set_id
        self.step = 0

    def evaluation(self, run: str, pictures: Sequence[Any], extractor: str) -> results.EvaluationView:
        """These pictures, measured as a checkpoint of ready-made ones."""
        self.step += 1
        path = self.folder / f"{run}-{self.step}.npy"
        np.save(path, np.stack(pictures))
        view = checkpoints.register(self.workspace, path, run=run, step=self.step)
        number = evaluate.evaluate(self.workspace, view.id, self.reference, extractor=extractor, n=len(pictures))
        return results.get(self.workspace, number)


def metric_figures(house: House) -> Iterator[tuple[str, str]]:
    """(name of the picture, its HTML), a metric each."""
    drawn: set[str] = set()
    for features in (extractors.DEFAULT, FEW_DIMENSIONS):
        unchanged = house.evaluation("unchanged", house.given.stand_in, features).values
        wanted = {m.name: STAND_INS.get(m.name, m.name) for m in METRICS if m.name not in drawn}
        found = {name: source for name, source in wanted.items() if source in unchanged}
        curves = {change: [unchanged, *_levels(house, change, features)] for change in COLOURS if found}
        for name, source in found.items():
            lines = {change: [values[source].value for values in curve] for change, curve in curves.items()}
            yield f"metric-{name}", _plot(lines, unchanged[source].floor)
        drawn |= found.keys()


def _levels(house: House, change: str, features: str) -> Iterator[dict[str, results.ValueView]]:
    for level in LEVELS[1:]:
        yield house.evaluation(change, changed(house.given, change, level), features).values


def _plot(lines: dict[str, list[float]], floor: float | None) -> str:
    figure = go.Figure()
    for change, values in lines.items():
        figure.add_scatter(
            x=LEVELS, y=values, name=SAYS[change], mode="lines+markers",
            line={"color": COLOURS[change], "width": 2.5, "dash": DASHES[change]}, marker={"size": 6},
        )  # fmt: skip
    if floor is not None:
        figure.add_hline(y=floor, line={"color": "#888888", "dash": "longdash", "width": 1})
        figure.add_annotation(x=1, xref="paper", y=floor, text="real vs real", showarrow=False, xanchor="right",
                              yanchor="bottom", font={"color": "#777777", "size": 11})  # fmt: skip
    figure.update_xaxes(title="strength of the change", tickvals=[0, 1], ticktext=["none", "strongest"])
    figure.update_yaxes(exponentformat="none", nticks=5)
    figure.update_layout(template="simple_white", width=WIDTH, height=250, font={"size": 12},
                         margin={"l": 60, "r": 12, "t": 8, "b": 36}, legend={"x": 1.02, "y": 0.5})  # fmt: skip
    return figure.to_html(include_plotlyjs=False, full_html=False, config={"staticPlot": True})


def score_strips(house: House) -> Iterator[tuple[str, str]]:
    """Ten pictures of a mixed set from the lowest score to the highest, a score each."""
    parts = [changed(house.given, change, 0.65)[i::8] for i, change in enumerate(COLOURS)]
    mixed = [p for part in parts for p in part] + house.given.stand_in[4::8] + house.given.stand_in[5::8]
    view = house.evaluation("mixed", mixed, extractors.DEFAULT)
    sides = {"sample_set_id": view.set_id, "reference_set_id": house.reference, "extractor": extractors.DEFAULT}
    reports.make(house.workspace, reports.get("copies"), sides, silent)  # its scores are sorted by as well
    for column in scores.columns(house.workspace, view.set_id):
        values = scores.load(house.workspace, view.set_id, column.name)
        places = np.argsort(values, kind="stable")[np.linspace(0, len(values) - 1, 10).astype(int)]
        shown = [images.load(house.workspace, view.set_id, int(i), int(i) + 1)[0] for i in places]
        yield f"score-{column.name}", _row(shown, [_number(values[i]) for i in places], "lowest to highest")


def measure_rows(given: Material) -> Iterator[tuple[str, str]]:
    """One picture beside changed copies and others, a measure each."""
    one = given.stand_in[int(np.flatnonzero(given.modes == given.modes[0])[0])]
    alike = given.stand_in[int(np.flatnonzero(given.modes == given.modes[0])[1])]
    other = given.stand_in[int(np.flatnonzero(given.modes != given.modes[0])[0])]
    change, rng = planting.pictures, np.random.default_rng(0)
    beside = {
        "itself": one, "1 pixel aside": change.moved(one, 0, 1), "mirrored": change.flip(one, 1, rng),
        "blurred": change.blur(one, 0.05, rng), "noisy": change.noise(one, 25, rng),
        "darker": (one * 0.6).astype(np.uint8), "same kind": alike, "other kind": other,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for measure in similarity.MEASURES:
            kind = extractors.get(_features(measure))
            extractor = kind.build(Path(folder), None)
            vectors = {name: extractor.embed([p]).astype(np.float64) for name, p in beside.items()}
            values = [float(measure.compute(vectors["itself"], v)[0, 0]) for v in vectors.values()]
            yield f"vectors-{measure.name}", _beside(beside, values, f"{measure.title} of: {kind.title}")
    for pair in similarity.PICTURE_MEASURES:
        yield f"pictures-{pair.name}", _beside(beside, _values(pair, one, beside.values()), pair.title)


def _features(measure: Measure) -> str:
    if measure.histogram:
        return "colour-histogram"
    return extractors.DEFAULT if measure.deep else "pixels"


def _values(measure: PictureMeasure, one: Any, others: Any) -> list[float | None]:
    return [measure.compute(one, other).value for other in others]


def _beside(beside: dict[str, Any], values: Sequence[float | None], title: str) -> str:
    words = [f"{name}<br><b>{_number(value)}</b>" for name, value in zip(beside, values, strict=True)]
    return _row(list(beside.values()), words, html.escape(title))


def _row(pictures: Sequence[Any], words: Sequence[str], title: str) -> str:
    cells = "".join(
        f"<td><img src='{_data(picture)}' width=60 height=60><br>{word}</td>"
        for picture, word in zip(pictures, words, strict=True)
    )
    return f"<div class=title>{title}</div><table><tr>{cells}</tr></table>"


def _data(picture: Any) -> str:
    out = io.BytesIO()
    Image.fromarray(picture.squeeze()).save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def _number(value: float | None) -> str:
    return "none" if value is None else np.format_float_positional(value, precision=3, fractional=False, trim="-")


STYLE = (
    "body { margin: 0; background: white; font: 12px system-ui, sans-serif; color: #222 }"
    "#shot { width: 720px } td { text-align: center; padding: 2px 6px; vertical-align: top; width: 66px }"
    "img { image-rendering: pixelated } .title { padding: 4px 8px; color: #555 }"
)


def main() -> None:
    """Draw them all."""
    found = chromium()
    if found is None:
        sys.exit(MISSING)
    from playwright.sync_api import sync_playwright
    from plotly.offline import get_plotlyjs

    given = material()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        house = House(Path(folder), given)
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": 400})
        page.set_content(
            f"<meta charset=utf-8><style>{STYLE}</style><script>{get_plotlyjs()}</script><div id=shot></div>"
        )
        for drawn in (measure_rows(given), metric_figures(house), score_strips(house)):
            for name, body in drawn:
                page.evaluate(
                    "body => { const shot = document.getElementById('shot'); shot.replaceChildren("
                    "document.createRange().createContextualFragment(body)) }", body,
                )  # fmt: skip
                page.wait_for_function("() => [...document.images].every(i => i.complete)")
                data = small(page.locator("#shot").screenshot(animations="disabled"))
                (FOLDER / f"{name}.png").write_bytes(data)
                print(f"{name}: {len(data) / 1000:.0f} KB", flush=True)
        browser.close()
        house.workspace.close()


if __name__ == "__main__":
    main()
