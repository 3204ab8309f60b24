"""What a page showed after a run of its script."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

NAVIGATION = Path(__file__).parents[2] / "pages" / "navigation.py"
FAULT = "the fault is Proofsheet's"
Visit = Callable[..., AppTest]


def ran(app: AppTest) -> AppTest:
    assert not app.exception, [e.stack_trace for e in app.exception]
    assert not [e.value for e in app.error if FAULT in e.value]
    return app


def component(app: AppTest, key: str) -> dict[str, Any]:
    """What a component of ours was given."""
    found = [e for e in app.get("bidi_component") if e.key == key]
    assert found, f"no component {key} on the page; there are {[e.key for e in app.get('bidi_component')]}"
    return json.loads(found[0].proto.json)


def event(app: AppTest, key: str, log: dict[str, Any] | None = None, opened: int | None = None) -> AppTest:
    """What the browser sends when a component's state (`log`) changes or its trigger (`opened`) fires."""
    (element,) = [e for e in app.get("bidi_component") if e.key == key]
    states = app._tree.get_widget_states()
    if log is not None:
        states.widgets.add(id=element.proto.id, json_value=json.dumps({"log": log}))
    if opened is not None:
        fired = json.dumps([{"event": "opened", "value": opened}])
        states.widgets.add(id=f"$$STREAMLIT_INTERNAL_KEY_{element.proto.id}__events", json_trigger_value=fired)
    return ran(app._run(states))


def ids(data: dict[str, Any]) -> list[int]:
    return np.frombuffer(base64.b64decode(data["ids"]), "<i4").tolist()


def words(app: AppTest) -> str:
    """All that the page says in Markdown, in captions, alerts and headings."""
    kinds = (app.title, app.header, app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def cells(app: AppTest, which: int = 0) -> pd.DataFrame:
    """The first table, or another, as a reader sees it."""
    return app.table[which].value.map(lambda cell: re.sub(r"\\(.)", r"\1", cell))


def links(app: AppTest) -> set[str]:
    """The labels of the links to other pages."""
    return {element.proto.label for element in app.get("page_link")}


def choose(app: AppTest, label: str, value: object) -> AppTest:
    """Take an option of the select box with this label."""
    return ran(next(box for box in app.selectbox if box.label == label).set_value(value).run())
