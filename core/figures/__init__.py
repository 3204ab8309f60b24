"""Plotly figures from arrays and frames: no database, no Streamlit, no template (the caller knows light from dark)."""
