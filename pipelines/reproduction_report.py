"""One report of all tables and figures, in markdown and as a page, with the lineage of everything in it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from au_tf.errors import InputError
from au_tf.evaluation.reports.text_tables import markdown, paragraph
from au_tf.files import write_whole
from au_tf.pipelines.components import read_manifest
from au_tf.pipelines.pages import page

_TABLES = {"table1": ("table1.md", "quality.md"), "table2": ("table2.md",), "figure5": ("figure-5.md",)}
_PICTURES = {"table1": ("table1.png",), "table2": ("table2.png",), "figure5": ("figure-5.png",)}
_DEFORMATION = {
    "6": "three Action Units at each intensity. In the paper the skin moves further with each step.",
    "7": "each Action Unit at 5. In the paper brows, lips and jaw move clearly, AU5, 6 and 9 hardly, AU26 not.",
    "8": "combinations. In the paper AU1 with 2, and AU25 with 26, come out as they do together.",
}


def write(folder: Path, inputs: Mapping[str, Path], title: str, command: str) -> None:
    """Writes `report.md`, `report.html` and the pictures that both show.

    Args:
      folder: where.
      inputs: the artifacts by the names of their components.
      title: what it is a report of.
      command: that makes it again.
    """
    parts = [
        f"# The paper's tables and figures on {title}",
        f"Made by\n\n    {command}",
        paragraph(
            """Liu et al., "Conditional Adversarial Synthesis of 3D Facial Action Units": what they print, of DISFA and
            their 3D face model, stands beside what came out here. Their figures 1 to 4 are diagrams and examples."""
        ),
    ]
    for name, files in _TABLES.items():
        for picture in _PICTURES[name]:
            write_whole(folder / picture, (inputs[name] / picture).read_bytes())
        first, *others = (demoted((inputs[name] / file).read_text()).strip() for file in files)
        heading, rest = first.split("\n", 1)
        shown = "\n\n".join(f"![{heading.lstrip('# ')}]({picture})" for picture in _PICTURES[name])
        parts += [heading, shown, rest.strip(), *others]
    for number, words in _DEFORMATION.items():
        name = f"figure-{number}.png"
        write_whole(folder / name, (inputs["figures"] / name).read_bytes())
        parts += [f"## Fig. {number}", f"How far the skin moves: {words}", f"![Fig. {number}]({name})"]
    decision = json.loads((inputs["push"] / "decision.json").read_text())
    parts += ["## Models", paragraph(_decided(decision)), "## Lineage", lineage(next(iter(inputs.values())).parent)]
    text = "\n\n".join(parts) + "\n"
    write_whole(folder / "report.md", text.encode())
    write_whole(folder / "report.html", page(title, text).encode())


def demoted(text: str) -> str:
    """Markdown as a part of a longer text: headings are a level lower, links to the other parts' files are words."""
    return re.sub(r"\[([^]]+)\]\([^)]+\.md\)", r"\1", re.sub(r"^#", "##", text, flags=re.MULTILINE))


def lineage(folder: Path) -> str:
    """What was made from what, as a markdown table."""
    return markdown(["component", "artifact", "digest", "made from", "code", "seconds"], _lines(folder))


def _lines(folder: Path) -> Iterator[list[str]]:
    places = sorted(path for path in folder.iterdir() if path.is_dir())
    known = {m.name: m for m in map(read_manifest, places) if m is not None}

    def depth(name: str) -> int:
        return 1 + max(map(depth, known[name].inputs), default=0)

    for name in sorted(known, key=lambda name: (depth(name), name)):
        manifest = known[name]
        sources = ", ".join(f"{source} {digest[:8]}" for source, digest in manifest.inputs.items()) or "nothing"
        made = [name, manifest.kind, manifest.digest[:8], sources, manifest.code[:8]]
        yield [*made, f"{manifest.seconds:.1f}"]


def _decided(decision: Mapping[str, object]) -> str:
    if "mse" not in decision:
        raise InputError("push", "decision", decision, "one with the estimator's error")
    verdict = "pushed" if decision["pushed"] else "not pushed"
    return f"""The estimator's MSE on the test people is {decision["mse"]:.3f}, that of one who always says 0 is
        {decision["mse of 0"]:.3f}: generator and estimator are {verdict}."""
