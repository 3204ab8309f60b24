from pathlib import Path

import numpy as np

from core.onnx_session import PART, InParts, cores, open_session
from tests.onnx_models import linear


def test_a_session_of_a_file_and_of_its_bytes_with_bounded_threads_that_do_not_spin(tmp_path: Path) -> None:
    file = linear(tmp_path / "model.onnx", np.eye(4), (2, 2, 1))
    latents = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    for network in (file, file.read_bytes()):
        session = open_session(network)
        made = session.run(None, {"z": latents})[0]
        np.testing.assert_allclose(made, np.tanh(latents).reshape(3, 2, 2, 1), atol=1e-6)
        options = session.get_session_options()
        assert options.intra_op_num_threads == cores() >= 1
        assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_a_batch_in_parts_gives_the_rows_of_the_whole_in_their_order(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).standard_normal((4, 48))
    network = linear(tmp_path / "model.onnx", weights, (4, 4, 3)).read_bytes()
    whole, parted = open_session(network), InParts(network)
    for n in (1, 2, 3, PART, PART * cores(), PART * cores() + 1, 300):
        latents = np.random.default_rng(n).standard_normal((n, 4)).astype(np.float32)
        made = parted.run([latents])
        assert made.shape == (n, 4, 4, 3)
        np.testing.assert_allclose(made, whole.run(None, {"z": latents})[0], atol=1e-6)
        np.testing.assert_array_equal(made, parted.run([latents]))
