"""Every checkpoint of other people works or has a written reason: the table in docs/checkpoints.md is what happens."""

import re
from pathlib import Path

import pytest

from core.errors import BadInput
from core.generators import Generator, open_generator

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared/real/checkpoints"
ROWS = dict(re.findall(r"^\| `([^`]+)` \| [^|]+ \| ((?:opens|refused): [^|]+) \|$",
                       (ROOT / "docs/checkpoints.md").read_text(), re.M))  # fmt: skip
ARCHITECTURE = "anime-faces-keras2.12.h5"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="needs the shared real checkpoints")


@needs_real
def test_the_table_has_a_row_for_every_file() -> None:
    assert sorted(ROWS) == sorted(path.name for path in REAL.iterdir())


def as_said(generator: Generator) -> str:
    spec = generator.spec
    classes = f", {spec.classes} classes" if spec.classes else ""
    size = f"{spec.height} x {spec.width} x {spec.channels}"
    return f"opens: {spec.latent_size} latents, {size}, {spec.value_range}{classes}"


@needs_real
@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ROWS)
def test_the_table_is_true(name: str) -> None:
    row, path = ROWS[name], REAL / name
    if row.startswith("opens: "):
        assert as_said(open_generator(path)) == row
        return
    with pytest.raises(BadInput) as caught:
        open_generator(path)
    said, _, otherwise = row.removeprefix("refused: ").partition(" In the architecture of the first file it ")
    said, _, allowed = said.partition(" Allowed, it ")
    assert str(caught.value).startswith(f"{name}: {said.rstrip('.')}")
    if otherwise:
        assert as_said(open_generator(path, architecture=REAL / ARCHITECTURE)) == otherwise
    if allowed:
        assert as_said(open_generator(path, allow_saved_model=True)) == allowed
