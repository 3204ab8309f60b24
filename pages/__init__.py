"""The web layer: pick, one call into core, draw."""
