"""Conditional generators on the page of a checkpoint: vectors for the classes, and the way to numbers of each class."""

from pathlib import Path

import numpy as np
import pytest

from core import arrays, checkpoints, evaluate, gallery, references, reports, results, uploads
from core.gallery import Query
from core.progress import silent
from core.reports import slices
from tests.generators.test_embedded import TABLE
from tests.generators.test_real import REAL, needs_real
from tests.generators.test_roles import conditional
from tests.pages.filled import Full
from tests.pages.seen import Visit, links, words


def test_a_table_of_vectors_comes_in_by_the_page(full: Full, visit: Visit, tmp_path: Path) -> None:
    view = checkpoints.register(full.workspace, conditional(tmp_path / "gen.onnx", "y"), run="vectors", step=1)
    checkpoints.inspect(full.workspace, view.id)
    key = f"vectors-{view.id}"
    app = visit("checkpoints", checkpoint=view.id)
    assert "Vectors for its classes" in words(app)

    def bring(name: str, **tables: np.ndarray) -> None:
        folder = uploads.folder(full.workspace, app.session_state[f"{key}-ticket"])
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / name, **tables)
        app.session_state[f"{key}-uploaded"] = [name]
        app.run()

    bring("wide.npz", table=np.zeros((5, 7)))
    assert "vectors of 7 numbers, the inputs are" in words(app)
    assert "Archive" in [button.label for button in app.button], "the rest of the page is there"
    bring("table.npz", table=TABLE, names=np.arange(5))
    assert "5 vectors of 3 numbers, for the input 'y': one for each of 5 classes" in words(app).replace("\\", "")
    app.button(key=f"{key}-use").click().run()
    table = checkpoints.get(full.workspace, view.id).overrides["embeddings"]
    kept = np.load(full.workspace.checkpoints / f"{table}.npy")
    assert np.array_equal(kept, TABLE.astype(np.float32))
    assert checkpoints.inspect(full.workspace, view.id).spec["classes"] == 5
    app = visit("checkpoints", checkpoint=view.id)
    assert "In use: a table of 5 vectors" in words(app)
    app.button(key=f"{key}-away").click().run()
    assert checkpoints.get(full.workspace, view.id).overrides == {}


@needs_real
@pytest.mark.tensorflow
@pytest.mark.slow
def test_one_link_leads_from_an_evaluation_to_the_numbers_of_each_class(
    full: Full, visit: Visit, tmp_path: Path
) -> None:
    """By somebody else's conditional GAN and Fashion-MNIST's own labels."""
    place = full.workspace
    pictures, labels = zip(*_first(700), strict=True)
    np.savez(tmp_path / "real.npz", images=np.stack(pictures), labels=np.array(labels))
    real = references.add(place, "fashion", tmp_path / "real.npz", held_out=0).set_id
    view = checkpoints.register(place, REAL / "fashion-cgan-keras2.8.h5", run="cgan", step=1)
    number = evaluate.evaluate(place, view.id, real, extractor="hog", n=240)
    made = results.get(place, number).set_id
    shown = [gallery.select(place, Query(made, label=str(one))) for one in range(10)]
    assert [len(one.ids) for one in shown] == [24] * 10
    assert "Numbers of each class" in links(visit("checkpoints", checkpoint=view.id))
    assert "Numbers of each class" not in links(visit("checkpoints", checkpoint=full.true))
    asked = slices.arguments(place, made, real, "hog", "label")
    report = reports.make(place, reports.get("slices"), asked, silent)
    assert {row.name for row in slices.read(report, "precision").rows} == {str(one) for one in range(10)}
    app = visit("slices", checkpoint=view.id, by="label")
    assert any(box.label == "Metric" for box in app.selectbox)


def _first(n: int) -> list[tuple[np.ndarray, str]]:
    path = next((REAL.parent / "fashion-mnist").glob("*images*ubyte*"))
    _, found = arrays.read(path, path.name)
    return [one for one, _ in zip(found, range(n), strict=False)]
