"""Networks as safetensors and JSON, and whatever ships by its name."""

import json

import numpy as np
import pytest

import au_tf
from au_tf.errors import InputError
from au_tf.model_files import CONFIG, TENSORS, write_tensors
from au_tf.morphable.load import BUILTIN
from au_tf.resources import saved_model

pytest.importorskip("safetensors")


def test_a_generator_comes_back_from_safetensors_as_it_was(tmp_path):
    own = au_tf.load_generator()
    found = au_tf.from_preset(write_tensors(tmp_path / "made", own.arrays()))
    assert found.digest == own.digest
    assert json.loads((tmp_path / "made" / CONFIG).read_text())["config"]["hidden"] == [*own.config.hidden]


def test_a_regressor_comes_back_from_safetensors_as_it_was(tmp_path):
    own = au_tf.load_regressor()
    found = au_tf.from_preset(write_tensors(tmp_path, own.arrays()))
    assert found.digest == own.digest and found.mean_error == own.mean_error


def test_safetensors_own_reader_finds_the_weights(tmp_path):
    from safetensors import safe_open

    own = au_tf.load_generator()
    write_tensors(tmp_path, own.arrays())
    with safe_open(tmp_path / TENSORS, "np") as file:
        for part, weights in own.weights.items():
            for number, weight in enumerate(weights):
                np.testing.assert_array_equal(file.get_tensor(f"{part}/{number}"), weight)


@pytest.mark.parametrize(
    ("name", "content"), [(TENSORS, b"\xff" * 40), (CONFIG, b"[1"), (CONFIG, b"3"), (TENSORS, b"")]
)
def test_damaged_tensors_get_one_line(name, content, tmp_path):
    write_tensors(tmp_path, au_tf.load_generator().arrays())
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        au_tf.load_generator(tmp_path)


@pytest.mark.parametrize("name", ["caae-anny", "fitter-builtin", "estimator-landmarks", BUILTIN])
def test_what_ships_is_loaded_by_its_name_and_tells_in_one_line_what_it_is(name):
    found = au_tf.from_preset(name)
    assert "\n" not in repr(found) and len(repr(found)) < 120
    assert name == BUILTIN or repr(au_tf.from_preset(saved_model(name))) == repr(found)


def test_an_unknown_name_is_told_with_the_one_that_was_meant():
    with pytest.raises(InputError, match="did you mean caae-builtin"):
        au_tf.from_preset("caae-bultin")
