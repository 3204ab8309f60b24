"""The layers of docs/architecture.md: pages -> core -> storage, downward only; no TensorFlow in the web process."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "storage": {"core", "pages", "streamlit", "tensorflow", "keras"},
    "core": {"pages", "streamlit"},
    "core/metrics": {"pages", "streamlit", "storage", "sqlalchemy"},
    "core/similarity": {"pages", "streamlit", "storage", "sqlalchemy"},
    "pages": {"sqlalchemy", "tensorflow", "keras", "storage"},
}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("layer", [layer for layer in FORBIDDEN if (ROOT / layer).is_dir()])
def test_imports_go_downward_only(layer: str) -> None:
    files = list((ROOT / layer).rglob("*.py"))
    wrong = {str(f.relative_to(ROOT)): bad for f in files if (bad := imported(f) & FORBIDDEN[layer])}
    assert wrong == {}


def test_pages_import_no_tensorflow() -> None:
    names = [".".join(f.relative_to(ROOT).with_suffix("").parts) for f in (ROOT / "pages" / "parts").glob("*.py")]
    code = f"import sys, importlib\n[importlib.import_module(n) for n in {names}]\n"
    for package in ("core",):
        modules = [f"{package}.{f.stem}" for f in (ROOT / package).glob("*.py") if f.stem != "__init__"]
        code += f"[importlib.import_module(n) for n in {modules}]\n"
    code += "heavy = {'tensorflow', 'keras', 'torch', 'sklearn'} & set(sys.modules); assert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_unsafe_html() -> None:
    """Names of files and tags come from outside; unsafe HTML would let them run script."""
    wrong = [f.name for f in (ROOT / "pages").rglob("*.py") if "unsafe_allow_html" in f.read_text()]
    assert wrong == []
