"""Plotly figures, and the cells of a heat map, from arrays and frames: no database, no Streamlit, no template (the
caller knows light from dark)."""
