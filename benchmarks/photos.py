"""How much of an Action Unit a photo shows of what its render shows, and how far it leaves the person; one table.

    python benchmarks/photos.py [PHOTO ...]

Each Action Unit by itself is put into each photo at 5. The estimator that ships reads it off the photo and off the
render of the same face before the same camera, each against its own neutral picture: share is photo over render.
Identity is the distance to the source by dlib's network, which needs `au_tf[dlib]`: 0.6 parts people. Without photos,
the astronaut of scikit-image and Grace Hopper of matplotlib.
"""

import argparse
from pathlib import Path

import matplotlib.cbook
import numpy as np
from skimage import data
from tqdm import tqdm

from au_tf import startup
from au_tf.arrays import Float64, Pixels

startup.start_tensorflow()

from au_tf.estimation.landmarks.landmark_estimator import load_landmark_estimator
from au_tf.faces.expressive import Face
from au_tf.facs import AU_NAMES, MAX_INTENSITY
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.detection import detect_faces, select_face
from au_tf.fitting.detect.recognition import describe
from au_tf.pictures.images import read_image

LEAST = 0.3
"""Intensity read off renders below which nothing is told of a response."""


def seen(picture: Pixels) -> tuple[DetectedFace, Float64]:
    """The largest face of a picture, and what the estimator sees of it, float64[1, F]."""
    found = select_face(detect_faces(picture), 0, "picture")
    assert found.dense is not None
    return found, load_landmark_estimator().describe_one(picture, found.dense)


def measured(face: Face) -> Float64:
    """float64[13, 3]: what is read off photo and render, and the distance to the source; none at all, then each."""
    estimator = load_landmark_estimator()
    assert face.fit is not None
    source, rows, rest = describe(face.photo, face.fit.face), [], None
    alone = MAX_INTENSITY * np.eye(1 + len(AU_NAMES), len(AU_NAMES), -1, np.float32)
    for k, made in enumerate(face.express(alone)):
        (found, photo), (_, render) = seen(made.photo), seen(made.render)
        rest = rest or (photo, render)
        here = describe(made.photo, found)
        apart = np.nan if source is None or here is None else float(np.linalg.norm(source - here))
        read = [
            (estimator.read(each, own) - estimator.read(own, own))[0]
            for each, own in zip((photo, render), rest, strict=True)
        ]
        rows.append([*(values[k - 1] if k else 0.0 for values in read), apart])
    return np.array(rows)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="*", type=Path)
    given = parser.parse_args().photos
    photos = [read_image(path) for path in given] or [
        data.astronaut(),
        read_image(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)),
    ]
    found = np.stack([measured(Face.from_photo(photo)) for photo in tqdm(photos)])
    print(f"{'':8s} {'photo':>6s} {'render':>6s} {'share':>6s} {'least':>6s}   {'apart':>6s} {'most':>6s}")
    for name, row in zip(("none", *AU_NAMES), np.moveaxis(found, 1, 0), strict=True):
        photo, render, apart = row.T
        told = render > LEAST
        share = photo[told] / render[told] if told.any() else np.array([np.nan])
        response = f"{photo.mean():6.2f} {render.mean():6.2f} {share.mean():6.2f} {share.min():6.2f}"
        print(f"{name:8s} {response}   {apart.mean():6.2f} {apart.max():6.2f}")
    apart = found[:, 1:, 2]
    print(f"{len(photos)} photos; apart {np.nanmean(apart):.3f} on average, {np.nanmax(apart):.3f} at most")


if __name__ == "__main__":
    main()
