"""Nearest pictures, two pictures, and how far sets lie apart, by the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import distributions, images, neighbours, sets
from core.workspace import Workspace
from tests.cli.conftest import Command


@pytest.fixture
def picture(evaluated: Workspace, tmp_path: Path) -> Path:
    """The third picture of the reference set, as a file."""
    real = sets.find(evaluated, "noise")
    Image.fromarray(images.load(evaluated, real.set_id, 2, 3)[0][:, :, 0]).save(tmp_path / "third.png")
    return tmp_path / "third.png"


def test_neighbours_of_a_file_and_of_a_stored_picture(evaluated: Workspace, picture: Path, command: Command) -> None:
    none = command("neighbours", picture, "--among", "noise", "--extractor", "hog", "-k", 0)
    assert (none.code, "features" in none.err) == (2, False)
    assert "ask for 1 to" in none.err
    ask = ("--among", "noise", "--extractor", "hog", "--measure", "cosine", "-k", 3, "--json")
    done = command("neighbours", picture, *ask)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert "features that are not there yet" in done.err
    assert [row["rank"] for row in found] == [1, 2, 3]
    assert (found[0]["position"], found[0]["cosine"]) == (2, pytest.approx(1))
    assert json.loads(command("neighbours", found[0]["picture"], *ask).out) == found
    made = json.loads(command("neighbours", picture, "--among", "r@5", "--extractor", "lbp", "--json").out)
    own = sets.find(evaluated, "r@5")
    expected = neighbours.of_picture(evaluated, images.load(evaluated, sets.find(evaluated, "noise").set_id, 2, 3)[0],
                                     own.set_id, "lbp", "euclidean", 10, "all")  # fmt: skip
    assert [row["picture"] for row in made] == [n.image_id for n in expected]


def test_two_pictures_under_everything(evaluated: Workspace, picture: Path, command: Command) -> None:
    rows: list[dict[str, Any]] = json.loads(command("similar", picture, picture, "--json").out)
    assert {row["features"] for row in rows} >= {"Raw pixels", "Hu moments", "the pictures themselves"}
    assert {row["value"] for row in rows if row["kind"] == "distance" and row["value"] is not None} == {0}


def test_distances_are_the_pages(evaluated: Workspace, command: Command) -> None:
    ask = ("--reference", "noise", "--checkpoint", "r@5", "--extractor", "lbp", "--measure", "chi-square")
    found = json.loads(command("distances", *ask, "--json").out)
    expected = distributions.distributions(
        evaluated, sample_set_id=sets.find(evaluated, "r@5").set_id, extractor="lbp", measure="chi-square",
        reference_set_id=sets.find(evaluated, "noise").set_id, mode="nearest",
    )  # fmt: skip
    assert [row["pair"] for row in found] == [d.title for d in expected]
    assert [row["50%"] for row in found] == pytest.approx([float(np.median(d.values)) for d in expected])


def test_smoothness_of_a_checkpoint(evaluated: Workspace, command: Command) -> None:
    done = command("smoothness", "r@5", "--n", 8, "--json")
    assert done.code == 0, done.err
    (found,) = json.loads(done.out)
    assert [row["space"] for row in found["spaces"]] == ["pixels", "perceptual"]
    assert found["checkpoint"] == "r @ 5"
    assert "perceptual" in command("smoothness", "r@5", "--n", 8).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("neighbours", "none.png", "--among", "noise"), "no such picture"),
        (("neighbours", "1", "--among", "nothing"), "no set 'nothing'"),
        (("neighbours", "1", "--among", "noise", "--extractor", "hog+blur"), "no preprocessing 'blur'"),
        (("neighbours", "1", "--among", "noise", "--extractor", "hog", "--measure", "hellinger"), "for histograms"),
        (("similar", "1", "999999"), "999999"),
        (("distances", "--reference", "noise", "--mode", "far"), "nearest, pairwise"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_are_one_sentence(
    evaluated: Workspace, command: Command, arguments: tuple[str, ...], said: str
) -> None:
    done = command(*arguments)
    assert done.code == 2
    assert said in done.err
