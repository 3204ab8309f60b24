"""`python -m benchmarks [vectors|sampling|runtime|frechet|manifold|large|browser ...]`: without a name, all but
`large`, which takes minutes and gigabytes."""

import sys

from benchmarks import browser, frechet, manifold, runtime, sampling, vectors

GROUPS = {
    "vectors": vectors.lines, "sampling": sampling.lines, "runtime": runtime.lines, "frechet": frechet.lines,
    "manifold": manifold.lines, "large": manifold.large, "browser": browser.lines,
}  # fmt: skip

chosen = sys.argv[1:] or [name for name in GROUPS if name != "large"]
if unknown := set(chosen) - set(GROUPS):
    sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(GROUPS)}.")
for name in chosen:
    for line in GROUPS[name]():
        print(line, flush=True)
