"""Networks that a team brings: what is found in them, what they are given, what is refused, where they then appear."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from PIL import Image
from skimage import data

from core import (
    checkpoints,
    differing,
    embeddings,
    evaluate,
    gallery,
    images,
    jobs,
    neighbours,
    own_extractors,
    references,
    results,
    shelf,
)
from core.errors import BadInput, NotFound, ProofsheetError, Refused
from core.extractors.own import trial_pictures
from core.extractors.reading import PRESETS, Reading, given, pooled, prepared
from core.images import Picture
from core.workspace import Workspace
from tests.extractor_models import DIM, KERNEL, model, patches


def by_hand(picture: Picture) -> np.ndarray:
    """What `patches` gives for one picture, resized by Pillow, in NumPy."""
    resized = np.asarray(Image.fromarray(picture).resize((32, 32), Image.Resampling.BICUBIC), np.float32) / 255
    cut = resized.reshape(8, 4, 8, 4, 3).transpose(0, 2, 4, 1, 3)
    return np.maximum(np.einsum("hwcij,dcij->hwd", cut, KERNEL), 0).mean(axis=(0, 1))


@pytest.mark.parametrize(("end", "pooling"), [("rows", "none"), ("map", "average"), ("tokens", "cls")])
def test_what_the_file_tells_is_found_and_the_vectors_are_right(
    workspace: Workspace, tmp_path: Path, end: str, pooling: str
) -> None:
    view = own_extractors.add(workspace, "mine", patches(tmp_path / "net.onnx", end))
    assert (view.version, view.format, view.dim, view.file) == (1, "onnx", DIM, "net.onnx")
    found = {name: view.settings[name] for name in ("side", "layout", "colour", "output", "pooling")}
    assert found == {"side": 32, "layout": "NCHW", "colour": "RGB", "output": end, "pooling": pooling}
    picture = data.astronaut()
    vector = embeddings.embed_picture(workspace, "mine", picture)
    if end != "tokens":
        assert np.allclose(vector, by_hand(picture), rtol=1e-4)
    again = own_extractors.add(workspace, "mine", tmp_path / "net.onnx")
    assert again.version == 1, "the same file read alike is the same version"


def test_the_mean_of_tokens_is_the_average_of_the_map_and_a_layer_may_be_taken(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = patches(tmp_path / "net.onnx", "rows")
    own_extractors.add(workspace, "tokens", file, {"output": "tokens", "pooling": "mean"})
    own_extractors.add(workspace, "inside", file, {"output": "map"})
    expected = by_hand(data.coffee())
    for name in ("tokens", "inside"):
        assert np.allclose(embeddings.embed_picture(workspace, name, data.coffee()), expected, rtol=1e-4)


def test_a_file_frozen_for_a_batch_and_one_of_any_size_are_used(workspace: Workspace, tmp_path: Path) -> None:
    own_extractors.add(workspace, "frozen", patches(tmp_path / "frozen.onnx", "map", batch=3))
    with pytest.raises(BadInput, match=r"does not fix the size of its pictures; say it \(--side 224\)"):
        own_extractors.add(workspace, "any", patches(tmp_path / "any.onnx", "map", side="s"))
    own_extractors.add(workspace, "any", patches(tmp_path / "any.onnx", "map", side="s"), {"side": 32})
    built = [embeddings.build(workspace, name) for name in ("frozen", "any")]
    pictures = [data.astronaut(), data.coffee(), data.chelsea(), data.camera()[:, :, None]]
    assert np.allclose(built[0].embed(pictures), built[1].embed(pictures), rtol=1e-4)
    assert built[0].key != built[1].key


def test_a_file_that_leaves_every_size_open_is_read_as_exporters_mean_it(workspace: Workspace, tmp_path: Path) -> None:
    """As Optimum exports DINOv2 and CLIP: nothing of the input is fixed."""
    file = patches(tmp_path / "open.onnx", "map", side="s", channels="c")
    view = own_extractors.add(
        workspace, "open", file, {"side": 32, "resize_to": 0, "fit": "stretch"}, preset="imagenet"
    )
    assert (view.settings["layout"], view.settings["colour"]) == ("NCHW", "RGB")
    assert "leaves layout and colours open" in view.notes[0]
    own_extractors.add(workspace, "fixed", patches(tmp_path / "net.onnx", "map"), view.by_hand)
    vectors = [embeddings.embed_picture(workspace, name, data.coffee()) for name in ("open", "fixed")]
    assert np.allclose(*vectors, rtol=1e-5)


def test_pictures_are_prepared_as_said() -> None:
    picture = np.zeros((20, 40, 3), np.uint8)
    picture[:, 10:30] = [255, 128, 0]
    whole = prepared([picture], Reading(20, layout="NHWC"))
    assert whole.shape == (1, 20, 20, 3)
    assert whole.min() == 0
    middle = Reading(20, fit="crop", value_range="-1..1", mean=(0.5, 0.0, -0.5), sd=(0.5, 1.0, 2.0), layout="NHWC")
    expected = (np.array([255, 128, 0]) / 127.5 - 1 - [0.5, 0, -0.5]) / [0.5, 1, 2]
    assert np.allclose(prepared([picture], middle), expected, atol=1e-6)
    turned = prepared([picture], Reading(20, fit="crop", colour="BGR", value_range="0..255"))
    assert turned.shape == (1, 3, 20, 20)
    assert turned[0, :, 5, 5].tolist() == [0, 128, 255]
    grey = prepared([picture], Reading(20, fit="crop", colour="grey", value_range="0..255"))
    assert grey[0, 0, 0, 0] == round(0.299 * 255 + 0.587 * 128)
    assert prepared([picture[:, :, :1]], Reading(24, fit="crop", resize_to=30)).shape == (1, 3, 24, 24)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.name)
def test_presets_only_fill_in_what_may_be_said(preset: Any) -> None:
    found = {"side": 64, "layout": "NHWC", "pooling": "cls"}
    reading = given(found, preset.settings)
    assert (reading.side, reading.layout, reading.pooling, reading.channels) == (224, "NHWC", "cls", 3)
    assert given(found, {**preset.settings, "side": 98, "resize_to": 0}).side == 98
    grey = prepared([np.full((9, 9, 3), 127, np.uint8)], reading)
    assert np.allclose(grey[0, 0, 0], (127 / 255 - np.array(reading.mean)) / np.array(reading.sd), atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fit": "squeeze"}, "fit 'squeeze' is unknown; there are: stretch, crop"),
        ({"side": 4}, "input size 4"),
        ({"side": "big"}, "no whole number"),
        ({"resize_to": 20}, "smaller than the picture of 32"),
        ({"mean": [1, 2]}, "mean has 2 numbers"),
        ({"mean": "0.5"}, "no list of numbers"),
        ({"sd": [0]}, "sd must be above 0"),
        ({"pooling": "mean"}, "choose none"),
        ({"output": "gone"}, "no output or layer 'gone'; its outputs are rows"),
        ({"size": 3}, "'size' is no setting"),
        ({"side": 64}, "fails as it runs"),
    ],
)
def test_settings_that_cannot_be_are_refused_and_nothing_is_kept(
    workspace: Workspace, tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        own_extractors.add(workspace, "mine", patches(tmp_path / "net.onnx"), settings)
    assert list(workspace.extractors.iterdir()) == []
    assert "mine" not in [kind.name for kind in shelf.all_kinds(workspace)]


def bad(kind: str, path: Path) -> Path:
    """A network that must be refused."""
    rows = ["n", DIM]
    mean = [helper.make_node("ReduceMean", ["pixels"], ["m"], axes=[2, 3], keepdims=0)]
    w = np.random.default_rng(0).normal(size=(3, DIM)).astype(np.float32)
    whole = [*mean, helper.make_node("MatMul", ["m", "w"], ["rows"])]
    nodes, constants, output, more = whole, {"w": w}, ("rows", rows), {}
    if kind == "constant":
        constants = {"w": np.zeros_like(w)}
    if kind == "nan":
        constants = {"w": np.full_like(w, np.nan)}
    if kind == "huge":
        constants = {"w": w * np.float32(1e12)}
    if kind == "one number":
        constants, output = {"w": w[:, :1]}, ("rows", ["n", 1])
    if kind == "batch":
        nodes = [*whole[:-1], helper.make_node("MatMul", ["m", "w"], ["r"]),
                 helper.make_node("ReduceMean", ["r"], ["c"], axes=[0], keepdims=1),
                 helper.make_node("Sub", ["r", "c"], ["rows"])]  # fmt: skip
    if kind == "random":
        nodes = [*whole[:-1], helper.make_node("MatMul", ["m", "w"], ["r"]),
                 helper.make_node("RandomNormalLike", ["r"], ["e"]),
                 helper.make_node("Add", ["r", "e"], ["rows"])]  # fmt: skip
    if kind == "two inputs":
        more = {"words": ["n", DIM]}
        nodes = [*whole[:-1], helper.make_node("MatMul", ["m", "w"], ["r"]),
                 helper.make_node("Add", ["r", "words"], ["rows"])]  # fmt: skip
    if kind == "no picture":
        more = {"pixels": ["n", 3]}
        nodes = [helper.make_node("MatMul", ["pixels", "w"], ["rows"])]
    made = model(nodes, output, constants, **more)
    if kind == "external":
        (made.graph.initializer[0]).CopyFrom(numpy_helper.from_array(w, "w"))
        onnx.external_data_helper.convert_model_to_external_data(made, location="w.bin", size_threshold=0)
    if kind == "cut short":
        path.write_bytes(made.SerializeToString()[:60])
    else:
        onnx.save(made, path)
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("constant", "same vector for every picture"),
        ("nan", "not finite"),
        ("huge", r"numbers up to \d\.\de\+1\d, too large"),
        ("one number", "one number a picture, as a discriminator does"),
        ("batch", "hangs on the others in its batch"),
        ("random", "other numbers for the same pictures"),
        ("two inputs", r"takes 2 inputs \(pixels, words\)"),
        ("no picture", "is no picture of 1 or 3 channels"),
        ("external", "keeps weights in other files"),
        ("cut short", "cut short|cannot read it"),
    ],
)
def test_networks_whose_vectors_cannot_be_used_are_refused_by_name(
    workspace: Workspace, tmp_path: Path, kind: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        own_extractors.add(workspace, "mine", bad(kind, tmp_path / "mine-3.onnx"))
    assert str(refused.value).startswith("mine-3.onnx: "), "told by the name it came with"
    assert isinstance(refused.value, Refused) == (kind == "external")
    assert list(workspace.extractors.iterdir()) == []


def test_class_probabilities_are_taken_and_said(workspace: Workspace, tmp_path: Path) -> None:
    nodes = [helper.make_node("ReduceMean", ["pixels"], ["m"], axes=[2, 3], keepdims=0),
             helper.make_node("MatMul", ["m", "w"], ["logits"]),
             helper.make_node("Softmax", ["logits"], ["p"], axis=1)]  # fmt: skip
    w = np.random.default_rng(0).normal(size=(3, 10)).astype(np.float32)
    onnx.save(model(nodes, ("p", ["n", 10]), {"w": w}), tmp_path / "c.onnx")
    assert "class probabilities" in own_extractors.add(workspace, "c", tmp_path / "c.onnx").notes[0]
    logits = own_extractors.add(workspace, "c", tmp_path / "c.onnx", {"output": "logits"})
    assert logits.version == 2
    assert "10 numbers may be the scores of so many classes" in logits.notes[0]


@pytest.mark.parametrize("name", ["hog", "inception-2015-tf", "inception-2015-mine", "Big", "../x", "a+b", ""])
def test_names_that_are_taken_or_none_are_refused(workspace: Workspace, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"is no name|is the name of"):
        own_extractors.add(workspace, name, patches(tmp_path / "net.onnx"))


def test_versions_archive_and_what_was_made_with_them(
    workspace: Workspace, tmp_path: Path, small_generator: Path, real_pictures: Path
) -> None:
    """It is found wherever extractors are; another reading is another version with vectors and fingerprints of its
    own; the old numbers stay."""
    own_extractors.add(workspace, "mine", patches(tmp_path / "net.onnx"))
    assert shelf.known(workspace)[-1].title == "mine v1 (own)"
    real = references.add(workspace, "noise", real_pictures)
    checkpoint = checkpoints.register(workspace, small_generator, run="r", step=5)
    number = evaluate.evaluate(workspace, checkpoint.id, real.set_id, extractor="mine", n=40)
    first = results.get(workspace, number)
    assert first.extractor_title == "mine v1 (own)"
    picture = images.load(workspace, real.set_id, 3, 4)[0]
    (nearest,) = neighbours.of_picture(workspace, picture, real.set_id, "mine", "euclidean", 1)
    assert (nearest.position, nearest.value) == (3, pytest.approx(0, abs=1e-4))
    shown = images_id(workspace, first.set_id, 0)
    assert gallery.nearest(workspace, shown, first.set_id, 3) is not None
    view = own_extractors.revise(workspace, "mine", {"value_range": "-1..1"})
    assert gallery.nearest(workspace, shown, first.set_id, 3) is None, "no vectors of today's version yet"
    assert (view.version, view.by_hand, view.file) == (2, {"value_range": "-1..1"}, "net.onnx")
    with pytest.raises(embeddings.NotEmbedded):
        neighbours.of_picture(workspace, picture, real.set_id, "mine", "euclidean", 1)
    second = results.get(workspace, evaluate.evaluate(workspace, checkpoint.id, real.set_id, extractor="mine", n=40))
    said = differing.parts(workspace, *(e.values["frechet"].fingerprint for e in (first, second)))
    assert any(words.startswith("scale: 0..1 against -1..1") for words in said), said
    (listed,) = [one for one in shelf.every(workspace) if one.name == "mine"]
    assert (listed.origin, listed.version, listed.evaluations, listed.dim) == ("own", 2, 2, DIM)
    assert own_extractors.archive(workspace, "mine").archived
    assert "mine" not in [kind.name for kind in shelf.known(workspace)]
    assert "mine" not in [one.name for one in shelf.every(workspace)]
    assert len(results.every(workspace)) == 2
    assert results.get(workspace, number).extractor_title == "mine v1 (own)", "what it was made with"
    own_extractors.archive(workspace, "mine", False)
    assert [v.version for v in own_extractors.versions(workspace, "mine")] == [2, 1]
    with pytest.raises(NotFound, match="no extractor that was brought here"):
        own_extractors.archive(workspace, "hog")


def test_a_job_brings_it_in_and_drops_the_upload(workspace: Workspace, tmp_path: Path) -> None:
    from core import worker

    folder = workspace.uploads / "ticket"
    folder.mkdir()
    patches(folder / "net.onnx")
    by_hand = {"side": 32, "resize_to": 32}
    asked = {"name": "mine", "path": "ticket/net.onnx", "preset": "clip", "extractor_settings": by_hand}
    job = jobs.submit(workspace, "extractor", {**asked, "remove_path": True})
    read = jobs.submit(workspace, "extractor", {"name": "mine", "extractor_settings": {"filter": "box"}})
    gone = jobs.submit(workspace, "extractor", {"name": "other", "extractor_settings": {}})
    worker.run(workspace, until_idle=True)
    done = [jobs.get(workspace, one.id) for one in (job, read, gone)]
    assert [one.state for one in done] == ["done", "done", "failed"], [one.error for one in done]
    assert done[1].result == {"extractor": "mine", "version": 2}
    assert "mine" in done[0].title
    assert not folder.exists()
    newest = own_extractors.versions(workspace, "mine")[0]
    assert (newest.settings["filter"], newest.settings["fit"]) == ("box", "crop")


def test_trial_pictures_are_unlike_one_another() -> None:
    pictures = trial_pictures()
    means = [(p.mean(), p.std()) for p in pictures]
    assert len({tuple(np.round(m, 3)) for m in means}) >= len(pictures) - 1


def test_what_a_network_gives_becomes_rows_or_a_sentence() -> None:
    row = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    average = pooled(row, Reading(8, pooling="average", layout="NHWC"))
    assert np.array_equal(average, row.mean(axis=(1, 2)))
    assert pooled(row[:, :, :1, :1], Reading(8)).shape == (2, 3)
    with pytest.raises(BadInput, match=r"3x2x2 a picture.*choose average"):
        pooled(row, Reading(8))
    with pytest.raises(BadInput, match="another output or layer"):
        pooled(np.zeros((2, 2, 2, 2, 2)), Reading(8))


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    made = keras.Sequential([
        keras.Input((16, 16, 1)), layers.Conv2D(4, 3, activation="relu", name="seen"), layers.BatchNormalization(),
        layers.MaxPooling2D(), layers.Dropout(0.5), layers.Flatten(), layers.Dense(7, name="told"),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    path = tmp_path_factory.mktemp("keras") / "small.keras"
    made.save(path)
    return path


@pytest.mark.tensorflow
@pytest.mark.parametrize(("output", "dim"), [("", 3), ("told", 7), ("seen", 4)])
def test_a_keras_file_is_rewritten_as_onnx_and_gives_the_same(
    workspace: Workspace, keras_file: Path, output: str, dim: int
) -> None:
    import keras

    view = own_extractors.add(workspace, "mine", keras_file, {"output": output} if output else {})
    assert (view.format, view.dim, view.settings["layout"], view.settings["colour"]) == (
        "converted",
        dim,
        "NHWC",
        "grey",
    )
    assert ("class probabilities" in " ".join(view.notes)) == (output == "")
    whole = keras.saving.load_model(keras_file)
    cut = keras.Model(whole.inputs, whole.get_layer(output).output if output else whole.outputs[0])
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 1), dtype=np.uint8)
    expected = np.asarray(cut(picture[None] / np.float32(255), training=False))
    expected = expected.mean(axis=(1, 2)) if expected.ndim == 4 else expected
    assert np.allclose(embeddings.embed_picture(workspace, "mine", picture), expected[0], rtol=1e-4, atol=1e-6)


@pytest.mark.tensorflow
def test_a_keras_file_that_does_not_convert_runs_in_the_worker_only(
    workspace: Workspace, keras_file: Path, real_pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.extractors import own_keras

    monkeypatch.setattr(own_keras, "CLOSE", -1.0)
    view = own_extractors.add(workspace, "mine", keras_file, {"output": "told"})
    assert view.format == "keras"
    assert "gives other vectors" in view.notes[0]
    assert "in the worker" in view.notes[0]
    real = references.add(workspace, "noise", real_pictures)
    found = embeddings.embed_set(workspace, real.set_id, embeddings.build(workspace, "mine"))
    monkeypatch.undo()
    own_extractors.add(workspace, "same", keras_file, {"output": "told"})
    converted = embeddings.embed_set(workspace, real.set_id, embeddings.build(workspace, "same"))
    assert np.allclose(embeddings.load(workspace, found), embeddings.load(workspace, converted), rtol=1e-3, atol=1e-5)
    with pytest.raises(BadInput, match="through TensorFlow, in the worker only"):
        embeddings.embed_picture(workspace, "mine", data.astronaut())
    first, second = (images_id(workspace, real.set_id, place) for place in (0, 1))
    rows = [row for row in neighbours.pair(workspace, first, second, real.set_id) if row.extractor == "mine v1 (own)"]
    assert rows
    assert all("in the worker only" in row.note for row in rows)


def images_id(workspace: Workspace, set_id: int, place: int) -> int:
    return int(gallery.select(workspace, gallery.Query(set_id)).ids[place])


@pytest.mark.tensorflow
def test_a_keras_file_with_grouped_convolutions_stays_as_it_is(workspace: Workspace, tmp_path: Path) -> None:
    """The converter writes an operation that onnxruntime does not know: found by running it, before it is kept."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    made = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(6, 3), layers.Conv2D(6, 3, groups=6),
                             layers.GlobalAveragePooling2D()])  # fmt: skip
    made.save(tmp_path / "grouped.keras")
    view = own_extractors.add(workspace, "mine", tmp_path / "grouped.keras")
    assert (view.format, view.dim) == ("keras", 6)
    assert "cannot be rewritten as ONNX" in view.notes[0]
    resized = np.asarray(Image.fromarray(data.coffee()).resize((16, 16), Image.Resampling.BICUBIC), np.float32) / 255
    expected = made(resized[None], training=False).numpy()
    assert np.allclose(embeddings.build(workspace, "mine").embed([data.coffee()]), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.tensorflow
def test_a_keras_file_that_carries_code_or_weights_alone_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    import keras

    made = keras.Sequential([keras.Input((16, 16, 1)), keras.layers.Flatten(), keras.layers.Lambda(lambda x: x * 2)])
    made.save(tmp_path / "code.keras")
    with pytest.raises(ProofsheetError, match="Lambda layer 'lambda', which is code"):
        own_extractors.add(workspace, "mine", tmp_path / "code.keras")
    made.save_weights(tmp_path / "alone.weights.h5")
    with pytest.raises(ProofsheetError, match="only weights; save the whole network"):
        own_extractors.add(workspace, "mine", tmp_path / "alone.weights.h5")
    assert list(workspace.extractors.iterdir()) == []
