"""`proofsheet copies`, `missing` and `slices`: what they print, and that the gallery knows the scores afterwards."""

import json
import sys
from collections.abc import Iterator

import pytest

from core import checkpoints, evaluate, references, results, scores
from core.cli import main
from core.settings import Settings
from core.workspace import Workspace
from tests.pages.filled import generator, real_pictures


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("findings")
    opened = Workspace(Settings(workspace=folder / "workspace"))
    real = references.add(opened, "blobs", real_pictures(folder / "real"), held_out=0.1)
    view = checkpoints.register(opened, generator(folder / "g.onnx", 0.5), run="r", step=5)
    evaluate.evaluate(opened, view.id, real.set_id, extractor="lbp", n=64)
    checkpoints.register(opened, generator(folder / "new.onnx", 0.1), run="r", step=6)
    yield opened
    opened.close()


def said(place: Workspace, capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    sys.argv = ["proofsheet", *arguments, "--workspace", str(place.folder)]
    with pytest.raises(SystemExit) as ended:
        main()
    found = capfd.readouterr()
    return int(ended.value.code or 0), found.out, found.err


@pytest.fixture(autouse=True)
def arguments_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", sys.argv)


def test_copies(place: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(place, capfd, "copies", "r@5", "--reference", "blobs", "--top", "7", "--json")
    rows = json.loads(out)
    assert (code, len(rows)) == (0, 7)
    assert rows[0].keys() == {"picture", "nearest", "pixels ratio", "features ratio", "pixels control",
                              "features control"}  # fmt: skip
    number = results.every(place)[0].set_id
    stored = scores.load(place, number, "copy-pixels")
    assert stored.shape == (64,)
    assert rows[0]["pixels ratio"] in stored.tolist()
    assert "Nothing points at copies" in said(place, capfd, "copies", "r@5")[1]


def test_missing(place: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(said(place, capfd, "missing", "r@5", "--json")[1])
    assert {row["of"] for row in rows} == {40}, "half of the real pictures"
    assert "40 real pictures" in said(place, capfd, "missing", "r@5")[1].replace("\n", " ")


def test_slices(place: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(said(place, capfd, "slices", "r@5", "--metric", "precision", "--json")[1])
    assert {row["slice"] for row in rows} <= {"light", "dark"}
    code, _, err = said(place, capfd, "slices", "r@5", "--by", "tag")
    assert code == 2
    assert "carries a tag yet" in err


def test_what_was_not_measured_is_said(place: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(place, capfd, "copies", "r@6")
    assert code == 2
    assert "r @ 6 has not been measured yet; evaluate it first" in err
    assert "under hog yet" in said(place, capfd, "missing", "r@5", "--extractor", "hog")[2]
