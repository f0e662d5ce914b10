"""What is written about the code: the site, the names in it, and the README."""

import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

import au_tf
from au_tf.pictures.images import read_image, write_image

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/*/README.md")])
NESTED = ("datasets", "pipelines", "saved_models")


def file_of(name):
    """The file or folder of a dotted name's longest part that is a module, and what of the name is left."""
    parts = name.split(".")
    for count in range(len(parts), 1, -1):
        place = ROOT.joinpath(*parts[1 if parts[1] in NESTED else 0 : count])
        for path in (place.with_suffix(".py"), place / "__init__.py", place):
            if path.exists():
                return path, parts[count:]
    return ROOT / "au_tf" / "__init__.pyi", parts[1:2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_on_a_page_exist(page):
    wrong = []
    for name in set(re.findall(r"\bau_tf(?:\.[A-Za-z]\w*)+", page.read_text())):
        path, rest = file_of(name)
        if rest and not (path.is_file() and all(re.search(rf"\b{part}\b", path.read_text()) for part in rest)):
            wrong.append(name)
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_on_a_page_exist(page):
    text = page.read_text()
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", text)
    paths = re.findall(r"`((?:au_tf|benchmarks|datasets|docs|pipelines|tests)/[\w/]+\.\w+)`", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_python_of_the_readme_runs(tmp_path, monkeypatch):
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    write_image("me.jpg", astronaut())
    exec(lines)
    change = np.abs(read_image("smile.png").astype(int) - read_image("me.jpg"))
    assert change.max() > 50 and np.median(change) == 0


def test_library_page_has_every_public_name_and_each_says_what_it_is():
    listed = re.findall(r"^   (\w+)$", (ROOT / "docs" / "reference" / "library.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(au_tf.__all__)
    spoken = {name: getattr(au_tf, name) for name in listed if callable(getattr(au_tf, name))}
    assert [name for name, thing in spoken.items() if not inspect.getdoc(thing)] == []


@pytest.mark.slow
def test_tour_runs(tmp_path):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    stored = nbformat.read(ROOT / "docs" / "tour.ipynb", 4)
    run = nbclient.NotebookClient(
        nbformat.from_dict(stored), timeout=1200, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [[set(each.get("data", "")) for each in cell.get("outputs", ()) if "data" in each] for cell in run.cells]
    assert shown == [[set(each.data) for each in cell.get("outputs", ()) if "data" in each] for cell in stored.cells]
    assert sum("image/jpeg" in kinds for cell in shown for kinds in cell) >= 5


@pytest.mark.slow
def test_site_is_built_without_warnings(tmp_path):
    pytest.importorskip("sphinx")
    shutil.rmtree(ROOT / "docs" / "reference" / "generated", ignore_errors=True)
    build = [
        sys.executable,
        "-P",
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-d",
        tmp_path / "doctrees",
        "docs",
        tmp_path,
    ]
    result = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.glob("au_tf/**/[a-z]*.py")]
    pages = {path.stem for path in (tmp_path / "reference" / "generated").glob("*.html")}
    assert len(modules) > 50 and set(modules) <= pages
    # A public function of a deep module, with what its docstring says of an argument.
    page = (tmp_path / "reference" / "generated" / "au_tf.facs.html").read_text()
    assert 'id="au_tf.facs.parse"' in page and "Reads intensities such as" in page
