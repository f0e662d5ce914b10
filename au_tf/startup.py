"""Starts TensorFlow, Keras and tensorflow-graphics quietly and quickly, as a guest in whatever program this is."""

import logging
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from au_tf.errors import InputError

_LEVEL, _BACKEND, _GROWTH = "TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND", "TF_FORCE_GPU_ALLOW_GROWTH"
_SPARED = ("IPython", "matplotlib", "pandas", "sklearn")
"""What Keras imports where it finds it, for notebooks, pictures, data frames and wrappers."""
_CHATTY = tuple(f"{os.sep}{name}{os.sep}" for name in ("absl", "apache_beam", "tensorflow_datasets"))


def start_tensorflow() -> None:
    """Imports TensorFlow and Keras without what they and libraries round them print.

    TF_CPP_MIN_LOG_LEVEL below 3 shows it. The environment is left as it was.

    Raises:
      InputError: if Keras is set up for another backend, or for numbers or an order of axes that this is not made for;
        or in a process that was forked from one that computes with TensorFlow, where it would hang.
    """
    check_fork()
    before = dict(os.environ)
    backend = os.environ.setdefault(_BACKEND, "tensorflow")
    if "keras" not in sys.modules and backend != "tensorflow":
        raise InputError(f"the environment variable {_BACKEND}", "backend", backend, "tensorflow, or unset")
    if "tensorflow" not in sys.modules and os.environ.setdefault(_LEVEL, "3") == "3":
        # Some lines are printed before the level is read, by C++ that knows nothing of sys.stderr.
        with stderr_discarded():
            import tensorflow as tf

            _share_gpus(tf)
        _quieten_logging()
    try:
        check_keras()
    finally:
        _restore(before)
    quicken_tensorflow_graphics()


def _share_gpus(tf: ModuleType) -> None:
    """Has TensorFlow take a GPU's memory as it needs it, not all at once, so that others can use the GPU as well."""
    if _GROWTH in os.environ:
        return
    for gpu in tf.config.list_physical_devices("GPU"):
        # Whoever has used TensorFlow already has settled it.
        with suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)


def check_fork() -> None:
    """Makes sure that TensorFlow can compute in this process.

    Raises:
      InputError: if it was forked from one that computes with TensorFlow.
    """
    if _forked:
        found = "forked after its parent had used TensorFlow, whose threads are gone"
        expected = 'a process of its own: multiprocessing.get_context("spawn"), or TensorFlow first used in the child'
        raise InputError("this process", "TensorFlow", found, expected)


def _after_fork() -> None:
    """Remembers that TensorFlow's threads, which a fork does not copy, were running."""
    global _forked
    context = getattr(sys.modules.get("tensorflow.python.eager.context"), "_context", None)
    _forked = _forked or getattr(context, "_context_handle", None) is not None


_forked = False
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def check_keras() -> None:
    """Makes sure that Keras computes as au_tf's networks were made.

    Raises:
      InputError: if it does not.
    """
    import keras

    for name, found, expected in (
        ("backend", keras.config.backend(), "tensorflow"),
        ("floatx", keras.config.floatx(), "float32"),
        ("image_data_format", keras.config.image_data_format(), "channels_last"),
    ):
        if found != expected:
            raise InputError("the settings of Keras, by keras.json or keras.config", name, found, expected)


@contextmanager
def guest() -> Iterator[None]:
    """Leaves logging, the environment, standard streams' treatment of characters and seeds as they were found."""
    environment, root, absl = dict(os.environ), logging.getLogger(), logging.getLogger("absl")
    filters, level = list(root.filters), absl.level
    streams = [(stream, stream.errors) for stream in (sys.stdout, sys.stderr) if hasattr(stream, "reconfigure")]
    if not os.path.isdir(os.path.expanduser("~")):
        # A user whom the system does not know, as in containers; libraries would make a folder called "~".
        os.environ["HOME"] = os.path.join(tempfile.gettempdir(), f"au_tf-{os.getuid()}")
    numpy, drawn = sys.modules.get("numpy"), random.getstate()
    seeds = numpy.random.get_state() if numpy else None
    try:
        yield
    finally:
        _restore(environment)
        root.filters[:] = filters
        absl.setLevel(level)
        for stream, errors in streams:
            stream.reconfigure(errors=errors)
        random.setstate(drawn)
        if numpy:
            numpy.random.set_state(seeds)


def _restore(environment: dict[str, str]) -> None:
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)


def spare_keras() -> None:
    """Leaves out of Keras' import what the command never asks it for, a third of the time TensorFlow takes to start.

    For a program of one's own: a Keras so imported takes no data frames. Others import these packages as ever.
    """
    sys.meta_path.insert(0, _Sparing())


class _Sparing:
    """Finds nothing where Keras is the one who asks."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raises ModuleNotFoundError to Keras, and leaves the search to others else."""
        if name in _SPARED:
            frame = sys._getframe(1)
            while frame.f_back and "importlib" in frame.f_code.co_filename:
                frame = frame.f_back
            if frame.f_globals.get("__name__", "").startswith("keras."):
                raise ModuleNotFoundError(f"{name} is spared", name=name)


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
    logging.getLogger().addFilter(_worth_telling)


def _worth_telling(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR or not any(name in record.pathname for name in _CHATTY)


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


class _Quiet(ModuleType):
    """A module that is imported, after TensorFlow was started quietly, when something of it is asked for."""

    def __getattr__(self, name: str) -> object:
        start_tensorflow()
        return getattr(import_module(self.__name__), name)


if TYPE_CHECKING:
    import keras
    import tensorflow
else:
    keras, tensorflow = _Quiet("keras"), _Quiet("tensorflow")
