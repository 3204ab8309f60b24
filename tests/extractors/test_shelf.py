"""What a workspace can embed with: built-in ones at once, published ones as soon as their file lies there."""

from pathlib import Path

import pytest

from core import embeddings, extractors, jobs, shelf
from core.errors import BadInput, NotFound
from core.extractors import EXTRACTORS, PUBLISHED
from core.weights import Weights
from core.workspace import Workspace
from tests.inception_graph import serialised


def names(workspace: Workspace) -> list[str]:
    return [kind.name for kind in shelf.known(workspace)]


def test_a_published_one_is_offered_only_when_its_weights_are_there(workspace: Workspace) -> None:
    assert names(workspace) == [kind.name for kind in EXTRACTORS]
    with pytest.raises(
        BadInput, match=r"no weights here: put classify_image_graph_def\.pb into .*fetch inception-2015-tf"
    ):
        embeddings.build(workspace, "inception-2015-tf")
    with (workspace.models / "classify_image_graph_def.pb").open("wb") as file:
        file.truncate(95_673_916)
    assert names(workspace)[-2:] == ["inception-2015-tf", "inception-2015-clean"]
    assert embeddings.build(workspace, "inception-2015-tf").dim == 2048


def test_only_the_plain_network_of_2015_has_the_published_name() -> None:
    assert [kind.name for kind in PUBLISHED if kind.inception] == ["inception-2015-tf", "inception-2015-clean"]
    assert not any(kind.inception for kind in EXTRACTORS)
    assert not extractors.get("inception-2015-tf+grey").inception


def test_the_list_says_what_is_missing_and_where_each_was_used(workspace: Workspace) -> None:
    found = {view.name: view for view in shelf.every(workspace)}
    assert list(found) == [kind.name for kind in (*EXTRACTORS, *PUBLISHED)]
    assert (found["hog"].dim, found["hog"].missing, found["hog"].origin) == (1764, "", "built in")
    assert found["sift-words"].dim is None
    graph = found["inception-2015-clean"]
    assert (graph.origin, graph.dim, graph.weights_sha256[:8]) == ("published", 2048, "009d6814")
    assert str(workspace.models) in graph.missing
    assert (graph.sets, graph.evaluations) == (0, 0)


def test_a_job_that_lacks_weights_is_refused_when_it_is_asked_for(workspace: Workspace, real_pictures: Path) -> None:
    from core import references

    real = references.add(workspace, "noise", real_pictures)
    with pytest.raises(BadInput, match="has no weights here"):
        jobs.submit(workspace, "embed", {"set_id": real.set_id, "extractor": "inception-2015-tf"})
    with pytest.raises(NotFound, match="no extractor 'clip'"):
        jobs.submit(
            workspace, "train", {"settings": {"run": "r", "reference_set_id": real.set_id, "extractor": "clip"}}
        )


def test_a_file_is_taken_in_by_its_hash(workspace: Workspace, tmp_path: Path) -> None:
    wrong = tmp_path / "mine.pb"
    wrong.write_bytes(serialised())
    with pytest.raises(BadInput, match=r"mine\.pb: has .* bytes, classify_image_graph_def\.pb has 95,673,916"):
        shelf.fetch(workspace, "inception-2015-tf", wrong)
    with pytest.raises(BadInput, match="nothing to fetch"):
        shelf.fetch(workspace, "hog")
    assert [p.name for p in workspace.models.iterdir()] == []
    assert isinstance(PUBLISHED[0].weights, Weights)
