"""Reads inputs and outputs of any model: what is a latent, what a label, what a picture."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import BadInput
from core.generators.spec import GeneratorSpec, InputSpec

LABEL_WORDS = ("label", "class", "cond", "digit", "onehot", "one_hot", "categor")
FLAT_PICTURE = 256
"""From this size on, as many numbers in as pixels out is an autoencoder of flattened pictures, not a latent."""

Shape = tuple[int | None, ...]
"""Without the batch; None for a size that is not fixed."""


def read_model(
    name: str, kind: str, inputs: Sequence[tuple[str, Shape, str]], output: Shape, classes: int, value_range: str
) -> GeneratorSpec:
    """The spec of a model of format `kind` with these (name, shape, dtype) inputs. `classes` is what the model tells of
    integer labels (0: nothing), `value_range` what it tells of its output (empty: nothing). Raises BadInput."""
    height, width, channels, layout = picture_shape(output, name)
    if len(inputs) == 1 and None not in inputs[0][1] and inputs[0][1] == output:
        shape = tuple(size or 0 for size in output)
        note = "gives pictures back, as an autoencoder does: it makes none by itself, its reconstructions are measured"
        return GeneratorSpec(
            kind, (InputSpec(inputs[0][0], shape, "picture"),), height, width, channels, value_range, 0, layout, (note,)
        )  # fmt: skip
    read = tuple(_input(name, *one, alone=len(inputs) == 1) for one in inputs)
    widths = [i.shape[0] for i in read if i.encoding == "onehot"]
    if all(i.encoding != "integer" for i in read):
        classes = 0
    spec = GeneratorSpec(kind, read, height, width, channels, value_range, max([classes, *widths]), layout)
    notes = _notes(name, spec)
    if value_range:
        notes.append(f"value range from the last layer's {value_range}")
    return GeneratorSpec(**{**vars(spec), "notes": tuple(notes)})


def _input(file: str, name: str, shape: Shape, dtype: str, alone: bool) -> InputSpec:
    sizes = tuple(s or 0 for s in shape)
    if len(sizes) >= 2 and (
        (sizes[-1] in (0, 1, 3) and min(sizes[:2]) >= 8) or (sizes[0] in (1, 3) and min(sizes[1:]) >= 8)
    ):
        raise BadInput(f"{file}: takes pictures, not latents; export the decoder or generator alone.")
    if 0 in sizes:
        raise BadInput(f"{file}: the size of its input '{name}' is not fixed ({shape}); export it with a fixed size.")
    if dtype.startswith(("int", "uint")) or (sizes == (1,) and not alone):
        if sizes not in ((), (1,)):
            raise BadInput(f"{file}: its label input '{name}' takes {sizes} numbers; one label a picture is supported.")
        return InputSpec(name, sizes, "label", "integer")
    if any(word in name.lower() for word in LABEL_WORDS) and len(sizes) == 1 and not alone:
        return InputSpec(name, sizes, "label", "onehot")
    return InputSpec(name, sizes)


def _notes(name: str, spec: GeneratorSpec) -> list[str]:
    noise = [i for i in spec.inputs if i.kind == "noise"]
    if not noise:
        raise BadInput(f"{name}: has no latent input; export the generator alone.")
    pixels = spec.height * spec.width * spec.channels
    notes = []
    if spec.latent_size == pixels:
        if pixels >= FLAT_PICTURE:
            raise BadInput(
                f"{name}: takes as many numbers ({pixels}) as its pictures have pixels, as an autoencoder of flattened "
                "pictures does; export the decoder alone."
            )
        notes.append(
            "takes as many numbers as its pictures have pixels; is this an autoencoder? Then export its decoder"
        )
    notes += [
        f"'{i.name}' is read as a one-hot label of {i.size} classes; if it takes a vector that stands for a class, an "
        "embedding, give the table of those vectors (--embeddings FILE.npy), or say that it is noise"
        for i in spec.inputs if i.encoding == "onehot"
    ]  # fmt: skip
    if len(noise) > 1:
        sizes = " and ".join(f"'{i.name}' ({i.size})" for i in noise)
        notes.append(f"the inputs {sizes} are all read as noise; if one is a label, say so")
    return notes


def picture_shape(shape: Shape, name: str) -> tuple[int, int, int, str]:
    """(height, width, channels, layout) from an output shape without the batch. Raises BadInput when it is none."""
    sizes = [s or 0 for s in shape]
    if len(sizes) == 2 and min(sizes) >= 4:
        return sizes[0], sizes[1], 1, "NHWC"
    if len(sizes) == 3 and sizes[2] in (1, 3) and min(sizes[:2]) >= 4:
        return sizes[0], sizes[1], sizes[2], "NHWC"
    if len(sizes) == 3 and sizes[0] in (1, 3) and min(sizes[1:]) >= 4:
        return sizes[1], sizes[2], sizes[0], "NCHW"
    shown = "x".join(str(s) if s else "?" for s in shape) or "a single number"
    raise BadInput(
        f"{name}: its output ({shown} per sample) is no picture; is this a classifier or a discriminator? "
        "Export the generator alone, with an output of height x width x 1 or 3."
    )
