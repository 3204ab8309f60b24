"""The two networks in training: one step, their whole state, and how it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.training.models import get
from core.training.settings import TrainingSettings


class Gan:
    """Generator, discriminator, both optimizers, noise source and counters; `save` and `restore` keep all of it.

    `average` is the generator with the running average of the weights (Yazıcı et al. 2019): what checkpoints hold.
    """

    def __init__(self, settings: TrainingSettings, folder: Path) -> None:
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(settings.seed)
        architecture = get(settings.architecture)
        self.settings = settings
        self.generator = architecture.build_generator(settings.size, settings.channels, settings.latent_size)
        self.average = architecture.build_generator(settings.size, settings.channels, settings.latent_size)
        self.average.set_weights(self.generator.get_weights())
        self.discriminator = architecture.build_discriminator(settings.size, settings.channels)
        self.generator_optimizer = keras.optimizers.Adam(settings.learning_rate, settings.beta1)
        self.discriminator_optimizer = keras.optimizers.Adam(settings.discriminator_learning_rate, settings.beta1)
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        self.noise = tf.random.Generator.from_seed(settings.seed)
        self.epoch = tf.Variable(0, dtype=tf.int64)
        self.step = tf.Variable(0, dtype=tf.int64)
        self.seconds = tf.Variable(0.0, dtype=tf.float64)
        self.losses = tf.Variable([0.0, 0.0])
        """Mean (generator, discriminator) loss of the last epoch."""
        self._entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        # Keras does not show TensorFlow the random state of its dropout layers.
        seeds = [v.value for v in self.discriminator.variables if v.path.endswith("seed_generator_state")]
        self._state = tf.train.Checkpoint(
            generator=self.generator, average=self.average, discriminator=self.discriminator,
            generator_optimizer=self.generator_optimizer, discriminator_optimizer=self.discriminator_optimizer,
            noise=self.noise, seeds=seeds, epoch=self.epoch, step=self.step, seconds=self.seconds, losses=self.losses,
        )  # fmt: skip
        self._manager = tf.train.CheckpointManager(self._state, str(folder), max_to_keep=2)
        self.train_on = tf.function(self._train_on)

    def _train_on(self, real: Any) -> Any:
        """One step on a batch of real pictures in [-1, 1]; the (generator, discriminator) loss.

        Real and generated pictures go through the discriminator as one mixed batch. The generator's gradient comes
        through the discriminator, both at the weights before the step (simultaneous gradient descent).
        """
        import tensorflow as tf

        half = self.settings.batch
        target = tf.concat([tf.fill((half, 1), self.settings.real_target), tf.zeros((half, 1))], 0)
        with tf.GradientTape(persistent=True) as tape:
            made = self.generator(self.noise.normal((half, self.settings.latent_size)), training=True)
            logits = self.discriminator(tf.concat([real, made], 0), training=True)
            discriminator_loss = self._entropy(target, logits)
            generator_loss = self._entropy(tf.ones((half, 1)), logits[half:])
        ours, theirs = self.generator.trainable_variables, self.discriminator.trainable_variables
        self.discriminator_optimizer.apply(tape.gradient(discriminator_loss, theirs), theirs)
        self.generator_optimizer.apply(tape.gradient(generator_loss, ours), ours)
        self.step.assign_add(1)
        self._follow()
        return tf.stack([generator_loss, discriminator_loss])

    def _follow(self) -> None:
        """Move the average; over the first steps it forgets faster, so that little of the first weights stays in it."""
        import tensorflow as tf

        step = tf.cast(self.step, tf.float32)
        decay = tf.minimum(self.settings.average, step / (step + 10))
        for mean, now in zip(self.average.weights, self.generator.weights, strict=True):
            mean.assign(decay * mean + (1 - decay) * now)

    def restore(self) -> bool:
        """Take up the newest saved state; False when there is none."""
        newest = self._manager.latest_checkpoint
        if newest is not None:
            self._state.restore(newest).assert_consumed()
        return newest is not None

    def close_epoch(self, epoch: int, losses: Any, seconds: float) -> None:
        """Note the epoch, its mean losses and duration, and keep the whole state; a process killed meanwhile leaves
        the state before it intact."""
        self.epoch.assign(epoch)
        self.losses.assign(losses)
        self.seconds.assign_add(seconds)
        self._manager.save()
