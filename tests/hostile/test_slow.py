"""The same with TensorFlow at hand: the payloads are real, large models are found out, SavedModels are looked into."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.errors import Refused
from core.generators import open_generator
from tests.hostile.corpus import CORPUS, SECRET, Place
from tests.hostile.keras_files import keras_zip, layer, model

pytestmark = pytest.mark.tensorflow
ROOT = Path(__file__).parents[2]


def new_place(folder: Path) -> Place:
    folder.mkdir()
    (folder / "secret").write_text(SECRET)
    return Place(folder, folder / "marker", folder / "secret")


def with_saved_model(place: Place) -> None:
    """The SavedModel that a TFSMLayer loads."""
    from tests.hostile.saved_models import writes_on_load

    writes_on_load(place)
    place.marker.unlink(missing_ok=True)  # making it ran it once


def opened_carelessly(files: list[tuple[str, str, str, str]]) -> list[str]:
    """Names of the payloads that go off in a process that just loads the files."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.fire"], input=json.dumps(files), capture_output=True, text=True,
        cwd=ROOT, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout.strip().splitlines()[-1]))


def test_the_payloads_go_off_where_nobody_looks(tmp_path: Path) -> None:
    """Else the tests of what does not happen would say nothing."""
    files = []
    for number, hostile in enumerate(h for h in CORPUS if h.fires):
        place = new_place(tmp_path / str(number))
        if hostile.fires == "keras tfsm":
            with_saved_model(place)
        files.append((hostile.name, str(hostile.make(place)), hostile.fires, str(place.folder)))
    assert len(files) >= 15
    assert opened_carelessly(files) == [name for name, *_ in files]


def test_saved_models_are_looked_into_before_they_are_loaded(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    from tests.hostile.saved_models import SAVED

    files = []
    for number, (name, make, says, fires) in enumerate(SAVED):
        place = new_place(tmp_path / str(number))
        path = make(place)
        for left in place.folder.glob("marker*"):  # making it may have run it
            left.unlink()
        with pytest.raises(Refused, match=f"^{path.name}: {says}"):
            open_generator(path, allow_saved_model=True, made_here=True)
        assert not list(place.folder.glob("marker*"))
        if fires:
            files.append((name, str(path), f"saved {fires}", str(place.folder)))
    assert opened_carelessly(files) == [name for name, *_ in files]


def test_the_functions_that_save_variables_may_not_be_called(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    from tensorflow.core.protobuf import saved_model_pb2

    from core.vetting.saved_model import check_saved_model
    from tests.hostile.saved_models import saved

    path = saved(new_place(tmp_path / "place"), "honest", lambda z: [])
    assert "serving_default" in check_saved_model(path, "honest")
    spec = open_generator(path, allow_saved_model=True, made_here=True).spec
    assert spec.latent_size == 16
    assert any("its signatures: serving_default" in note for note in spec.notes)
    whole = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    library = whole.meta_graphs[0].graph_def.library
    saver = next(f.signature.name for f in library.function if "traced_save" in f.signature.name)
    victim = next(f for f in library.function if "generate" in f.signature.name and "signature" not in f.signature.name)
    node = victim.node_def.add(op="StatefulPartitionedCall", name="sly")
    node.attr["f"].func.name = saver
    (path / "saved_model.pb").write_bytes(whole.SerializeToString())
    with pytest.raises(Refused, match=f"calls '{saver}', which writes or reads files"):
        open_generator(path, allow_saved_model=True, made_here=True)
    del victim.node_def[-1]
    victim.node_def.add(op="WriteFile", name="sly")
    library.function.add().signature.name = "WriteFile"  # a function of that name does not make it an honest one
    (path / "saved_model.pb").write_bytes(whole.SerializeToString())
    with pytest.raises(Refused, match="uses the operation WriteFile"):
        open_generator(path, allow_saved_model=True, made_here=True)
    assert tf is not None


def grown(kind: str, times: int, shape: tuple[int, ...], **config: Any) -> Any:
    """A chain of layers, each of them small enough by itself."""
    return model(*(layer(kind, f"l{i}", **config) for i in range(times)), shape=shape)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (grown("Dense", 3, (4,), units=1 << 20), "weights of 2,199,0"),
        (grown("Embedding", 1, (1,), input_dim=1 << 22, output_dim=1 << 10), "weights of 4,294,967,296"),
        (grown("UpSampling2D", 8, (4, 4, 1), size=[16, 16]), "the layer 'l2' gives pictures of 268,435,456"),
        (grown("RepeatVector", 1, (4096,), n=1 << 20), "the layer 'l0' gives pictures of 4,294,967,296"),
        (grown("ZeroPadding2D", 1, (4, 4, 1), padding=[[1 << 20, 0], [1 << 20, 0]]), "gives pictures of 1,099,5"),
        (grown("Conv2DTranspose", 3, (8, 8, 1), filters=1, kernel_size=[1, 1], strides=[64, 64], padding="same"),
         "gives pictures of 1,073,741,824"),
    ],
    ids=["dense", "embedding", "upsampling", "repeat", "padding", "transposed"],
)  # fmt: skip
def test_what_grows_layer_by_layer_is_found_before_memory_is_used(tmp_path: Path, config: Any, says: str) -> None:
    import resource

    path = keras_zip(tmp_path / "g.keras", config)
    pytest.importorskip("keras")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Refused, match=rf"^g\.keras: .*{says}"):
        open_generator(path, made_here=True)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "kilobytes"


def test_attention_between_very_many_places_is_found(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    from core.vetting.keras_sizes import check_sizes

    def build() -> Any:
        z = keras.Input((100_000, 1))
        return keras.Model(z, keras.layers.MultiHeadAttention(2, 1)(z, z))

    with pytest.raises(Refused, match="gives pictures of 20,000,000,000 numbers"):
        check_sizes(build, "g.keras")


def test_what_trained_a_model_is_never_read(tmp_path: Path) -> None:
    pytest.importorskip("keras")
    from core.generators.keras_files import _parts

    evil = {"module": "os", "class_name": "system", "config": {}, "registered_name": None}
    config = model(layer("Dense", "d", units=4))
    config["compile_config"] = {"optimizer": evil, "loss": evil}
    config["config"]["layers"][1]["compile_config"] = {"optimizer": evil}
    read, _ = _parts(keras_zip(tmp_path / "g.keras", config), tmp_path, "")
    assert "compile_config" not in json.dumps(read)
    assert "system" not in json.dumps(read)
