"""Trains one model on several devices of a machine, as if they were one."""

import functools
import inspect
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from objloc.errors import ConfigError, TrainingError

if TYPE_CHECKING:
    import keras

    from objloc.models.localizer import LossFunction

log = logging.getLogger(__name__)

NAMES = ("none", "mirrored", "multi_worker")


class Strategy:
    """How a training is spread over devices: `trainer.strategy`.

    `mirrored` is TensorFlow's MirroredStrategy: each device of the machine has a copy of all
    weights and takes an equal share of each batch. What belongs to the whole batch is summed over
    the devices before anything is made of it: the loss's sums and what they are divided by, the
    moments of batch normalisation, the gradient before it is clipped, the metrics. So a training
    comes to what it comes to on one device, but for rounding; dropout alone draws other numbers,
    the same for each share.

    A model is trained on the devices that it was built on (`scope`).

    Args:
        name: none, mirrored or multi_worker. TensorFlow is not loaded before the devices count.

    Raises:
        ConfigError: if the name is unknown, or multi_worker, which Keras 3 cannot do.
    """

    def __init__(self, name: str = "none") -> None:
        if name not in NAMES:
            raise ConfigError(f"trainer.strategy={name}: it is one of {', '.join(NAMES)}")
        if name == "multi_worker":
            raise ConfigError(
                "trainer.strategy=multi_worker: Keras 3 cannot train over several machines with "
                "TensorFlow: under tf.distribute.MultiWorkerMirroredStrategy its Model.fit takes "
                "a batch that lies on the devices for a tensor, and averages numbers over an axis "
                "that they don't have (reduce_per_replica in keras/src/backend/tensorflow/"
                "trainer.py; keras-team/keras#20585). Choose trainer.strategy=mirrored: all "
                "devices of one machine"
            )
        self.name = name
        self._mirrored: Any = None

    @classmethod
    def of(cls, model: "keras.Model") -> "Strategy":
        """The strategy that a model was built under."""
        found = cls()
        # Keras' property of models on TensorFlow, 1 device if there is no strategy; other backends
        # have none.
        used = getattr(model, "distribute_strategy", None)
        if used is not None and used.num_replicas_in_sync > 1:
            found.name, found._mirrored = "mirrored", used
        return found

    @property
    def devices(self) -> int:
        """How many devices share a batch."""
        return 1 if self._mirrored is None else int(self._mirrored.num_replicas_in_sync)

    def scope(self) -> AbstractContextManager[object]:
        """The context in which a model and its optimizer are built."""
        if self.name == "mirrored" and self._mirrored is None:
            self._mirrored = _mirrored()
        return nullcontext() if self._mirrored is None else self._mirrored.scope()

    def check(self, batch_size: int) -> None:
        """Raises TrainingError where a batch cannot be shared out evenly."""
        if batch_size % self.devices:
            raise TrainingError(
                f"trainer.batch_size={batch_size} cannot be shared by {self.devices} devices "
                "(trainer.strategy=mirrored): choose a multiple of "
                f"{self.devices}, such as {-(-batch_size // self.devices) * self.devices}"
            )

    def shared_loss(self, loss: "LossFunction") -> "LossFunction":
        """The loss of the whole batch, where each device sees a share of it."""
        return _SharedLoss(loss, self.devices)

    @contextmanager
    def training(self, localizer: Any) -> Iterator[None]:
        """The context in which a compiled localizer is fitted.

        Raises:
            TrainingError: if its optimizer would clip each device's gradient alone.
        """
        if self._mirrored is None:
            yield
            return
        import keras

        if not isinstance(localizer.loss_function, _SharedLoss):
            localizer.loss_function = self.shared_loss(localizer.loss_function)
        _sum_gradients(localizer.optimizer)
        # Keras would read batches to make variables that are there already, and lose them: the
        # stream cannot give them twice.
        localizer._maybe_symbolic_build = _build_nothing
        normalizations = [
            layer
            for layer in localizer._flatten_layers()
            if isinstance(layer, keras.layers.BatchNormalization) and not layer.synchronized
        ]
        for layer in normalizations:
            layer.synchronized = True
        try:
            yield
        finally:
            # A saved model's config would keep it.
            for layer in normalizations:
                layer.synchronized = False


class _SharedLoss:
    """The loss of the whole batch, of which each device sees a share.

    A loss that takes `sum_over_replicas` is given the share, and sums with that. Another one, and
    that of a head which compares the images of a batch, is given the batch, gathered on each
    device: right as well, but every device computes the loss of all images.

    Args:
        loss: what the localizer was compiled with.
        devices: how many there are.
    """

    def __init__(self, loss: Any, devices: int) -> None:
        self.loss = loss
        self.devices = devices
        self._sums = "sum_over_replicas" in inspect.signature(loss).parameters

    def names(self, head: Any) -> list[str]:
        """The loss's."""
        return self.loss.names(head)

    def __call__(self, head: Any, targets: Any, outputs: Any) -> dict[str, Any]:
        """The loss's, the same on each device; Keras adds up what the devices have to minimise."""
        if self._sums and not head.assigns_across_images:
            losses = self.loss(head, targets, outputs, sum_over_replicas=_sum_over_replicas)
        else:
            losses = self.loss(head, _gather_replicas(targets), _gather_replicas(outputs))
        return {**losses, "loss": losses["loss"] / self.devices}


def _mirrored() -> Any:
    """TensorFlow's strategy for this machine's devices; None where there is one alone."""
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if len(devices) == 1:
        log.warning(
            "trainer.strategy=mirrored: there is one device, %s; trains as with none",
            devices[0].name,
        )
        return None
    log.info("trainer.strategy=mirrored: %s", ", ".join(device.name for device in devices))
    return _over(tuple(device.name for device in devices))


@functools.cache
def _over(devices: tuple[str, ...]) -> Any:
    # One for all trainings of a process: the sums of a second would be taken for the first's, as
    # each numbers its own from the same start ("Shape mismatch in the collective instance").
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(list(devices))


def _sum_over_replicas(values: Any) -> Any:
    """A tensor's sum, or that of each in a list, over the devices; differentiable."""
    import tensorflow as tf

    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)


def _gather_replicas(shares: Mapping[str, Any]) -> dict[str, Any]:
    """Each tensor (B, …) as the devices have it, one behind the other; differentiable."""
    import tensorflow as tf

    gather = tf.distribute.get_replica_context().all_gather
    return {  # one by one, as its gradient takes tensors of one rank; and it forgets their shape
        name: tf.ensure_shape(gather(share, axis=0), (None, *share.shape[1:]))
        for name, share in shares.items()
    }


def _sum_gradients(optimizer: Any) -> None:
    from objloc.training.summed_gradients import SummedGradients

    if isinstance(optimizer, SummedGradients):
        optimizer.sum_over_replicas = _sum_over_replicas
    elif optimizer.clipnorm or optimizer.global_clipnorm or optimizer.clipvalue:
        raise TrainingError(
            f"trainer.strategy=mirrored: Keras' {type(optimizer).__name__} clips each device's "
            "gradient, not their sum; use an optimizer of objloc.training.optimizers, or clip "
            "nothing"
        )


def _build_nothing(**_: Any) -> None:
    pass
