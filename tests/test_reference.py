"""The reference that `make docs` writes."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "docs" / "make_api.py"


def test_reference_has_every_public_module_with_its_docstrings(tmp_path):
    pytest.importorskip("griffe")
    spec = importlib.util.spec_from_file_location("make_api", SCRIPT)
    make_api = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_api)
    make_api.main(tmp_path / "api")
    sources = SCRIPT.parents[1].glob("au_tf/*/[a-z]*.py")
    missing = [path for path in sources if not list((tmp_path / "api").glob(f"*.{path.parent.name}.{path.stem}.md"))]
    assert not missing
    page = (tmp_path / "api" / "au_tf.facs.md").read_text()
    assert "parse(*texts: str) -> Float32" in page and 'Reads intensities such as "AU12=5,AU6=2.5"' in page
