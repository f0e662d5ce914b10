"""The adapter of OpenFace, with a program in its place that writes a CSV as OpenFace 2.2 does."""

import stat
import sys

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.estimation.openface import OpenFace, find_openface
from au_tf.facs import AU_NUMBERS
from au_tf.timeline import read_openface_rows

UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
NAMES = ["frame", "face_id", "timestamp", "confidence", "success"]
NAMES += [f"AU{u:02d}_r" for u in UNITS] + [f"AU{u:02d}_c" for u in (*UNITS[:-1], 28, 45)]
HEADER = ", ".join(NAMES)

PROGRAM = """#!{python}
# Intensity of each Action Unit: the brightness of the picture; a black one has no face.
import os, sys
import cv2
words = sys.argv[1:]
source, out, name = (words[words.index(flag) + 1] for flag in ("-fdir", "-out_dir", "-of"))
assert "-aus" in words and "-au_static" in words
os.makedirs(out)
with open(os.path.join(out, name + ".csv"), "w") as file:
    file.write({header!r} + "\\n")
    for number, path in enumerate(sorted(os.listdir(source)), 1):
        level = cv2.imread(os.path.join(source, path))[0, 0, 2] / 50
        row = [number, 0, 0.0, 0.98, int(level > 0)] + [f"{{level:.2f}}"] * 17 + ["1.00"] * 18
        file.write(", ".join(map(str, row)) + "\\n")
sys.exit({status})
"""


def program(folder, header=HEADER, status=0):
    path = folder / "FeatureExtraction"
    path.write_text(PROGRAM.format(python=sys.executable, header=header, status=status))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_it_is_found_on_the_path_or_where_it_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_openface() is None
    path = program(tmp_path)
    assert find_openface() == path and find_openface(path) == path
    with pytest.raises(InputError, match="openface /none: program: found nothing that can be run"):
        find_openface("/none")


def test_each_picture_gets_its_own_row_and_those_without_a_face_none(tmp_path):
    pictures = np.zeros((12, 8, 8, 3), np.uint8)
    pictures[..., 0] = (np.arange(12) * 20)[:, None, None]
    found = OpenFace(program(tmp_path)).estimate(pictures)
    expected = np.repeat(np.arange(12)[:, None] * 0.4, 12, 1)
    expected[0] = np.nan
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert OpenFace(tmp_path / "none").estimate(pictures[:0]).shape == (0, 12)


def test_columns_are_found_by_name(tmp_path):
    values = {f"AU{u:02d}_r": u / 10 for u in UNITS}
    row = [7, 0, 0.3, 0.95, 1, *(values.get(name, 1.0) for name in NAMES[5:])]
    path = tmp_path / "faces.csv"
    path.write_text(",".join(NAMES) + "\n" + ",".join(map(str, row)) + "\n")
    frames, found = read_openface_rows(path)
    assert frames.tolist() == [7]
    np.testing.assert_allclose(found[0], np.array(AU_NUMBERS) / 10, rtol=1e-6)


def test_what_goes_wrong_is_told(tmp_path):
    pictures = np.full((2, 8, 8, 3), 100, np.uint8)
    header = ", ".join(name for name in NAMES if name != "AU12_r") + ", other"
    with pytest.raises(InputError, match="columns: found no AU12, expected those of OpenFace"):
        OpenFace(program(tmp_path, header)).estimate(pictures)
    with pytest.raises(InputError, match=r"FeatureExtraction: status: found 3 \(silent\), expected 0"):
        OpenFace(program(tmp_path, status=3)).estimate(pictures)
