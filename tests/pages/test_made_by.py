"""What made the pictures of a set is said wherever its protocol is shown."""

import json

from typer.testing import CliRunner

from core import compare, results
from core.cli import app
from pages.parts.words import plain
from storage.tables import SampleSet
from tests.pages.filled import Full
from tests.pages.seen import Visit, words

SAID = "made by onnxruntime: 2 of 100,352 bytes of trial pictures differ from TensorFlow's, by 1 level of 255"


def test_a_set_of_another_runtime_says_so_under_its_protocol_and_in_json(full: Full, visit: Visit) -> None:
    folder = ["--workspace", str(full.workspace.folder)]
    asked = ["compare", str(full.noisy), str(full.true), *folder]
    assert "onnxruntime" not in words(visit("checkpoints", checkpoint=full.true))
    assert "onnxruntime" not in words(visit("compare", a=full.noisy, b=full.true))
    assert json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)["made_by"] == []
    with full.workspace.database.write() as session:
        row = session.get_one(SampleSet, full.sets[full.true])
        row.sampling = {
            **row.sampling, "runtime": "onnxruntime", "differs": {"bytes": 2, "of": 100_352, "levels": 1}
        }  # fmt: skip
    (view,) = results.every(full.workspace, full.true)
    assert view.made_by == SAID
    both = ["Pictures of blobs @ 1: made by what its format says.", f"Pictures of blobs @ 2: {SAID}."]
    assert compare.compare(full.workspace, full.noisy, full.true).made_by == both
    assert plain(SAID) in words(visit("checkpoints", checkpoint=full.true))
    assert plain(both[1]) in words(visit("compare", a=full.noisy, b=full.true))
    assert json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)["made_by"] == both
    assert both[1] in CliRunner().invoke(app, asked).stdout
