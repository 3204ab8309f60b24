"""Which of a model's outputs is the picture: a VAE may give means and variances beside it, a GAN scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.errors import BadInput
from core.generators.reading import Shape, picture_shape
from core.generators.spec import GeneratorSpec
from core.vetting.words import shown

Output = tuple[str, Shape]
"""Name, and shape without the batch."""
LISTED = 100


def picture_output(name: str, outputs: Sequence[Output], wanted: str = "") -> int:
    """The place of the output named `wanted`, or of the one that looks like a picture. Raises BadInput when there is no
    such output, and when of several none or more than one looks like a picture."""
    if wanted:
        found = [place for place, (label, _) in enumerate(outputs) if label == wanted]
        if not found:
            raise BadInput(f"{name}: has no output '{shown(wanted)}'; there are: {_listed(outputs)}.")
        return found[0]
    if len(outputs) == 1:
        return 0
    found = [place for place, (_, shape) in enumerate(outputs) if _is_picture(shape)]
    if not found:
        raise BadInput(
            f"{name}: none of its {len(outputs)} outputs ({_listed(outputs)}) is a picture; is this an encoder or a "
            "discriminator? Export the generator or decoder."
        )
    if len(found) > 1:
        raise BadInput(
            f"{name}: {len(found)} of its outputs look like pictures ({_listed([outputs[i] for i in found])}); say "
            "which one it makes with the override output=NAME (--output NAME)."
        )
    return found[0]


def with_outputs(spec: GeneratorSpec, outputs: Sequence[Output], place: int) -> GeneratorSpec:
    """The spec with the names of all outputs, and a note of which one is taken where there are several."""
    names = tuple(dict.fromkeys(n for n, _ in outputs if n.isprintable() and 0 < len(n) <= 200))[:LISTED]
    if len(outputs) == 1:
        return replace(spec, outputs=names)
    note = f"of its {len(outputs)} outputs ({_listed(outputs)}) the pictures are '{shown(outputs[place][0], 40)}'"
    return replace(spec, outputs=names, notes=(*spec.notes, note))


def unlike(names: Sequence[str]) -> list[str]:
    """The names, those that were there before with their number behind them."""
    return [n if n not in names[:i] else f"{n}:{names[:i].count(n)}" for i, n in enumerate(names)]


def _is_picture(shape: Shape) -> bool:
    try:
        picture_shape(shape, "")
    except BadInput:
        return False
    return True


def _listed(outputs: Sequence[Output]) -> str:
    return ", ".join(f"{shown(n, 40)} {'x'.join(str(s or '?') for s in shape) or 1}" for n, shape in outputs[:8])
