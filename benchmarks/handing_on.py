"""On what data the paper's CAAE heeds the label, and on what it hands the source's expression on; a table and a plot.

    python benchmarks/handing_on.py linear FIGURES [--seeds 3]
    python benchmarks/handing_on.py networks FIGURES [--seeds 2]
    python benchmarks/handing_on.py plot FIGURES docs/pictures/handing_on.png

Source = target, as in the paper. The data are simulated DISFA, changed in one respect or two: how much people's resting
faces differ, the extraction's errors from frame to frame, the share of neutral frames, errors of labels; and the size
of the code. FIGURES is a CSV that is written line by line; what stands in it is not measured again.

`networks` are the paper's, with its objective. Adam's steps move weights by their rate times their number, so 5,000
steps at 3e-4 stand for the paper's 150,000 at 1e-5. `linear` is what the reconstruction alone would have of linear
networks, on a hundredth of the frames: x = M x + B y with M of the code's rank, least squares, in seconds.

Of the change d from a person's neutral frame n to another frame s with label y, without the extraction's errors from
frame to frame and in mm of the mesh, a generator brings back

    by the label   <G(E(n), y) - G(E(n), 0), d> / <d, d>   which is 1 where the label alone makes the expression
    by the code    <G(E(s), 0) - G(E(n), 0), d> / <d, d>   which is 1 where it is handed on whole, and ought to be 0

over all non-neutral frames of the two test people.
"""

import argparse
import csv
import io
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
from matplotlib.axes import Axes
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
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.calling import MakesExpressions
from au_tf.synthesis.network_config import CAAEConfig, TrainingConfig
from au_tf.synthesis.train_generator import learn
from au_tf.synthesis.training_people import recording_of
from au_tf.training.frame_table import FrameTable

TESTED = ("SN026", "SN032")
QUICK = TrainingConfig(iterations=5_000, learning_rate=3e-4, discriminator_learning_rate=3e-4, steps_per_call=2_500)
SVR_FRAMES = 14_000
"""Most non-neutral training frames that the estimator learns from."""
LINEAR, NETWORKS = "linear", "networks"


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


BASE = Condition()
ALONE: dict[str, tuple[float, ...]] = {
    "identity": (0.0, 2.0, 4.0, 8.0),
    "latent": (2, 4, 8, 16, 32, 100),
    "neutral": (0.05, 0.7, 0.95),
    "errors": (0.0, 3.0),
    "labels": (-1.0, 0.25, 0.5),
}
TOGETHER = [Condition(identity=i, latent=z) for z in (4, 8) for i in (2.0, 8.0)]
CONDITIONS = [BASE, *(replace(BASE, **{name: v}) for name, values in ALONE.items() for v in values), *TOGETHER]


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
def recorded(seed: int, size: str) -> Recorded:
    """Records the 27 people of a seed, so many frames of them."""
    model, config = builtin_face(), SimulatedRecordingConfig(seed=seed, size=size)
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


def measure(how: str, condition: Condition, seed: int) -> Measured:
    """Learns a generator and holds what it makes of the test people's frames against what was asked for."""
    data = recorded(seed, "small" if how == LINEAR else "paper")
    train, test, change = changed(data, condition, seed)
    generator = fit_linear(train, condition.latent) if how == LINEAR else _network(train, condition, seed)
    neutral, shown = _neutral_sources(test, seed), ~test.neutral
    motion = ActionMeter.of(builtin_face()).motion
    label, code = shares(generator, test.where(shown), neutral[shown], change[shown], motion)
    multiples = _multiples(generator, train, test.where(shown), neutral[shown], seed)
    to_mm = motion / np.sqrt(len(builtin_face().mean_shape))
    faces = condition.identity * np.unique(data.resting[~data.tested], axis=0)
    return Measured(label, code, *multiples, _spread(faces - faces.mean(0), to_mm), _spread(change[shown], to_mm))


def _network(train: FrameTable, condition: Condition, seed: int) -> MakesExpressions:
    networks, training = CAAEConfig(latent_size=condition.latent), replace(QUICK, seed=seed)
    return learn(recording_of(train), builtin_face(), networks, training, progress=lambda *_: None)


@dataclass(frozen=True, eq=False)
class LinearAutoencoder:
    """x = mean + M (x - mean) + B (y - mean label), M of low rank: a CAAE of linear networks and squared error."""

    bounds: Bounds
    """In whose scale it reconstructs."""
    means: tuple[Float64, Float64]
    """float64[E] and float64[12], of the training frames."""
    code: Float64
    """float64[E, E], M."""
    label: Float64
    """float64[E, 12], B."""

    def generate(self, source: Float32, intensities: Int32) -> Float32:
        """Expressions float32[N, E] of sources and intensities."""
        x, y = self.bounds.to_network(source) - self.means[0], intensities - self.means[1]
        made = self.means[0] + x @ self.code.T + y @ self.label.T
        return np.asarray(self.bounds.from_network(made), np.float32)


def fit_linear(train: FrameTable, rank: int) -> LinearAutoencoder:
    """Least squares over M and B, in turn, from a label that says all that it can and from one that says nothing.

    With P = I - B H, H the regression of labels on faces, the best M of a rank is P, projected on the strongest
    directions of P x; with M given, B is the regression of what M leaves on labels. What B costs is the part of labels
    that faces do not tell: B (Syy - H Sxy) B'.
    """
    bounds = Bounds.of(train.expression)
    x, y = bounds.to_network(train.expression).astype(np.float64), train.intensities.astype(np.float64)
    means = x.mean(0), y.mean(0)
    x, y = x - means[0], y - means[1]
    sxx, sxy, syy = x.T @ x / len(x), x.T @ y / len(x), y.T @ y / len(x)
    told = np.linalg.solve(sxx + 1e-9 * np.trace(sxx) * np.eye(len(sxx)), sxy).T
    from_label = np.linalg.solve(syy + 1e-9 * np.eye(len(syy)), sxy.T).T
    found = []
    for label in (from_label, np.zeros_like(sxy)):
        for _ in range(LINEAR_TURNS):
            left = np.eye(len(sxx)) - label @ told
            strongest = np.linalg.eigh(left @ sxx @ left.T)[1][:, -rank:]
            code = strongest @ strongest.T @ left
            label = (np.eye(len(sxx)) - code) @ from_label
        rest = np.eye(len(sxx)) - code
        loss = np.trace(rest @ sxx @ rest.T) - 2 * np.trace(rest @ sxy @ label.T) + np.trace(label @ syy @ label.T)
        found.append((loss, code, label))
    _, code, label = min(found, key=lambda each: float(each[0]))
    return LinearAutoencoder(bounds, means, code, label)


LINEAR_TURNS = 10
"""By then M and B hardly change."""


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
    generator: MakesExpressions, shown: FrameTable, neutral: Float32, change: Float32, motion: Float64
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
    generator: MakesExpressions, train: FrameTable, shown: FrameTable, neutral: Float32, seed: int
) -> tuple[float, float]:
    """MAE and MSE of an SVR on generated expressions, over those on the real ones."""
    rows = np.flatnonzero(~train.neutral)
    sample = np.random.default_rng([seed, 2]).choice(rows, min(SVR_FRAMES, len(rows)), replace=False)
    estimator = fit_svr(train.expression[sample], train.intensities[sample], SVRConfig(loss="squared"))
    made, real = (
        Agreement.of(shown.intensities, estimator.predict(expression)).means
        for expression in (generator.generate(neutral, shown.intensities), shown.expression)
    )
    return made["mae"] / real["mae"], made["mse"] / real["mse"]


KEYS = ("seed", "how", *(field.name for field in fields(Condition)))


def read(path: Path) -> dict[tuple[str, ...], Measured]:
    """What was measured already, by `KEYS` as written."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {tuple(row[: len(KEYS)]): Measured(*map(float, row[len(KEYS) :])) for row in rows}


def key_of(seed: int, how: str, condition: Condition) -> tuple[str, ...]:
    """What stands in the CSV for it."""
    return tuple(map(str, (seed, how, *astuple(condition))))


def run(how: str, path: Path, seeds: int) -> None:
    """Measures what is not in the CSV yet."""
    todo = [(condition, seed) for condition in CONDITIONS for seed in range(seeds)]
    known = read(path)
    if not path.exists():
        path.write_text(",".join((*KEYS, *Measured._fields)) + "\n")
    for condition, seed in tqdm([job for job in todo if key_of(job[1], how, job[0]) not in known], unit="generator"):
        found = measure(how, condition, seed)
        with path.open("a", newline="") as file:
            csv.writer(file).writerow((*key_of(seed, how, condition), *(f"{value:.4f}" for value in found)))


PAPER = 0.409 / 0.489
"""MAE of the CAAE by SVR over that of the row Real, as printed."""
AXES = {
    "identity": "resting faces differ, times",
    "latent": "size of the code",
    "neutral": "share of neutral frames",
    "errors": "errors of frames, times",
    "labels": "wrong labels (-1: exact ones)",
}
NATURAL_NEUTRAL = 0.37
"""Where `BASE` stands on the axis of neutral frames."""
_COLOURS = {"by_label": "#4c86b8", "by_code": "#c8553d", "mae": "0.25"}


def plot(path: Path, picture: Path) -> None:
    """Draws what hangs on one thing alone: a column a thing, shares above and multiples of Real below."""
    found = read(path)
    figure, axes = plt.subplots(2, len(AXES), figsize=(12, 5), sharey="row", layout="constrained")
    for (name, about), (above, below) in zip(AXES.items(), axes.T, strict=True):
        base = NATURAL_NEUTRAL if name == "neutral" else getattr(BASE, name)
        places = {base: BASE} | {value: replace(BASE, **{name: value}) for value in ALONE[name]}
        marks = sorted(places)
        for axis, measures in ((above, ("by_label", "by_code")), (below, ("mae",))):
            for measure_ in measures:
                _lines(axis, [_runs(found, LINEAR, places[mark], measure_) for mark in marks], _COLOURS[measure_], "-")
                _lines(
                    axis, [_runs(found, NETWORKS, places[mark], measure_) for mark in marks], _COLOURS[measure_], "o"
                )
            axis.axvline(marks.index(base), color="0.9", linewidth=8, zorder=0)
            axis.set_xticks(range(len(marks)), [f"{mark:g}" for mark in marks], fontsize=8)
            axis.spines[["top", "right"]].set_visible(False)
        below.axhline(PAPER, color="tab:orange", linestyle="--", linewidth=1)
        below.axhline(1.0, color="0.7", linewidth=0.8)
        below.set_xlabel(about, fontsize=9)
    axes[0, 0].set_ylabel("share of an expression\nthat comes back", fontsize=9)
    axes[1, 0].set_ylabel("MAE by SVR, of Real\n(dashed: the paper)", fontsize=9)
    for measure_, text in (("by_label", "by the label"), ("by_code", "by the code: handed on")):
        axes[0, 0].plot([], [], "-", color=_COLOURS[measure_], label=text)
    axes[0, 0].plot([], [], "-", color="0.4", label="linear")
    axes[0, 0].plot([], [], "o", color="0.4", label="networks")
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    whole = io.BytesIO()
    figure.savefig(whole, dpi=80, facecolor="white")
    Image.open(whole).convert("RGB").quantize(64).save(picture, optimize=True)


def _runs(found: dict[tuple[str, ...], Measured], how: str, condition: Condition, measure_: str) -> list[float]:
    """A figure of a condition, of each seed that was measured."""
    wanted = key_of(0, how, condition)[1:]
    return [getattr(values, measure_) for key, values in found.items() if key[1:] == wanted]


def _lines(axis: Axes, runs: list[list[float]], colour: str, mark: str) -> None:
    """Means, and from the least to the most of the seeds, where there are any."""
    places = [place for place, own in enumerate(runs) if own]
    if places:
        own = [runs[place] for place in places]
        ends = [[np.mean(each) - min(each) for each in own], [max(each) - np.mean(each) for each in own]]
        axis.errorbar(places, [np.mean(each) for each in own], ends, fmt=mark, ms=5, capsize=2, color=colour)


def table(path: Path) -> str:
    """All conditions, means and deviations over the seeds."""
    found = read(path)
    lines = []
    for condition in CONDITIONS:
        for how in (LINEAR, NETWORKS):
            runs = np.array([_runs(found, how, condition, name) for name in Measured._fields]).T
            if len(runs):
                given = zip(fields(Condition), astuple(condition), astuple(BASE), strict=True)
                name = ", ".join(f"{field.name} {value:g}" for field, value, usual in given if value != usual)
                cells = [text_tables.figure(column, 2) for column in runs.T]
                lines.append([name or "as recorded", how, str(len(runs)), *cells])
    header = ["condition", "generator", "seeds", "by label", "by code", "MAE", "MSE", "resting mm", "expression mm"]
    return text_tables.markdown(header, lines)


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=(LINEAR, NETWORKS, "plot"))
    parser.add_argument("figures", type=Path)
    parser.add_argument("picture", type=Path, nargs="?", help="for plot")
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args()
    if (args.what == "plot") != (args.picture is not None):
        parser.error("plot takes where the picture goes, nothing else does")
    if args.picture is None:
        run(args.what, args.figures, args.seeds)
    else:
        plot(args.figures, args.picture)
    print(table(args.figures))


if __name__ == "__main__":
    main()
