"""Other programs' own functions on the matrices of a folder, in their own environment (`make peers` installs it).

Started by `benchmarks/peers.py` as `.venv-peers/bin/python -m benchmarks.peer_process FOLDER`: each line of standard
input names a function, the answer is its value.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.stand_in import torchvision

torchvision()
import torch  # noqa: E402
from cleanfid.fid import frechet_distance  # noqa: E402
from prdc import compute_prdc  # noqa: E402
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric  # noqa: E402
from torch_fidelity.metric_kid import kid_features_to_metric  # noqa: E402


def functions(folder: Path) -> dict[str, Callable[[], float]]:
    """As installed; the reference's statistics are found once, before anything is measured."""
    generated, reference = (np.load(folder / f"{name}.npy") for name in ("generated", "reference"))
    tensors = [torch.from_numpy(side) for side in (generated, reference)]
    known = fid_features_to_statistics(tensors[1])
    asked = {"kid_subsets": 100, "kid_subset_size": 1000, "kid_kernel": "poly", "kid_kernel_poly_degree": 3,
             "kid_kernel_poly_gamma": None, "kid_kernel_poly_coef0": 1, "rng_seed": 0, "verbose": False}  # fmt: skip

    def clean_fid() -> float:
        mean, cov = np.mean(generated, axis=0), np.cov(generated, rowvar=False)
        return float(frechet_distance(mean, cov, known["mu"], known["sigma"]))

    def torch_fidelity() -> float:
        found = fid_features_to_statistics(tensors[0])
        return float(fid_statistics_to_metric(found, known, False)["frechet_inception_distance"])

    def kid_subsets() -> float:
        return float(kid_features_to_metric(*tensors, **asked)["kernel_inception_distance_mean"])

    def prdc() -> float:
        return float(compute_prdc(real_features=reference, fake_features=generated, nearest_k=5)["coverage"])

    return {"clean-fid": clean_fid, "torch-fidelity": torch_fidelity, "kid-subsets": kid_subsets, "prdc": prdc}


if __name__ == "__main__":
    known = functions(Path(sys.argv[1]))
    print("ready", flush=True)
    for line in sys.stdin:
        print(known[line.strip()](), flush=True)
