"""Pictures that come with the product: 5,000 of Fashion-MNIST (Xiao, Rasul & Vollgraf 2017), 500 of each class.

They are the first 500 of every class of its training part, in the source's order, 28 x 28 grey, as an IDX pair.
Copyright 2017 Zalando SE, under the MIT licence beside this file.
"""

from pathlib import Path

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
"""What the labels 0 to 9 mean."""


def path() -> Path:
    """The IDX file with the pictures, uint8 (5000, 28, 28); `core.archives` finds the labels beside it."""
    return Path(__file__).parent / "fashion-5000-images-idx3-ubyte.gz"
