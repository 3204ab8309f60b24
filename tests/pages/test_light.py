"""The web process stays light: no page imports TensorFlow, PyTorch or scikit-learn, whatever it computes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages.filled import Full

ROOT = Path(__file__).parents[2]
CODE = """
import sys
import app
from streamlit.testing.v1 import AppTest
from pages.parts.links import PAGES
from tests.pages.seen import NAVIGATION, ran
for line in PAGES:
    site = AppTest.from_file(NAVIGATION, default_timeout=60).run()
    for key, value in {query!r}.items():
        site.query_params[key] = str(value)
    site = ran(site.switch_page(line.name + ".py").run())
    assert site.title, line.name
heavy = {{"tensorflow", "keras", "torch", "sklearn"}} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.slow
def test_every_page_runs_without_the_heavy_libraries(full: Full) -> None:
    query = {
        "set": full.sets[full.true], "reference": full.reference, "checkpoint": full.true, "a": full.noisy,
        "b": full.true, "extractor": "hog",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(query=query)], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
