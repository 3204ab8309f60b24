"""A heat map with a number in every cell, as a real table: a screen reader reads it, and on a narrow page it is moved
sideways in a box of its own while the names of its rows stay. In a figure they leave with the first column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from core.figures.self_check import Cell


def heat_map(columns: Sequence[str], rows: Mapping[str, Sequence[Cell | None]], *, alt: str) -> None:
    """`rows`: name -> a cell for each column, None where there is nothing. `alt` says what the table holds."""
    head = "".join(f'<th scope="col"><span>{escape(column)}</span></th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(map(_written, cells))}</tr>' for name, cells in rows.items()
    )
    st.html(
        f'<p class="heat-more">{len(columns)} columns: move the table sideways.</p>'
        f'<div class="heat" role="region" tabindex="0" aria-label="{escape(alt)}"><table>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _written(cell: Cell | None) -> str:
    if cell is None:
        return "<td></td>"
    ink = "; color: #fff" if cell.solid else ""
    return f'<td style="background-color: {cell.colour}{ink}" title="{escape(cell.words)}">{escape(cell.text)}</td>'
