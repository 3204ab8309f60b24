"""`python -m benchmarks.study [coverage|comparisons|confirmation|table ...] [--only NAME ...] [--metrics NAME ...]
[--repeats N] [--minutes M]`.

Without a part, all of them. Stopped at any time it goes on where it was; `table` writes docs/study.md and the CSV files
beside this one from what is there.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small products, and other work beside it

import argparse
import sys
import time

from benchmarks.study import comparisons, coverage, fashion, report
from benchmarks.study.populations import POPULATIONS

PARTS = ("coverage", "comparisons", "confirmation", "table")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study", description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--only", nargs="*", default=[], help="populations, numbers of pictures, comparisons")
    parser.add_argument("--metrics", nargs="*", default=[], help="these alone")
    parser.add_argument("--repeats", type=int, help="fewer than planned, for a first look")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after about so long")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}.")
    until = time.monotonic() + 60 * asked.minutes
    if not fashion.available():
        print(f"{fashion.SOURCE} is not there (Debian's dataset-fashion-mnist): only made-up vectors are studied.")
    parts = asked.parts or PARTS
    if "coverage" in parts:
        for n, planned in coverage.SIZES.items():
            for population in POPULATIONS:
                if population.available() and {*asked.only} <= {population.name, str(n)}:
                    coverage.run(population, n, min(planned, asked.repeats or planned), until, asked.metrics)
    for part, settings in (("comparisons", comparisons.SETTINGS), ("confirmation", comparisons.CONFIRMATION)):
        for setting in settings if part in parts and fashion.available() else ():
            if {*asked.only} <= {setting.name}:
                repeats = min(setting.repeats, asked.repeats or setting.repeats)
                comparisons.run(setting, repeats, until, asked.metrics)
    if "table" in parts:
        report.write()


if __name__ == "__main__":
    sys.exit(main())
