"""Training a GAN or a VAE on a reference set: data preparation, model building, training, generation."""

from core.training.loop import train
from core.training.models import ARCHITECTURES, Architecture
from core.training.settings import TrainingSettings, demo

__all__ = ["ARCHITECTURES", "Architecture", "TrainingSettings", "demo", "train"]
