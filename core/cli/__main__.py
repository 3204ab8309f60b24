"""`python -m core.cli`: the same as `proofsheet`."""

from core.cli import main

main()
