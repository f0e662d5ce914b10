import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from skimage import data

import au_tf
from au_tf import startup
from au_tf.morphable import MorphableModel
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
def astronaut() -> "au_tf.Face":
    """The main job's face, as a notebook has it."""
    return au_tf.Face.from_photo(data.astronaut())
