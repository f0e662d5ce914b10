"""On what data the paper's CAAE heeds the label, and on what it hands the source's expression on; a table and a plot.

    python benchmarks/handing_on.py FIGURES [--seeds 2] [--letter]
    python benchmarks/handing_on.py FIGURES --plot docs/pictures/handing_on.png

Networks and objective are the paper's, source = target. The data are those of `simulated_disfa/coefficients_paper`,
changed in one respect or two: how much people's resting faces differ, the extraction's errors from frame to frame, the
share of neutral frames, errors of labels; and the size of the code. FIGURES is a CSV that is written line by line; what
stands in it is not measured again.

Of the change d from a person's neutral frame n to another frame s with label y, without the extraction's errors from
frame to frame and in mm of the mesh, a generator brings back

    by the label   <G(E(n), y) - G(E(n), 0), d> / <d, d>   which is 1 where the label alone makes the expression
    by the code    <G(E(s), 0) - G(E(n), 0), d> / <d, d>   which is 1 where it is handed on whole, and ought to be 0

over all non-neutral frames of the two test people. Adam's steps move weights by their rate times their
number, so 5,000 steps at 3e-4 stand for the paper's 150,000 at 1e-5; `--letter` makes the latter, for the conditions of
`LETTER`.
"""

import argparse
import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from au_tf import startup
from au_tf.arrays import Bool, Float32, Float64, Int32

startup.start_tensorflow()

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from PIL import Image
from tqdm import tqdm

from au_tf.estimation.svr import SVRConfig, fit_svr
from au_tf.evaluation.metrics import Agreement
from au_tf.evaluation.reports import text_tables
from au_tf.morphable.builtin import builtin_face
from au_tf.simulation.action_meter import ActionMeter
from au_tf.simulation.coding import intensity_timeline
from au_tf.simulation.linear_fit import linear_fit
from au_tf.simulation.observe import observe
from au_tf.simulation.scene import SimulatedRecordingConfig, perform
from au_tf.simulation.subjects import CAMERAS, SUBJECTS
from au_tf.synthesis.network_config import CAAEConfig, TrainingConfig
from au_tf.synthesis.stored import StoredGenerator
from au_tf.synthesis.train_generator import learn
from au_tf.synthesis.training_people import recording_of
from au_tf.training.frame_table import FrameTable

TESTED = ("SN026", "SN032")
QUICK = TrainingConfig(iterations=5_000, learning_rate=3e-4, discriminator_learning_rate=3e-4, steps_per_call=2_500)
SVR_SHARE = 0.1
"""Of the non-neutral training frames, that the estimator learns from; three times as many change nothing."""


@dataclass(frozen=True)
class Condition:
    """What is changed of the data and the networks; the defaults are simulated DISFA and the paper's sizes."""

    identity: float = 1.0
    """Multiple of what resting faces, as extracted, differ by between people."""
    errors: float = 1.0
    """Multiple of the extraction's errors from frame to frame."""
    neutral: float | None = None
    """Share of neutral frames; None is as recorded, 0.37."""
    labels: float = 0.0
    """Share of frames with the label of another frame of the person; -1 is what the face does, rounded."""
    latent: int = 50
    """Size of the code."""
    length: float = 1.0
    """Multiple of the paper's number of steps."""


BASE = Condition()
ALONE: dict[str, tuple[float, ...]] = {
    "identity": (0.0, 2.0, 4.0, 8.0),
    "latent": (2, 8, 16, 100),
    "neutral": (0.05, 0.7, 0.95),
    "errors": (0.0, 3.0),
    "labels": (-1.0, 0.25, 0.5),
    "length": (0.1, 0.3, 3.0),
}
TOGETHER = [Condition(identity=i, latent=z) for z in (8, 16) for i in (2.0, 4.0, 8.0)]
CONDITIONS = [BASE, *(replace(BASE, **{name: v}) for name, values in ALONE.items() for v in values), *TOGETHER]
LETTER = [BASE, Condition(latent=8), Condition(identity=4.0, latent=8)]


class Recorded(NamedTuple):
    """All registered frames of the 27 people, and what they are made of."""

    table: FrameTable
    """As recorded."""
    resting: Float32
    """float32[N, E], the mean of the neutral frames of the same person and camera."""
    wandering: Float32
    """float32[N, E], the extraction's errors less their mean over the person and camera."""
    exact: Int32
    """int32[N, 12], what the face does, rounded as a coder would."""
    tested: Bool
    """bool[N], whether it is of a test person."""


class Measured(NamedTuple):
    """What was measured; the multiples are of the row Real, the paper's are 0.84 and 0.69."""

    by_label: float
    by_code: float
    mae: float
    mse: float
    identity_mm: float
    """Spread of resting faces between people, root of the mean square over the mesh, mm."""
    expression_mm: float
    """The same of frames about the resting face of their person."""


@lru_cache(maxsize=3)
def recorded(seed: int) -> Recorded:
    """Records the 27 people of a seed."""
    model, config = builtin_face(), SimulatedRecordingConfig(seed=seed)
    dampening = linear_fit(model).from_expression
    parts: list[Recorded] = []
    for number, subject in enumerate(tqdm(SUBJECTS, f"seed {seed}", leave=False)):
        clean = perform(model, subject, config)
        exact = np.floor(intensity_timeline(seed, subject).shown[clean.rows] + 0.5).astype(np.int32)
        for camera, name in enumerate(CAMERAS):
            seen = observe(model, subject, name, config)
            kept = seen.registered
            expression, labels = seen.coefficients.expression[kept], seen.intensities[kept].astype(np.int32)
            wrong = expression - (clean.expression[kept] @ dampening).astype(np.float32)
            count = len(expression)
            who, which = (np.full(count, value, np.int32) for value in (number, camera))
            table = FrameTable(expression, labels, who, which, seen.number[kept])
            rest = np.broadcast_to(expression[table.neutral].mean(0), expression.shape)
            tested = np.full(count, subject in TESTED)
            parts.append(Recorded(table, rest, wrong - wrong.mean(0), exact[kept], tested))
    columns = zip(*(part[1:] for part in parts), strict=True)
    return Recorded(FrameTable.joined(*(part.table for part in parts)), *(np.concatenate(c) for c in columns))


def changed(data: Recorded, condition: Condition, seed: int) -> tuple[FrameTable, FrameTable, Float32]:
    """Training frames, test frames, and of the latter the change from the resting face without the other errors."""
    rng = np.random.default_rng(seed)
    table, resting = data.table, data.resting
    moved = (condition.identity - 1.0) * (resting - resting[~data.tested].mean(0))
    expression = (table.expression + moved + (condition.errors - 1.0) * data.wandering).astype(np.float32)
    labels = data.exact if condition.labels < 0 else _mislabelled(table, condition.labels, rng)
    train = replace(table, expression=expression, intensities=labels).where(_rows(table, data.tested, condition, rng))
    change = (table.expression - data.wandering - resting)[data.tested]
    return train, replace(table, expression=expression).where(data.tested), change


def _mislabelled(table: FrameTable, share: float, rng: np.random.Generator) -> Int32:
    labels = table.intensities.copy()
    for person in np.unique(table.person):
        rows = np.flatnonzero(table.person == person)
        wrong = rows[rng.random(len(rows)) < share]
        labels[wrong] = table.intensities[rng.choice(rows, len(wrong))]
    return labels


def _rows(table: FrameTable, tested: Bool, condition: Condition, rng: np.random.Generator) -> Bool:
    """The training frames, of which neutral or other ones are left out until their share is what is asked for."""
    rows = ~tested
    if condition.neutral is None:
        return rows
    neutral, other = rows & table.neutral, rows & ~table.neutral
    wanted = condition.neutral / (1 - condition.neutral) * other.sum()
    keep = min(1.0, wanted / neutral.sum()), min(1.0, neutral.sum() / wanted)
    drawn = rng.random(len(table))
    return (neutral & (drawn < keep[0])) | (other & (drawn < keep[1]))


def measure(data: Recorded, condition: Condition, seed: int, schedule: TrainingConfig) -> Measured:
    """Trains a CAAE and holds what it makes of the test people's frames against what was asked for."""
    train, test, change = changed(data, condition, seed)
    schedule = replace(schedule, iterations=round(condition.length * schedule.iterations), seed=seed)
    networks = CAAEConfig(latent_size=condition.latent)
    generator = learn(recording_of(train), builtin_face(), networks, schedule, progress=lambda *_: None)
    neutral, shown = _neutral_sources(test, seed), ~test.neutral
    motion = ActionMeter.of(builtin_face()).motion
    label, code = shares(generator, test.where(shown), neutral[shown], change[shown], motion)
    multiples = _multiples(generator, train, test.where(shown), neutral[shown], seed)
    to_mm = motion / np.sqrt(len(builtin_face().mean_shape))
    faces = condition.identity * np.unique(data.resting[~data.tested], axis=0)
    return Measured(label, code, *multiples, _spread(faces - faces.mean(0), to_mm), _spread(change[shown], to_mm))


def _spread(offsets: Float32, to_mm: Float64) -> float:
    return float(np.sqrt(np.square(offsets * to_mm).sum(1).mean()))


def _neutral_sources(test: FrameTable, seed: int) -> Float32:
    """A neutral frame of the same person for each frame, float32[N, E]."""
    rng = np.random.default_rng([seed, 1])
    sources = np.empty_like(test.expression)
    for person in np.unique(test.person):
        rows = test.person == person
        sources[rows] = test.expression[rng.choice(np.flatnonzero(rows & test.neutral), int(rows.sum()))]
    return sources


def shares(
    generator: StoredGenerator, shown: FrameTable, neutral: Float32, change: Float32, motion: Float64
) -> tuple[float, float]:
    """How much of a change comes back by the label and how much by the code.

    Args:
      generator: trained.
      shown: N frames that show something.
      neutral: float32[N, E], a neutral frame of the same person for each.
      change: float32[N, E], from the resting face, without errors from frame to frame.
      motion: float64[E], how far one of each coefficient moves the mesh.
    """
    nothing = np.zeros_like(shown.intensities)
    rest = generator.generate(neutral, nothing)
    whole = change * motion
    made = generator.generate(neutral, shown.intensities), generator.generate(shown.expression, nothing)
    label, code = (float(((one - rest) * motion * whole).sum() / np.square(whole).sum()) for one in made)
    return label, code


def _multiples(
    generator: StoredGenerator, train: FrameTable, shown: FrameTable, neutral: Float32, seed: int
) -> tuple[float, float]:
    """MAE and MSE of an SVR on generated expressions, over those on the real ones."""
    rows = np.flatnonzero(~train.neutral)
    sample = np.random.default_rng([seed, 2]).choice(rows, round(SVR_SHARE * len(rows)), replace=False)
    estimator = fit_svr(train.expression[sample], train.intensities[sample], SVRConfig(loss="squared"))
    made, real = (
        Agreement.of(shown.intensities, estimator.predict(expression)).means
        for expression in (generator.generate(neutral, shown.intensities), shown.expression)
    )
    return made["mae"] / real["mae"], made["mse"] / real["mse"]


KEYS = ("seed", "steps", *(field.name for field in fields(Condition)))


def read(path: Path) -> dict[tuple[str, ...], Measured]:
    """What was measured already, by `KEYS` as written."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {tuple(row[: len(KEYS)]): Measured(*map(float, row[len(KEYS) :])) for row in rows}


def key_of(seed: int, schedule: TrainingConfig, condition: Condition) -> tuple[str, ...]:
    """What stands in the CSV for it."""
    return tuple(map(str, (seed, schedule.iterations, *astuple(condition))))


def jobs(seeds: int, letter: bool) -> Iterator[tuple[int, TrainingConfig, Condition]]:
    """What is to be measured, in order."""
    schedule, conditions = (TrainingConfig(), LETTER) if letter else (QUICK, CONDITIONS)
    for condition in conditions:
        yield from ((seed, schedule, condition) for seed in range(seeds))


def run(path: Path, seeds: int, letter: bool) -> None:
    """Measures what is not in the CSV yet."""
    todo = [job for job in jobs(seeds, letter) if key_of(*job) not in read(path)]
    if not path.exists():
        path.write_text(",".join((*KEYS, *Measured._fields)) + "\n")
    for seed, schedule, condition in tqdm(todo, unit="training"):
        found = measure(recorded(seed), condition, seed, schedule)
        with path.open("a", newline="") as file:
            csv.writer(file).writerow((*key_of(seed, schedule, condition), *(f"{value:.4f}" for value in found)))


PAPER = 0.409 / 0.489
"""MAE of the CAAE by SVR over that of the row Real, as printed."""
AXES = {
    "identity": "resting faces differ, times as recorded",
    "latent": "size of the code",
    "neutral": "share of neutral frames",
    "errors": "errors from frame to frame, times",
    "labels": "share of wrong labels (-1: exact ones)",
    "length": "number of steps, times the paper's",
}
NATURAL_NEUTRAL = 0.37
"""Where `BASE` stands on the axis of neutral frames."""
_COLOURS = {"by_label": "#4c86b8", "by_code": "#c8553d", "mae": "0.25"}


def plot(path: Path, picture: Path) -> None:
    """Draws what hangs on one thing alone: a column a thing, shares above and multiples of Real below."""
    found = read(path)
    figure, axes = plt.subplots(2, len(AXES), figsize=(14, 5), sharey="row", layout="constrained")
    for (name, about), (above, below) in zip(AXES.items(), axes.T, strict=True):
        base = NATURAL_NEUTRAL if name == "neutral" else getattr(BASE, name)
        places = {base: BASE} | {value: replace(BASE, **{name: value}) for value in ALONE[name]}
        marks = sorted(places)
        for axis, measures in ((above, ("by_label", "by_code")), (below, ("mae",))):
            for measure in measures:
                runs = [
                    [getattr(m, measure) for key, m in found.items() if _is(key, QUICK, places[mark])] for mark in marks
                ]
                means = [np.mean(own) for own in runs]
                ends = np.abs([[m - min(own), max(own) - m] for m, own in zip(means, runs, strict=True)]).T
                axis.errorbar(range(len(marks)), means, ends, fmt="-o", ms=4, capsize=2, color=_COLOURS[measure])
            axis.axvline(marks.index(base), color="0.85", linewidth=6, zorder=0)
            axis.set_xticks(range(len(marks)), [f"{mark:g}" for mark in marks], fontsize=8)
            axis.spines[["top", "right"]].set_visible(False)
        below.axhline(PAPER, color="tab:orange", linestyle="--", linewidth=1)
        below.axhline(1.0, color="0.7", linewidth=0.8)
        below.set_xlabel(about, fontsize=9)
    axes[0, 0].set_ylabel("share of an expression\nthat comes back", fontsize=9)
    axes[1, 0].set_ylabel("MAE by SVR, of Real\n(dashed: the paper)", fontsize=9)
    for measure, text in (("by_label", "by the label"), ("by_code", "by the code: handed on")):
        axes[0, 0].plot([], [], "-o", ms=4, color=_COLOURS[measure], label=text)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    whole = io.BytesIO()
    figure.savefig(whole, dpi=80, facecolor="white")
    Image.open(whole).convert("RGB").quantize(64).save(picture, optimize=True)


def _is(key: tuple[str, ...], schedule: TrainingConfig, condition: Condition) -> bool:
    """Whether a line of the CSV is of a condition, with any seed."""
    return key[1:] == key_of(0, schedule, condition)[1:]


def table(path: Path) -> str:
    """All conditions, means and deviations over the seeds."""
    found = read(path)
    lines = []
    for schedule, conditions in ((QUICK, CONDITIONS), (TrainingConfig(), LETTER)):
        for condition in conditions:
            runs = np.array([m for key, m in found.items() if _is(key, schedule, condition)])
            if len(runs):
                other = [
                    f"{f.name} {getattr(condition, f.name):g}"
                    for f in fields(Condition)
                    if getattr(condition, f.name) != f.default
                ]
                name = ", ".join(other) or "as recorded"
                cells = [text_tables.figure(column, 2) for column in runs.T]
                lines.append([name, f"{schedule.iterations:,}", str(len(runs)), *cells])
    header = ["condition", "steps", "seeds", "by label", "by code", "MAE", "MSE", "resting mm", "expression mm"]
    return text_tables.markdown(header, lines)


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--letter", action="store_true", help="the paper's own number of steps and rate")
    parser.add_argument("--plot", type=Path, help="draw what is in FIGURES here, and measure nothing")
    args = parser.parse_args()
    if args.plot is None:
        run(args.figures, args.seeds, args.letter)
    else:
        plot(args.figures, args.plot)
    print(table(args.figures))


if __name__ == "__main__":
    main()
