"""What training minimises."""

from objloc.training.losses.box_losses import BOX_LOSSES
from objloc.training.losses.localization_loss import LocalizationLoss

__all__ = ["BOX_LOSSES", "LocalizationLoss"]
