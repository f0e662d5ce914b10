"""What the real extraction finds of simulated DISFA's people, beside the errors that are modelled; prints a table.

    python benchmarks/real_extraction.py [--face-model MODEL] [--frames 8]

As many frames of each of the 27 people, spread over those of size "tiny" that the left camera can rely on, are drawn as
the videos are, 1024 x 768 pixels, with hair, before the person's wall; faces and landmarks are found in them and each
is fitted by itself, as a photo. What is found is compared with the truth behind the same frames, and so are the
coefficients of `simulated_disfa`, which are the truth with modelled errors. Motions weigh coefficients by how far they
move the face. Support vector regression reads Action Units off either, trained on four fifths of the people and tested
on the others, each fifth once.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from tqdm import tqdm

from au_tf import startup
from au_tf.arrays import Float64, Int, Int64, Pixels

startup.start_tensorflow()

from au_tf.datasets.simulated_disfa.backdrop import Backdrop
from au_tf.datasets.simulated_disfa.sequence_pictures import SAMPLES
from au_tf.errors import InputError
from au_tf.estimation.svr import SVRConfig, fit_svr
from au_tf.evaluation.cross_tool import MEASURES, score_tool
from au_tf.evaluation.metrics import mean_of_defined
from au_tf.evaluation.reports.text_tables import markdown
from au_tf.fitting.accuracy import weighted_correlation
from au_tf.fitting.fit import fit_photo
from au_tf.fitting.synthetic.benchmark import motion_of
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.hair.looks import draw_look
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.pictures.colour import to_srgb
from au_tf.pictures.images import write_image
from au_tf.rendering.lighting import polynomials
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.hairdresser import Hairdresser
from au_tf.simulation.observe import observe
from au_tf.simulation.scene import VIDEO, SimulatedRecordingConfig, scene
from au_tf.simulation.subjects import SUBJECTS, stream

CAMERA = "left"
FOLDS = 5
SIZES = (0.6, 0.8, 1.0, SimulatedRecordingConfig().error)
"""Of modelled errors, the last one the data set's."""
SVR = SVRConfig(loss="squared")
"""As `benchmarks/simulated_disfa.py`, by which the size of the modelled errors was set."""


class Seen(NamedTuple):
    """N frames in which a face was found and fitted."""

    person: Int64
    """int64[N]."""
    intensities: Int
    """int[N, 12], as coded."""
    true: Float64
    """float64[N, E], standard deviations, as the following."""
    fitted: Float64
    """float64[N, E]."""
    modelled: Float64
    """float64[N, K, E], with each of `SIZES`."""


def drawn(
    renderer: BatchRenderer, hairdresser: Hairdresser, truth: Coefficients, subject: str, numbers: Int
) -> Iterator[Pixels]:
    """Frames of one person as the camera takes them, uint8[768, 1024, 3], sRGB."""
    seed = SimulatedRecordingConfig().seed
    people = renderer.people(truth.identity[0], truth.albedo[0])
    rng = stream(seed, subject, "look")
    hair = hairdresser.dress(people, [draw_look(rng, float(hairdresser.lightness(people)[0]))])
    backdrop = Backdrop.of(seed, subject, CAMERA)
    towards = np.array(polynomials(0.0, 0.0, 1.0), np.float32)
    for row, number in enumerate(numbers.tolist()):
        wall = cv2.resize(backdrop.wall * (towards @ truth.lighting[row]), (VIDEO.width, VIDEO.height))
        behind = np.rint(255.0 * to_srgb(np.clip(wall, 0.0, 1.0))).astype(np.uint8)
        (frame,) = renderer.render(truth[row : row + 1], VIDEO, SAMPLES, behind, people, hair).image
        grain = backdrop.grain * stream(seed, subject, "grain", str(number)).standard_normal(frame.shape)
        yield np.clip(np.rint(frame + grain), 0, 255).astype(np.uint8)


def seen(model: MorphableModel, frames: int, kept: Path | None) -> tuple[Seen, int]:
    """What is found in the frames of everybody, and in how many nothing is; `kept` is a folder for the pictures."""
    config, renderer = SimulatedRecordingConfig(size="tiny"), BatchRenderer(model)
    hairdresser = Hairdresser(model)
    parts: list[list[Float64]] = []
    lost = 0
    for person, subject in enumerate(tqdm(SUBJECTS)):
        truth = scene(model, subject, CAMERA, config)
        modelled = [observe(model, subject, CAMERA, replace(config, error=size)) for size in SIZES]
        usual = modelled[-1]
        relied = np.flatnonzero(usual.registered)
        rows = relied[np.linspace(0, len(relied) - 1, frames).round().astype(int)]
        pictures = drawn(renderer, hairdresser, truth[rows], subject, usual.number[rows])
        for row, picture in zip(rows, pictures, strict=True):
            if kept is not None:
                write_image(kept / f"{subject}-{row:02d}.png", picture)
            try:
                fit = fit_photo(picture, model)
            except InputError:
                lost += 1
                continue
            found = fit.coefficients.expression, np.stack([each.coefficients.expression[row] for each in modelled])
            parts.append([np.float64(person), usual.intensities[row], truth.expression[row], *found])
    columns = [np.array(column) for column in zip(*parts, strict=True)]
    return Seen(columns[0].astype(int), *columns[1:]), lost


def errors(found: Float64, known: Seen, motion: Float64) -> dict[str, float]:
    """How far coefficients are from the truth; motions are in shares of that of the true expressions."""
    off, size = (found - known.true) * motion, np.square(known.true * motion).sum()
    own = np.stack([off[known.person == person].mean(0) for person in known.person])
    return {
        "correlation": weighted_correlation(found, known.true, motion),
        "slope": float((found * known.true * motion**2).sum() / size),
        "error": float(np.sqrt(np.square(off).sum() / size)),
        "of the person": float(np.square(own).sum() / np.square(off).sum()),
    }


def readings(found: Float64, known: Seen) -> dict[str, float]:
    """How well Action Units are read off coefficients, on people who were not learnt from."""
    answers = np.zeros(known.intensities.shape)
    for fold in range(FOLDS):
        tested = known.person % FOLDS == fold
        learnt = fit_svr(found[~tested].astype(np.float32), known.intensities[~tested], SVR)
        answers[tested] = learnt.predict(found[tested].astype(np.float32))
    values = score_tool("", [(known.intensities, answers)]).values
    return {measure: mean_of_defined(values[measure]) for measure in MEASURES}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--face-model", default=BUILTIN)
    parser.add_argument("--frames", type=int, default=8, help="of each person, at most 16")
    parser.add_argument("--keep", type=Path, help="folder for the pictures")
    args = parser.parse_args()
    model = load_face_model(args.face_model)
    known, lost = seen(model, args.frames, args.keep)
    ways = {"truth": known.true, "fitted": known.fitted}
    ways |= {f"modelled, size {size:g}": known.modelled[:, k] for k, size in enumerate(SIZES)}
    motion = motion_of(model)
    lines = []
    for name, found in ways.items():
        figures = errors(found, known, motion) | readings(found, known)
        lines.append([name, *(f"{value:.3f}" for value in figures.values())])
    print(f"{len(known.person)} frames of {len(np.unique(known.person))} people, {lost} without a face\n")
    print(markdown(["", *figures], lines))


if __name__ == "__main__":
    main()
