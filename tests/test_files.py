"""Files that are whole or not there, whatever they are called."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from au_tf import files
from au_tf.errors import InputError, escaped
from au_tf.files import cache_folder, whole_file, write_whole
from au_tf.pictures.clips import find_clips
from au_tf.pictures.film import SUFFIXES, write_film
from au_tf.pictures.images import read_image, write_image

OLD = os.fsdecode(b"t\xe9")
"""A name of an old disk, which is no UTF-8."""
GREY = np.full((48, 64, 3), 120, np.uint8)


@pytest.mark.parametrize("length", [1, 243, 244, 251])
def test_names_as_long_as_they_may_be(length, tmp_path):
    write_image(tmp_path / ("a" * length + ".png"), GREY)
    write_film(tmp_path / ("é" * (length // 2) + "a.mkv"), [GREY] * 2, 25)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_name_that_is_too_long_is_refused_before_the_work(tmp_path):
    with pytest.raises(InputError, match="File name too long"), whole_file(tmp_path / ("a" * 253 + ".png")):
        raise AssertionError("the work begins")


def test_names_that_are_no_utf_8_are_read_written_and_told(tmp_path):
    folder = tmp_path / OLD
    write_image(folder / f"{OLD}.png", GREY)
    np.testing.assert_array_equal(read_image(folder / f"{OLD}.png"), GREY)
    for suffix in SUFFIXES:
        write_film(folder / f"{OLD}{suffix}", [GREY] * 3, 25)
        assert [path.name for path in folder.iterdir()].count(f"{OLD}{suffix}") == 1
    (clip,) = find_clips([str(folder / f"{OLD}.mp4")])
    assert len(list(clip.frames())) == 3
    with pytest.raises(InputError) as caught:
        read_image(folder / "none.png")
    assert str(caught.value).encode().startswith(f"{tmp_path}/t\\udce9/none.png: ".encode())
    write_whole(folder / "card.md", f"of {OLD}")
    assert (folder / "card.md").read_text() == "of t\\udce9"


def test_escaped_names_are_told_apart():
    def told(text: str) -> str:
        """What `escaped` was given, by reading from the left."""
        name, at = "", 0
        while at < len(text):
            run = len(text[at:]) - len(text[at:].lstrip("\\"))
            marked = text[at + run : at + run + 5].lower().startswith("udc") and text[at + run + 3] in "89abcdef"
            name += "\\" * (run // 2 if marked else run)
            at += run
            if marked and run % 2:
                name, at = name + chr(int(text[at + 1 : at + 5], 16)), at + 5
            elif at < len(text):
                name, at = name + text[at], at + 1
        return name

    rng = np.random.default_rng(0)
    parts = ["\\", "\udce9", "\udc80", "udce9", "udc12", "a", "é", "\\\\"]
    for _ in range(500):
        name = "".join(rng.choice(parts, rng.integers(1, 8)))
        assert told(escaped(name)) == name and escaped(name).encode()
    assert escaped("C:\\pictures\\unter\\é.png") == "C:\\pictures\\unter\\é.png"


def test_what_a_killed_process_left_in_the_cache_goes(tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    for folder in (tmp_path / "cache" / "fitter", tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
        for name, hours in ((".0123abcd.part.npz", 30), (".4567abcd.part.npz", 1), ("kept.npz", 30)):
            (folder / name).write_bytes(b"half")
            os.utime(folder / name, (time.time() - 3600 * hours,) * 2)
        write_whole(folder / "new.npz", b"whole")
    assert sorted(os.listdir(tmp_path / "cache" / "fitter")) == [".4567abcd.part.npz", "kept.npz", "new.npz"]
    assert len(os.listdir(tmp_path / "elsewhere")) == 4


def test_a_user_without_a_home_has_a_cache(tmp_path, monkeypatch):
    for name in ("AU_TF_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    monkeypatch.setattr(files.tempfile, "gettempdir", lambda: str(tmp_path))
    assert cache_folder() == tmp_path / "au_tf-54321"
    write_whole(cache_folder() / "a.npz", b"")


def test_what_is_compiled_need_not_be_kept(tmp_path):
    # A disk that is full, as seen by the process: nothing longer than 2,000 bytes can be written.
    code = """
import resource, sys
import numpy as np
from au_tf.rendering.native.kernels import combine
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
out = np.zeros((1, 1, 8), np.float32)
combine(np.ones((1, 8), np.float32), np.ones((1, 8, 8), np.float32), np.ones((1, 1, 8), np.float32), out)
print(out.sum())
"""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout == "72.0\n", done.stderr[-500:]
    assert not [path for path in Path(tmp_path).rglob("*.nbc") if path.stat().st_size]


def test_what_earlier_versions_kept_goes_when_it_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path))
    names = ("builtin-0.npz", "builtin-1.npz", "face-2.npz", "versions.npz", "compiled-kernels-0", "compiled-pixels-1")
    for name in names:
        path = tmp_path / name
        path.mkdir() if "." not in name else path.touch()
        os.utime(path, (time.time() - 15 * 86400,) * 2)
    for name in ("builtin-1.npz", "compiled-pixels-1"):
        assert files.kept_place(name) == tmp_path / name
    write_whole(files.kept_place("builtin-2.npz"), b"")
    left = ["builtin-1.npz", "builtin-2.npz", "compiled-pixels-1", "versions.npz"]
    assert sorted(os.listdir(tmp_path)) == left
