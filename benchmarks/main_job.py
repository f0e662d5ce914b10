"""How well and how fast a photo is taken apart and put together again; prints one table.

    python benchmarks/main_job.py [PHOTO] [--megapixels N]

Without a photo, the astronaut of scikit-image; resized to N megapixels. Speed is compared within the run: putting an
expression into the photo against merely rendering the same face at the same size. The peak of memory is that of
making a photo, the program and its libraries included.
"""

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from au_tf import startup

startup.start_tensorflow()

from au_tf import facs
from au_tf.compositing.photo import PhotoCompositor
from au_tf.fitting.fit import fit_photo
from au_tf.morphable.builtin import builtin_face
from au_tf.pictures.images import read_image
from au_tf.rendering.native.renderer import render_face
from au_tf.synthesis.generators import load_generator

REPEATS, FEW = 10, 3
LARGE = 1 << 22
"""Pixels of a photo from which on fewer repeats are made."""


def seconds(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median and spread (max - min) of the time of `work`, after one call to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times)), max(times) - min(times)


def photo() -> np.ndarray:
    """What the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photo", nargs="?", type=Path)
    parser.add_argument("--megapixels", type=float)
    given = parser.parse_args()
    image = read_image(given.photo) if given.photo else data.astronaut()
    if given.megapixels:
        factor = (1e6 * given.megapixels / (image.shape[0] * image.shape[1])) ** 0.5
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return image


def main() -> None:
    """Measures and prints."""
    image = photo()
    model, generator = builtin_face(), load_generator()
    fit = fit_photo(image, model)
    own = fit.coefficients
    compositor = PhotoCompositor(image, model, own, fit.camera, fit.landmarks)
    again = compositor.compose(own.expression)
    low, high = fit.landmarks.min(0).astype(int), fit.landmarks.max(0).astype(int)
    box = (slice(max(low[1], 0), high[1]), slice(max(low[0], 0), high[0]))
    surprise = facs.parse("AU1=5,AU2=5,AU5=5,AU25=5,AU26=5")[None]
    target = own.with_expression(generator.generate(own.expression, surprise)[0])
    compositor.compose(target.expression)
    rows = [
        ("picture, pixels", f"{image.shape[1]} x {image.shape[0]}"),
        ("peak of memory, MB", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f}"),
        ("landmark error, share of inter-ocular distance", f"{fit.landmark_error:.4f}"),
        ("PSNR in the face of its own expression, dB", f"{peak_signal_noise_ratio(image[box], again[box]):.1f}"),
        (
            "largest |identity|, |expression| coefficient",
            f"{abs(own.identity).max():.1f}, {abs(own.expression).max():.1f}",
        ),
    ]
    for name, work in {
        "fit": lambda: fit_photo(image, model),
        "expressions of AUs (1)": lambda: generator.generate(own.expression, surprise),
        "render": lambda: render_face(model, target, fit.camera),
        "photo, prepared": lambda: PhotoCompositor(image, model, own, fit.camera, fit.landmarks),
        "photo": lambda: compositor.compose(target.expression),
    }.items():
        median, spread = seconds(work, REPEATS if image[..., 0].size < LARGE else FEW)
        rows.append((f"{name}, ms (spread)", f"{1e3 * median:.0f} ({1e3 * spread:.0f})"))
    for name, value in rows:
        print(f"{name:52s} {value}")


if __name__ == "__main__":
    main()
