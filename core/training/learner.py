"""What every kind of network in training has: a generator, the average that checkpoints hold, and its whole state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.training.models import get
from core.training.settings import TrainingSettings


class Learner:
    """Networks, optimizers, noise source and counters of one run; `save` keeps all of it and `restore` takes it up.

    `generator` is in training; `average` has the running average of its weights (Yazıcı et al. 2019) and is what
    checkpoints hold. A subclass builds its teacher and optimizers, calls `_keep` with them, and does `_learn`.
    """

    loss_names: tuple[str, ...]

    def __init__(self, settings: TrainingSettings) -> None:
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(settings.seed)
        self.settings = settings
        self.architecture = get(settings.architecture)
        self.generator = self._new_generator()
        self.average = self._new_generator()
        self.average.set_weights(self.generator.get_weights())
        self.followed = [(self.average, self.generator)]
        """(average, what it follows) for every network that is averaged."""
        self.noise = tf.random.Generator.from_seed(settings.seed)
        self.epoch = tf.Variable(0, dtype=tf.int64)
        self.step = tf.Variable(0, dtype=tf.int64)
        self.seconds = tf.Variable(0.0, dtype=tf.float64)
        self.losses = tf.Variable([0.0] * len(self.loss_names))
        """Means over the last epoch, in the order of `loss_names`."""
        self.train_on = tf.function(self._train_on)

    def _new_generator(self) -> Any:
        return self.architecture.build_generator(self.settings.size, self.settings.channels, self.settings.latent_size)

    def _new_teacher(self) -> Any:
        return self.architecture.build_teacher(self.settings.size, self.settings.channels, self.settings.latent_size)

    def _adam(self, learning_rate: float, variables: list[Any]) -> Any:
        import keras

        optimizer = keras.optimizers.Adam(learning_rate, self.settings.beta1)
        optimizer.build(variables)
        return optimizer

    def _keep(self, folder: Path, **parts: Any) -> None:
        """Say what the state consists of beside what every learner has; it lies in `folder`."""
        import tensorflow as tf

        self._state = tf.train.Checkpoint(
            generator=self.generator, average=self.average, noise=self.noise, epoch=self.epoch, step=self.step,
            seconds=self.seconds, losses=self.losses, **parts,
        )  # fmt: skip
        self._manager = tf.train.CheckpointManager(self._state, str(folder), max_to_keep=2)

    def _train_on(self, real: Any) -> Any:
        """One step on a batch of real pictures in [-1, 1], float32 (batch, size, size, channels); its losses, float32,
        in the order of `loss_names`."""
        losses = self._learn(real)
        self.step.assign_add(1)
        self._follow()
        return losses

    def _learn(self, real: Any) -> Any:
        raise NotImplementedError

    def _follow(self) -> None:
        """Move the average; over the first steps it forgets faster, so that little of the first weights stays in it."""
        import tensorflow as tf

        step = tf.cast(self.step, tf.float32)
        decay = tf.minimum(self.settings.average, step / (step + 10))
        for average, network in self.followed:
            for mean, now in zip(average.weights, network.weights, strict=True):
                mean.assign(decay * mean + (1 - decay) * now)

    def _latents(self) -> Any:
        return self.noise.normal((self.settings.batch, self.settings.latent_size))

    def whole(self) -> Any | None:
        """A model beside the generator that is worth a file: pictures -> pictures; None where there is none."""
        return None

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


def build(settings: TrainingSettings, folder: Path) -> Learner:
    """The learner that the settings' architecture asks for, with its state in `folder`."""
    from core.training.gan import Gan
    from core.training.vae import Vae

    return (Vae if get(settings.architecture).learner == "vae" else Gan)(settings, folder)
