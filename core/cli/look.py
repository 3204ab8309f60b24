"""`proofsheet neighbours`, `similar` and `distances`: how alike pictures are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, say, show

if TYPE_CHECKING:
    from core.images import Picture
    from core.workspace import Workspace

ExtractorOption = Annotated[
    str, typer.Option(help="Feature space, with steps before it if wanted: hog+centre-crop+rotate-90.")
]
MeasureOption = Annotated[str, typer.Option(help="euclidean, cosine, manhattan, ...")]
DEFAULT = "efficientnet-lite0-96"


def neighbours(
    picture: Annotated[str, typer.Argument(help="A picture file, or the number of a picture in the workspace.")],
    among: Annotated[str, typer.Option(help="A reference set, RUN@STEP, or the number of a set.")],
    extractor: ExtractorOption = DEFAULT,
    measure: MeasureOption = "euclidean",
    k: Annotated[int, typer.Option("-k", help="How many.")] = 10,
    reference: Annotated[
        str | None, typer.Option(help="Whose vocabulary SIFT features use, among generated pictures.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The pictures of a set that are most like a picture, nearest first; exact, and a copy is at distance 0.

    Vectors that are not there yet are made first. The held-out part of a reference set is looked through too.

    Example: proofsheet neighbours sample-17.png --among shoes --measure cosine -k 5
    """
    from core import neighbours as core_neighbours
    from core import references, sets

    place = opened(workspace)
    core_neighbours.fitting(place, measure, extractor)
    core_neighbours.check_count(k)
    chosen = sets.find(place, among)
    asked = _picture(place, picture)
    taught = references.find(place, reference).set_id if reference else None
    taught = chosen.set_id if taught is None and chosen.kind == "reference" else taught
    _embedded(place, extractor, [chosen.set_id], taught)
    found = core_neighbours.of_picture(place, asked, chosen.set_id, extractor, measure, k, "all", taught)
    show(
        [
            {"rank": rank, "picture": n.image_id, "position": n.position, "label": n.label, measure: n.value}
            for rank, n in enumerate(found, 1)
        ],
        as_json,
    )


def similar(
    a: Annotated[str, typer.Argument(help="A picture file, or the number of a picture in the workspace.")],
    b: Annotated[str, typer.Argument(help="The other one.")],
    reference: Annotated[str | None, typer.Option(help="Whose vocabulary the SIFT features are to use.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Two pictures under every extractor and every measure that applies to it, and under every measure of pictures.

    Example: proofsheet similar sample-17.png real-3.png
    """
    from core import neighbours as core_neighbours
    from core import references

    place = opened(workspace)
    number = references.find(place, reference).set_id if reference else None
    rows = core_neighbours.alike(place, _picture(place, a), _picture(place, b), number)
    show(
        [
            {"features": r.extractor or "the pictures themselves", "measure": r.measure, "value": r.value,
             "kind": r.kind, "note": r.note}
            for r in rows
        ],
        as_json,
    )  # fmt: skip


def distances(
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION.")],
    checkpoint: Annotated[str | None, typer.Option(help="RUN@STEP, whose newest pictures are taken.")] = None,
    extractor: ExtractorOption = DEFAULT,
    measure: MeasureOption = "euclidean",
    mode: Annotated[str, typer.Option(help="nearest (to the nearest picture) or pairwise.")] = "nearest",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How far pictures lie from one another: quantiles for generated and real, generated among themselves, real among
    themselves, and the held-out real pictures, which show how near a picture comes that nobody copied.

    Under a similarity the numbers are 1 - similarity. Vectors that are not there yet are made first.

    Example: proofsheet distances --reference shoes --checkpoint night-1@20000 --measure cosine
    """
    from core import distributions, references, sets
    from core import neighbours as core_neighbours

    place = opened(workspace)
    core_neighbours.fitting(place, measure, extractor)
    real = references.find(place, reference).set_id
    generated = sets.find(place, checkpoint).set_id if checkpoint else None
    _embedded(place, extractor, [real] if generated is None else [real, generated], real)
    with bar("ask again") as progress:
        found = distributions.distributions(
            place, sample_set_id=generated, reference_set_id=real, extractor=extractor, measure=measure, mode=mode,
            progress=progress,
        )  # fmt: skip
    show(
        [{"pair": d.title, "n": d.n} | {f"{q:.0%}": value for q, value in d.quantiles.items()} for d in found], as_json
    )


def _picture(place: Workspace, text: str) -> Picture:
    """A file, or a stored picture's number."""
    from core import images
    from core.errors import BadInput

    if text.isdecimal() and len(text) < 19 and not Path(text).exists():
        return images.picture(place, int(text))
    if not Path(text).is_file():
        raise BadInput(f"{text}: there is no such picture; give a file, or the number of a picture in the workspace.")
    return images.decode(Path(text).read_bytes(), Path(text).name)


def _embedded(place: Workspace, extractor: str, set_ids: list[int], reference_set_id: int | None) -> None:
    """Make the vectors that are missing."""
    from core import embeddings

    missing = [n for n in set_ids if embeddings.find(place, n, extractor, reference_set_id) is None]
    if not missing:
        return
    say(f"making the {extractor} features that are not there yet.")
    with bar() as progress:
        built = embeddings.build(place, extractor, reference_set_id)
        for number in missing:
            embeddings.embed_set(place, number, built, progress=progress)


def add(app: typer.Typer) -> None:
    for name, command in (("neighbours", neighbours), ("similar", similar), ("distances", distances)):
        app.command(name)(command)
