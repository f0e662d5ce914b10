"""A guest in another's program: what was found is left, and what is relied on is checked."""

import os
import subprocess
import sys

import keras
import pytest

from au_tf.errors import InputError
from au_tf.startup import start_tensorflow

_GUEST = """
import logging, os, random, sys
import numpy as np
from au_tf.cli.main import main

logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
random.seed(1), np.random.seed(2)
root, absl = logging.getLogger(), logging.getLogger("absl")
def state():
    own = dict(os.environ), root.level, root.filters[:], root.handlers[:], absl.level, absl.handlers[:]
    return own, random.getstate()[1][:9], np.random.get_state()[1][:9].tolist(), sys.stdout.errors, sys.stderr.errors
before = state()
print("status", main(["doctor"]))
assert "tensorflow" in sys.modules
assert state() == before, (state(), before)
root.info("told"), root.warning("warned")
"""


_START = "from au_tf.startup import start_tensorflow\nstart_tensorflow()"


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, timeout=300
    )


def test_main_leaves_what_it_found():
    done = python(_GUEST)
    assert done.returncode == 0, done.stderr[-600:]
    assert done.stdout.splitlines()[-2:] == ["told", "warned"]


@pytest.mark.parametrize(("name", "found"), [("floatx", "float16"), ("image_data_format", "channels_first")])
def test_a_keras_that_computes_otherwise_is_told(name, found, monkeypatch):
    monkeypatch.setattr(keras.config, name, lambda: found)
    with pytest.raises(InputError, match=rf"keras\.json or keras\.config: {name}: found {found}, expected "):
        start_tensorflow()


def test_another_backend_is_told(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(InputError, match="KERAS_BACKEND: backend: found jax, expected tensorflow, or unset"):
        start_tensorflow()


def test_starting_is_quiet_even_without_standard_error():
    code = f"{_START}\nimport tensorflow as tf\nprint(tf.ones(2).numpy())"
    done = python(code)
    assert (done.stdout, done.stderr) == ("[1. 1.]\n", "")
    done = python(f"import os\nos.close(2)\n{code}")
    assert done.stdout == "[1. 1.]\n" and done.returncode == 0


def test_the_command_spares_keras_what_it_does_not_need():
    code = f"""
import sys
from au_tf.startup import spare_keras
spare_keras()
{_START}
print([name for name in ("IPython", "matplotlib", "pandas", "sklearn") if name in sys.modules])
import keras, numpy, pandas, sklearn.svm
print(pandas.Series([1, 2]).sum(), keras.layers.Dense(3)(numpy.ones((2, 4))).shape)
"""
    assert python(code).stdout == "[]\n3 (2, 3)\n"


_FORKED = """
import os, signal, numpy as np
import tensorflow as tf
import au_tf
from au_tf.estimation.backbones import build
from au_tf.estimation.estimator import Estimator

reader, generator = Estimator.of("small", build("small")), au_tf.load_generator()
tf.constant(1.0) + 1.0
child = os.fork()
if child:
    assert os.waitpid(child, 0)[1] == 0
else:
    signal.alarm(60)
    generator.generate(np.zeros(generator.given_size), np.zeros(12))
    asked = (
        lambda: reader.estimate(np.zeros((1, 64, 64, 3), np.uint8)),
        lambda: generator.expression(np.zeros((1, generator.given_size)), np.zeros((1, 12))),
        lambda: au_tf.train_generator,
    )
    told = 0
    for ask in asked:
        try:
            ask()
        except au_tf.InputError as error:
            told += "forked after its parent had used TensorFlow" in str(error)
    os._exit(told != len(asked))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")
def test_a_forked_process_computes_without_tensorflow_and_tells_at_once_where_that_cannot_be():
    done = python(_FORKED)
    assert done.returncode == 0, done.stderr[-600:]
