"""How Sphinx builds the site: `make docs`, which reads docs/ and the docstrings and fetches nothing."""

import re

from docutils import nodes
from sphinx.addnodes import desc_annotation, pending_xref
from sphinx.application import Sphinx

import au_tf
from au_tf import startup

startup.start_tensorflow()

CARDS = {
    "../datasets/disfa/README.md": "cards/disfa.md",
    "../datasets/disfa_plus/README.md": "cards/disfa_plus.md",
    "../datasets/simulated_disfa/README.md": "cards/simulated_disfa.md",
    "../saved_models/caae-builtin/README.md": "cards/caae_builtin.md",
    "../saved_models/caae-ict-facekit/README.md": "cards/caae_ict_facekit.md",
    "../saved_models/caae-anny/README.md": "cards/caae_anny.md",
    "../saved_models/fitter-builtin/README.md": "cards/fitter_builtin.md",
    "../saved_models/estimator-landmarks/README.md": "cards/estimator_landmarks.md",
}
"""Files beside what they tell of, and the pages of the site that hold them."""
KINDS = {"Any": "Array", "bool": "Bool", "floating": "Float", "integer": "Int", "uint8": "Pixels"}
"""Names in `au_tf.arrays` of what NumPy calls otherwise but for the first letter."""

project = "au_tf"
version = release = au_tf.__version__
project_copyright = "the authors of au_tf, Apache License 2.0"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_design",
]
exclude_patterns = ["site", "jupyter_execute"]
templates_path = ["_templates"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# A test runs the notebook; the site shows what is stored in it.
nb_execution_mode = "off"

# Docstrings are prose with `code`; types are told by annotations.
default_role = "code"
highlight_language = "python"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
napoleon_numpy_docstring = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

html_theme = "pydata_sphinx_theme"
html_title = "au_tf"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "au_tf"},
    "navigation_with_keys": False,
    "show_toc_level": 1,
    # Every module's name on every module's page takes a second a page.
    "collapse_navigation": True,
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {"index": [], "gallery": [], "results": [], "tour": [], "commands": []}


def setup(app: Sphinx) -> None:
    """Connects what reads the project's own manner of writing."""
    app.connect("source-read", _link_cards)
    app.connect("doctree-read", _look_up_whole_names)
    app.connect("autodoc-skip-member", _skip_routing)
    app.connect("autodoc-process-signature", _name_types)
    # Before napoleon, which sees the sections.
    app.connect("autodoc-process-docstring", _plain_text, priority=400)


def _skip_routing(app: Sphinx, what: str, name: str, thing: object, skipped: bool, options: object) -> bool | None:
    """What scikit-learn adds to its regressors refers to its own pages."""
    return True if re.fullmatch(r"set_\w+_request", name) else None


def _link_cards(app: Sphinx, name: str, source: list[str]) -> None:
    """Leads links to files outside docs/ to their pages."""
    up = "../" * name.count("/")
    for path, page in CARDS.items():
        source[0] = source[0].replace(f"]({path})", f"]({up}{page})")


def _look_up_whole_names(app: Sphinx, doctree: nodes.document) -> None:
    """Types link by their whole names: last names alone mean several things, and looking for them takes minutes."""
    for reference in doctree.findall(pending_xref):
        reference.attributes.pop("refspecific", None)
    for annotation in doctree.findall(desc_annotation):
        # Each name is there twice: as it is shown, and as it would be if it led nowhere.
        shown = [text for text in annotation.findall(nodes.Text) if text.parent.get("condition") != "*"]
        if "ndarray" in shown:
            annotation.children = [nodes.Text(_array_types("".join(shown), ""))]


def _name_types(
    app: Sphinx, what: str, name: str, thing: object, options: object, arguments: str | None, result: str | None
) -> tuple[str | None, str | None]:
    return _array_types(arguments or "") or None, _array_types(result or "") or None


def _array_types(text: str, room: str = "~au_tf.arrays.") -> str:
    """Calls arrays what the code calls them."""
    pattern = r"~?(?:numpy\.)?ndarray\[tuple\[[\w.~]*Any, \.\.\.\], ~?(?:numpy\.)?dtype\[[\w.~]*?(\w+)\]\]"
    return re.sub(pattern, lambda found: room + KINDS.get(found[1], found[1].capitalize()), text)


def _plain_text(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Makes reStructuredText of a docstring: an indented paragraph is code, `*`, `|` and `_` are themselves."""
    # Napoleon takes what stands before a colon for a type, in the first line about a value and in that of `Returns:`;
    # an empty comment is such a line without a colon.
    result = ["..", ""] if what in ("attribute", "data", "property") else []
    code = False
    for line in [":returns:" if line == "Returns:" else line for line in lines]:
        indented = line.startswith("    ")
        if indented and not code and result and not result[-1] and not _in_section(result):
            result += ["::", ""]
            code = True
        code = code and (indented or not line)
        result.append(line if code else _escaped(line))
    lines[:] = result


def _in_section(lines: list[str]) -> bool:
    """Whether the last line that is not indented opens a section, as `Args:` does."""
    last = next((line for line in reversed(lines) if line and not line.startswith(" ")), "")
    return re.fullmatch(r"[A-Z]\w+:|:returns:", last) is not None


def _escaped(line: str) -> str:
    parts = re.split(r"(`[^`]*`)", line)
    return "".join(part if part.startswith("`") else re.sub(r"([*|\\]|_(?!\w))", r"\\\1", part) for part in parts)
