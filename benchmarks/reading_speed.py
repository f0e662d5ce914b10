"""How fast Action Units are read off a film, and what of it takes how long; prints tables.

    python benchmarks/reading_speed.py FILM [--rounds 3] [--frames 200]

Film to table is `au_tf.estimate` from the file to the pandas table, with `--rest`, nothing kept from before. Aligned
faces are those that were found and cut out of their pictures already: from landmarks and grey crops to intensities
and errors, 64 at a time. The parts are timed by themselves, one after the other on the same frames. Each has its turn
in every round, so that whatever else the machine does hits all alike; told are the median, the best round, and the
processor's time.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import au_tf
from au_tf.estimation.landmarks.frontal import turned
from au_tf.estimation.landmarks.landmark_estimator import load_landmark_estimator
from au_tf.estimation.landmarks.skin import cropped, flat_skin
from au_tf.estimation.landmarks.uncertainty import views
from au_tf.evaluation.reports.text_tables import markdown
from au_tf.faces.estimated import Look
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.video.tracker import Tracker
from au_tf.pictures.clips import find_clips

_TOGETHER = 64


def turns(film: Path, most: int) -> dict[str, tuple[int, Callable[[], object]]]:
    """What is timed: of how many faces or frames a turn is, and the turn."""
    clip, reader, reads = find_clips([str(film)], 0.0)[0], dense_reader(), load_landmark_estimator()
    images = [frame.image for frame, _ in zip(clip.frames(), range(most), strict=False) if frame.image is not None]
    count, total = len(images), sum(1 for _ in clip.frames())

    def follow() -> list[tuple[int, DetectedFace]]:
        tracker = Tracker(reader=reader)
        return [(k, face) for k, image in enumerate(images) for face in tracker.update(image, k + 1).values()]

    found = follow()
    faces, pictures = [face for _, face in found], [images[k] for k, _ in found]
    points = np.array([face.dense for face in faces], np.float64)
    crops = [cropped(picture, face) for picture, face in zip(pictures, points, strict=True)]
    frontal, skin = turned(points, reads.reference), flat_skin(reads.reference)
    flats = np.stack([skin.flat(crop) for crop in crops])
    batches = [slice(first, first + _TOGETHER) for first in range(0, len(faces), _TOGETHER)]
    known, scatter = reads.mean[np.newaxis], [face.scatter for face in faces]
    return {
        "film to table": (total, lambda: au_tf.estimate(film, rest=True)),
        "aligned faces to intensities": (
            len(faces),
            lambda: [Look.of(faces[part], crops[part], reads, reader, known) for part in batches],
        ),
        "decoding": (count, lambda: [frame for frame, _ in zip(clip.frames(), range(most), strict=False)]),
        "finding and following": (count, follow),
        "cutting out": (len(faces), lambda: [cropped(*each) for each in zip(pictures, points, strict=True)]),
        "turning to the front": (len(faces), lambda: [turned(points[part], reads.reference) for part in batches]),
        "laying skin flat": (len(faces), lambda: [skin.flat(crop) for crop in crops]),
        "edges": (len(faces), lambda: [skin.gradients(flats[part]) for part in batches]),
        "how faces are seen": (len(faces), lambda: views(frontal, crops, scatter)),
    }


def measured(film: Path, rounds: int, most: int) -> str:
    """The table."""
    timed = turns(film, most)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in timed}
    for number in range(rounds + 1):
        for name, (_, turn) in timed.items():
            wall, cpu = time.perf_counter(), time.process_time()
            turn()
            if number:
                found[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    rows = []
    for name, (count, _) in timed.items():
        wall, cpu = 1000 * np.array(found[name]).T / count
        rows.append([name, *(f"{value:.2f}" for value in (np.median(wall), wall.min(), np.median(cpu)))])
        rows[-1].append(f"{1000 / np.median(wall):.0f}")
    return markdown(["", "ms each", "ms, best round", "ms of CPU", "each second"], rows)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=200)
    given = parser.parse_args()
    print(measured(given.film, given.rounds, given.frames))


if __name__ == "__main__":
    main()
