"""How to tell that a part of a face is covered, and how far landmarks can be trusted; learnt from rendered people.

    python benchmarks/covered_parts.py [--people 800]

writes `au_tf/fitting/detect/covered_parts.npz`, and prints the constants of `au_tf/fitting/reliability.py`; to be run
when heads, their looks or the network of landmarks have changed (some minutes), and `python -m au_tf.assets` after it.
Before a quarter of the faces there is a hand, before others a mask, dark glasses or something else; some are blurred,
a quarter is as it was. One person in five is kept to judge by.
"""

import argparse
from typing import NamedTuple

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from au_tf.arrays import Bool, Float32, Float64, Pixels
from au_tf.files import write_npz
from au_tf.fitting.detect.covered import KINDS, PARTS, WEIGHTS, features, scatter
from au_tf.fitting.detect.dense_landmarks import DenseReader, dense_reader
from au_tf.fitting.detect.detected_face import MIN_PRESENCE, Candidate
from au_tf.fitting.refine.dense_points import Frame, dense_errors, dense_vertices
from au_tf.fitting.synthetic import clutter
from au_tf.fitting.synthetic.detector import face_box, taken_pictures
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline, as_aligned
from au_tf.fitting.synthetic.scenes import draw_scenes
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.geometry.landmarks import JAW
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.simulation.population import draw_expressions

_KINDS = ("none", "none", "hand", "hand", "mask", "glasses", "thing", "blur")
_AT_ONCE = 20
_HIDDEN, _FREE = 0.5, 0.15
"""Share of a part from which on it is covered, and up to which it is free; what lies between teaches nothing."""
_PENALTY = 0.05


class Sample(NamedTuple):
    """N faces that were looked for."""

    kind: list[str]
    """What was done to each."""
    hidden: Float64
    """float64[N, 4], how much of each part is covered."""
    features: Float32
    """float32[N, 4, F]."""
    scatter: Float64
    """float64[N]."""
    error: Float64
    """float64[N], root mean square error of the landmarks, a share of their spread."""
    present: Bool
    """bool[N], which the network takes for faces."""


def draw_sample(count: int, seed: int = 12) -> Sample:
    """Renders people, covers them, and lets the network look."""
    model, rng, reader = builtin_face(), np.random.default_rng(seed), dense_reader()
    camera, vertices = SyntheticCamera(BatchRenderer(model)), dense_vertices(model)
    scenes = draw_scenes(model, count, lambda n, r: draw_expressions(model, n, r), rng)
    scenes, landmarks = as_aligned(scenes, Outline.of(model), DetectorError.none(), rng)
    rows: list[tuple[str, Float64, Float32, float, float, bool]] = []
    for start in tqdm(range(0, count, _AT_ONCE), "rendered people", unit_scale=_AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        moved, places, taken = taken_pictures(scenes.rows(part), landmarks[part], camera, rng)
        face = moved.coefficients
        shape = model.shapes.at(vertices)(face.identity, face.expression).astype(np.float64)
        true = np.asarray(moved.camera.project(face.pose.apply(shape))[..., :2], np.float64)
        for row, photo in enumerate(taken.pictures):
            kind = _KINDS[(start + row) % len(_KINDS)]
            picture, hidden = change(photo, kind, true[row], places[row], rng)
            rows.append((kind, hidden, *_look(picture, face_box(places[row], rng), true[row], reader)))
    kind, *columns = zip(*rows, strict=True)
    return Sample(list(kind), *(np.array(column) for column in columns))


def _look(picture: Pixels, box: tuple[float, float, float, float], true: Float64, reader: DenseReader) -> tuple:
    """Features, scatter and error of what the network finds, and whether it takes it for a face."""
    answers, face = reader.starts(picture, Candidate(box, 1.0))
    places = dense_errors().expected(answers.mean(0))[0]
    scale = Frame.of(answers.mean(0)).scale
    error = float(np.sqrt(np.square(places - true).sum(1).mean()) / scale)
    return features(picture, answers), scatter(answers), error, face >= MIN_PRESENCE


def change(
    photo: Pixels, kind: str, dense: Float64, landmarks: Float64, rng: np.random.Generator
) -> tuple[Pixels, Float64]:
    """A photo after something was done to it, and how much of each part is covered then."""
    if kind == "blur":
        return np.asarray(cv2.GaussianBlur(photo, (0, 0), np.exp(rng.uniform(0.4, 2.2))), np.uint8), np.zeros(4)
    mask = np.zeros(photo.shape[:2], np.uint8)
    if kind != "none":
        _draw(mask, kind, dense, landmarks, rng)
    stuff = _stuff(photo, mask, kind, dense, rng)
    share = cv2.GaussianBlur(mask, (3, 3), 0)[..., None] / np.float32(255)
    picture = np.rint(photo + share * (stuff.astype(np.float32) - photo)).astype(np.uint8)
    return picture, np.array([_share(mask, dense[list(points), :2]) for points in PARTS.values()])


def _draw(mask: Pixels, kind: str, dense: Float64, landmarks: Float64, rng: np.random.Generator) -> None:
    if kind == "hand":
        for _ in range(20):
            mask[:] = 0
            clutter.draw_hand(mask, landmarks.astype(np.float32), rng)
            if max(_share(mask, dense[list(points), :2]) for points in PARTS.values()) > _HIDDEN:
                return
    elif kind == "mask":
        edge = np.concatenate([landmarks[JAW][1:-1], dense[[rng.choice((6, 197, 195, 5))]]])
        edge = edge.mean(0) + (edge - edge.mean(0)) * rng.uniform(1.0, 1.12)
        cv2.fillPoly(mask, [np.rint(edge).astype(np.int32)], 255)
    elif kind == "glasses":
        for part in ("right eye", "left eye"):
            corners = dense[list(PARTS[part][:2])]
            width = float(np.linalg.norm(corners[1] - corners[0])) * rng.uniform(0.8, 1.1)
            axes = (max(2, int(width)), max(2, int(0.75 * width)))
            angle = float(np.degrees(np.arctan2(*(dense[263] - dense[33])[::-1])))
            cv2.ellipse(mask, np.rint(corners.mean(0)).astype(int).tolist(), axes, angle, 0, 360, 255, -1)
    else:
        clutter.draw_thing(mask, landmarks.astype(np.float32), rng)


def _stuff(photo: Pixels, mask: Pixels, kind: str, dense: Float64, rng: np.random.Generator) -> Pixels:
    """What covers the face: skin in another light, dark glass, or cloth with folds."""
    cloud = clutter.background(len(photo), rng)
    if kind == "hand":
        places = np.clip(np.rint(dense[[50, 280, 4, 101, 330]]).astype(int), 0, len(photo) - 1)
        colour = photo[places[:, 1], places[:, 0]].mean(0) * rng.uniform(0.7, 1.25)
        rim = cv2.GaussianBlur(mask, (0, 0), 3)[..., None] / np.float32(255)
        return np.clip((0.15 * cloud + 0.85 * colour) * (0.65 + 0.35 * rim**2), 0, 255).astype(np.uint8)
    if kind == "glasses":
        share, colour = rng.uniform(0.75, 0.97), rng.uniform(0, 60) + rng.normal(0, 6, 3)
        return np.clip((1 - share) * cloud + share * colour, 0, 255).astype(np.uint8)
    if kind == "mask":
        colours = [230, 232, 235], [120, 170, 210], [25, 25, 28], rng.uniform(0, 255, 3)
        share, colour = rng.uniform(0.6, 0.95), np.array(colours[rng.integers(4)]) * rng.uniform(0.5, 1.05)
        folds = 1.0 + 0.08 * np.sin(np.arange(len(photo)) / rng.uniform(3, 9))[:, None, None]
        return np.clip(((1 - share) * cloud + share * colour) * folds, 0, 255).astype(np.uint8)
    return cloud


def _share(mask: Pixels, points: Float64) -> float:
    """How much of the hull of points a mask covers."""
    hull = np.zeros_like(mask)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.rint(points).astype(np.int32)), 255)
    return float((mask[hull > 0] > 127).mean()) if hull.any() else 0.0


def learn(sample: Sample) -> dict[str, Float32]:
    """Weights of a regression for each kind of part, after judging one on people kept back."""
    back, weights = np.arange(len(sample.kind)) % 5 == 0, {}
    for kind in sorted(set(KINDS.values())):
        columns = [k for k, part in enumerate(PARTS) if KINDS[part] == kind]
        seen, hidden = np.concatenate(sample.features[:, columns]), sample.hidden[:, columns].reshape(-1)
        kept = np.repeat(back, len(columns))
        clear = (hidden <= _FREE) | (hidden >= _HIDDEN)
        first, last = clear & ~kept, clear & kept
        trial = LogisticRegression(C=_PENALTY, max_iter=1000).fit(seen[first], hidden[first] > _HIDDEN)
        told, true = trial.predict_proba(seen[last])[:, 1], hidden[last] > _HIDDEN
        rates = (told[true] > 0.6).mean(), (told[~true] > 0.6).mean()
        print(f"{kind}: area {roc_auc_score(true, told):.3f}, said of covered {rates[0]:.0%}, of free {rates[1]:.1%}")
        model = LogisticRegression(C=_PENALTY, max_iter=1000).fit(seen[clear], hidden[clear] > _HIDDEN)
        weights[kind] = np.append(model.intercept_, model.coef_).astype(np.float32)
    return weights


def calibrate(sample: Sample) -> None:
    """Prints what the scatter says of the error."""
    back, chosen = np.arange(len(sample.kind)) % 5 == 0, sample.present
    x, y = np.log(np.maximum(sample.scatter, 1e-4)), np.log(sample.error)
    power, scale = np.polyfit(x[chosen & ~back], y[chosen & ~back], 1)
    told = np.exp(scale) * np.exp(x) ** power
    spread = float((y - np.log(told))[chosen & ~back].std())
    r = [np.corrcoef(f(told[chosen & back]), f(sample.error[chosen & back]))[0, 1] for f in (np.asarray, np.log)]
    print(
        f"error = {np.exp(scale):.3f} scatter^{power:.3f}, spread {spread:.3f}; r {r[0]:.2f}, of logarithms {r[1]:.2f}"
    )
    for kind in sorted(set(sample.kind)):
        rows = np.array([k == kind for k in sample.kind])
        parts = [f"{np.median(v[rows]):.3f}" for v in (sample.scatter, told, sample.error)]
        print(f"{kind}: scatter {parts[0]}, error told {parts[1]}, true {parts[2]}, of {rows.sum()}")


def main() -> None:
    """Learns and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=800)
    sample = draw_sample(parser.parse_args().people)
    write_npz(WEIGHTS, learn(sample))
    calibrate(sample)


if __name__ == "__main__":
    main()
