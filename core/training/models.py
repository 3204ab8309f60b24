"""The networks of GANs (Goodfellow et al. 2014) and of a VAE (Kingma & Welling 2014). One new architecture = two
functions and one line in the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.named import named


@dataclass(frozen=True)
class Architecture:
    """A generator, latents (n, latent) -> pictures (n, size, size, channels) in [-1, 1], and the network that teaches
    it. `size` is a multiple of `multiple` and at most `largest`."""

    name: str
    title: str
    learner: str
    """gan or vae; see `core.training.learner.build`."""
    build_generator: Callable[[int, int, int], Any]
    """(size, channels, latent) -> keras.Model"""
    build_teacher: Callable[[int, int, int], Any]
    """(size, channels, latent) -> keras.Model. Of a GAN its discriminator, pictures -> logits (n, 1); of a VAE its
    encoder, pictures -> mean (n, latent) and logarithm of the variance (n, latent)."""
    multiple: int = 4
    largest: int = 128


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


def _dcgan_discriminator(size: int, channels: int, _latent: int) -> Any:
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


def _small_discriminator(size: int, channels: int, _latent: int) -> Any:
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


def _deep_generator(size: int, channels: int, latent: int) -> Any:
    import keras
    from keras import layers

    side = size // 16
    model = keras.Sequential([
        keras.Input((latent,), name="latent"),
        layers.Dense(side * side * 256, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Reshape((side, side, 256)),
    ], name="generator")  # fmt: skip
    for filters in (128, 64, 32):
        model.add(layers.Conv2DTranspose(filters, 4, strides=2, padding="same", use_bias=False))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
    model.add(layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh"))
    return model


def _deep_discriminator(size: int, channels: int, _latent: int) -> Any:
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input((size, size, channels), name="picture")], name="discriminator")
    for filters in (32, 64, 128, 256):
        model.add(layers.Conv2D(filters, 4, strides=2, padding="same"))
        model.add(layers.LeakyReLU(0.2))
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    return model


def _encoder(size: int, channels: int, latent: int) -> Any:
    import keras
    from keras import layers

    picture = keras.Input((size, size, channels), name="picture")
    x = picture
    for filters in (32, 64):
        x = layers.Conv2D(filters, 4, strides=2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Flatten()(x)
    heads = [layers.Dense(latent, name=name)(x) for name in ("mean", "log_variance")]
    return keras.Model(picture, heads, name="encoder")


ARCHITECTURES = (
    Architecture("dcgan", "Small DCGAN (Radford et al. 2016)", "gan", _dcgan_generator, _dcgan_discriminator),
    Architecture("vae", "VAE (Kingma & Welling 2014)", "vae", _dcgan_generator, _encoder),
    Architecture("deep", "Deeper DCGAN, from 32 px on", "gan", _deep_generator, _deep_discriminator, 16, 256),
    Architecture("seed", "Textbook GAN, 4 channels first", "gan", _small_generator, _small_discriminator),
)


def get(name: str) -> Architecture:
    """Raises NotFound, listing the names there are."""
    return named(ARCHITECTURES, name, "architecture")
