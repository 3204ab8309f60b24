"""Which kind of checkpoint a path holds, told from its first bytes and names; nothing is loaded."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from core import archives
from core.errors import BadInput

HDF5 = b"\x89HDF\r\n\x1a\n"
PICKLE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
OLD_PICKLE = re.compile(rb"c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\([dl]p?\d*\n|[]}]q.|\(i[A-Za-z_][\w.]*\n")
"""How a pickle of protocol 0 or 1 begins, which has no mark of its own."""
TORCH = {".pt", ".pth", ".ckpt", ".safetensors", ".pkl", ".pickle", ".joblib"}
FROM_TORCH = "weights of PyTorch or a pickle, which are not opened here; export the generator with torch.onnx.export"
REMEDY = "give a .keras, a whole-model .h5, an .onnx file, a SavedModel or TensorFlow checkpoint folder, or pictures"


def detect_format(path: Path) -> str:
    """'keras', 'onnx', 'saved-model', 'tf-checkpoint' or 'pictures' (a folder, zip, array or IDX file of ready-made
    pictures). Raises BadInput, naming the file and the remedy, for everything else."""
    if not path.exists():
        raise BadInput(f"{path}: there is no such file; check the path.")
    if path.is_dir():
        return _folder_format(path)
    if not path.is_file():
        raise BadInput(f"{path.name}: a pipe, socket or device, no file; {REMEDY}.")
    with path.open("rb") as stream:
        head = stream.read(64)
    if not head:
        raise BadInput(f"{path.name}: an empty file; the training may not have written it yet, or the disk was full.")
    if head.startswith(archives.LFS):
        raise BadInput(f"{path.name}: a Git LFS pointer, not the weights; fetch them with `git lfs pull`.")
    if path.suffix.lower() in (".npy", ".npz") or "ubyte" in path.name:
        return "pictures"
    if head.startswith(b"PK"):
        return _zip_format(path)
    if head.startswith(HDF5):
        return "keras"
    if path.suffix.lower() == ".onnx":
        return "onnx"
    if path.suffix.lower() in TORCH or head.startswith(PICKLE) or OLD_PICKLE.match(head):
        raise BadInput(f"{path.name}: {FROM_TORCH}.")
    raise BadInput(f"{path.name}: not a model that can be read; {REMEDY}.")


def _folder_format(path: Path) -> str:
    if (path / "saved_model.pb").exists():
        return "saved-model"
    if any(path.glob("*.index")):
        return "tf-checkpoint"
    if any(p.suffix.lower() in archives.SUFFIXES for p in path.rglob("*")):
        return "pictures"
    raise BadInput(f"{path.name}: a folder that is no checkpoint and holds no pictures; {REMEDY}.")


def _zip_format(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [Path(name) for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise BadInput(f"{path.name}: not a whole zip ({error}); it may be cut short: copy it again.") from error
    if Path("config.json") in names:
        return "keras"
    if any(n.name == "saved_model.pb" or n.suffix == ".index" for n in names):
        raise BadInput(f"{path.name}: a zipped folder of TensorFlow's; unzip it and give the folder.")
    if any(n.suffix.lower() in archives.SUFFIXES for n in names):
        return "pictures"
    if any(n.name == "data.pkl" for n in names) or path.suffix.lower() in TORCH:
        raise BadInput(f"{path.name}: {FROM_TORCH}.")
    raise BadInput(f"{path.name}: a zip without a Keras config.json and without pictures; check the file.")
