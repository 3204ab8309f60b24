"""Layers that many generators have and no Keras brings: correct, and known by the names that people gave them."""

from __future__ import annotations

from functools import cache
from typing import Any

from core.generators import old_operations

NAMES = {
    "PixelNorm": ("PixelNormalization", "PixelNormLayer", "PixelwiseNormalization", "PixelWiseNormalization",
                  "PixelwiseNorm", "PixelNormalizationLayer"),
    "MinibatchStdev": ("MinibatchStddev", "MinibatchStdDev", "MinibatchStd", "MiniBatchStd", "MiniBatchStddev",
                       "MinibatchStandardDeviation", "MinibatchStdLayer", "MinibatchStateConcat"),
    "ReflectionPadding2D": ("ReflectionPad2D", "ReflectPadding2D"),
    "Sampling": ("SamplingLayer", "Reparameterization", "Reparameterize"),
    "GroupNormalization": ("InstanceNormalization", "InstanceNorm"),
}  # fmt: skip
"""Layer -> what others called it. Instance normalisation is Keras' group normalisation with a group a channel."""
PARAMETERS = {
    "PixelNorm": frozenset({"epsilon"}),
    "MinibatchStdev": frozenset({"epsilon", "group_size"}),
    "ReflectionPadding2D": frozenset({"padding"}),
    "Sampling": frozenset[str](),
    "WeightedSum": frozenset({"alpha"}),
    old_operations.LAYER: frozenset({"function", "given"}),
}
"""Registered layer -> its parameters; a file that has others means another layer, and is refused."""
BUILT_IN = ("GroupNormalization",)


def renamed(layer: dict[str, Any]) -> dict[str, Any]:
    """The layer {"class_name", "config", ...} under the name it is registered by, when it is one of these."""
    layer = old_operations.translated(layer)
    kind = layer.get("class_name")
    own = kind.rpartition(">")[2] if isinstance(kind, str) else ""
    known = next((name for name, others in NAMES.items() if own in others or (own == name and own in PARAMETERS)), None)
    if known is None:
        return layer
    config = dict(layer["config"]) if isinstance(layer.get("config"), dict) else {}
    if known == "WeightedSum" and not isinstance(config.get("alpha", 0), int | float):
        config.pop("alpha")  # the variable itself, in words; its value is among the weights
    if known in BUILT_IN:
        config["groups"] = -1
        return {**layer, "class_name": known, "module": "keras.layers", "registered_name": None, "config": config}
    return {**layer, "class_name": known, "module": None, "registered_name": known, "config": config}


@cache
def classes() -> dict[str, Any]:
    """{name: class} of the registered layers. Imports Keras."""
    import keras
    from keras import ops

    class PixelNorm(keras.layers.Layer):  # type: ignore[misc]  # Keras is not typed
        """x / sqrt(mean over channels of x^2 + epsilon) (Karras et al. 2018, section 4.2)."""

        def __init__(self, epsilon: float = 1e-8, **rest: Any) -> None:
            super().__init__(**rest)
            self.epsilon = epsilon

        def call(self, x: Any) -> Any:
            return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + self.epsilon)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "epsilon": self.epsilon}

    class MinibatchStdev(keras.layers.Layer):  # type: ignore[misc]
        """One more channel, everywhere the standard deviation over the batch, averaged over places and channels
        (Karras et al. 2018, section 3). `group_size` 0 takes the whole batch, as most copies do."""

        def __init__(self, epsilon: float = 1e-8, group_size: int = 0, **rest: Any) -> None:
            super().__init__(**rest)
            self.epsilon, self.group_size = epsilon, group_size

        def call(self, x: Any) -> Any:
            n, *inner = ops.shape(x)
            group = ops.minimum(self.group_size, n) if self.group_size else n
            stdev = ops.sqrt(ops.var(ops.reshape(x, (group, -1, *inner)), axis=0) + self.epsilon)
            mean = ops.mean(stdev, axis=tuple(range(1, len(inner) + 1)), keepdims=True)
            return ops.concatenate([x, ops.tile(mean, (group, *inner[:-1], 1))], axis=-1)

        def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
            return (*shape[:-1], (shape[-1] or 0) + 1)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "epsilon": self.epsilon, "group_size": self.group_size}

    class ReflectionPadding2D(keras.layers.Layer):  # type: ignore[misc]
        """Padding by mirroring at the edge; `padding` (width, height) or one number for both."""

        def __init__(self, padding: Any = (1, 1), **rest: Any) -> None:
            super().__init__(**rest)
            self.padding = (padding, padding) if isinstance(padding, int) else tuple(padding)

        def call(self, x: Any) -> Any:
            across, down = self.padding
            return ops.pad(x, [[0, 0], [down, down], [across, across], [0, 0]], mode="reflect")

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "padding": self.padding}

    class Sampling(keras.layers.Layer):  # type: ignore[misc]
        """The latent of a VAE's encoder from [mean, log variance] (Kingma & Welling 2014); in inference mode the mean,
        so that one picture gives one latent."""

        def __init__(self, **rest: Any) -> None:
            super().__init__(**rest)
            self.noise = keras.random.SeedGenerator(0)

        def call(self, inputs: Any, training: bool = False) -> Any:
            mean, log_variance = inputs
            if not training:
                return mean
            return mean + ops.exp(log_variance / 2) * keras.random.normal(ops.shape(mean), seed=self.noise)

        def compute_output_shape(self, shapes: Any) -> Any:
            return shapes[0]

    class WeightedSum(keras.layers.Layer):  # type: ignore[misc]
        """(1 - alpha) a + alpha b: a new block of a progressive GAN as it is faded in (Karras et al. 2018, figure 2).
        alpha is a weight, as in the files that are about."""

        def __init__(self, alpha: float = 0.0, **rest: Any) -> None:
            super().__init__(**rest)
            self.first = float(alpha)

        def build(self, _shape: Any) -> None:
            start = keras.initializers.Constant(self.first)
            self.alpha = self.add_weight(name="ws_alpha", shape=(), initializer=start)

        def call(self, inputs: Any) -> Any:
            old, new = inputs
            return (1 - self.alpha) * old + self.alpha * new

        def compute_output_shape(self, shapes: Any) -> Any:
            return shapes[0]

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "alpha": self.first}

    own = (PixelNorm, MinibatchStdev, ReflectionPadding2D, Sampling, WeightedSum, old_operations.layer_class())
    return {c.__name__: c for c in own}
