"""A folder that the worker follows: oldest first, each once, over restarts, and the pictures of the best kept."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import (
    checkpoints,
    gallery,
    jobs,
    references,
    results,
    retention,
    review,
    sampling,
    scores,
    sets,
    watches,
    worker,
)
from core.errors import BadInput, NotFound
from core.gallery import Query
from core.review import Subject
from core.settings import Settings
from core.watches import Follower, WatchView
from core.workspace import Workspace
from tests.onnx_models import linear


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "runs").mkdir()
    opened = Workspace(Settings(workspace=tmp_path / "workspace", readable=(tmp_path / "runs",)))
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path, place: Workspace) -> Path:
    return tmp_path / "runs"


def generator(path: Path, seed: int = 0, scale: float = 1.0) -> Path:
    return linear(path, scale * np.random.default_rng(seed).normal(size=(8, 256)), (16, 16, 1))


def followed(place: Workspace, folder: Path, real: Path, **more: Any) -> WatchView:
    known = references.every(place)
    real_set = known[0].set_id if known else references.add(place, "noise", real).set_id
    protocol = {"reference_set_id": real_set, "extractor": "lbp", "n": 40, "seed": 0}
    return watches.start(place, str(folder), run="r", protocol=protocol, pattern="*.onnx", **more)


def look(follower: Follower, times: int = 2) -> None:
    for _ in range(times):
        follower.look()


def test_checkpoints_are_taken_in_by_step_and_once_over_restarts(
    place: Workspace, folder: Path, real_pictures: Path
) -> None:
    view = followed(place, folder, real_pictures)
    generator(folder / "gen-20.onnx", 1)
    generator(folder / "gen-3.onnx", 2)
    (folder / "gen-4.onnx").write_text("hello")
    (folder / "final.onnx").write_bytes((folder / "gen-3.onnx").read_bytes())
    look(Follower(place))
    view = watches.get(place, view.id)
    # A file that no model is made of waits for its end, and is refused when that never comes.
    assert (view.landed, view.waiting) == (2, [("gen-4.onnx", "waiting for its end")])
    assert {f.name: f.said.partition(";")[0] for f in view.refused} == {"final.onnx": "final.onnx: no step in the name"}
    queued = jobs.every(place, active_only=True)
    assert [job.title for job in queued] == ["Evaluate r @ 3 against noise v1", "Evaluate r @ 20 against noise v1"]
    follower = Follower(place)  # after a restart
    look(follower, 3)
    assert len(jobs.every(place)) == 2
    generator(folder / "gen-1.onnx", 3)  # late
    look(follower)
    assert watches.get(place, view.id).landed == 3


def test_a_file_written_anew_keeps_what_was_before_as_archived(
    place: Workspace, folder: Path, real_pictures: Path
) -> None:
    view = followed(place, folder, real_pictures)
    path, follower = generator(folder / "gen-1.onnx", 1), Follower(place)
    look(follower)
    (first,) = checkpoints.every(place)
    generator(path, 2)
    os.utime(path, ns=(1, 1))
    look(follower)
    (second,) = checkpoints.every(place)
    assert second.id != first.id
    assert checkpoints.get(place, first.id).archived
    (file,) = watches.get(place, view.id).files
    assert (file.checkpoint_id, "written anew" in file.said, file.refused) == (second.id, True, False)


def test_pausing_a_lost_folder_and_deleting(place: Workspace, folder: Path, real_pictures: Path) -> None:
    view, follower = followed(place, folder, real_pictures), Follower(place)
    watches.set_state(place, view.id, "paused")
    generator(folder / "gen-1.onnx")
    look(follower)
    assert watches.get(place, view.id).landed == 0
    watches.set_state(place, view.id, "following")
    moved = folder.with_name("moved")
    folder.rename(moved)
    look(follower)
    assert "no such" in watches.get(place, view.id).error
    moved.rename(folder)
    look(follower)
    found = watches.get(place, view.id)
    assert (found.error, found.landed) == ("", 1)
    watches.delete(place, view.id)
    assert len(checkpoints.every(place)) == 1
    with pytest.raises(NotFound):
        watches.get(place, view.id)


def test_only_what_the_server_may_read_is_followed(
    place: Workspace, folder: Path, real_pictures: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with pytest.raises(BadInput, match=f"PROOFSHEET_READABLE={re.escape(str(outside))}, or"):
        followed(place, outside, real_pictures)
    view = followed(place, folder, real_pictures)
    (folder / "gen-1.onnx").symlink_to(generator(outside / "secret.onnx"))
    look(Follower(place))
    (file,) = watches.get(place, view.id).files
    assert file.refused
    assert file.said.startswith("gen-1.onnx: a link that leads out of the folders")
    assert str(outside) not in file.said
    with pytest.raises(BadInput, match="names no files"):
        watches.start(place, str(folder), run="r", protocol=view.protocol, pattern="../*.onnx")
    few = view.protocol | {"n": -5}
    with pytest.raises(BadInput, match=r"r with -5 pictures .* at least 6 "):
        watches.start(place, str(folder), run="r", protocol=few)
    with pytest.raises(BadInput, match="choose one of"):
        followed(place, folder, real_pictures, keep={"best": 1, "metric": "nothing"})


@pytest.mark.slow
def test_the_best_keep_their_pictures_and_all_their_numbers(
    place: Workspace, folder: Path, real_pictures: Path
) -> None:
    view = followed(place, folder, real_pictures, keep={"best": 1, "metric": "kid"})
    for step, scale in ((1, 0.01), (2, 0.3), (3, 0.02), (4, 0.03)):
        generator(folder / f"gen-{step}.onnx", step, scale)
    follower = Follower(place)
    look(follower)
    ids = {c.step: c.id for c in checkpoints.every(place)}
    first = sampling.sample(place, ids[3], n=40)
    review.vote(place, Subject(image_id=int(sets.members(place, first).ids[0])), "approve")
    worker.run(place, until_idle=True)
    look(follower)
    made = {step: results.every(place, number)[0] for step, number in ids.items()}
    best = retention.ranked(list(made.values()), "kid")[0]
    gone = {step for step, one in made.items() if sets.let_go(place, one.set_id)}
    assert gone == {1, 2, 3, 4} - {3, next(step for step, one in made.items() if one.id == best.id)}
    assert {f.name for f in watches.get(place, view.id).files if f.let_go} == {f"gen-{step}.onnx" for step in gone}
    step = min(gone)
    numbers, set_id = made[step].values, made[step].set_id
    assert len(numbers) > 5
    assert len(scores.load(place, set_id, "sharpness")) == 40
    with pytest.raises(sets.LetGo, match="let go"):
        gallery.select(place, Query(set_id))
    assert sets.made_from(place, set_id) == (ids[step], 40, 0)
    # Asked for again, they are the same, and stay.
    assert sampling.sample(place, ids[step], n=40) == set_id
    again = gallery.select(place, Query(set_id))
    assert len(again.ids) == 40
    worker.run(place, until_idle=True)
    look(follower)
    assert not sets.let_go(place, set_id)
    assert results.every(place, ids[step])[0].values == numbers


def test_the_same_pictures_come_again(place: Workspace, tmp_path: Path, real_pictures: Path) -> None:
    view = checkpoints.register(place, generator(tmp_path / "gen.onnx"), run="r", step=1)
    real = references.add(place, "noise", real_pictures)
    from core import evaluate, images

    number = evaluate.evaluate(place, view.id, real.set_id, extractor="lbp", n=40)
    set_id = results.get(place, number).set_id
    before = np.stack(images.load(place, set_id, 0, 40))
    assert retention.let_go(place, set_id, (view.id,))
    assert not retention.let_go(place, set_id, (view.id,))
    sampling.sample(place, view.id, n=40)
    assert (np.stack(images.load(place, set_id, 0, 40)) == before).all()
    assert evaluate.evaluate(place, view.id, real.set_id, extractor="lbp", n=40) == number
    shutil.rmtree(place.vectors)
