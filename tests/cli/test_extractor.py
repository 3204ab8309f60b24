"""`proofsheet extractor`: what it lists, brings in, archives and refuses."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core import references
from core.cli import main
from core.workspace import Workspace
from storage.tables import SampleSet
from tests.extractor_models import patches
from tests.inception_graph import serialised

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """(exit code, output, errors) of `proofsheet ARGUMENTS` on the workspace."""

    def run(*arguments: object) -> tuple[int, str, str]:
        words = ["proofsheet", *map(str, arguments), "--workspace", str(workspace.folder)]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.mark.slow
def test_one_of_ones_own_is_brought_in_used_and_archived(
    command: Command, tmp_path: Path, workspace: Workspace, small_generator: Path, real_pictures: Path
) -> None:
    file = patches(tmp_path / "net.onnx")
    code, out, _ = command("extractor", "add", "mine", file, "--preset", "dinov2", "--side", 32, "--resize-to", 40,
                           "--mean", "0.5", "--sd", "0.25", "--json")  # fmt: skip
    (view,) = json.loads(out)
    assert (code, view["version"], view["dim"]) == (0, 1, 6)
    assert (view["settings"]["fit"], view["settings"]["mean"], view["settings"]["side"]) == ("crop", [0.5], 32)
    _, out, err = command("extractor", "list")
    assert "mine" in out
    assert "put classify_image_graph_def.pb into" in err
    references.add(workspace, "noise", real_pictures)
    code, out, err = command("evaluate", small_generator, "--reference", "noise", "--run", "r", "--step", 1, "--n", 40,
                             "--extractor", "mine", "--json")  # fmt: skip
    assert code == 0, err
    assert '"frechet"' in out
    assert command("extractor", "archive", "mine")[0] == 0
    listed = json.loads(command("extractor", "list", "--json")[1])
    assert "mine" not in [row["name"] for row in listed]
    (row,) = [
        row for row in json.loads(command("extractor", "list", "--archived", "--json")[1]) if row["origin"] == "own"
    ]
    assert (row["archived"], row["evaluations"]) == (True, 1)


def test_what_cannot_be_is_one_sentence_and_code_2(command: Command, tmp_path: Path) -> None:
    file = patches(tmp_path / "net.onnx")
    for arguments, said in (
        (("add", "mine", file, "--mean", "dark"), "'dark' is no list of numbers"),
        (("add", "mine", file, "--preset", "resnet"), "no preset 'resnet'; there are: dinov2, clip, imagenet"),
        (("add", "mine", tmp_path / "gone.onnx"), "gone.onnx"),
        (("archive", "hog"), "no extractor that was brought here"),
        (("fetch", "hog"), "nothing to fetch"),
    ):
        code, _, err = command("extractor", *arguments)
        assert (code, err.count("\n")) == (2, 1), err
        assert said in err


def test_weights_that_are_missing_are_said_before_any_picture_is_made(
    command: Command, workspace: Workspace, small_generator: Path, real_pictures: Path
) -> None:
    references.add(workspace, "noise", real_pictures)
    common = ("--reference", "noise", "--run", "r", "--extractor", "inception-2015-clean")
    for arguments in (("evaluate", small_generator, "--step", 1), ("watch", small_generator.parent, "--once")):
        code, _, err = command(*arguments, *common)
        assert code == 2
        assert "put classify_image_graph_def.pb into" in err
    with workspace.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SampleSet)) == 0


def test_a_file_of_published_weights_is_checked_before_it_is_taken(command: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.pb").write_bytes(serialised())
    code, _, err = command("extractor", "fetch", "inception-2015-tf", "--file", tmp_path / "graph.pb")
    assert code == 2
    assert "graph.pb: has" in err
