"""The documentation is complete, its links lead somewhere, its code compiles, its commands exist."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import typer

from core.cli import app
from core.extractors import EXTRACTORS, PUBLISHED
from core.metrics import METRICS, Metric
from core.scores import SCORES
from core.similarity import MEASURES, PICTURE_MEASURES
from core.training import ARCHITECTURES, demo
from core.work import KINDS
from pages.parts.links import PAGES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCS = {path.name: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
EVERY = {"README.md": README, "CHANGELOG.md": (ROOT / "CHANGELOG.md").read_text()} | {
    f"docs/{name}": text for name, text in DOCS.items()
}
each = pytest.mark.parametrize("file", EVERY)


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


COMMANDS = dict(commands(typer.main.get_command(app)))


def python_blocks() -> list[str]:
    found = re.findall(r"^( *)```python\n(.*?)^ *```", DOCS["extending.md"], re.M | re.S)
    return [dedent(body) for _, body in found]


def test_every_extractor_and_job_has_its_row() -> None:
    wanted = {
        "numbers.md": [*EXTRACTORS, *PUBLISHED],
        "architecture.md": KINDS,
    }
    for file, table in wanted.items():
        rows = Counter(re.findall(r"^\| `([\w-]+)`", DOCS[file], re.M))
        assert Counter(line.name for line in table) - rows == Counter(), file


@pytest.mark.parametrize("table", [METRICS, SCORES, MEASURES, PICTURE_MEASURES], ids=len)
def test_every_measure_has_its_section(table: tuple[Any, ...]) -> None:
    sections = Counter(re.findall(r"^### `([\w-]+)` (.+)$", DOCS["metrics.md"], re.M))
    assert Counter((line.name, line.title) for line in table) - sections == Counter()


def test_every_section_says_what_a_measure_is_and_how_to_read_it() -> None:
    for section in DOCS["metrics.md"].split("\n### ")[1:]:
        missing = [word for word in ("Formula", "From", "Defaults", "Sees", "Does not see", "Read it")
                   if f"**{word}:**" not in section]  # fmt: skip
        assert missing == [], section.partition("\n")[0]
        assert re.findall(r"^!\[.+\]\(images/measures/[\w-]+\.png\)$", section, re.M), section.partition("\n")[0]


def test_what_is_said_of_the_demo_is_what_it_does() -> None:
    settings = demo("demo", 1)
    text = DOCS["training.md"].replace("\n", " ")
    assert f"{settings.epochs} epochs of" in text
    assert f"batches of {settings.batch}" in text
    assert f"every {settings.checkpoint_every} epochs" in text
    assert [a.name for a in ARCHITECTURES if f"`{a.name}`" not in text] == []


def test_every_command_setting_and_page_is_in_the_readme() -> None:
    assert [name for name in COMMANDS if f"`{name}`" not in README] == []
    source = "".join(path.read_text() for folder in ("core", "pages") for path in (ROOT / folder).rglob("*.py"))
    variables = set(re.findall(r"[\"'](PROOFSHEET_[A-Z_]+)[\"']", source))
    assert len(variables) >= 6
    assert {v for v in variables if f"`{v}`" not in README} == set()
    assert [page.name for page in PAGES if f"`pages/{page.name}.py`" not in README] == []


def test_the_file_map_is_complete_and_names_nothing_that_is_gone() -> None:
    rooms = [path for top in ("core", "pages", "storage") for path in (ROOT / top).iterdir()]
    modules = [p for p in rooms if p.name[0] not in "_." and (p.suffix == ".py" or any(p.glob("*.py")))]
    names = [str(p.relative_to(ROOT)) + "/" * p.is_dir() for p in modules]
    assert [name for name in names if f"`{name}`" not in README] == []
    for file, text in EVERY.items():
        if file not in ("docs/extending.md", "CHANGELOG.md"):  # examples; history
            paths = re.findall(r"`((?:core|pages|storage|tests|benchmarks|docs)/[\w./-]+)`", text)
            assert [path for path in paths if not (ROOT / path).exists()] == [], file


@each
def test_links_and_pictures_are_there(file: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", EVERY[file])
    relative = [target.partition("#")[0] for target in targets if not target.startswith(("http", "#"))]
    assert [t for t in relative if not ((ROOT / file).parent / t).exists()] == []
    assert all((ROOT / file).parent.joinpath(t).stat().st_size <= 250_000 for t in relative if t.endswith(".png"))


@each
def test_nothing_of_one_machine_is_in_it(file: str) -> None:
    assert re.findall(r"(?<![\w.~<])/(?:home|root|tmp|usr|work|var|opt)\b", EVERY[file]) == []
    assert re.findall(r"(?i)pypi\.org|pythonhosted|index-url", EVERY[file]) == []


def test_the_first_two_commands_set_everything_up() -> None:
    first = re.search(r"```\n(.*?)```", README, re.S)
    assert first is not None
    assert first[1].split("\n")[:2] == ["make demo", "make test"]
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {target for text in EVERY.values() for target in re.findall(r"(?:`|^)make ([a-z]+)", text, re.M)}
    assert named - targets == set()


@each
def test_commands_and_their_options_exist(file: str) -> None:
    for line in re.findall(r"(?:^\.venv/bin/|`)proofsheet ([a-z][^`\n]*)", EVERY[file], re.M):
        name = next((n for n in sorted(COMMANDS, key=len, reverse=True) if f"{line} ".startswith(f"{n} ")), None)
        assert name is not None, line
        known = {o for parameter in COMMANDS[name].params for o in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in shlex.split(line) if word.startswith("--")} <= known, line


def test_examples_compile() -> None:
    blocks = python_blocks()
    assert len(blocks) >= 8
    for block in blocks:
        compile(block, "docs/extending.md", "exec")


def test_the_example_metric_and_extractor_work() -> None:
    metric, line, *_ = python_blocks()
    space: dict[str, Any] = {}
    exec(metric, space)
    (made,) = eval(line, {"Metric": Metric, "spread": type("module", (), {"spread": staticmethod(space["spread"])})})
    corners = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)
    assert made.compute(generated=corners, reference=corners).value == 1
    extractor = next(block for block in python_blocks() if "def edges" in block)
    exec(extractor, space)
    flat = np.full((8, 8, 1), 9, np.uint8)
    assert not space["edges"]().embed([flat]).any()
