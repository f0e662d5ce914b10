"""Action Units as people write them."""

import numpy as np
import pytest

from au_tf import facs
from au_tf.errors import InputError


@pytest.mark.parametrize(
    "text",
    [
        "AU12=5,AU6=2",
        "AU12:5 au6:2",
        "au12=5;AU06=2",
        "12E+6B",
        "AU12E, AU6=b",
        "AU 12 = 5, AU_6: 2",
        "AU25=0+12=5+6=2",
    ],
)
def test_ways_of_writing_the_same(text):
    expected = np.zeros(12, np.float32)
    expected[[facs.AU_NUMBERS.index(12), facs.AU_NUMBERS.index(6)]] = 5, 2
    np.testing.assert_array_equal(facs.parse(text), expected)
    np.testing.assert_array_equal(facs.parse(facs.format_intensities(expected)), expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("L12D", "AU12: found one side, expected both: AU12 moves left and right alike here"),
        ("12DR", "found one side"),
        ("12", "AU12: found nothing, expected an intensity from 0 to 5, or from A to E"),
        ("12F", "12F: found no Action Unit"),
        ("AU7=3", "AU7: found an Action Unit that is not coded, expected one of AU1"),
        ("AU16=3", "AU16: found an Action Unit that is not coded, expected one of AU1"),
        ("AUl2=3", "did you mean AU2 or"),
        ("12C+AU12=5", "AU12: found given twice"),
        ("AU12=2,5", "5: found"),
    ],
)
def test_what_is_none_is_told(text, told):
    with pytest.raises(InputError) as caught:
        facs.parse(text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("L12=5", "L12=5"),
        ("12=3+6=2", "AU6=2,AU12=3"),
        ("L12D,R12B,AU6=1", "AU6=1,L12=4,R12=2"),
        ("AU12L=2,AU12R=2", "AU12=2"),
        ("", "neutral"),
    ],
)
def test_sides_are_written_as_they_are_read(text, written):
    sides = facs.parse_sides(text)
    assert facs.format_sides(sides) == written
    if written != "neutral":
        np.testing.assert_array_equal(facs.parse_sides(written), sides)


def test_left_comes_first_and_both_sides_twice():
    sides = facs.parse_sides("L12=5,6=1")
    assert sides[:, facs.AU_NUMBERS.index(12)].tolist() == [5, 0] and sides[:, facs.AU_NUMBERS.index(6)].tolist() == [
        1,
        1,
    ]


@pytest.mark.parametrize("text", ["L12=5,AU12=3", "L12=1,L12=2", "L12R=3"])
def test_sides_that_contradict_are_told(text):
    with pytest.raises(InputError):
        facs.parse_sides(text)
