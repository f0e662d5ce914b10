"""The data card beside an augmented data set: what it is, how often each Action Unit is in it, and some pictures."""

from collections.abc import Sequence

import numpy as np
import tensorflow_datasets as tfds
from matplotlib.figure import Figure

from au_tf.arrays import Int, Pixels
from au_tf.command_line import changed, command_line
from au_tf.facs import ACTION_UNITS, AU_NAMES, format_intensities
from au_tf.pictures.charts import to_png
from au_tf.pictures.sheets import Label, grid
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.augmentation.worker_context import WorkerContext
from au_tf.simulation.label_policies import LEVELS

SHEET, HISTOGRAM = "contact_sheet.png", "labels.png"
SHOWN = 40
"""Pictures on the sheet."""
_COLUMNS = 8
_BARS = ("#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")


def write_card(context: WorkerContext, levels: Int, records: int, failures: int, size: int) -> str:
    """The README.md.

    Args:
      context: what the data set is made with.
      levels: int[12, 6], records in which each Action Unit has each intensity.
      records: how many there are.
      failures: how many are missing.
      size: bytes of all records.
    """
    plan, sources, asked = context.plan, context.sources, context.plan.asked
    faces = f"{len(sources.person):,} faces of {len(np.unique(sources.person))} people"
    origin = " and ".join(asked.photos) if asked.photos else f"the data set {asked.dataset}, split train"
    lines = [
        "# Synthetic faces with given Action Units",
        "",
        f"{records:,} pictures, {asked.size} x {asked.size}, made by `{augment_command(asked)}` of au_tf "
        f"{plan.version}. The same command gives the same bytes.",
        "",
        f"![Some of the pictures]({SHEET})",
        "",
        "| | |",
        "| --- | --- |",
        f"| source faces | {faces}, from {origin}{', without Action Units' if _only_neutral(asked) else ''} |",
        f"| Action Units | {_POLICIES[asked.policy].format(share=asked.share)} |",
        f"| pictures | {_STYLES[asked.style]} |",
        f"| generator | {context.generator.KIND}, `{asked.generator or 'the shipped one'}`, {plan.generator[:12]} |",
        f"| face model | {context.model.name}, {plan.face_model[:12]} |",
        f"| records that failed | {failures}{', told in failures.csv' if failures else ''} |",
        f"| size | {size / 1e6:,.1f} MB |",
        "",
        "## How often each Action Unit is shown",
        "",
        f"![The same as a diagram]({HISTOGRAM})",
        "",
        "| | " + " | ".join(str(level) for level in range(LEVELS + 1)) + " | shown |",
        "| --- | " + "--- | " * (LEVELS + 2),
    ]
    for unit, row in zip(ACTION_UNITS, levels, strict=True):
        shown = row[1:].sum() / max(records, 1)
        lines.append(f"| {unit} {unit.name} | " + " | ".join(f"{n:,}" for n in row) + f" | {shown:.1%} |")
    return "\n".join([*lines, "", *_USE, ""])


_POLICIES = {
    "paper": "each source gets the combination of a random frame of other people",
    "balanced": "{share:.0%} drawn so that all Action Units and intensities are equally frequent, in any of the "
    "combinations that people show; the others of random frames of other people",
    "grid": "nothing, and each Action Unit alone at 1 to 5, of one source after another",
    "list": "the rows of a list, of one source after another",
}
_STYLES = {
    "render": "the 3D face before a wall, aligned by its landmarks",
    "photo": "the source's own picture with the new expression, aligned by its landmarks",
}
_USE = (
    "## Use",
    "",
    "    import tensorflow_datasets as tfds",
    '    tfds.builder_from_directory("DIR").as_dataset(split="train")',
    "",
    "Features are those of the recorded data sets with pictures, and `source_frame`, `generator` (SHA-256 of its file) "
    "and `seed`; `frame` is the number of the record. Each picture says in its XMP that it is synthetic (IPTC digital "
    "source type) and which Action Units were asked for; `au-tf verify DIR` reads provenance.xmp, which speaks of all "
    "records. What is seen never happened: these are not recordings, and "
    "what an estimator learns from them has to be tested on recordings of other people.",
)


def _only_neutral(asked: Augmentation) -> bool:
    return asked.neutral and not asked.photos


def augment_command(asked: Augmentation) -> str:
    """The command that makes such a data set; where it goes is left open."""
    settings = changed(asked, Augmentation(asked.count), without=("data_dir", "max_failures"))
    return command_line("augment", {"count": asked.count, "out": "DIR"} | settings)


def draw_histogram(levels: Int, records: int) -> bytes:
    """The shares of records in which each Action Unit is shown, by intensity; PNG."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axis = figure.subplots()
    bottom = np.zeros(len(levels))
    for level, colour in enumerate(_BARS, 1):
        share = 100.0 * levels[:, level] / max(records, 1)
        axis.bar(AU_NAMES, share, 0.7, bottom, color=colour, label=str(level))
        bottom += share
    axis.set_ylabel("% of the pictures")
    axis.spines[["top", "right"]].set_visible(False)
    figure.legend(title="intensity", frameon=False, loc="outside right upper", reverse=True)
    return to_png(figure)


def draw_sheet(records: Sequence[bytes], features: tfds.features.FeaturesDict) -> Pixels:
    """Pictures with their Action Units, uint8[H, W, 3]; white if there are none."""
    examples = [features.deserialize_example_np(record) for record in records]
    if not examples:
        return np.full((32, 32, 3), 255, np.uint8)
    names = [format_intensities(example["intensities"]).replace("AU", "").replace(",", " ") for example in examples]
    return grid([example["image"] for example in examples], [Label("", name) for name in names], _COLUMNS)
