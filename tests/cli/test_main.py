import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from au_tf import __version__
from au_tf.cli import main, output

HEAVY = {"tensorflow", "keras", "numpy", "scipy", "cv2", "dlib", "skimage", "trimesh", "PIL", "pandas"}


@pytest.mark.parametrize("words", [[], ["help"], ["--help"], ["-h"]])
def test_help_lists_all_commands_and_loads_nothing_heavy(words):
    code = """
import sys
from au_tf.cli.main import main
status = main(sys.argv[1:])
print(*(name for name in sys.modules if "." not in name), file=sys.stderr)
sys.exit(status)
"""
    result = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert result.returncode == 0
    for told in ("synthesize", "doctor", "Exit status", "AU_TF_CACHE", "--quiet"):
        assert told in " ".join(result.stdout.split())
    assert not HEAVY & set(result.stderr.split())


def test_version(capsys):
    assert main.main(["--version"]) == 0
    assert capsys.readouterr().out == f"au-tf {__version__}\n"


def test_python_runs_the_package():
    result = subprocess.run([sys.executable, "-P", "-m", "au_tf", "--version"], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, f"au-tf {__version__}\n")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["dance"], 'Unknown command "dance"'),
        (["docto"], 'Did you mean "doctor"?'),
        (["doctor", "--qui"], "--qui"),
        (["doctor", "now"], "Found now, expected no more words"),
        (["train", "caae", "--out", "x", "--iteration", "3"], "Did you mean --iterations?"),
        (["train", "caae", "--o", "x"], "Unknown option: --o."),
        (["synthesize", "a.jpg", "--aus", "AU1=1", "--out", "b.png"], "Did you mean --au?"),
        (["doctor", "--face-modle", "x"], "--face-modle"),
        (["train", "fiter", "--out", "x"], 'Did you mean "fitter"?'),
        (["synthesize"], "PHOTO"),
        (["synthesize", "a.jpg", "--out", "b.png"], "--au"),
        (["extract", "a.jpg", "--out", "b.npz", "--face", "-1"], "--face"),
        (["extract", "a.jpg", "--out", "b.npz", "--face", "one"], "--face"),
        (["synthesize", "a.jpg", "--au", "AU1=1", "--out", "b.png", "--face", "0.9"], '"0.9" into int'),
        (["train", "caae", "--out", "x", "--iterations", "2.5"], '"2.5" into int'),
        (["help", "nothing"], 'Unknown command "nothing"'),
        (["doctor", "--config", "none.toml"], "--config none.toml: file: found nothing"),
        (["doctor", "--config", "whole.toml"], "--config whole.toml: settings: found TOMLDecodeError"),
        (["doctor", "--config", "whole.yaml"], "--config whole.yaml: settings: found"),
        (["doctor", "--config", "none.ini"], "expected .toml or .yaml or .yml or .json"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(argv, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "whole.toml").write_text("a = [")
    (tmp_path / "whole.yaml").write_text("a: [")
    assert main.main(argv) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    ("raised", "status", "told"),
    [
        (KeyboardInterrupt(), 130, "\n"),
        (OSError(28, "No space left on device", "out.png"), 2, "au-tf: out.png: No space left on device\n"),
        (
            ModuleNotFoundError("No module named 'dlib'", name="dlib"),
            2,
            "au-tf: No module named 'dlib'; au-tf doctor tells what",
        ),
    ],
)
def test_what_happens_while_running_ends_without_a_traceback(raised, status, told, monkeypatch, capsys):
    def look():
        raise raised

    monkeypatch.setattr("au_tf.cli.commands.doctor._looks", look)
    assert main.main(["doctor"]) == status
    err = capsys.readouterr().err
    assert err.startswith(told)
    assert err.count("\n") == 1


class Point(NamedTuple):
    """A member of a result."""

    seed: int
    place: Path


@dataclass(frozen=True)
class Result:
    """What a verb of the library may give back."""

    paths: list
    errors: dict
    share: float = 0.5


def test_results_are_paths_or_json(capsys):
    result = Result([Path("a.png"), Path("b.png")], {("Ours", 1): np.arange(2), "all": Point(1, Path("c"))})
    for made in (result, result.paths):
        assert output.show(made, as_json=False) == 0
        assert capsys.readouterr().out == "a.png\nb.png\n"
    output.show(result, as_json=True)
    told = {"Ours 1": [0, 1], "all": {"seed": 1, "place": "c"}}
    assert json.loads(capsys.readouterr().out) == {"paths": ["a.png", "b.png"], "errors": told, "share": 0.5}
    output.show(Path("a.png"), as_json=True)
    assert json.loads(capsys.readouterr().out) == {"paths": ["a.png"]}


COMMAND = [sys.executable, "-P", "-m", "au_tf"]


def test_who_stops_reading_or_listens_to_nothing_sees_no_traceback():
    quiet = subprocess.run(["sh", "-c", '"$@" --help | head -0', "sh", *COMMAND], capture_output=True, text=True)
    assert (quiet.returncode, quiet.stderr) == (0, "")
    closed = subprocess.run(["sh", "-c", '"$@" dance 2>&-', "sh", *COMMAND], capture_output=True, text=True)
    assert (closed.returncode, closed.stdout) == (2, "")


@pytest.mark.parametrize("words", [["train"], ["evaluate", "-v"], ["cache", "--json"]])
def test_the_first_word_of_two_tells_the_second_ones(words, capsys):
    assert main.main(words) == 0
    assert f"au-tf {words[0]} COMMAND" in capsys.readouterr().out


def test_what_is_there_is_kept_on_demand(tmp_path, capsys):
    (tmp_path / "a.npz").write_text("mine")
    for command in (["train", "mixed", "--out", str(tmp_path)], ["extract", "x.png", "--out", str(tmp_path / "a.npz")]):
        assert main.main([*command, "--no-overwrite"]) == 2
        assert f"--out {command[-1]}: place: found one that is taken" in capsys.readouterr().err
    assert (tmp_path / "a.npz").read_text() == "mine"
    assert main.main(["extract", "x.png", "--no-overwrite", "--out", str(tmp_path / "b.npz")]) == 2
    assert "x.png" in capsys.readouterr().err


def test_results_are_not_mixed_with_what_is_another_s(tmp_path, capsys):
    (tmp_path / "README.md").write_text("mine")
    for command in ("train mixed", "evaluate table1", "reproduce"):
        assert main.main([*command.split(), "--out", str(tmp_path)]) == 2
        told = capsys.readouterr().err
        assert f"--out {tmp_path}: folder: found README.md in it, expected an empty one" in told
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_every_place_of_a_command_is_known():
    writes_nothing = ("face-model info", "cache info", "cache clear", "verify", "sign", "doctor", "studio")
    for words in main.COMMANDS:
        _, apps, _ = main.build_app().parse_commands(words.split())
        options = {o.field_info.name for o in apps[-1].assemble_argument_collection()}
        assert ("out" in options) == (words not in writes_nothing)
