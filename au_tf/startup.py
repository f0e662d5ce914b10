"""Starts TensorFlow and tensorflow-graphics quietly and quickly."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


def start_tensorflow() -> None:
    """Imports TensorFlow without what it and libraries round it print; TF_CPP_MIN_LOG_LEVEL below 3 shows it."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if "tensorflow" not in sys.modules and os.environ.setdefault(_LEVEL, "3") == "3":
        # Some lines are printed before the level is read, by C++ that knows nothing of sys.stderr.
        with stderr_discarded():
            import tensorflow  # noqa: F401
        _quieten_logging()
    quicken_tensorflow_graphics()


def quicken_tensorflow_graphics() -> None:
    """Leaves out of tensorflow-graphics' import what only its documentation needs.

    Each of its modules inspects the call stack to fill `__all__`, which costs about half a second a module,
    15 s for those used here.
    """
    from tensorflow_graphics.util import export_api

    export_api.get_functions_and_classes = list
    export_api.get_modules = list


def _quieten_logging() -> None:
    """Leaves out what TFDS and Beam tell programmers, the one by absl's logger and the other by the root's."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    logging.getLogger().addFilter(lambda record: record.levelno >= logging.ERROR)


@contextmanager
def stderr_discarded() -> Iterator[None]:
    """Leaves out what C and C++ print on standard error meanwhile, of all threads; nothing if it is closed."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
        with open(os.devnull, "w") as null:
            os.dup2(null.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
