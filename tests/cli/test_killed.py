"""Whichever command is killed, whenever: what stands at its places is whole; the same again ends with equal bytes.

The slow tests walk some commands, and with AU_TF_KILL_ALL=1 all of them.
"""

import os
import random
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from skimage.data import astronaut

import au_tf
from au_tf.cli.main import COMMANDS
from au_tf.pictures.film import write_film
from au_tf.pictures.images import write_image

PEOPLE = "--people 3 --frames 10"
JOBS = {
    "demo": "--photo me.jpg --out out",
    "synthesize": "me.jpg --au AU6=3,AU12=5 --out out/a.png --render out/b.jpg --mesh out/c.obj",
    "animate": "me.jpg moves.csv --out out/a.gif",
    "extract": "me.avi --out out/a.npz --csv out/a.csv",
    "estimate": "me.avi --out out/a.csv",
    "train caae": f"--out out --iterations 300 --batch-size 16 --checkpoint state.npz {PEOPLE}",
    "train cgan": f"--out out --iterations 300 --batch-size 16 --checkpoint state.npz {PEOPLE}",
    "augment": "--count 192 --photos me.npz --policy grid --size 32 --shard 64 --out out",
    "figures": "--out out",
    "face-model convert": "builtin --out out/a.npz",
    "face-model sheets": "builtin --out out",
}
"""Each with everything that it makes below `out`."""
LEFT_OUT = {
    *("train mixed", "train fitter", "train estimator", "train landmark-estimator"),
    *("evaluate table1", "evaluate table2", "evaluate augmentation", "reproduce", "export"),
}
"""What takes minutes at its smallest, or writes SavedModels, which are no two times the same."""
QUICK = {"face-model info", "cache info", "cache clear", "evaluate cross-tool", "verify", "sign", "doctor", "studio"}
"""What is done in a moment; the studio writes nothing."""
USUAL = ("synthesize", "extract", "train caae")
"""What is walked unless all are asked for."""
CUTS = (0.5, 0.9)
"""When a run is killed, as shares of the time that it takes."""


def test_every_command_is_killed_or_left_out_with_a_reason():
    assert JOBS.keys() | LEFT_OUT | QUICK == COMMANDS.keys()


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A folder with what the commands are given."""
    folder = tmp_path_factory.mktemp("given")
    write_image(folder / "me.jpg", astronaut())
    write_film(folder / "me.avi", [np.roll(astronaut(), 2 * k, 1) for k in range(8)], 25)
    (folder / "moves.csv").write_text("time,AU12\n0,0\n0.4,5\n")
    au_tf.extract(folder / "me.jpg").save(folder / "me.npz")
    return folder


def begun(words, folder, given):
    """A command in a process group of its own, in a folder; what one keeps in its cache the next ones find."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AU_TF_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "au_tf", *words, "-q"],
        cwd=folder,
        env=own | {"XDG_CACHE_HOME": str(given.parent / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def place(given, folder):
    folder.mkdir()
    for path in given.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "out").mkdir()
    return folder


def made(folder):
    """What lies below `out`, without what is for a later run."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    shown = (path for path in paths if not any(part.startswith(".") for part in path.parts))
    return {str(path): (folder / path).read_bytes() for path in shown}


@pytest.mark.slow
@pytest.mark.parametrize("command", JOBS)
def test_a_command_that_is_killed_leaves_nothing_half_and_ends_as_if_it_had_not_been(command, given, tmp_path):
    if command not in USUAL and not os.environ.get("AU_TF_KILL_ALL"):
        pytest.skip("AU_TF_KILL_ALL=1 walks it, too")
    words = [*command.split(), *shlex.split(JOBS[command])]
    whole, cut = place(given, tmp_path / "whole"), place(given, tmp_path / "cut")
    start = time.monotonic()
    process = begun(words, whole, given)
    told = process.communicate()[1]
    assert process.returncode == 0, told
    took, expected = time.monotonic() - start, made(whole / "out")
    assert expected
    for share in CUTS:
        process = begun(words, cut, given)
        try:
            process.wait(took * (share + random.Random(command).uniform(-0.05, 0.05)))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        half = {name: content for name, content in made(cut / "out").items() if content != expected.get(name)}
        # An OBJ is the last of its files, a picture the last of its words: what is there is whole or not there.
        assert not half, sorted(half)
    process = begun(words, cut, given)
    told = process.communicate()[1]
    assert process.returncode == 0, told
    assert made(cut / "out") == expected
