"""Draws the pictures of docs/simulated_disfa.md.

    python benchmarks/simulated_disfa_pictures.py [FOLDER]

Labels are those of `coefficients_paper`, pictures as in `frames_paper`; FOLDER is docs/pictures if it is not given.
Takes about a minute.
"""

import io
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from au_tf import startup
from au_tf.arrays import Pixels

startup.start_tensorflow()

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from au_tf.au_statistics import CORRELATION, FRAMES as DISFA_FRAMES, FRAMES_AT_INTENSITY
from au_tf.datasets.simulated_disfa.backdrop import Backdrop
from au_tf.datasets.simulated_disfa.sequence_pictures import draw_frames
from au_tf.facs import ACTION_UNITS, AU_NUMBERS
from au_tf.morphable.builtin import builtin_face
from au_tf.simulation.observe import ObservedFrames, observe
from au_tf.simulation.scene import SimulatedRecordingConfig, scene
from au_tf.simulation.subjects import FRAME_RATE, SUBJECTS

CONFIG = SimulatedRecordingConfig()
CAMERA = "left"
SHOWN, SECONDS = "SN012", 60
UNITS = [f"AU{number}" for number in AU_NUMBERS]
BLUES = plt.get_cmap("Blues")(np.linspace(0.3, 1.0, 5))


def frame_pictures(video: ObservedFrames, subject: str, rows: list[int]) -> list[Pixels]:
    """The aligned pictures of some frames of a person."""
    face, backdrop = builtin_face(), Backdrop.of(CONFIG.seed, subject, CAMERA)
    truth = scene(face, subject, CAMERA, CONFIG)
    drawn = (draw_frames(face, truth, video.landmarks, video.number, backdrop, range(row, row + 1)) for row in rows)
    return [picture for pictures in drawn for picture in pictures]


def telling_frame(video: ObservedFrames, k: int) -> int:
    """A frame that can be relied on in which the person shows what others do not: for each person another unit."""
    unit = video.intensities[:, k % len(AU_NUMBERS)].astype(float)
    score = unit + 0.1 * video.intensities.sum(1)
    score = np.where(video.registered, score, -1.0)
    best = np.flatnonzero(score == score.max())
    return int(best[len(best) // 2])


def people(videos: dict[str, ObservedFrames], path: Path) -> None:
    """One frame of each of the 27, with what is coded in it."""
    figure, axes = plt.subplots(3, 9, figsize=(13.5, 5.6), gridspec_kw={"wspace": 0.05, "hspace": 0.25})
    for k, ((subject, video), axis) in enumerate(zip(videos.items(), axes.flat, strict=True)):
        row = telling_frame(video, k)
        (picture,) = frame_pictures(video, subject, [row])
        axis.imshow(picture, interpolation="antialiased")
        coded = sorted(zip(video.intensities[row], AU_NUMBERS, strict=True), key=lambda pair: -int(pair[0]))
        words = ", ".join(f"AU{unit}={value}" for value, unit in coded[:2] if value)
        axis.set_title(f"{subject}\n{words}", fontsize=9)
        axis.axis("off")
    _save(figure, path)


def histograms(labels: Pixels, path: Path) -> None:
    """Share of frames at each intensity of each Action Unit, beside DISFA's."""
    figure, axis = plt.subplots(figsize=(10, 3.6))
    simulated = np.stack([(labels == value).mean(0) for value in range(1, 6)], -1)
    for shares, shift, edge in ((FRAMES_AT_INTENSITY / DISFA_FRAMES, -0.2, "0.2"), (simulated, 0.2, "tab:orange")):
        bottom = np.zeros(len(UNITS))
        for value, share in enumerate(100 * shares.T):
            axis.bar(
                np.arange(len(UNITS)) + shift, share, 0.36, bottom, color=BLUES[value], edgecolor=edge, linewidth=1
            )
            bottom += share
    patches = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour in BLUES]
    patches += [plt.Rectangle((0, 0), 1, 1, fill=False, edgecolor=edge) for edge in ("0.2", "tab:orange")]
    names = [f"intensity {value}" for value in range(1, 6)] + ["DISFA (left)", "simulated (right)"]
    axis.legend(patches, names, ncols=7, fontsize=8, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axis.set_xticks(range(len(UNITS)), UNITS)
    axis.set_ylabel("% of all frames")
    axis.spines[["top", "right"]].set_visible(False)
    _save(figure, path)


def together(labels: Pixels, path: Path) -> None:
    """How often one Action Unit comes with another, and the correlations beside those asked for."""
    present = (labels > 0).astype(float)
    given = (present.T @ present) / present.sum(0)
    panels = (
        ("% of the frames with the column's AU\nin which the row's is coded", 100 * given, "Blues", (0, 100), "{:.0f}"),
        ("correlation of intensities, simulated", np.corrcoef(labels.T), "RdBu_r", (-1, 1), "{:.1f}"),
        ("the same in recorded reactions (FERGI)", CORRELATION, "RdBu_r", (-1, 1), "{:.1f}"),
    )
    figure, axes = plt.subplots(1, 3, figsize=(15, 5.4))
    for axis, (title, values, colours, (low, high), text) in zip(axes, panels, strict=True):
        axis.imshow(values, cmap=colours, vmin=low, vmax=high)
        for (row, column), value in np.ndenumerate(values):
            dark = abs(value) > 0.6 * high
            axis.text(
                column,
                row,
                text.format(value + 0.0 if abs(value) > 0.05 else 0.0),
                ha="center",
                va="center",
                fontsize=7,
                color="w" if dark else "0.2",
            )
        axis.set_title(title, fontsize=10)
        axis.set_xticks(range(len(UNITS)), AU_NUMBERS, fontsize=8)
        axis.set_yticks(range(len(UNITS)), UNITS, fontsize=8)
    _save(figure, path)


def time_line(video: ObservedFrames, subject: str, path: Path) -> None:
    """What is coded of one person within a minute, and pictures of some of its moments."""
    length = int(SECONDS * FRAME_RATE)
    busy = np.convolve(video.intensities.sum(1), np.ones(length), "valid")
    first = int(np.argmax(busy))
    coded = video.intensities[first : first + length]
    moments = np.linspace(0, length, 9).astype(int)
    rows = [first + low + int(np.argmax(coded[low:high].sum(1))) for low, high in pairwise(moments)]
    figure = plt.figure(figsize=(12, 6.2))
    grid = figure.add_gridspec(2, 8, height_ratios=[1, 2.6], hspace=0.12, wspace=0.05)
    for k, (row, picture) in enumerate(zip(rows, frame_pictures(video, subject, rows), strict=True)):
        axis = figure.add_subplot(grid[0, k])
        axis.imshow(picture, interpolation="antialiased")
        axis.set_title(f"{(row - first) / FRAME_RATE:.1f} s", fontsize=8)
        axis.axis("off")
    axis = figure.add_subplot(grid[1, :])
    clock = np.arange(length) / FRAME_RATE
    for k, unit in enumerate(ACTION_UNITS):
        base = len(UNITS) - 1 - k
        axis.fill_between(clock, base, base + 0.17 * coded[:, k], step="post", color="tab:blue", linewidth=0)
        axis.text(-0.4, base + 0.3, f"{unit} {unit.name}", ha="right", va="center", fontsize=8)
    for row in rows:
        axis.axvline((row - first) / FRAME_RATE, color="0.75", linewidth=0.8, zorder=0)
    axis.set(
        xlim=(0, SECONDS),
        ylim=(0, len(UNITS)),
        yticks=[],
        xlabel=f"seconds; full height of a row is intensity 5 ({subject})",
    )
    axis.spines[["top", "right", "left"]].set_visible(False)
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    whole = io.BytesIO()
    figure.savefig(whole, dpi=90, bbox_inches="tight", facecolor="white")
    # A palette makes photos half as large.
    picture = Image.open(whole).convert("RGB")
    picture.quantize(palette=picture.quantize(256, kmeans=1)).save(path, optimize=True)
    plt.close(figure)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB", flush=True)


def main() -> None:
    """Draws all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "pictures"
    videos = {subject: observe(builtin_face(), subject, CAMERA, CONFIG) for subject in SUBJECTS}
    labels = np.concatenate([video.intensities for video in videos.values()])
    people(videos, folder / "simulated_disfa_people.png")
    histograms(labels, folder / "simulated_disfa_frequency.png")
    together(labels, folder / "simulated_disfa_together.png")
    time_line(videos[SHOWN], SHOWN, folder / "simulated_disfa_timeline.png")
    off = np.abs(np.corrcoef(labels.T) - CORRELATION)[np.triu_indices(len(UNITS), 1)].mean()
    print(
        f"{100 * (~labels.any(1)).mean():.1f}% of the frames show nothing; correlations are off by {off:.2f} on average"
    )


if __name__ == "__main__":
    main()
