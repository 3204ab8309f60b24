"""What a damaged file says when it is opened."""

from pathlib import Path

import pytest

from core import checkpoints
from core.workspace import Workspace


def test_a_damaged_onnx_file_is_named_as_the_person_knows_it(workspace: Workspace, small_generator: Path) -> None:
    small_generator.write_bytes(small_generator.read_bytes()[:200])
    view = checkpoints.register(workspace, small_generator, run="r", step=1)
    error = checkpoints.inspect(workspace, view.id).error
    assert error.startswith(f"{small_generator.name}: no ONNX file, or cut short")
    assert str(workspace.folder) not in error
    assert view.sha256 not in error


@pytest.mark.parametrize("again", ["b", "a"])
def test_the_same_bytes_under_two_names_are_blamed_by_the_newest_of_the_row(
    workspace: Workspace, small_generator: Path, again: str
) -> None:
    small_generator.write_bytes(small_generator.read_bytes()[:200])
    checkpoints.register(workspace, small_generator, run="a", step=1)
    other = small_generator.rename(small_generator.with_name("sent-again.onnx"))
    view = checkpoints.register(workspace, other, run=again, step=1)
    assert view.name == "sent-again.onnx"
    assert checkpoints.inspect(workspace, view.id).error.startswith("sent-again.onnx:")
