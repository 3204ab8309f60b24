"""Empty, waiting and failed: what a page shows when it has nothing to show. The only place pages catch errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import NotFound, ProofsheetError
from pages.parts.words import plain


@contextmanager
def shown() -> Iterator[None]:
    """Our errors become their sentence on the page; anything else is our fault, and says so."""
    try:
        yield
    except NotFound as error:
        st.warning(plain(error), icon=":material/search_off:")
    except ProofsheetError as error:
        st.error(plain(error), icon=":material/error:")
    except Exception:
        logging.getLogger("proofsheet").exception("a page failed")
        st.error(
            "This page failed, and the fault is Proofsheet's. What happened is in the server's log; nothing was "
            "changed. Reload the page to try again.",
            icon=":material/bug_report:",
        )


def empty(title: str, text: str, icon: str = ":material/inbox:") -> None:
    """Nothing here yet, and what to do about it; put the links that do it below."""
    with st.container(border=True):
        st.header(f"{icon} {title}", anchor=False)
        st.write(text)
