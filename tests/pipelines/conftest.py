"""Source faces as `au-tf extract` writes them, and small augmentations of them."""

import shutil
import time

import boto3
import numpy as np
import pytest
from moto.server import ThreadedMotoServer

from au_tf.files import place
from au_tf.fitting.video.frame_rows import write_rows
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.framing import portrait
from au_tf.rendering.lighting import STUDIO
from au_tf.simulation.measurement import project_landmarks
from au_tf.stores import copy_of

CAMERA = Camera.default(120, 100)
FACES = 3


def faces(count=FACES):
    """So many people, each turned another way."""
    rng, model = np.random.default_rng(0), builtin_face()
    posed = [portrait(model, yaw=yaw) for yaw in rng.uniform(-25, 25, count)]
    return Coefficients(
        identity=rng.normal(size=(count, 100)).astype(np.float32),
        albedo=rng.normal(size=(count, 100)).astype(np.float32),
        expression=0.3 * rng.normal(size=(count, 79)).astype(np.float32),
        rotation=np.stack([face.rotation for face in posed]),
        translation=np.stack([face.translation for face in posed]),
        lighting=np.stack([STUDIO] * count).astype(np.float32),
    )


def extracted(path, pictures):
    """Writes the rows of photos, one face each; the last row tells of a failure."""
    known = faces(len(pictures))
    count = len(pictures) + 1
    arrays = {name: np.concatenate([values, values[:1]]) for name, values in vars(known).items()}
    marks = project_landmarks(builtin_face(), known, CAMERA).astype(np.float32)
    arrays |= {
        "source": np.array([*map(str, pictures), "nobody.jpg"]),
        "frame": np.ones(count, np.int32),
        "face": np.zeros(count, np.int32),
        "success": np.arange(count) < len(pictures),
        "landmarks": np.concatenate([marks, np.full_like(marks[:1], np.nan)]),
        "camera_focal": np.full(count, CAMERA.focal, np.float32),
        "camera_centre": np.tile(np.array(CAMERA.centre, np.float32), (count, 1)),
        "image_size": np.tile(np.array([CAMERA.height, CAMERA.width], np.int32), (count, 1)),
    }
    write_rows(path, arrays, builtin_face())
    return str(path)


@pytest.fixture(scope="session")
def write_extracted():
    """`extracted`."""
    return extracted


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Rows of three photos, which themselves are not there."""
    folder = tmp_path_factory.mktemp("extracted")
    return extracted(folder / "people.npz", [folder / f"{k}.jpg" for k in range(FACES)])


@pytest.fixture(scope="session")
def endpoint():
    """Where S3 of moto listens, on the loopback of this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(endpoint, monkeypatch):
    """A new bucket; what is copied from it goes at the end."""
    for name, value in {"ENDPOINT_URL": endpoint, "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = f"bucket-{time.monotonic_ns()}"
    boto3.client("s3").create_bucket(Bucket=name)
    made = place(f"s3://{name}")
    yield made
    shutil.rmtree(copy_of(made), ignore_errors=True)
