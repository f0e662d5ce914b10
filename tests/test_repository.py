"""What stands round the code: workflows, the image, how to cite it, and what a source distribution holds."""

import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

import au_tf

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MAKEFILE = (ROOT / "Makefile").read_text()
PYTHONS = {entry.rpartition(" ")[2] for entry in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", entry)}


def check_command(words):
    """Makes sure that a command of the project that is called from outside is there."""
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        rules = MAKEFILE.replace("$(VENV)", ".venv")
        assert all(re.search(rf"^{re.escape(target)}:", rules, re.MULTILINE) for target in targets), words
    elif "/" in words[0]:
        assert (ROOT / words[0]).stat().st_mode & 0o111, words


def test_workflows_run_what_there_is_on_every_python():
    (path,) = (ROOT / ".github" / "workflows").iterdir()
    jobs = yaml.safe_load(path.read_text())["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]
    assert ".ci/run" in commands
    for command in commands:
        for part in command.split(" && "):
            check_command(shlex.split(part))
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in steps if "uses" in step)
    asked = {step.get("with", {}).get("python-version") for step in steps} - {None, "${{ matrix.python }}"}
    assert asked | set(jobs["pythons"]["strategy"]["matrix"]["python"]) == PYTHONS


def test_the_image_is_made_of_what_there_is():
    lines = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    kinds = dict(steps)
    assert re.fullmatch(r"python:(3\.\d+)-slim", kinds["FROM"])[1] in PYTHONS
    check_command(shlex.split(kinds["RUN"]))
    check_command(yaml.safe_load(kinds["CMD"]))
    left_out = (ROOT / ".dockerignore").read_text().split()
    needed = ("pyproject.toml", "setup.py", "Makefile", "README.md", "au_tf", "datasets", "pipelines", "saved_models")
    assert not {*needed} & {*left_out} and all((ROOT / name).exists() for name in needed)


def test_how_to_cite_it_is_of_this_version():
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= told.keys()
    assert (told["version"], told["license"]) == (au_tf.__version__, PROJECT["license"])
    assert told["references"][0]["title"] in (ROOT / "README.md").read_text().replace("\n", " ")


@pytest.mark.slow
def test_a_source_distribution_holds_what_tests_and_docs_name(tmp_path):
    source = tmp_path / "source"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no checkout")
    for name in listed.stdout.splitlines():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    build = "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=source, check=True, capture_output=True)
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as file:
        held = {name.partition("/")[2] for name in file.getnames()}
    assert set(listed.stdout.splitlines()) - held <= {".gitignore"}
