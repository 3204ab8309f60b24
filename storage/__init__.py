"""What Proofsheet remembers: tables, the engine, and one module for each family of queries.

Nothing here imports `core`. Read `tables.py` first.
"""
