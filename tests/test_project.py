import ast
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

from au_tf.cli.main import build_parser

ROOT = Path(__file__).parents[1]
GROUND = ("errors", "arrays", "facs", "files", "images", "resources", "startup", "timeline")
ROOMS = ("morphable", "rendering", "fitting", "synthesis", "estimation", "evaluation", "serving", "cli")
RANK = dict.fromkeys(GROUND, 0) | {room: 1 + k for k, room in enumerate(ROOMS)}
OUTSIDE = ("datasets", "pipelines")


def imports(path):
    """Full names of what a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from names


def rooms(path):
    """The rooms of au_tf that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("au_tf.")} - {"__version__"}


def test_rooms_import_only_what_lies_before_them():
    wrong = []
    for path in sorted((ROOT / "au_tf").rglob("*.py")):
        room = path.relative_to(ROOT / "au_tf").parts[0].removesuffix(".py")
        if room == "__init__":
            assert not list(imports(path)), "au_tf itself imports nothing"
            continue
        assert room in RANK, f"{path}: a room that has no place in the order"
        for other in rooms(path) - {room}:
            allowed = room == "cli" if other in OUTSIDE else RANK[other] < RANK[room] or RANK[room] == 0 == RANK[other]
            if not allowed:
                wrong.append(f"{path.relative_to(ROOT)} imports au_tf.{other}")
    assert not wrong


def test_what_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    owners = dict(metadata.packages_distributions())
    owners["dlib"] = ["dlib-bin"]  # it names only its compiled part
    used = {"face-recognition-models"}  # only a file of it is read
    for path in sorted((ROOT / "au_tf").rglob("*.py")):
        for module in {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - {"au_tf"}:
            found = {canonicalize_name(owner) for owner in owners.get(module, ())} & declared
            assert found, f"{path.relative_to(ROOT)} imports {module}, which pyproject.toml does not ask for"
            used |= found
    assert used == declared


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


def readme_commands():
    """Lines of the README's code blocks that call the command or make."""
    lines = re.findall(r"^ {4,}((?:au-tf|make) .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def test_commands_of_the_readme_exist():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = readme_commands()
    assert {words[0] for words in commands} == {"au-tf", "make"}
    for program, *words in commands:
        if program == "make":
            assert set(words) <= set(targets)
        elif words not in (["--help"], ["--version"]):
            assert build_parser().parse_args(words).run


def test_folders_of_the_readme_exist():
    folders = re.findall(r"^ {4,}(\S+/\S*|\S+\.py) {2,}\S", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(folders) >= 10
    assert [folder for folder in folders if not (ROOT / folder).exists()] == []
