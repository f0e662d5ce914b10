import subprocess
import sys

import pytest

from au_tf import __version__
from au_tf.cli import main

HEAVY = {"tensorflow", "keras", "numpy", "scipy", "cv2", "dlib", "skimage", "trimesh", "PIL"}


def test_help_loads_nothing_heavy():
    code = """
import sys
from au_tf.cli.main import main
try:
    main(["--help"])
finally:
    print(*(name for name in sys.modules if "." not in name), file=sys.stderr)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0
    assert "synthesize" in result.stdout
    assert not HEAVY & set(result.stderr.split())


def test_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        main.main(["--version"])
    assert capsys.readouterr().out == f"au-tf {__version__}\n"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["dance"],
        ["synthesize"],
        ["synthesize", "a.jpg", "--out", "b.png"],
        ["extract", "a.jpg", "--out", "b.npz", "--face", "-1"],
        ["extract", "a.jpg", "--out", "b.npz", "--face", "one"],
    ],
)
def test_wrong_usage_is_one_line_and_status_2(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        main.main(argv)
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


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
    def run(args):
        raise raised

    monkeypatch.setattr("au_tf.cli.doctor.run", run)
    assert main.main(["doctor"]) == status
    err = capsys.readouterr().err
    assert err.startswith(told)
    assert err.count("\n") == 1
