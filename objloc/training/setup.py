"""Brings the process into the state that a training starts from: seeds, precision, threads."""

import keras

from objloc.errors import TrainingError


def prepare(
    *,
    seed: int,
    precision: str = "float32",
    threads: int | None = None,
    deterministic: bool = True,
) -> None:
    """Set up Keras and TensorFlow for one training; call it right before the model is built.

    Right before: what else is made or imported in between may draw from Python's or NumPy's global
    random numbers, and layers take their seeds from there.

    Forgets the models and layer names of an earlier training in this process, so that the second
    job of a sweep builds the same model, and keeps no more memory, than it would alone.

    Args:
        seed: of Python, NumPy and Keras: initial weights, dropout.
        precision: Keras dtype policy, "float32" or "mixed_bfloat16".
        threads: threads of one TensorFlow operation; None for one per core. Another number can
            change the last bits of a result.
        deterministic: take only those of TensorFlow's kernels that give the same bits every time.

    Raises:
        TrainingError: if `threads` differs from that of an earlier training in this process.
    """
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(precision)
    if keras.backend.backend() == "tensorflow":
        _set_up_tensorflow(threads, deterministic)


def _set_up_tensorflow(threads: int | None, deterministic: bool) -> None:
    import tensorflow as tf  # only where it is the backend

    if (threads or 0) != tf.config.threading.get_intra_op_parallelism_threads():
        try:
            tf.config.threading.set_intra_op_parallelism_threads(threads or 0)
        except RuntimeError as error:
            raise TrainingError(
                f"trainer.threads={threads}: TensorFlow fixes its threads once per process; start "
                "a process for each value (or use a launcher that does)"
            ) from error
    if deterministic:
        tf.config.experimental.enable_op_determinism()
