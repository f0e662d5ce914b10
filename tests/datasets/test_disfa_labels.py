"""Label files, right and wrong ones."""

import numpy as np
import pytest

from au_tf.datasets.disfa.labels import MAX_BYTES, parse_labels, read_intensities, read_labels
from au_tf.errors import InputError


@pytest.mark.parametrize(
    "text", ["1,0\n2,5\n3,1\n", "1,0\r\n2,5\r\n3,1", "\ufeff1,0\n2,5\n3,1\n\n\n", " 1 , 0\n02,05\n3,1"]
)
def test_what_is_let_pass(text):
    np.testing.assert_array_equal(parse_labels(text, "f"), [0, 5, 1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,0\n2,6\n", r"f: line 2: found intensity 6, expected 0 to 5"),
        ("1,0\n1,0\n", r"f: line 2: found frame 1, expected frame 2: each once, in order"),
        ("1,0\n3,0\n", r"f: line 2: found frame 3, expected frame 2"),
        ("0,0\n1,0\n", r"f: line 1: found frame 0, expected frame 1"),
        ("1,0\n2\n", r"f: line 2: found '2', expected a frame and its intensity, such as 1,0"),
        ("1,0\n2,-1\n", r"f: line 2: found '2,-1'"),
        ("1,0\n2,1.5\n", r"f: line 2: found '2,1.5'"),
        ("1,0\n\n2,0\n", r"f: line 2: found ''"),
        ("1,0\n2,٣\n", r"f: line 2: found"),
        ("1," + "9" * 5000, r"f: line 1: found intensity 999999999999, expected"),
        ("", r"f: labels: found no line"),
        ("\r\n \n", r"f: labels: found no line"),
    ],
)
def test_what_is_not(text, message):
    with pytest.raises(InputError, match=message):
        parse_labels(text, "f")


def test_files(tmp_path):
    path = tmp_path / "SN001_au1.txt"
    path.write_bytes(b"\xef\xbb\xbf1,0\r\n2,3\r\n")
    np.testing.assert_array_equal(read_labels(path), [0, 3])
    path.write_bytes(b"1,0\n2,\xff\n")
    with pytest.raises(InputError, match=r"SN001_au1\.txt: file: found no text"):
        read_labels(path)
    path.write_bytes(b"1,0\n" * MAX_BYTES)
    with pytest.raises(InputError, match=r"SN001_au1\.txt: size: found 4194304 bytes"):
        read_labels(path)


def test_a_subjects_twelve_files(blank):
    np.testing.assert_array_equal(read_intensities(blank.root, "SN001"), blank.intensities("SN001"))
    blank.write_labels("SN001", 20, [0, 1])
    with pytest.raises(InputError, match=r"SN001_au20\.txt: labels: found 2 frames, expected 3, as in SN001_au1\.txt"):
        read_intensities(blank.root, "SN001")
    blank.labels("SN001", 20).unlink()
    with pytest.raises(InputError, match=r"SN001_au20\.txt: file: found nothing, expected labels of AU20"):
        read_intensities(blank.root, "SN001")
