"""A small DISFA, two people and a few frames, everything where the real one has it; and a built simulated one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat
from skimage import data

from au_tf.datasets.simulated_disfa import Builder
from au_tf.datasets.simulated_disfa.config import SimulatedDisfaConfig
from au_tf.facs import AU_NUMBERS
from au_tf.files import cache_folder
from au_tf.morphable.builtin import builtin_face

FRAMES = {"SN001": 3, "SN031": 2}
BLANK = ("SN001", "right", 2)
"""The one picture without a face."""
VIDEOS = {"left": "Videos_LeftCamera/LeftVideo{}_comp.avi", "right": "Video_RightCamera/RightVideo{}_Comp.avi"}


class SmallDisfa:
    """Writes a DISFA of some people, and tells what is in it."""

    def __init__(self, root: Path, frames: dict[str, int], blank: bool = False) -> None:
        self.root, self.frames, self.blank = root, frames, blank
        for subject, count in frames.items():
            for camera in VIDEOS:
                self.write_video(subject, camera, count)
            for unit, column in zip(AU_NUMBERS, self.intensities(subject).T, strict=True):
                self.write_labels(subject, unit, column)
            self.write_landmarks(subject, count)

    def picture(self, subject: str, camera: str, frame: int) -> np.ndarray:
        """uint8[160, 176, 3], or [48, 64, 3] if blank: the astronaut's face, further to the left in each frame."""
        if self.blank or (subject, camera, frame) == BLANK:
            return np.full((48, 64, 3) if self.blank else (160, 176, 3), 90, np.uint8)
        shift = 3 * (subject == "SN031") + 7 * (camera == "right") + 2 * frame
        return np.ascontiguousarray(data.astronaut()[30:190, 128 + shift : 304 + shift])

    def intensities(self, subject: str) -> np.ndarray:
        """int[frames, 12]; the first frame is neutral."""
        drawn = np.random.default_rng(int(subject[2:])).integers(1, 6, (self.frames[subject], len(AU_NUMBERS)))
        drawn[0] = 0
        return drawn

    def points(self, subject: str, frame: int) -> np.ndarray:
        """float64[66, 2]."""
        return np.random.default_rng([int(subject[2:]), frame]).uniform(0, 240, (66, 2))

    def video(self, subject: str, camera: str) -> Path:
        return self.root / VIDEOS[camera].format(subject)

    def write_video(self, subject: str, camera: str, count: int) -> None:
        """Motion JPEG."""
        path = self.video(subject, camera)
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = self.picture(subject, camera, 1).shape[:2]
        video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20, (width, height))
        assert video.isOpened()
        for frame in range(1, count + 1):
            video.write(self.picture(subject, camera, frame)[..., ::-1])
        video.release()

    def labels(self, subject: str, unit: int) -> Path:
        return self.root / "ActionUnit_Labels" / subject / f"{subject}_au{unit}.txt"

    def write_labels(self, subject: str, unit: int, values: np.ndarray) -> None:
        path = self.labels(subject, unit)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{frame},{value}\r\n" for frame, value in enumerate(values, 1)), newline="")

    def landmarks(self, subject: str) -> Path:
        """Of an archive that was unpacked into a folder of its own name."""
        return self.root / "Landmark_Points" / "Landmark_Points" / subject / "tmp_frame_lm"

    def write_landmarks(self, subject: str, count: int) -> None:
        """One file too many for SN001, and the other numbering for SN031."""
        folder = self.landmarks(subject)
        folder.mkdir(parents=True)
        for frame in range(1, count + 1 + (subject == "SN001")):
            name = f"l{frame:05d}" if subject == "SN031" else f"{subject}_{frame - 1:04d}"
            savemat(folder / f"{name}_lm.mat", {"pts": self.points(subject, frame)})


@pytest.fixture(scope="session")
def disfa(tmp_path_factory):
    """Faces of two people, not to be changed."""
    return SmallDisfa(tmp_path_factory.mktemp("disfa"), FRAMES)


@pytest.fixture
def blank(tmp_path):
    """The same without faces, so that nothing has to be fitted; to be spoilt."""
    return SmallDisfa(tmp_path / "disfa", FRAMES, blank=True)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A cache folder of the tests' own that holds nothing but the built-in face."""
    builtin_face()
    folder = tmp_path_factory.mktemp("cache")
    for path in cache_folder().glob("builtin-*.npz"):
        (folder / path.name).symlink_to(path.resolve())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AU_TF_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def few_frames(tmp_path_factory):
    """Builder of 32 simulated frames of each of two people, with pictures; built, and not to be changed."""
    config = SimulatedDisfaConfig(name="few_frames", images=True, train=("SN001",), test=("SN032",), size="tiny")
    builder = Builder(config=config, data_dir=tmp_path_factory.mktemp("data"))
    builder.download_and_prepare()
    return builder


@pytest.fixture
def kill_once_begun():
    """Runs a program in its own process with paths as arguments, and kills it once it has made the last of them."""

    def run(program, *paths):
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", program, *map(str, paths)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            stderr=subprocess.DEVNULL,
        )
        try:
            while not paths[-1].exists():
                assert process.poll() is None
                time.sleep(0.1)
        finally:
            process.kill()
        assert process.wait() == -signal.SIGKILL

    return run
