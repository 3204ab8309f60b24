"""The page Improve: offers the work, waits, and shows what came out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import evaluate, jobs, references, reports, results, worker
from core.progress import silent
from tests.improving.half import Half, fill
from tests.pages.filled import Full
from tests.pages.seen import Visit


@pytest.mark.slow
def test_it_offers_a_filter_and_a_sweep(full: Full, visit: Visit) -> None:
    page = visit("improve", checkpoint=full.true)
    assert "Filter the latents" in [button.label for button in page.button]
    page.button[0].click().run()
    assert any("Under way" in one.value for one in page.header)
    worker.run(full.workspace, until_idle=True)
    failed = visit("improve", checkpoint=full.true)  # 80 real pictures are too few, and the job says so
    assert "Filter the latents" in [button.label for button in failed.button]
    swept = visit("improve", checkpoint=full.true, way="Sweep")
    assert "Sweep the latents" in [button.label for button in swept.button]
    sought = visit("improve", checkpoint=full.true, way="Search")
    assert "Search for real pictures" in [button.label for button in sought.button]


def test_sets_and_tags_to_choose_by_are_called_by_their_names(full: Full, visit: Visit, real_pictures: Path) -> None:
    references.add(full.workspace, "hübsch-ok_1", real_pictures, held_out=0)
    page = visit("improve", checkpoint=full.true, by="approved")
    (ways,) = [one.options for one in page.selectbox if one.label == "Pictures chosen by"]
    assert "the set hübsch-ok_1 v1" in ways  # as it is, without Markdown's backslashes


@pytest.mark.slow
def test_a_search_ranks_real_pictures(full: Full, visit: Visit) -> None:
    view = results.every(full.workspace, full.true)[0]
    asked = {
        "checkpoint_id": full.true, "reference_set_id": view.reference_set_id, "extractor": view.extractor, "count": 8,
    }  # fmt: skip
    jobs.submit(full.workspace, "latent-search", asked)
    worker.run(full.workspace, until_idle=True)
    found = visit("improve", checkpoint=full.true, way="Search")
    assert any("made itself" in one.value for one in found.caption)
    assert len(found.table[0].value) == 8


@pytest.fixture
def improved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Half]:
    half = fill(tmp_path)
    monkeypatch.setenv("PROOFSHEET_WORKSPACE", str(half.workspace.folder))
    evaluate.evaluate(half.workspace, half.checkpoint, half.reference, extractor="lbp", n=100)
    asked = {"checkpoint_id": half.checkpoint, "reference_set_id": half.reference, "extractor": "lbp"}
    kinds = {"latent-filter": {"by": "realism"}, "truncation": {"mode": "scale"}}
    for kind, more in kinds.items():
        reports.make(half.workspace, reports.get(kind), {**asked, **more}, silent)
    yield half
    half.workspace.close()


@pytest.mark.slow
def test_it_shows_verdicts_curves_and_the_way_out(improved: Half, visit: Visit) -> None:
    page = visit("improve", checkpoint=improved.checkpoint)
    assert any("seed 1001" in one.value for one in page.caption)
    assert any("Keeping" in one.value for one in page.info)
    assert "Register the wrapped generator" in [button.label for button in page.button]
    page = visit("improve", checkpoint=improved.checkpoint, way="Sweep", level="0.5")
    assert "0.5" in [box.value for box in page.selectbox]
    assert any("same base latents" in one.value for one in page.caption)
    next(b for b in page.button if b.label == "Register the wrapped generator").click().run()
    assert any("being wrapped" in one.value for one in page.caption)
    worker.run(improved.workspace, until_idle=True)
    assert visit("checkpoints").exception == []
