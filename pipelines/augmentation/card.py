"""The data card beside an augmented data set: what it is, how often each Action Unit is in it, and some pictures."""

import io
import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from au_tf.arrays import Int, Pixels
from au_tf.command_line import changed, command_line
from au_tf.facs import ACTION_UNITS, AU_NAMES, format_intensities
from au_tf.pictures.charts import to_png
from au_tf.pictures.sheets import Label, grid
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.augmentation.formats import KINDS, Sample
from au_tf.pipelines.augmentation.pixel_maps import DEPTH_MM, SEGMENTS
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
    if asked.people:
        origin = "the face model, of which they are random draws, each with a look of their own"
    lines = [
        *_header(asked, records),
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
        f"| pictures | {_STYLES['people' if asked.people else asked.style]} |",
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
    maps = [_MAPS, ""] if asked.maps else []
    return "\n".join([*lines, "", "## Use", "", *_READERS[asked.format], "", *maps, _USE, ""])


def _header(asked: Augmentation, records: int) -> list[str]:
    """What hubs read of a card, in YAML."""
    least = 10 ** max(3, min(8, int(math.log10(max(records, 1)))))
    size = "n<1K" if records < 1000 else f"{_SIZES[least]}<n<{_SIZES[10 * least]}"
    kind = KINDS[asked.format]
    path = f"    path: augmented-train-*.{kind.suffix}"
    files = [] if kind.tfds else ["configs:", "- config_name: default", "  data_files:", "  - split: train", path]
    tags = ["tags:", "- facial-action-units", "- facs", "- synthetic", "- 3dmm"]
    return [
        "---",
        "pretty_name: Synthetic faces with given Action Units",
        "task_categories:",
        "- image-classification",
        "size_categories:",
        f"- {size}",
        *tags,
        *files,
        "---",
        "",
    ]


_SIZES = {10**3: "1K", 10**4: "10K", 10**5: "100K", 10**6: "1M", 10**7: "10M", 10**8: "100M", 10**9: "1B"}


_POLICIES = {
    "paper": "each source gets the combination of a random frame of other people",
    "balanced": "{share:.0%} drawn so that all Action Units and intensities are equally frequent, in any of the "
    "combinations that people show; the others of random frames of other people",
    "errors": "{share:.0%} drawn so that Action Units and intensities are as frequent as an estimator errs in them; "
    "the others of random frames of other people",
    "grid": "nothing, and each Action Unit alone at 1 to 5, of one source after another",
    "list": "the rows of a list, of one source after another",
}
_STYLES = {
    "people": "the 3D head with hair and what people wear, in any pose and light, before anything, aligned; what no "
    "label tells of moves as well and is told in `uncoded`",
    "render": "the 3D face before a wall, aligned by its landmarks",
    "photo": "the source's own picture with the new expression, aligned by its landmarks",
    "textured": "the 3D face with the skin of the source's picture, from new sides in new light, aligned",
}
_READERS = {
    "tfrecord": [
        "    import tensorflow_datasets as tfds",
        '    tfds.builder_from_directory("DIR").as_dataset(split="train")',
    ],
    "array_record": [
        "    import tensorflow_datasets as tfds",
        '    tfds.builder_from_directory("DIR").as_data_source(split="train")[0]',
    ],
    "parquet": [
        "    import pandas as pd",
        '    pd.read_parquet("DIR", columns=["key", "AU12"])',
        "",
        "with the pictures in the column `image` (JPEG in `bytes`), as `datasets.load_dataset` shows them.",
    ],
    "webdataset": [
        "    import webdataset as wds",
        '    wds.WebDataset("DIR/augmented-train-00000-of-N.tar").decode("rgb").to_tuple("jpg", "json", "npz")',
    ],
}
_MAPS = (
    f"Maps: `segmentation` ({SEGMENTS}), `depth` along the camera's axis in {DEPTH_MM:g} mm, and "
    "`normals`, 128 + 127 n with x to the right, y up and z to the camera. Depth and normals "
    "are those of the skin, also where hair or glasses hide it; 0 where there is none."
)
_USE = (
    "Features are those of the recorded data sets with pictures, and `source_frame`, `generator` (SHA-256 of its "
    "file) and `seed`; `frame` is the number of the record, and labels.parquet has the Action Units of all. Each "
    "picture says in its XMP that it is synthetic (IPTC digital source type) and which Action Units were asked "
    "for; `au-tf verify DIR` reads provenance.xmp, which speaks of all records. What is seen never happened: "
    "these are not recordings, and what an estimator learns from them has to be tested on recordings of other "
    "people."
)


def _only_neutral(asked: Augmentation) -> bool:
    return asked.neutral and not asked.photos and not asked.people


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


def draw_sheet(samples: Sequence[Sample]) -> Pixels:
    """Pictures with their Action Units, uint8[H, W, 3]; white if there are none."""
    if not samples:
        return np.full((32, 32, 3), 255, np.uint8)
    pictures = [np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for data, _ in samples]
    names = [format_intensities(values).replace("AU", "").replace(",", " ") for _, values in samples]
    return grid(pictures, [Label("", name) for name in names], _COLUMNS)
