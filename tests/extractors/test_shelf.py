"""What a workspace can embed with: built-in ones at once, published ones as soon as their file lies there."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from core import embeddings, extractors, jobs, shelf
from core.errors import BadInput, NotFound
from core.extractors import EXTRACTORS, PUBLISHED
from core.extractors.keras_models import MODELS
from core.extractors.reading import prepared
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


def test_one_that_is_rewritten_needs_its_weights_only_until_then(workspace: Workspace, tmp_path: Path) -> None:
    model = next(one for one in MODELS if one.name == "keras-resnet50")
    kind = shelf.get(workspace, model.name)
    assert "put resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5 into" in kind.missing(workspace.models)
    assert "md5 4d473c1dd8becc155b73f8504c6f6626" in kind.missing(workspace.models)
    (workspace.models / model.weights.file).write_bytes(b"anything")
    assert "which is here, as ONNX" in kind.missing(workspace.models)
    with pytest.raises(BadInput, match="is damaged"):
        shelf.fetch(workspace, model.name)
    (workspace.models / model.converted).touch()
    (workspace.models / model.weights.file).unlink()
    assert kind in shelf.known(workspace)


@pytest.mark.tensorflow
def test_a_network_of_keras_is_rewritten_and_gives_the_vectors_of_keras(tmp_path: Path) -> None:
    """MobileNet, small, with weights drawn here: the published ones are only another file of the same shape."""
    import keras

    model = next(one for one in MODELS if one.name == "keras-mobilenet-v3")
    keras.utils.set_random_seed(0)
    model = replace(model, reading=replace(model.reading, side=64))
    network = model.network()
    file = tmp_path / "drawn.weights.h5"
    network.save_weights(file)
    digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    model = replace(model, weights=replace(model.weights, file=file.name, digest=digest))
    with pytest.raises(BadInput, match="extractor fetch keras-mobilenet-v3"):
        model.extractor(tmp_path).embed([data.astronaut()])
    model.convert(tmp_path)
    file.unlink()
    found = model.extractor(tmp_path).embed([data.astronaut()])
    expected = network(prepared([data.astronaut()], model.reading), training=False).numpy()
    assert found.shape == (1, model.dim)
    assert np.allclose(found, expected, atol=1e-4 * abs(expected).max())


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
