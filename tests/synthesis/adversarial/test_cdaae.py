from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from au_tf.errors import InputError
from au_tf.synthesis.adversarial.batches import Frames, draw_batch
from au_tf.synthesis.adversarial.cdaae import CDAAE, generate_pictures
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.network_config import CDAAEConfig, TrainingConfig

SMALL = CDAAEConfig(expression_size=16 * 16 * 3, latent_size=4, hidden=(4, 8), discriminator_hidden=(4,))
BOUNDS = Bounds(np.zeros(768, np.float32), np.full(768, 255, np.float32))


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    model = CDAAE(SMALL, BOUNDS)
    model.compile(keras.optimizers.Adam(3e-3), keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4))
    return model


def people(seed):
    """Grey people of whom AU1 lightens the upper half by 20 a step."""
    rng = np.random.default_rng(seed)
    intensities = np.zeros((200, 12), np.int32)
    intensities[:, 0] = rng.integers(0, 6, 200)
    pictures = np.repeat(rng.uniform(20, 120, 20), 10)[:, np.newaxis, np.newaxis, np.newaxis] * np.ones((1, 16, 16, 3))
    pictures[:, :8] += 20.0 * intensities[:, :1, np.newaxis, np.newaxis]
    return pictures, intensities


def test_without_a_difference_low_features_reach_the_picture_alone(model):
    """What the label and the code do goes through the difference: with its weights at 0 they do nothing."""
    pictures, _ = people(1)
    asked = generate_pictures(model, pictures[:4], np.full((4, 12), 5))
    assert np.abs(asked - generate_pictures(model, pictures[:4], np.zeros((4, 12)))).max() > 1e-3
    added = next(i for i, layer in enumerate(model.generator.layers) if isinstance(layer, keras.layers.Add))
    difference = model.generator.layers[added].input[0]._keras_history.operation
    difference.set_weights([np.zeros_like(weight) for weight in difference.get_weights()])
    np.testing.assert_array_equal(
        generate_pictures(model, pictures[:4], np.full((4, 12), 5)),
        generate_pictures(model, pictures[:4], np.zeros((4, 12))),
    )


def test_new_people_are_changed_where_asked_and_stay_themselves(model):
    pictures, intensities = people(1)
    flat = pictures.reshape(200, -1)
    frames = Frames.of(flat, flat, intensities, np.arange(200) // 10, BOUNDS)
    config = TrainingConfig(batch_size=32, cross_frame=1.0)
    step = tf.function(model.train_step)
    for number in range(400):
        step(draw_batch(frames, config, SMALL.latent_size, number))
    others, shown = people(2)
    neutral = others[shown.max(1) == 0][:8]
    made = np.asarray(generate_pictures(model, neutral, np.eye(12)[np.zeros(len(neutral), int)] * 5))
    rise = (made - neutral).mean((2, 3))
    assert np.abs(rise[:, :7] - 100).mean() < 30
    assert np.abs(rise[:, 9:]).mean() < 15


def test_a_size_that_cannot_be_halved_is_refused():
    with pytest.raises(InputError, match="expression_size"):
        replace(SMALL, expression_size=18 * 18 * 3)
