"""Tables in text: figures with their deviation, markdown that reads well unrendered, CSV."""

import csv
import io
import textwrap
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

NOTHING = "–"  # noqa: RUF001
"""Stands where there is no figure."""


def figure(values: ArrayLike, digits: int = 3) -> str:
    """Mean and, of several, standard deviation (of the sample): "0.468 ± 0.001".

    Args:
      values: float[S], one of each seed; `NOTHING` if they are not all defined.
      digits: after the point.
    """
    numbers = np.asarray(values, np.float64)
    if not (numbers.size and np.isfinite(numbers).all()):
        return NOTHING
    mean = f"{numbers.mean():.{digits}f}"
    return mean if numbers.size == 1 else f"{mean} ± {numbers.std(ddof=1):.{digits}f}"


def percent(changes: ArrayLike) -> str:
    """Mean and, of several, standard deviation (of the sample) of shares by which something changes: "-4.5 ± 1.2 %".

    Args:
      changes: float[S], one of each seed.
    """
    numbers = 100.0 * np.asarray(changes, np.float64)
    mean = f"{numbers.mean():+.1f}"
    return f"{mean} %" if numbers.size == 1 else f"{mean} ± {numbers.std(ddof=1):.1f} %"


def paragraph(text: str) -> str:
    """A text of one paragraph in lines of at most 120 characters."""
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table with its columns aligned, the first to the left and the others to the right."""
    table = [list(header), *map(list, rows)]
    widths = [max(3, *(len(line[k]) for line in table)) for k in range(len(header))]
    lines = [
        "| "
        + " | ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])
        + " |"
        for line in table
    ]
    rule = "| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def comma_separated(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV in UTF-8; what is NaN is left empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if isinstance(cell, float) and np.isnan(cell) else cell for cell in row] for row in rows)
    return text.getvalue().encode()
