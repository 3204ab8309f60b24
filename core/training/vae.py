"""A variational autoencoder in training (Kingma & Welling 2014)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.training.learner import Learner
from core.training.settings import TrainingSettings


class Vae(Learner):
    """Encoder and decoder; the decoder is the generator.

    The decoder's error is Gaussian with one variance for all pixels, set in every batch to the value under which the
    batch is likeliest (Rybkin et al. 2021), so that reconstruction and the Kullback-Leibler term need no weight between
    them at any size of picture.
    """

    def __init__(self, settings: TrainingSettings, folder: Path) -> None:
        perceptual = ("perceptual",) if settings.perceptual else ()
        self.loss_names = ("reconstruction", "kl", *perceptual)
        super().__init__(settings)
        self.encoder = self._new_teacher()
        self.average_encoder = self._new_teacher()
        self.average_encoder.set_weights(self.encoder.get_weights())
        self.followed.append((self.average_encoder, self.encoder))
        self._ours = [*self.encoder.trainable_variables, *self.generator.trainable_variables]
        self.optimizer = self._adam(settings.learning_rate, self._ours)
        self._apart = _perceptual(settings) if settings.perceptual else None
        self._keep(folder, encoder=self.encoder, average_encoder=self.average_encoder, optimizer=self.optimizer)

    def _learn(self, real: Any) -> Any:
        """Losses: mean squared error per pixel of pictures in [0, 1], Kullback-Leibler divergence from the prior in
        nats per picture, and the perceptual distance where it is asked for."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            mean, log_variance = self.encoder(real, training=True)
            made = self.generator(mean + tf.exp(log_variance / 2) * self._latents(), training=True)
            squared = tf.reduce_mean(tf.square(made - real)) / 4
            kl = tf.reduce_mean(
                tf.reduce_sum(tf.square(mean) + tf.exp(log_variance) - log_variance - 1, 1) / 2
            )  # fmt: skip
            losses = [squared, kl]
            error = squared
            if self._apart is not None:
                losses.append(self._apart(made, real))
                error += self.settings.perceptual * losses[-1]
            values = self.settings.size**2 * self.settings.channels
            loss = values / 2 * tf.math.log(error) + self.settings.kl_weight * kl
        self.optimizer.apply(tape.gradient(loss, self._ours), self._ours)
        return tf.stack(losses)

    def whole(self) -> Any:
        """Pictures in [-1, 1] -> their reconstructions from the mean of the encoder: the averaged encoder and decoder
        as one model, whose layers `encoder` and `generator` are the two."""
        import keras

        picture = keras.Input(self.average_encoder.input_shape[1:], name="picture")
        mean, _ = self.average_encoder(picture)
        return keras.Model(picture, self.average(mean), name="autoencoder")


def _perceptual(settings: TrainingSettings) -> Any:
    from core.training.perceptual import distance

    return distance(settings.size)
