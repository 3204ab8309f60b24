"""The networks of a GAN (Goodfellow et al. 2014). One new architecture = two functions and one line in the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.named import named


@dataclass(frozen=True)
class Architecture:
    """A generator, latents (n, latent) -> pictures (n, size, size, channels) in [-1, 1], and a discriminator,
    such pictures -> logits (n, 1). `size` is a multiple of 4."""

    name: str
    title: str
    build_generator: Callable[[int, int, int], Any]
    """(size, channels, latent) -> keras.Model"""
    build_discriminator: Callable[[int, int], Any]
    """(size, channels) -> keras.Model"""


def _dcgan_generator(size: int, channels: int, latent: int) -> Any:
    import keras
    from keras import layers

    side = size // 4
    return keras.Sequential([
        keras.Input((latent,), name="latent"),
        layers.Dense(side * side * 128, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Reshape((side, side, 128)),
        layers.Conv2DTranspose(64, 4, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh"),
    ], name="generator")  # fmt: skip


def _dcgan_discriminator(size: int, channels: int) -> Any:
    import keras
    from keras import layers

    return keras.Sequential([
        keras.Input((size, size, channels), name="picture"),
        layers.Conv2D(32, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.2),
        layers.Conv2D(64, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.2),
        layers.Flatten(),
        layers.Dense(1),
    ], name="discriminator")  # fmt: skip


def _small_generator(size: int, channels: int, latent: int) -> Any:
    import keras
    from keras import layers

    side = size // 4
    return keras.Sequential([
        keras.Input((latent,), name="latent"),
        layers.Dense(side * side * 4),
        layers.LeakyReLU(0.3),
        layers.BatchNormalization(momentum=0.8),
        layers.Reshape((side, side, 4)),
        layers.Conv2DTranspose(128, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.3),
        layers.BatchNormalization(momentum=0.8),
        layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh"),
    ], name="generator")  # fmt: skip


def _small_discriminator(size: int, channels: int) -> Any:
    import keras
    from keras import layers

    return keras.Sequential([
        keras.Input((size, size, channels), name="picture"),
        layers.Conv2D(64, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.3),
        layers.Dropout(0.3),
        layers.Conv2D(128, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.3),
        layers.Dropout(0.3),
        layers.Flatten(),
        layers.Dense(1),
    ], name="discriminator")  # fmt: skip


ARCHITECTURES = (
    Architecture("dcgan", "Small DCGAN (Radford et al. 2016)", _dcgan_generator, _dcgan_discriminator),
    Architecture("seed", "Textbook GAN, 4 channels first", _small_generator, _small_discriminator),
)


def get(name: str) -> Architecture:
    """Raises NotFound, listing the names there are."""
    return named(ARCHITECTURES, name, "architecture")
