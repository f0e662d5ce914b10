"""Which point of the built-in head each of MediaPipe's points is, and how far off the network finds it.

    python benchmarks/dense_points.py [--people 1200]

writes `au_tf/fitting/refine/dense_points.csv`; to be run when the built-in head has changed (some minutes). Rendered
people, turned up to 75 degrees to the side, are shown to the network. A point is the vertex that lies nearest to it
on faces that are hardly turned, whatever they express; its error is what is left, by the yaw, the mean of both sides
of the face.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from scipy.stats import median_abs_deviation
from tqdm import tqdm

from au_tf.arrays import Float64, Int64
from au_tf.fitting.detect.dense_landmarks import DenseReader, dense_reader
from au_tf.fitting.detect.detected_face import Candidate, DetectedFace
from au_tf.fitting.detect.detection import present
from au_tf.fitting.detect.ibug import MIRRORED
from au_tf.fitting.refine.dense_points import POINTS, YAWS, Frame, write_table
from au_tf.fitting.synthetic.detector import face_box, taken_pictures
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline, as_aligned
from au_tf.fitting.synthetic.scenes import Scenes, draw_scenes
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.geometry.landmarks import LEFT_EYE, RIGHT_EYE
from au_tf.morphable import LinearModel, MorphableModel, Part
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.simulation.population import draw_expressions

_TURNED = 75.0
_FRONTAL = 25.0
"""Degrees of yaw up to which faces tell which vertex a point is."""
_COVERED = 0.05
_FAR = 0.12
"""Distance, a share of the points' spread, from which on a vertex is simply not meant."""
_LEAST_NOISE = 0.006
_AT_ONCE = 20


@dataclass(frozen=True, eq=False)
class Sample:
    """Points found on N rendered people."""

    scenes: Scenes
    """The people before their cameras."""
    dense: Float64
    """float64[N, 468, 3], as found, (column, row, depth) in pixels."""

    def seen(self, shape: LinearModel, row: int) -> Float64:
        """Where vertices of a face are, float64[V, 2], in pixels."""
        scene = self.scenes.rows(slice(row, row + 1))
        face = scene.coefficients
        points = face.pose.apply(shape(face.identity, face.expression).astype(np.float64))
        return np.asarray(scene.camera.project(points)[0, :, :2], np.float64)


def draw_sample(model: MorphableModel, count: int, seed: int = 478) -> Sample:
    """Renders people and lets the network look at those who are not covered."""
    rng, camera, reader = np.random.default_rng(seed), SyntheticCamera(BatchRenderer(model)), dense_reader()
    scenes = draw_scenes(model, count, lambda n, r: draw_expressions(model, n, r), rng, _TURNED)
    scenes, landmarks = as_aligned(scenes, Outline.of(model), DetectorError.none(), rng)
    kept, found = [], []
    for start in tqdm(range(0, count, _AT_ONCE), "rendered people", unit_scale=_AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        moved, places, taken = taken_pictures(scenes.rows(part), landmarks[part], camera, rng)
        faces = [_find(photo, place, reader, rng) for photo, place in zip(taken.pictures, places, strict=True)]
        rows = [k for k, face in enumerate(faces) if present(face) and taken.covered[k] < _COVERED]
        kept.append(moved.rows(np.array(rows, np.int64)))
        found += [faces[k].dense for k in rows]
    return Sample(Scenes.joined(kept), np.array(found, np.float64)[:, :POINTS])


def _find(photo: np.ndarray, landmarks: Float64, reader: DenseReader, rng: np.random.Generator) -> DetectedFace:
    eyes = np.stack([landmarks[RIGHT_EYE].mean(0), landmarks[LEFT_EYE].mean(0)])
    return reader.trace(photo, Candidate(face_box(landmarks, rng), 1.0, eyes))


def correspond(model: MorphableModel, sample: Sample) -> Int64:
    """The vertex that each point is, int64[468], by the mean over faces of the squared distance, none above a limit."""
    skin = np.flatnonzero((model.parts == Part.SKIN) & (model.mask > 0.0))
    shape, cost = model.shapes.at(skin), np.zeros((POINTS, len(skin)))
    for row, dense in enumerate(tqdm(sample.dense, "vertices")):
        frame = Frame.of(dense)
        if abs(frame.yaw) < _FRONTAL:
            found, true = dense[:, :2] / frame.scale, sample.seen(shape, row) / frame.scale
            off = np.square(found).sum(1)[:, None] + np.square(true).sum(1) - 2.0 * found @ true.T
            cost += np.minimum(off, _FAR**2)
    return np.asarray(skin[cost.argmin(1)], np.int64)


def measure(model: MorphableModel, sample: Sample, vertices: Int64) -> tuple[Float64, Float64]:
    """Mean errors float64[5, 468, 2], across and down the face, and noise float64[5, 468], for each of `YAWS`."""
    frames, shape = [Frame.of(dense) for dense in sample.dense], model.shapes.at(vertices)
    rows = enumerate(zip(sample.dense, frames, strict=True))
    errors = np.array([(dense[:, :2] - sample.seen(shape, k)) @ f.axes.T / f.scale for k, (dense, f) in rows])
    yaws = np.array([frame.yaw for frame in frames])
    # A face in the mirror is as good, turned to the other side.
    errors = np.concatenate([errors, errors[:, MIRRORED] * (-1.0, 1.0)])
    near = np.abs(np.concatenate([yaws, -yaws])[:, None] - YAWS) < 15.0
    groups = [errors[chosen] for chosen in near.T]
    offset = np.array([np.median(group, 0) for group in groups])
    # Of a normal distribution in the plane.
    spread = np.array([median_abs_deviation(group, 0, scale="normal") for group in groups])
    return offset, np.maximum(np.sqrt(np.square(spread).mean(-1)), _LEAST_NOISE)


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1200)
    model = builtin_face()
    sample = draw_sample(model, parser.parse_args().people)
    vertices = correspond(model, sample)
    offset, noise = measure(model, sample, vertices)
    write_table(model.uv[vertices], offset, noise)
    print(f"{len(sample.dense)} faces; noise at yaw {YAWS}: {np.median(noise, 1).round(4).tolist()}")


if __name__ == "__main__":
    main()
