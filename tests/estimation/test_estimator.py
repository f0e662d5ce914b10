"""The networks that read Action Units off pictures, and what is kept of them."""

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.estimation.backbones import build, clipped
from au_tf.estimation.estimator import Estimator, load_estimator
from au_tf.files import read_npz, write_npz


@pytest.fixture(scope="module")
def estimator():
    network = build("small")
    rng = np.random.default_rng(0)
    network.layers[-1].set_weights([rng.normal(size=(128, 12)), rng.normal(size=12)])
    return Estimator.of("small", network)


def pictures(count, size):
    return np.random.default_rng(size).integers(0, 256, (count, size, size, 3)).astype(np.uint8)


def test_alexnet_is_as_published_but_for_its_last_layer():
    # Krizhevsky et al. 2012 without the split over two GPUs: five convolutions, then 9216 to 4096, 4096 and 12.
    convolutions = 96 * (11 * 11 * 3 + 1) + 256 * (25 * 96 + 1) + 384 * (9 * 256 + 1)
    convolutions += 384 * (9 * 384 + 1) + 256 * (9 * 384 + 1)
    network = build("alexnet")
    assert network.count_params() == convolutions + 4096 * 9217 + 4096 * 4097 + 12 * 4097
    assert network.input.shape == (None, 224, 224, 3) and network.output.shape == (None, 12)


def test_an_untrained_network_says_nothing_is_shown_and_can_learn_to_say_more():
    network = build("small")
    assert not network(pictures(2, 96)).numpy().any()
    network.layers[-1].bias.assign(np.linspace(-3, 8, 12, dtype=np.float32))
    said = clipped(network)(pictures(2, 96)).numpy()
    np.testing.assert_allclose(said, np.clip(np.linspace(-3, 8, 12), 0, 5)[np.newaxis].repeat(2, 0), rtol=1e-6)


def test_what_is_saved_comes_back(estimator, tmp_path):
    estimator.save(tmp_path)
    loaded, shown = load_estimator(tmp_path), pictures(3, 96)
    np.testing.assert_array_equal(loaded.estimate(shown), estimator.estimate(shown))
    np.testing.assert_array_equal(loaded.network(shown.astype(np.float32)), estimator.estimate(shown))
    assert loaded.size == 96 and loaded.estimate(shown[:0]).shape == (0, 12)


def test_larger_pictures_are_averaged(estimator):
    shown = pictures(2, 96)
    np.testing.assert_array_equal(estimator.estimate(shown.repeat(2, 1).repeat(2, 2)), estimator.estimate(shown))


def test_bad_pictures_and_files_are_told(estimator, tmp_path):
    for wrong in (np.zeros((2, 96, 96, 3)), pictures(2, 96)[0], pictures(2, 96)[:, :50]):
        with pytest.raises(InputError, match=r"estimator: pictures: found .* expected uint8\[N, H, H, 3\]"):
            estimator.estimate(wrong)
    with pytest.raises(InputError, match=r"estimator\.npz: file: found nothing"):
        load_estimator(tmp_path)
    estimator.save(tmp_path)
    path = tmp_path / "estimator.npz"
    arrays = dict(np.load(path))
    for field, value, told in (("backbone", "vgg", "found vgg"), ("weight/0", np.zeros(3), "found shape")):
        write_npz(path, arrays | {field: value})
        with pytest.raises(InputError, match=f"{field}: {told}"):
            load_estimator(tmp_path)
    assert read_npz(path, ["backbone"])["backbone"] == "small"
