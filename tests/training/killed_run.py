"""Trains `tiny_run` until a step and then dies by SIGKILL: RUN_DIR EPOCH STEP."""

import sys
from pathlib import Path


def main() -> None:
    # Here, not above: the data's worker processes import this file too, and need no TensorFlow.
    from tests.training import tiny_run

    folder, epoch, step = sys.argv[1:]
    tiny_run.train(
        Path(folder),
        callbacks={"kill": tiny_run.KillAt(int(epoch), int(step))},
        workers=1,
        checkpoint_every_steps=3,
    )


if __name__ == "__main__":
    main()
