"""Sharpness and grain of a photo, on photos that were blurred and made grainy by a known amount."""

import cv2
import numpy as np
import pytest
from skimage import data

from au_tf.compositing.native.sharpness import grain, softness, wrinkled

FACE = np.ones((512, 512, 1), np.float32)


def test_a_blurred_photo_is_soft() -> None:
    photo = data.camera()[..., np.newaxis].repeat(3, -1)
    found = [softness(cv2.GaussianBlur(photo, (0, 0), sigma), FACE) for sigma in (0.3, 1.0, 2.0, 2.9)]
    assert np.all(np.diff(found) > 0.2)
    assert found[2] == pytest.approx(2.0, abs=0.6)
    assert softness(np.full((512, 512, 3), 128, np.uint8), FACE) == 0.0


def test_grain_is_that_of_the_skin_and_leaves_the_mean() -> None:
    noise = np.random.default_rng(0).normal(0.0, 4.0, (512, 512, 1))
    photo = np.clip(np.full((512, 512, 3), 150.0) + noise, 0, 255).astype(np.uint8)
    photo[:, 300:] = np.random.default_rng(1).integers(0, 255, (512, 212, 3))
    found = grain(photo, FACE, 4.0)
    assert found.std() == pytest.approx(4.0 / 255.0, rel=0.3)
    assert abs(found.mean()) < 1e-3
    assert not grain(photo, 0.0 * FACE, 4.0).any()


def test_smooth_skin_wrinkles_less_than_skin_with_fine_lines_whatever_its_light() -> None:
    """Lines half a mm apart of contrast c have the root mean square c / root 2, a wide gradient nearly none."""
    plain, light = np.ones((120, 120), bool), np.linspace(0.1, 0.6, 120, dtype=np.float32)
    lines = np.float32(0.14) * np.cos(2.0 * np.pi * np.arange(120, dtype=np.float32) / 4.0)
    grey = light[np.newaxis, :, np.newaxis].repeat(120, 0).repeat(3, -1)
    smooth, lined = grey, grey * np.exp(lines)[:, np.newaxis, np.newaxis]
    found = [wrinkled(photo * share, plain, 8.0) for photo in (smooth, lined) for share in (1.0, 0.5)]
    assert found[0] == found[1] == pytest.approx(0.4, abs=0.01)
    assert found[2] == pytest.approx(found[3], abs=0.01) == pytest.approx(1.0, abs=0.05)
    assert wrinkled(smooth, ~plain, 8.0) == 1.0
