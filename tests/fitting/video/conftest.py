"""A short film of two rendered people who pass each other, go and come back."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from au_tf.facs import ACTIONS
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.lighting import STUDIO
from au_tf.rendering.native.batch_renderer import BatchRenderer


class Film(NamedTuple):
    """The film, and what is true."""

    path: Path
    people: tuple[Coefficients, Coefficients]
    """Float32[T, ...] each; the first is nearer, and hides the second when they pass."""
    blank: tuple[int, ...] = (15, 16, 17)
    """Numbers of frames in which nobody is to be seen; the first frame is 1."""
    hidden: tuple[int, ...] = (11, 12, 13)
    """Numbers of frames in which the second is hidden for the most part."""
    rate: float = 20.0

    @property
    def frames(self) -> int:
        """How many there are."""
        return len(self.people[0].expression)


def coefficients(seed: int, begin: float, end: float, depth: float, frames: int = 23) -> Coefficients:
    """A person who walks sideways, raises the corners of the mouth, opens it, and turns the head."""
    rng = np.random.default_rng(seed)
    time = np.arange(frames)
    smile = np.clip((time - 1) / 4, 0, 1) * np.clip((18 - time) / 4, 0, 1)
    strengths = np.zeros((frames, len(ACTIONS)), np.float32)
    for unit, strength in (("AU12", smile), ("AU25", 0.8 * smile), ("AU26", 0.6 * smile)):
        for side in "LR":
            strengths[:, ACTIONS.index(f"{unit}_{side}")] = strength
    turns = Rotation.from_euler("YX", np.stack([10 * np.sin(time / 8), 3 * np.cos(time / 6)], -1), degrees=True)
    walk = np.linspace(begin, end, frames)
    repeat = lambda row: np.repeat(np.asarray(row, np.float32)[None], frames, 0)  # noqa: E731
    return Coefficients(
        identity=repeat(rng.standard_normal(100)),
        albedo=repeat(np.clip(rng.standard_normal(100), -2, 2)),
        expression=strengths @ builtin_face().actions,
        rotation=turns.as_rotvec().astype(np.float32),
        translation=np.stack([walk, 0 * walk + 10, 0 * walk - depth], -1).astype(np.float32),
        lighting=repeat(STUDIO),
    )


@pytest.fixture(scope="session")
def film(tmp_path_factory) -> Film:
    """An .avi of 23 frames, 240 x 400 pixels."""
    path = tmp_path_factory.mktemp("film") / "two people.avi"
    found = Film(path, (coefficients(11, -125.0, 125.0, 950.0), coefficients(3, 140.0, -140.0, 1150.0)))
    camera, renderer = Camera.default(240, 400), BatchRenderer(builtin_face())
    wall = np.random.default_rng(0).integers(60, 200, (6, 10, 3), np.uint8)
    wall = cv2.resize(wall, (400, 240), interpolation=cv2.INTER_CUBIC)
    behind = renderer.render(found.people[1], camera, background=wall).image
    frames = renderer.render(found.people[0], camera, background=behind).image
    frames[np.array(found.blank) - 1] = wall
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), found.rate, (400, 240))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return found
