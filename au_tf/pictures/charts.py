"""Charts as pictures."""

import io

from matplotlib.figure import Figure

_DPI = 110


def to_png(figure: Figure) -> bytes:
    """A figure as the content of a PNG."""
    whole = io.BytesIO()
    figure.savefig(whole, format="png", dpi=_DPI, facecolor="white")
    return whole.getvalue()
