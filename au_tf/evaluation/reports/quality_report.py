"""Quality beyond Table 1 in markdown and CSV."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float64
from au_tf.evaluation.protocols.same_label import FRAMES_EACH, LEAST_PEOPLE
from au_tf.evaluation.protocols.table1 import REAL
from au_tf.evaluation.quality import SOURCES, Identity, Quality, Response
from au_tf.evaluation.reports.table1_report import Heading
from au_tf.evaluation.reports.text_tables import comma_separated, figure, markdown, paragraph
from au_tf.facs import AU_NAMES

Qualities = Mapping[tuple[str, int], Quality]
"""By row and seed."""


class Measure(NamedTuple):
    """A column of the report."""

    name: str
    """In the CSV."""
    column: str
    """In markdown."""
    digits: int
    """After the point."""
    value: Callable[[Quality], float]
    """Of one row and seed; NaN where it has no meaning."""
    of_real: bool = False
    """Whether its multiple of the row "Real" stands beside it."""


def _response(by: str, of: Callable[[Quality], Response | None]) -> list[Measure]:
    def defined(value: Callable[[Response], float]) -> Callable[[Quality], float]:
        def measured(quality: Quality) -> float:
            response = of(quality)
            return float("nan") if response is None else value(response)

        return measured

    return [
        Measure(f"{by}_rising", "rises at every step, %", 0, defined(lambda r: 100 * r.monotone)),
        Measure(f"{by}_least_step", "least step", 2, defined(lambda r: float(r.least_step.min()))),
        Measure(f"{by}_asked", "asked at 5", 2, defined(lambda r: r.strength)),
        Measure(f"{by}_leakage", "not asked", 3, defined(lambda r: r.leakage)),
        Measure(f"{by}_leakage_share", "share of asked", 3, defined(lambda r: r.leakage / r.strength)),
    ]


def _identity(kind: str, of: Callable[[Quality], Identity]) -> list[Measure]:
    return [
        Measure(f"{kind}_own", "to the own, mm", 2, lambda q: of(q).own),
        Measure(f"{kind}_others", "to others, mm", 2, lambda q: of(q).others),
        Measure(f"{kind}_ratio", "own/others", 2, lambda q: of(q).own / of(q).others),
        Measure(f"{kind}_found", "own is nearest, %", 0, lambda q: 100 * of(q).found),
        Measure(f"{kind}_chance", "by chance, %", 0, lambda q: 100 * of(q).chance),
    ]


_SPREAD = [
    Measure("between", "between people, mm", 2, lambda q: q.diversity.between, of_real=True),
    Measure("total", "all, mm", 2, lambda q: q.diversity.total, of_real=True),
]
_RANGE = [
    Measure("outside", "outside, %", 2, lambda q: 100 * q.range.share),
    Measure("range_loss", "L_R", 4, lambda q: q.range.loss),
]

SECTIONS: tuple[tuple[str, str, list[Measure]], ...] = (
    (
        "Intensities, as the SVR estimates them",
        f"""Each Action Unit is asked for by itself at 0 to 5 of {SOURCES} neutral frames. How many of the mean answers
rise at every step, and the least step of all; by how much the one that is asked for rises from 0 to 5 on average, and
by how much, up or down, the 11 others. The SVR is trained on real frames, where Action Units come together and errors
hide what is shown, so it answers too little, and with more than was asked.""",
        _response("svr", lambda q: q.estimated),
    ),
    (
        "Intensities, as measured over the mesh",
        """The same by least squares against the face model's own actions, which is exact where an expression consists
of them. A generator learns from coefficients as they were extracted, and shows what an extraction sees.""",
        _response("mesh", lambda q: q.measured),
    ),
    (
        "Identity: resting face",
        """Nothing is asked of the same frames. Root mean square distance over the face to the resting face of this
person and of every other one, the training people among them; a resting face is the median of the neutral frames.""",
        _identity("resting", lambda q: q.resting),
    ),
    (
        "Identity: expressions",
        f"""For every label that a test person and at least {LEAST_PEOPLE} people in all show in {2 * FRAMES_EACH}
frames each: distance of {FRAMES_EACH} expressions with that label, generated from neutral frames, to the mean of
{FRAMES_EACH} real ones of this person, and of every other one who shows it.""",
        _identity("expressive", lambda q: q.expressive),
    ),
    (
        "Diversity",
        """Standard deviation over the face among expressions of one label, generated from neutral frames of all who
show it: between the means of people, and of all expressions about their common mean.""",
        _SPREAD,
    ),
    (
        "Range",
        "Expressions of Table 1 of which a coefficient lies outside the training frames' bounds, and the mean of L_R "
        "(eq. 9).",
        _RANGE,
    ),
)


def quality_report(heading: Heading, qualities: Qualities) -> str:
    """All measures in markdown, means ± standard deviations over the seeds."""
    sections = [f"## {name}\n\n{paragraph(text)}\n\n{_table(measures, qualities)}" for name, text, measures in SECTIONS]
    introduction = f"""Beyond [Table 1](table1.md): the same generators on {heading.data} (`{heading.config}`), made by
the same command. Where nothing else is said, what is generated starts from neutral frames of {heading.tested}
{heading.people} people, from whom no generator has learnt."""
    return "\n\n".join([f"# Quality on {heading.data}", paragraph(introduction), *sections]) + "\n"


def _table(measures: list[Measure], qualities: Qualities) -> str:
    header = [""]
    for measure in measures:
        header += [measure.column, f"of {REAL}"] if measure.of_real else [measure.column]
    rows = dict.fromkeys(row for row, _ in qualities)
    lines = ([row, *(cell for measure in measures for cell in _cells(measure, row, qualities))] for row in rows)
    told = [line for line in lines if set(line[1:]) != {figure([np.nan])}]
    return markdown(header, told) if told else "There are too few such frames."


def _cells(measure: Measure, row: str, qualities: Qualities) -> Iterator[str]:
    values = _values(measure, row, qualities)
    yield figure(values, measure.digits)
    if measure.of_real:
        yield figure(values / _values(measure, REAL, qualities), 2)


def _values(measure: Measure, row: str, qualities: Qualities) -> Float64:
    return np.array([measure.value(quality) for (name, _), quality in qualities.items() if name == row])


def quality_csv(qualities: Qualities) -> bytes:
    """One line a row, seed and measure, and one for every mean that a response consists of."""
    header = ("row", "seed", "measure", "asked", "intensity", "unit", "value")
    return comma_separated(header, (line for key, quality in qualities.items() for line in _records(*key, quality)))


def _records(row: str, seed: int, quality: Quality) -> Iterator[tuple[object, ...]]:
    for _, _, measures in SECTIONS:
        for measure in measures:
            yield row, seed, measure.name, "", "", "", float(measure.value(quality))
    for by, response in (("svr", quality.estimated), ("mesh", quality.measured)):
        if response is not None:
            for (asked, level, unit), value in np.ndenumerate(response.found):
                yield row, seed, f"{by}_response", AU_NAMES[asked], level, AU_NAMES[unit], float(value)
