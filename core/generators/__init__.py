"""Checkpoints of every supported format, opened as one kind of thing: latents in, pictures out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import BadInput, Refused
from core.generators.spec import Generator, GeneratorSpec, InputSpec, as_bytes, check_overrides

HDF5 = b"\x89HDF\r\n\x1a\n"


def detect_format(path: Path) -> str:
    """'keras' or 'onnx'. Raises BadInput or Refused, naming the file and the remedy, for everything else."""
    if not path.exists():
        raise BadInput(f"{path}: there is no such file; check the path.")
    if path.is_dir():
        if (path / "saved_model.pb").exists():
            raise Refused(
                f"{path.name}: a SavedModel runs code as it loads and is not opened; save the generator as .keras "
                "or export it to ONNX."
            )
        if list(path.glob("*.index")):
            raise Refused(
                f"{path.name}: a TensorFlow checkpoint holds no architecture; load it into your model and save "
                "the generator as .keras or export it to ONNX."
            )
        raise BadInput(f"{path.name}: a folder that is no checkpoint; give the file itself.")
    head = path.open("rb").read(64)
    if head.startswith(b"version https://git-lfs"):
        raise BadInput(f"{path.name}: a Git LFS pointer, not the weights; fetch them with `git lfs pull`.")
    if head.startswith((b"PK", HDF5)):
        return "keras"
    if path.suffix.lower() == ".onnx":
        return "onnx"
    raise BadInput(f"{path.name}: not a model that can be read; give a .keras, a whole-model .h5 or an .onnx file.")


def open_generator(path: Path, overrides: dict[str, Any] | None = None) -> Generator:
    """Open the checkpoint at `path`; `overrides` ({"value_range", "layout"}) replace what was found in it.

    Imports TensorFlow for Keras files: the worker and the command line only. Raises BadInput or Refused.
    """
    generator: Generator
    if detect_format(path) == "onnx":
        from core.generators.onnx_files import open_onnx

        generator = open_onnx(path)
    else:
        from core.generators.keras_files import open_keras

        generator = open_keras(path)
    generator.spec = generator.spec.with_overrides(overrides or {})
    return generator


__all__ = ["Generator", "GeneratorSpec", "InputSpec", "as_bytes", "check_overrides", "detect_format", "open_generator"]
