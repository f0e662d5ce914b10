"""How faces show themselves in notebooks: a small picture, and bars for the Action Units."""

import base64
import html
import io
from typing import TYPE_CHECKING

from PIL import Image

from au_tf.arrays import Float32, Pixels
from au_tf.facs import ACTION_UNITS, MAX_INTENSITY, ActionUnit

if TYPE_CHECKING:
    import pandas as pd

_SIDE = 160
_BAR = 90
_ROWS = 12


def card(picture: Pixels, title: str, intensities: Float32 | None = None) -> str:
    """A card in HTML.

    Args:
      picture: uint8[H, W, 3], sRGB; it is made small.
      title: a line of text.
      intensities: float32[12] in [0, 5]; those that are not 0 get a bar each.
    """
    shown = [] if intensities is None else zip(ACTION_UNITS, intensities.tolist(), strict=True)
    bars = "".join(_bar(unit, value) for unit, value in shown if value)
    return (
        '<div style="display:flex;gap:12px;align-items:center">'
        f'<img alt="" src="data:image/jpeg;base64,{_small(picture)}">'
        f"<div><b>{html.escape(title)}</b><table>{bars}</table></div></div>"
    )


def table_card(title: str, table: "pd.DataFrame") -> str:
    """A line of text above a table, of which pandas leaves out the middle if it is long."""
    return f"<div><b>{html.escape(title)}</b>{table.to_html(max_rows=_ROWS, max_cols=_ROWS)}</div>"


def _bar(unit: ActionUnit, value: float) -> str:
    length = round(value / MAX_INTENSITY * _BAR)
    bar = f'<div style="width:{length}px;height:8px;background:#4878a8"></div>'
    return f'<tr title="{unit.name}"><td>{unit}</td><td>{bar}</td><td>{value:g}</td></tr>'


def _small(picture: Pixels) -> str:
    image = Image.fromarray(picture)
    image.thumbnail((_SIDE, _SIDE))
    content = io.BytesIO()
    image.save(content, "JPEG")
    return base64.b64encode(content.getvalue()).decode()
