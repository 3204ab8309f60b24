"""A GAN in training: the step of generator and discriminator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.training.learner import Learner
from core.training.settings import TrainingSettings


class Gan(Learner):
    """Generator and discriminator (Goodfellow et al. 2014), with feature matching (Salimans et al. 2016) if asked."""

    def __init__(self, settings: TrainingSettings, folder: Path) -> None:
        import keras

        matching = ("feature matching",) if settings.feature_matching else ()
        self.loss_names = ("generator", "discriminator", *matching)
        super().__init__(settings)
        self.discriminator = self._new_teacher()
        self.generator_optimizer = self._adam(settings.learning_rate, self.generator.trainable_variables)
        self.discriminator_optimizer = self._adam(
            settings.discriminator_learning_rate, self.discriminator.trainable_variables
        )
        self._entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        last = self.discriminator.layers[-1]
        self._with_features = keras.Model(self.discriminator.inputs, [last.input, last.output])
        # Keras does not show TensorFlow the random state of its dropout layers.
        seeds = [v.value for v in self.discriminator.variables if v.path.endswith("seed_generator_state")]
        self._keep(
            folder, discriminator=self.discriminator, generator_optimizer=self.generator_optimizer,
            discriminator_optimizer=self.discriminator_optimizer, seeds=seeds,
        )  # fmt: skip

    def _learn(self, real: Any) -> Any:
        """Real and generated pictures go through the discriminator as one mixed batch. The generator's gradient comes
        through the discriminator, both at the weights before the step (simultaneous gradient descent)."""
        import tensorflow as tf

        half = self.settings.batch
        target = tf.concat([tf.fill((half, 1), self.settings.real_target), tf.zeros((half, 1))], 0)
        with tf.GradientTape(persistent=True) as tape:
            made = self.generator(self._latents(), training=True)
            features, logits = self._with_features(tf.concat([real, made], 0), training=True)
            discriminator_loss = self._entropy(target, logits)
            generator_loss = self._entropy(tf.ones((half, 1)), logits[half:])
            losses = [generator_loss, discriminator_loss]
            if self.settings.feature_matching:
                losses.append(tf.reduce_mean(apart(features[:half], features[half:])))
                generator_loss += self.settings.feature_matching * losses[-1]
        ours, theirs = self.generator.trainable_variables, self.discriminator.trainable_variables
        self.discriminator_optimizer.apply(tape.gradient(discriminator_loss, theirs), theirs)
        self.generator_optimizer.apply(tape.gradient(generator_loss, ours), ours)
        return tf.stack(losses)


def apart(real: Any, made: Any) -> Any:
    """Squared difference of the mean features (b, d) of two batches, (d,). Nobody makes them differ: the gradient of
    the generator goes through `made` alone."""
    import tensorflow as tf

    return tf.square(tf.reduce_mean(tf.stop_gradient(real), 0) - tf.reduce_mean(made, 0))
