"""The markdown that reports are written in as one HTML page."""

import html

from markdown_it import MarkdownIt

_STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
img { max-width: 100% } pre { background: #f4f4f4; padding: .6rem; overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .2rem .7rem; border-bottom: 1px solid #ddd }
th { border-bottom: 2px solid #999 } td + td, th + th { text-align: right; white-space: nowrap }
"""


def page(title: str, text: str) -> str:
    """A page of whatever markdown a report holds.

    Args:
      title: of the page.
      text: CommonMark with tables; HTML in it is shown, not obeyed.
    """
    reader = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}).enable("table")
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{reader.render(text)}</body></html>\n'
