"""Photos as the server sees them: what the steps in TensorFlow ops find, and files that are anything but photos."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from au_tf.fitting.detect.detection import detect_faces
from au_tf.geometry.alignment import align_face
from au_tf.geometry.camera import Camera
from au_tf.pictures.provenance.statement import COMPOSITE, read_packet

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("photo_models")]

LEFT, HEIGHT, WIDTH = 60, 300, 340


@pytest.fixture(scope="module")
def photo():
    """The astronaut's face, well inside the photo, and its landmarks."""
    whole = data.astronaut()
    part = whole[:HEIGHT, LEFT : LEFT + WIDTH].copy()
    marks = detect_faces(whole)[0].landmarks - np.array([LEFT, 0])
    return part, marks.astype(np.float32)


def jpeg(picture, quality=95):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def files(photo, contents):
    """A request of these files, each with the landmarks of the photo."""
    intensities = np.zeros((len(contents), 12), np.float32)
    intensities[:, [6, 10]] = 5.0
    landmarks = np.repeat(photo[1][np.newaxis], len(contents), 0)
    return {"photo_bytes": np.array(contents, object), "landmarks": landmarks, "intensities": intensities}


def pixels(photo, count):
    asked = files(photo, [b""] * count)
    del asked["photo_bytes"]
    return asked | {"photo": np.repeat(photo[0][np.newaxis], count, 0)}


def test_the_expression_is_that_of_regressor_and_generator(native, photo, regressor, generator):
    asked = pixels(photo, 1)
    found = native("synthesis/1", asked, "pixels")
    assert found["status"].tolist() == [b"ok"]
    own = regressor.regress_faces([photo[0]], photo[1][np.newaxis], Camera.default(HEIGHT, WIDTH)).coefficients
    expected = generator.generate(own.expression, asked["intensities"])
    # The network's picture is rounded to whole levels, a few of which fall to the other side.
    np.testing.assert_allclose(found["expression"], expected, atol=1e-3)
    assert np.abs(expected - generator.generate(own.expression, 0 * asked["intensities"])).max() > 0.05


def test_only_the_face_changes(native, photo):
    picture = native("synthesis/1", pixels(photo, 1), "pixels")["picture"][0]
    changed = (picture != photo[0]).any(-1)
    assert 0.02 < changed.mean() < 0.4
    middle = np.argwhere(changed).mean(0)[::-1]
    assert np.linalg.norm(middle - photo[1].mean(0)) < 0.25 * np.ptp(photo[1][:, 0])
    low, high = photo[1].min(0), photo[1].max(0)
    reach = 0.5 * (high - low).max()
    (left, top), (right, bottom) = np.maximum(low - reach, 0).astype(int), (high + reach).astype(int)
    changed[top:bottom, left:right] = False
    assert not changed.any()
    assert peak_signal_noise_ratio(photo[0], picture) > 20


def test_files_are_answered_like_their_pixels(native, photo):
    content = jpeg(photo[0])
    decoded = tf.io.decode_jpeg(content, dct_method="INTEGER_ACCURATE").numpy()
    found = native("synthesis/1", files(photo, [content]))
    expected = native("synthesis/1", pixels((decoded, photo[1]), 1), "pixels")
    image = Image.open(io.BytesIO(found["picture_bytes"][0]))
    assert read_packet(image.info["xmp"]).statement.source == COMPOSITE
    picture = np.asarray(image)
    assert peak_signal_noise_ratio(expected["picture"][0], picture) > 38
    np.testing.assert_allclose(found["expression"], expected["expression"], atol=1e-5)


def damaged(photo):
    """Files that are no photos, and what the status says of each."""
    good = jpeg(photo[0])
    place = good.index(b"\xff\xc0")
    vast = good[: place + 5] + b"\x60\x00\x60\x00" + good[place + 9 :]
    return {
        b"": "empty",
        b"GIF89a": "no JPEG",
        good[:3]: "no JPEG",
        good[: len(good) // 2]: "damaged",
        vast: "more than",
        jpeg(photo[0][:16, :16]): "shorter than",
    }


@pytest.mark.parametrize("model", ["synthesis/1", "estimator/1"])
def test_a_bad_file_says_why_and_leaves_its_neighbours_alone(native, photo, model):
    good, bad = jpeg(photo[0]), damaged(photo)
    asked = files(photo, [good, *bad, good])
    signature, name = "serving_default", "picture_bytes"
    if model == "estimator/1":
        del asked["intensities"]
        signature, name = "photo", "intensities"
    found = native(model, asked, signature)
    assert [found["status"][k] for k in (0, -1)] == [b"ok"] * 2
    for status, said in zip(found["status"][1:-1], bad.values(), strict=True):
        assert status.startswith(b"photo_bytes: found") and said.encode() in status
    alone = native(model, {key: value[:1] for key, value in asked.items()}, signature)
    for row in (0, -1):
        np.testing.assert_allclose(*(np.frombuffer(bytes(f[name][r]), np.uint8) for f, r in ((found, row), (alone, 0))))
    assert not any(found[name][row] if name == "picture_bytes" else found[name][row].any() for row in range(1, 7))


@pytest.mark.parametrize("signature", ["serving_default", "pixels"])
def test_landmarks_and_intensities_are_checked_row_by_row(native, photo, signature):
    asked = files(photo, [jpeg(photo[0])] * 5) if signature == "serving_default" else pixels(photo, 5)
    asked["landmarks"][0, 3, 1] = np.nan
    asked["landmarks"][1] += 900
    asked["landmarks"][2] = 50 + asked["landmarks"][2] / 40
    asked["intensities"][3, 2] = 5.5
    status = native("synthesis/1", asked, signature)["status"]
    assert [text.decode().split(":")[0] for text in status] == ["landmarks"] * 3 + ["intensities", "ok"]


def test_no_photos_give_no_pictures(native, photo):
    assert native("synthesis/1", files(photo, []))["picture_bytes"].shape == (0,)
    assert native("synthesis/1", pixels(photo, 0), "pixels")["picture"].shape == (0, HEIGHT, WIDTH, 3)
    assert native("estimator/1", {"picture_bytes": np.array([], object)})["intensities"].shape == (0, 12)


def test_estimates_are_those_of_python(native, photo, estimator):
    aligned, _ = align_face(*photo)
    expected = estimator.estimate(aligned[np.newaxis])
    content = tf.io.encode_jpeg(aligned, quality=100, chroma_downsampling=False).numpy()
    decoded = tf.io.decode_jpeg(content, dct_method="INTEGER_ACCURATE").numpy()
    found = native("estimator/1", {"picture_bytes": np.array([content], object)})
    np.testing.assert_allclose(found["intensities"], estimator.estimate(decoded[np.newaxis]), atol=1e-4)
    size = estimator.size
    small = np.random.default_rng(0).integers(0, 256, (3, size, size, 3)).astype(np.uint8)
    by_pixels = native("estimator/1", {"picture": small}, "pixels")["intensities"]
    np.testing.assert_allclose(by_pixels, estimator.estimate(small), atol=1e-4)
    by_photo = native(
        "estimator/1", {"photo_bytes": np.array([jpeg(photo[0])], object), "landmarks": photo[1][np.newaxis]}, "photo"
    )
    np.testing.assert_allclose(by_photo["intensities"], expected, atol=0.05)
    wide = native("estimator/1", {"picture_bytes": np.array([jpeg(aligned[:100])], object)})
    assert wide["status"].tolist() == [b"picture_bytes: found a picture that is not square"]
