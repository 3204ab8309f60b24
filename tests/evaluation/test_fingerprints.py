"""Whatever decides a number makes another fingerprint: lines break, and Trends, Compare and the gate name the part."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import checkpoints, compare, evaluate, extractors, references, shelf, trends
from core.cli import main
from core.errors import NotFound
from core.extractors import Extractor, Kind
from core.metrics import METRICS
from core.settings import Settings
from core.workspace import Workspace
from tests.onnx_models import linear

Change = Callable[[pytest.MonkeyPatch], None]


def extractor(**changes: object) -> Change:
    """Another edition of the raw pixels."""

    def build(folder: Path, state: object) -> Extractor:
        known = next(kind for kind in extractors.EXTRACTORS if kind.name == "pixels").build(folder, None)
        resize = changes.get("resize", known.preprocessing["resize"])
        weights = str(changes.get("weights", ""))
        version = int(str(changes.get("version", known.version)))
        prepared = {**known.preprocessing, "resize": resize}
        return replace(known, preprocessing=prepared, weights_sha256=weights, version=version)

    def change(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(shelf, "get", lambda workspace, name: Kind("pixels", "Raw pixels", build))

    return change


def metric(name: str, **changes: Any) -> Change:
    """Another edition of one metric."""

    def change(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(evaluate, "METRICS", tuple(replace(m, **changes) if m.name == name else m for m in METRICS))

    return change


def parameters(name: str, **changes: int) -> Change:
    return metric(name, parameters=changes)


@dataclass(frozen=True)
class Case:
    """What is changed for the second evaluation, and the words that name it."""

    words: str
    change: Change = lambda patch: None
    n: int = 32
    seed: int = 0
    reference: str = "noise@1"
    before: Change = lambda patch: None
    """What is changed for the first one."""


pytestmark = pytest.mark.slow

CASES = (
    Case("resize filter: Pillow bicubic, antialiased against bilinear", extractor(resize="bilinear")),
    Case(
        "weights: 57934424 against 0011aabb",
        extractor(weights="0011aabbccdd"),
        before=extractor(weights="579344248a93"),
    ),
    Case("k: 5 against 7", parameters("coverage", k=7)),
    Case(
        "version of the metric Coverage: 8 against 9",
        metric("coverage", version=9),
        before=metric("coverage", version=8),
    ),
    Case("version of the extractor pixels: 8 against 9", extractor(version=9), before=extractor(version=8)),
    Case("generated pictures (n): 32 against 40", n=40),
    Case("seed of the latents: 0 against 1", seed=1),
    Case("reference set: noise v1 against noise v2", reference="noise@2"),
)


@dataclass(frozen=True)
class Measured:
    """Two checkpoints of a run of their own: step 0 measured as usual, step 1 as the case says."""

    workspace: Workspace
    case: Case
    run: str
    ids: tuple[int, int]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Two reference sets of one name."""
    folder = tmp_path_factory.mktemp("fingerprints")
    workspace = Workspace(Settings(workspace=folder / "workspace"))
    rng = np.random.default_rng(0)
    for version in (1, 2):
        np.save(folder / f"{version}.npy", rng.integers(0, 256, (80, 8, 8), dtype=np.uint8))
        references.add(workspace, "noise", folder / f"{version}.npy", held_out=0)
    yield workspace
    workspace.close()


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.words.split(":")[0])
def measured(place: Workspace, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    case: Case = request.param
    run = case.words.split(":")[0]
    folder = tmp_path_factory.mktemp("generators")
    ids = []
    for step, one in enumerate((Case("", case.before), case)):
        weights = np.random.default_rng([step, *run.encode()]).normal(size=(8, 64))
        path = linear(folder / f"{step}.onnx", weights, (8, 8, 1))
        ids.append(checkpoints.register(place, path, run=run, step=step).id)
        with pytest.MonkeyPatch.context() as patch:
            one.change(patch)
            real = references.find(place, one.reference).set_id
            evaluate.evaluate(place, ids[-1], real, extractor="pixels", n=one.n, seed=one.seed)
    return Measured(place, case, run, (ids[0], ids[1]))


def test_a_trend_breaks_and_names_the_part(measured: Measured) -> None:
    lines = trends.series(measured.workspace, "coverage", runs=[measured.run])
    assert len({line.fingerprint for line in lines}) == len(lines) == 2
    (said,) = trends.apart(measured.workspace, sorted(lines, key=lambda line: line.points[0].step))
    assert measured.case.words in said
    assert said.count("against") <= 2, "n brings m along, nothing else differs"


def test_compare_names_the_part(measured: Measured) -> None:
    if measured.case.words.startswith(("k:", "version of the metric")):  # the other metrics were measured alike
        found = compare.compare(measured.workspace, *measured.ids)
        assert found.apart == [f"Coverage ({measured.case.words})"]
        assert "kid" in found.verdicts
        assert "coverage" not in found.verdicts
    else:
        with pytest.raises(NotFound) as refused:
            compare.compare(measured.workspace, *measured.ids)
        assert measured.case.words in str(refused.value)


def test_the_gate_refuses_with_the_same_words(
    measured: Measured, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["compare", f"{measured.run}@0", f"{measured.run}@1", "--gate"]
    monkeypatch.setattr(sys, "argv", ["proofsheet", *command, "--workspace", str(measured.workspace.folder)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert measured.case.words in capfd.readouterr().err
