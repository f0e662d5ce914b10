"""The markdown that reports are written in as one HTML page."""

import html
import re
from collections.abc import Iterator

_STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
img { max-width: 100% } pre { background: #f4f4f4; padding: .6rem; overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .2rem .7rem; border-bottom: 1px solid #ddd }
th { border-bottom: 2px solid #999 } td + td, th + th { text-align: right; white-space: nowrap }
"""


def page(title: str, text: str) -> str:
    """A page of headings, paragraphs, tables, indented code and pictures, which is all that the reports hold.

    Args:
      title: of the page.
      text: markdown.
    """
    body = "\n".join(_block(block) for block in re.split(r"\n{2,}", text.strip("\n")))
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _block(block: str) -> str:
    heading = re.fullmatch(r"(#{1,6}) (.*)", block)
    if heading:
        level = len(heading[1])
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    if block.startswith("    "):
        lines = [line.removeprefix("    ") for line in block.split("\n")]
        return f"<pre>{html.escape(chr(10).join(lines))}</pre>"
    if block.startswith("|"):
        return f"<table>\n{chr(10).join(_rows(block))}\n</table>"
    return f"<p>{_inline(block)}</p>"


def _rows(block: str) -> Iterator[str]:
    for number, line in enumerate(block.split("\n")):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if number == 1 and all(re.fullmatch(":?-+:?", cell) for cell in cells):
            continue
        tag = "td" if number else "th"
        yield "<tr>" + "".join(f"<{tag}>{_inline(cell)}</{tag}>" for cell in cells) + "</tr>"


def _inline(text: str) -> str:
    escaped = html.escape(text, quote=False)
    escaped = re.sub(r"!\[([^\]]*)\]\(([^)]*)\)", r'<img src="\2" alt="\1">', escaped)
    escaped = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', escaped)
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escaped)
