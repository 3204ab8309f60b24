"""`python -m benchmarks [vectors|sampling|runtime|frechet|manifold|browser ...]`: without a name, all."""

import sys

from benchmarks import browser, frechet, manifold, runtime, sampling, vectors

GROUPS = {
    "vectors": vectors.lines, "sampling": sampling.lines, "runtime": runtime.lines, "frechet": frechet.lines,
    "manifold": manifold.lines, "browser": browser.lines,
}  # fmt: skip

chosen = sys.argv[1:] or list(GROUPS)
if unknown := set(chosen) - set(GROUPS):
    sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(GROUPS)}.")
for name in chosen:
    for line in GROUPS[name]():
        print(line, flush=True)
