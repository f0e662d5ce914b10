"""A short film of two rendered people who move, come and go."""

from typing import NamedTuple

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from au_tf.facs import ACTIONS
from au_tf.morphable import Coefficients
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering import STUDIO, Camera
from au_tf.rendering.batch_renderer import BatchRenderer

FRAMES, RATE = 22, 20.0
BLANK = (8, 9)
"""Frames (indices) in which nobody is to be seen."""
SECOND_COMES, SECOND_GOES = 10, 21


class Film(NamedTuple):
    """The film, and what is true."""

    path: object
    people: tuple[Coefficients, Coefficients]


def coefficients(seed: int, aside: float) -> Coefficients:
    """A person who raises the corners of the mouth, opens it, and turns the head."""
    rng = np.random.default_rng(seed)
    time = np.arange(FRAMES)
    smile = np.clip((time - 3) / 4, 0, 1) * np.clip((18 - time) / 4, 0, 1)
    strengths = np.zeros((FRAMES, len(ACTIONS)), np.float32)
    for unit, strength in (("AU12", smile), ("AU25", 0.8 * smile), ("AU26", 0.6 * smile)):
        for side in "LR":
            strengths[:, ACTIONS.index(f"{unit}_{side}")] = strength
    turns = Rotation.from_euler("YX", np.stack([10 * np.sin(time / 8), 3 * np.cos(time / 6)], -1), degrees=True)
    repeat = lambda row: np.repeat(np.asarray(row, np.float32)[None], FRAMES, 0)  # noqa: E731
    return Coefficients(
        identity=repeat(rng.standard_normal(100)),
        albedo=repeat(np.clip(rng.standard_normal(100), -2, 2)),
        expression=strengths @ builtin_face().actions,
        rotation=turns.as_rotvec().astype(np.float32),
        translation=repeat([aside, 10.0, -1000.0]) + np.float32([[1.0, 0.0, 0.0]]) * time[:, None].astype(np.float32),
        lighting=repeat(STUDIO),
    )


@pytest.fixture(scope="session")
def film(tmp_path_factory) -> Film:
    """An .avi of 22 frames, 240 x 400: one person; blank frames; the same person again, and later another one."""
    people = coefficients(11, -90.0), coefficients(3, 95.0)
    camera, renderer = Camera.default(240, 400), BatchRenderer(builtin_face())
    wall = np.random.default_rng(0).integers(60, 200, (6, 10, 3), np.uint8)
    wall = cv2.resize(wall, (400, 240), interpolation=cv2.INTER_CUBIC)
    frames = renderer.render(people[0], camera, background=wall).image
    rows = slice(SECOND_COMES, SECOND_GOES)
    second = Coefficients(**{name: value[rows] for name, value in vars(people[1]).items()})
    frames[rows] = renderer.render(second, camera, background=frames[rows]).image
    frames[list(BLANK)] = wall
    path = tmp_path_factory.mktemp("film") / "two people.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (400, 240))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return Film(path, people)
