"""What the generator cannot make: the latent whose picture comes nearest to each of several real pictures, and how far
that still is, beside how far real pictures lie from one another and what the search itself misses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import checkpoints, embeddings, images, latents, references, sets
from core.errors import BadInput
from core.extractors.extractor import Extractor, rgb
from core.generators import Generator, as_bytes
from core.images import Picture
from core.metrics.searching import POPULATION, percentile, prior, search
from core.progress import Progress
from core.reports.sampled import embed, keep, made_by, opened
from core.reports.sides import ticking
from core.similarity.nearest import nearest_rows
from core.similarity.neighbourhood import nearest_several
from core.workspace import Workspace
from storage import vectors

CONTEXT = 2000
"""Real pictures whose distances to one another are the context, at most."""
OWN = 4
"""Pictures that the generator surely can make, searched for in the same way: what the search itself misses."""
MOST = 64
FAR = 0.95
"""A real picture is called out of reach when it is farther than so many real pictures are from their nearest one."""
PRIOR = 1.0
SIDE = 64
"""Pixels are compared at the size of the generator's pictures, at most this."""
Vectors = NDArray[np.float32]


class _Search:
    """The targets, and what a latent costs for each of them."""

    def __init__(
        self, generator: Generator, extractor: Extractor, targets: list[Picture], features: Vectors,
        labels: NDArray[np.int64], scale: float,
    ) -> None:  # fmt: skip
        self.generator, self.extractor, self.features, self.labels = generator, extractor, features, labels
        self.side = min(SIDE, max(generator.spec.height, generator.spec.width))
        self.targets, self.scale = self._pixels(targets), scale
        self.pixel_scale = 1.0

    def _pixels(self, pictures: list[Picture]) -> Vectors:
        rows = np.stack([rgb(one, self.side) for one in pictures]).reshape(len(pictures), -1)
        return np.asarray(rows / 255, np.float32)

    def made(self, z: Vectors, of: NDArray[np.intp]) -> list[Picture]:
        return list(as_bytes(self.generator.floats(z, self.labels[of])))

    def distances(self, z: Vectors, of: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """To their targets, (k,) each: in features, and the root mean square difference of pixels in [0, 1]."""
        pictures = self.made(z, of)
        found = self.extractor.embed(pictures).astype(np.float64)
        gap = self._pixels(pictures) - self.targets[of]
        near = np.asarray(np.linalg.norm(found - self.features[of], axis=1), np.float64)
        return near, np.sqrt((gap**2).mean(axis=1, dtype=np.float64))

    def loss(self, z: Vectors, of: NDArray[np.intp]) -> NDArray[np.float64]:
        """What is made least: both distances in their usual size, and the prior on latents."""
        features, pixels = self.distances(z, of)
        return features / self.scale + pixels / self.pixel_scale + PRIOR * prior(z)


def make(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """{"rows": [{"real", "start", "found" (picture ids), "position", "before", "after", "pixels", "among_real",
    "among_made"}], worst first, "own": {"before", "after"}, ...}. Raises BadInput for ready-made pictures and positions
    that the reference set does not have."""
    view = references.get(workspace, arguments["reference_set_id"])
    positions = _positions(arguments, view.m, view.n)
    asked = arguments["n"] + arguments["steps"] * POPULATION * (len(positions) + OWN)
    generator = opened(workspace, arguments["checkpoint_id"], progress, asked)
    extractor = embeddings.build(workspace, arguments["extractor"], view.set_id)
    stored = embeddings.embed_set(workspace, view.set_id, extractor, progress=progress)
    real = np.asarray(embeddings.load(workspace, stored))
    bank, labels = latents.drawn(generator.spec, arguments["n"], arguments["seed"])
    pool = embed(extractor, latents.pictures(generator, bank, labels, progress), progress, "features of the bank")
    ids = sets.members(workspace, view.set_id).ids
    own_z, own_labels = latents.drawn(generator.spec, OWN, arguments["seed"] + 1)
    own = list(as_bytes(generator.floats(own_z, own_labels)))
    targets = [images.picture(workspace, int(ids[p])) for p in positions] + own
    features = np.concatenate([real[positions], extractor.embed(own)])
    nearest = nearest_several(features, pool, 1, ticking(progress, "where to start"))[0][:, 0]
    reals = nearest_rows(real[: min(CONTEXT, view.m)], real[: min(CONTEXT, view.m)], same=True)
    scale = max(float(np.median(reals)), 1e-6)
    work = _Search(generator, extractor, targets, features, labels[nearest], scale)
    every = np.arange(len(targets))
    starts = bank[nearest]
    before, pixels = work.distances(starts, every)
    work.pixel_scale = max(float(np.median(pixels)), 1e-6)
    tick = ticking(progress, f"searching for {len(positions)} real pictures")
    best, _ = search(work.loss, starts, arguments["steps"], arguments["seed"], tick)
    # The search also minds pixels and the prior, and may end farther away in features than it began: it stays then.
    nearer = work.distances(best, every)[0] <= before
    best = np.where(nearer[:, None], best, starts)
    after, pixels = work.distances(best, every)
    made = nearest_rows(pool, pool, same=True)
    kept = keep(workspace, [*work.made(starts, every), *work.made(best, every)])
    with workspace.database.write() as session:
        matrix_id = vectors.store(session, best[: len(positions)])
    among_real, among_made = percentile(after, reals), percentile(after, made)
    rows = [
        {"position": int(p), "real": int(ids[p]), "start": kept[i], "found": kept[len(targets) + i],
         "before": float(before[i]), "after": float(after[i]), "pixels": float(pixels[i]), "row": i,
         "among_real": float(among_real[i]), "among_made": float(among_made[i]), "held_out": bool(p >= view.m)}
        for i, p in enumerate(positions)
    ]  # fmt: skip
    rows.sort(key=lambda row: -row["after"])
    mine = slice(len(positions), None)
    out = sum(row["among_real"] >= FAR for row in rows)
    return {
        "checkpoint": checkpoints.get(workspace, arguments["checkpoint_id"]).label, "rows": rows,
        "made_by": made_by(generator),
        "own": {"before": float(np.median(before[mine])), "after": float(np.median(after[mine])), "n": OWN,
                "among_real": float(np.median(among_real[mine]))},
        "median_real": scale, "median_made": float(np.median(made)), "out": out, "steps": arguments["steps"],
        "n": arguments["n"], "matrix_id": matrix_id, "sentence": _sentence(out, len(rows), float(after[mine].max())),
    }  # fmt: skip


def _positions(arguments: dict[str, Any], m: int, n: int) -> list[int]:
    """Those asked for, else a draw of `count` from the held-out part, or the reference part where there is none."""
    asked = arguments["positions"]
    if len(asked) > MOST or not all(type(p) is int and 0 <= p < n for p in asked):
        raise BadInput(f"The positions {asked[:5]} are not of this set; give up to {MOST} from 0 to {n - 1:,}.")
    if asked:
        return list(dict.fromkeys(asked))
    if not 1 <= arguments["count"] <= MOST:
        raise BadInput(f"{arguments['count']} real pictures cannot be searched for; give 1 to {MOST}.")
    low, high = (m, n) if n > m else (0, m)
    rng = np.random.default_rng(arguments["seed"])
    return [int(p) for p in np.sort(rng.choice(np.arange(low, high), min(arguments["count"], high - low), False))]


def _sentence(out: int, of: int, own: float) -> str:
    """`own`: the largest distance at which the search ended for a picture that the generator can make."""
    said = (
        f"For {out} of {of} real pictures the nearest that was found is farther away than {FAR:.0%} of real pictures "
        "are from their nearest real one."
        if out
        else f"To each of {of} real pictures something as near was found as real pictures are to one another."
    )
    return f"{said} For pictures that the generator surely can make, the search ended within {own:.3g}."
