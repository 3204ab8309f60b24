"""The web application, `uvicorn app:app`: routes, headers, and the script of the pages."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages.routes import ROUTES, Headers

# The script lies beside no folder named `pages`: Streamlit would serve such a folder's files past the navigation.
app = st.App(
    Path(__file__).parent / "pages" / "navigation.py", routes=ROUTES, middleware=[Middleware(Headers)]
)  # fmt: skip
