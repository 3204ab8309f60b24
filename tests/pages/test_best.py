"""Which checkpoint of a run to keep: read from what was measured, on the pages and on the command line."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from core import best
from core.cli import app
from core.errors import NotFound
from tests.pages.filled import Full
from tests.pages.seen import Visit


def test_a_run_is_read_and_told_on_the_command_line(full: Full) -> None:
    found = best.of_run(full.workspace, "blobs")
    assert found.kept.checkpoint.id == full.true
    assert "Keep step 2" in found.sentence
    assert [row.checkpoint.step for row in found.rows] == [1, 2]
    assert "last" in found.rows[1].roles
    place = ["--workspace", str(full.workspace.folder), "--json"]
    told = json.loads(CliRunner().invoke(app, ["select", "blobs", *place]).stdout)
    assert told["keep"] == "blobs @ 2"
    assert told["rows"][0]["kept is"] == "better"
    with pytest.raises(NotFound, match=r"There is no run 'nothing' in this workspace; there are: .*blobs"):
        best.of_run(full.workspace, "nothing")
    with pytest.raises(NotFound, match="evaluate its checkpoints"):
        best.of_run(full.workspace, "blobs", extractor="gabor")
    with pytest.raises(NotFound, match="There is no reference set 'nothing'; there are: blobs"):
        best.of_run(full.workspace, "blobs", reference="nothing")


def test_what_was_measured_otherwise_is_said(full: Full) -> None:
    found = best.of_run(full.workspace, "blobs")
    assert "1 of 3 checkpoints of the run was not measured like these." in found.sentence
    assert found.in_short == "Keep step 2, of 2 of 3 checkpoints, by KID and coverage"
    assert replace(found, unlike=0).in_short == "Keep step 2, by KID and coverage"


def test_trends_and_overview_say_which_one_to_keep(full: Full, visit: Visit) -> None:
    trends = visit("trends", run="blobs")
    assert any("blobs: keep step 2" in one.value for one in trends.markdown)
    overview = visit("overview")
    assert any("Keep step 2" in one.label for one in overview.get("page_link"))
