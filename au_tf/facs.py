"""The Action Unit vocabulary: order, names, muscles, intensities, scaling and parsing.

Every array of intensities in au_tf has a last axis of 12 in the order of DISFA,
`float32[..., 12]` in [0, 5]. Networks see the same values scaled to [-1, 1].
"""

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from au_tf.arrays import ArrayLike, Float32
from au_tf.errors import Argument, InputError

MAX_INTENSITY = 5.0


@dataclass(frozen=True)
class ActionUnit:
    """One Action Unit of the Facial Action Coding System."""

    number: int
    """Its number in FACS."""
    name: str
    """Its name in FACS."""
    muscles: tuple[str, ...]
    """The muscles that produce it."""

    def __str__(self) -> str:
        return f"AU{self.number}"


ACTION_UNITS = (
    ActionUnit(1, "inner brow raiser", ("frontalis, pars medialis",)),
    ActionUnit(2, "outer brow raiser", ("frontalis, pars lateralis",)),
    ActionUnit(4, "brow lowerer", ("depressor glabellae", "depressor supercilii", "corrugator")),
    ActionUnit(5, "upper lid raiser", ("levator palpebrae superioris",)),
    ActionUnit(6, "cheek raiser", ("orbicularis oculi, pars orbitalis",)),
    ActionUnit(9, "nose wrinkler", ("levator labii superioris alaeque nasi",)),
    ActionUnit(12, "lip corner puller", ("zygomaticus major",)),
    ActionUnit(15, "lip corner depressor", ("depressor anguli oris",)),
    ActionUnit(17, "chin raiser", ("mentalis",)),
    ActionUnit(20, "lip stretcher", ("risorius",)),
    ActionUnit(25, "lips part", ("depressor labii inferioris", "relaxed mentalis or orbicularis oris")),
    ActionUnit(26, "jaw drop", ("masseter", "relaxed temporalis and internal pterygoid")),
)
AU_NUMBERS = tuple(unit.number for unit in ACTION_UNITS)
AU_NAMES = tuple(str(unit) for unit in ACTION_UNITS)

UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 18, 20, 23, 24, 25, 26, 28, 43, 61, 62, 63, 64)
"""Action Units that faces are moved by: DISFA's twelve, and twelve that DISFA does not code, gaze among them."""
ACTIONS = tuple(f"AU{unit}_{side}" for unit in UNITS for side in "LR")
"""Each of them on the person's left and right, since they need not act alike: "AU1_L", "AU1_R", "AU2_L", ..."""


def both_sides(unit: int) -> list[int]:
    """Positions in `ACTIONS` of an Action Unit, left and right."""
    first = 2 * UNITS.index(unit)
    return [first, first + 1]


LETTERS = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "e": 5.0}
"""Intensities as FACS writes them: a trace to the maximum."""

_TERM = re.compile(r"(l|r)?(?:au)?0*(\d+)(l|r)?(?:=(\S+)|([a-e]))?(l|r)?")
_TERMS = "terms such as AU12=5, AU6=2.5 or 12C"


def parse(*texts: str) -> Float32:
    """Reads intensities such as "AU12=5,AU6=2.5", "au12:5" or "6B+12C"; what is not named is 0.

    Args:
      *texts: terms separated by commas, semicolons, plus signs or white space.

    Returns:
      float32[12] in [0, 5].

    Raises:
      InputError: for an unknown or repeated Action Unit, one of one side, or an intensity outside [0, 5].
    """
    sides = parse_sides(*texts)
    for k in np.flatnonzero(sides[0] != sides[1])[:1]:
        source = Argument("intensities", ",".join(texts))
        raise InputError(source, AU_NAMES[k], "one side", f"both: {AU_NAMES[k]} moves left and right alike here")
    return sides[0]


def parse_sides(*texts: str) -> Float32:
    """Reads intensities of which some may be of one side: "AU6=3,L12=5,R12=1", "L12D", "AU12L=4".

    Args:
      *texts: as for `parse`; L is the person's left, R the right, neither is both.

    Returns:
      float32[2, 12] in [0, 5], left and right.

    Raises:
      InputError: for an unknown or repeated Action Unit, or an intensity outside [0, 5].
    """
    sides, source = np.zeros((2, len(ACTION_UNITS)), np.float32), Argument("intensities", ",".join(texts))
    seen: set[tuple[int, int]] = set()
    for term in (term for text in texts for term in _terms(text)):
        match = _TERM.fullmatch(term.lower())
        if match is None:
            raise InputError(source, term, "no Action Unit", f"{_TERMS}; {_alike(term)}")
        number, letters = int(match[2]), {each for each in (match[1], match[3], match[6]) if each}
        if number not in AU_NUMBERS:
            raise InputError(source, f"AU{number}", "an Action Unit that is not coded", f"one of {', '.join(AU_NAMES)}")
        if len(letters) > 1:
            raise InputError(source, term, "two sides", "one of them, or neither for both")
        index = AU_NUMBERS.index(number)
        value = _intensity(source, AU_NAMES[index], match[4] or match[5] or "nothing")
        for side in ("lr".index(letter) for letter in letters or "lr"):
            if (side, index) in seen:
                raise InputError(source, AU_NAMES[index], "given twice", "each Action Unit once")
            seen.add((side, index))
            sides[side, index] = value
    return sides


def format_sides(sides: ArrayLike) -> str:
    """Writes float[2, 12], left and right, as "AU6=3,L12=5,R12=1", the inverse of `parse_sides`."""
    terms = []
    for unit, left, right in zip(ACTION_UNITS, *np.asarray(sides).tolist(), strict=True):
        alike = [(f"{unit}", left)] if left == right else [(f"L{unit.number}", left), (f"R{unit.number}", right)]
        terms += [f"{name}={value:g}" for name, value in alike if value]
    return ",".join(terms) or "neutral"


def intensities_of(
    given: str | Sequence[str] | Mapping[str, float] | ArrayLike | None = None, **units: float
) -> Float32:
    """Intensities however they are given: as text, as numbers, or by names; what is not named is 0.

    Args:
      given: such as "AU12=5,AU6=2.5", several such texts, {"AU12": 5}, or float[..., 12] in the order of `AU_NAMES`.
      **units: such as AU12=5, instead.

    Returns:
      float32[12] in [0, 5], or float32[..., 12] as given.

    Raises:
      InputError: for an unknown or repeated Action Unit, a wrong last axis, or an intensity outside [0, 5].
    """
    texts = [given] if isinstance(given, str) else [] if given is None else given
    named = [f"{name}={value}" for name, value in units.items()]
    if isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts):
        return parse(*texts, *named)
    if isinstance(given, Mapping):
        return parse(*(f"{name}={value}" for name, value in given.items()), *named)
    try:
        values = np.asarray(given).astype(np.float32, casting="same_kind")
    except (TypeError, ValueError):
        expected = f'text such as "AU12=5", or numbers float[..., {len(ACTION_UNITS)}]'
        raise InputError(None, "intensities", repr(given)[:60], expected) from None
    source = Argument("intensities", f"float{list(values.shape)}")
    if named:
        raise InputError(source, next(iter(units)), "a name beside numbers", "either of them")
    if values.ndim < 1 or values.shape[-1] != len(ACTION_UNITS):
        raise InputError(source, "shape", values.shape, f"a last axis of {len(ACTION_UNITS)}")
    for *place, column in np.argwhere(~((values >= 0.0) & (values <= MAX_INTENSITY)))[:1]:
        found = values[*place, column]
        raise InputError(source, AU_NAMES[column], found, f"an intensity from 0 to {MAX_INTENSITY:g}")
    return values


def _terms(text: str) -> list[str]:
    joined = re.sub(r"\s*[=:]\s*", "=", re.sub(r"\bau[\s_]+(?=\d)", "AU", text.strip(), flags=re.IGNORECASE))
    return [term for term in re.split(r"[,;+\s]+", joined) if term]


def _alike(text: str) -> str:
    near = difflib.get_close_matches(text.split("=")[0].upper(), AU_NAMES, 2, 0.6)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"one of {', '.join(AU_NAMES)}{meant}"


def _intensity(source: Argument, name: str, text: str) -> float:
    try:
        value = LETTERS[text] if text in LETTERS else float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= MAX_INTENSITY:
        raise InputError(source, name, text, f"an intensity from 0 to {MAX_INTENSITY:g}, or from A to E")
    return value


PROTOTYPES = {
    "happiness": "AU6=4,AU12=4",
    "sadness": "AU1=4,AU4=4,AU15=4",
    "surprise": "AU1=4,AU2=4,AU5=4,AU25=4,AU26=4",
    "fear": "AU1=4,AU2=3,AU4=3,AU5=4,AU20=4,AU25=3",
    "anger": "AU4=5,AU5=3,AU9=1,AU17=3",
    "disgust": "AU9=5,AU15=2,AU17=3",
    "polite smile": "AU12=2.5",
    "open laugh": "AU6=5,AU12=5,AU25=4,AU26=2",
}
"""Combinations that have names: emotions as EMFACS (Friesen & Ekman 1983) has them, as far as DISFA codes their Action
Units, and two smiles."""


def lids_raised(intensities: ArrayLike) -> Float32:
    """How far AU5 of float32[..., 12] in [0, 5] opens closed eyes, float32[...] in [0, 1]: from 2 on wholly."""
    return np.clip(np.asarray(intensities, np.float32)[..., AU_NAMES.index("AU5")] / 2.0, 0.0, 1.0)


def format_intensities(intensities: ArrayLike) -> str:
    """Writes float[12] as "AU6=2.5,AU12=5", the inverse of `parse`; "neutral" if all are 0."""
    values = np.asarray(intensities)
    return ",".join(f"{n}={v:g}" for n, v in zip(AU_NAMES, values, strict=True) if v) or "neutral"


def to_network(intensities: ArrayLike) -> Float32:
    """Scales intensities in [0, 5] linearly to [-1, 1] (section 4.2 of the paper)."""
    return (np.asarray(intensities, np.float32) * (2.0 / MAX_INTENSITY) - 1.0).astype(np.float32)


def from_network(labels: ArrayLike) -> Float32:
    """Scales labels in [-1, 1] back to intensities in [0, 5]."""
    return ((np.asarray(labels, np.float32) + 1.0) * (MAX_INTENSITY / 2.0)).astype(np.float32)
