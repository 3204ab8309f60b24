"""A new workspace: every page says what is missing and leads to where it is got."""

import pytest

from core.workspace import Workspace
from pages.parts.links import PAGES
from tests.pages.seen import Visit, links

REMEDIES = {
    "overview": ("An empty workspace", {"Add real pictures", "Register a checkpoint"}),
    "trends": ("No numbers yet", {"Evaluate a checkpoint"}),
    "compare": ("Two checkpoints are needed", {"Register a checkpoint"}),
    "review": ("Nothing to review yet", {"Register a checkpoint"}),
    "self_check": ("No reference set yet", {"Add real pictures"}),
    "improve": ("No numbers yet", {"Evaluate a checkpoint"}),
    "gallery": ("No pictures yet", {"Register a checkpoint", "Add a reference set"}),
    "neighbours": ("No pictures yet", {"Add real pictures"}),
    "distributions": ("No reference set yet", {"Add real pictures"}),
    "copies": ("No numbers yet", {"Evaluate a checkpoint"}),
    "missing_modes": ("No numbers yet", {"Evaluate a checkpoint"}),
    "slices": ("No numbers yet", {"Evaluate a checkpoint"}),
    "choose": ("No reference set yet", {"Add real pictures"}),
    "train": ("No reference set yet", {"Add real pictures"}),
    "checkpoints": ("No checkpoint yet", set()),
    "references": ("No reference set yet", set()),
    "extractors": ("No pictures to try it on", {"Add real pictures"}),
    "jobs": ("Nothing was asked for yet", set()),
}


def test_every_page_is_listed_here() -> None:
    assert {line.name for line in PAGES} == REMEDIES.keys()


@pytest.mark.parametrize("name", REMEDIES)
def test_what_is_missing_is_said_and_where_to_get_it(nothing: Workspace, visit: Visit, name: str) -> None:
    title, remedies = REMEDIES[name]
    app = visit(name)
    assert [e.value.split(" ", 1)[1] for e in app.header] == [title]
    assert links(app) == remedies


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in REMEDIES if name != "overview"])
def test_ids_of_another_workspace_do_no_harm(nothing: Workspace, visit: Visit, name: str) -> None:
    app = visit(name, checkpoint=7, set=7, image=7, job=7, run="none", a=1, b=2, extractor="none", page="../x")
    assert len(app.title) == 1


def test_a_checkpoint_is_registered_from_a_path_only_where_the_server_may_read(
    nothing: Workspace, visit: Visit, monkeypatch: pytest.MonkeyPatch, small_generator: object
) -> None:
    assert not [field for field in visit("checkpoints").text_input if field.label == "or a path on the server"]
    monkeypatch.setenv("PROOFSHEET_READABLE", str(small_generator.parent / "elsewhere"))  # type: ignore[attr-defined]
    app = visit("checkpoints")
    app.text_input(key="checkpoint-path").set_value(str(small_generator))
    app.text_input(key="checkpoint-run").set_value("night-1").run()
    next(b for b in app.button if b.label == "Register").click().run()
    assert "the server may not read this" in app.error[0].value
