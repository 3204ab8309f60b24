"""What the networks are trained on."""

from __future__ import annotations

import os


def prepare() -> str:
    """Let TensorFlow take the memory of a GPU as it needs it, not all at once; what is trained on, in words. To be
    called before TensorFlow made anything; where that is too late, its memory stays as it was."""
    import contextlib

    import tensorflow as tf

    cards = tf.config.list_physical_devices("GPU")
    for card in cards:
        with contextlib.suppress(RuntimeError):  # made something already
            tf.config.experimental.set_memory_growth(card, True)
    if not cards:
        return f"{os.cpu_count()} processor cores, no GPU"
    found = tf.config.experimental.get_device_details(cards[0]).get("device_name", "")
    return f"GPU {found}".strip()
