"""What a page asks for, read and checked before anything is done."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from au_tf.arrays import Float32
from au_tf.errors import InputError
from au_tf.facs import AU_NAMES, MAX_INTENSITY, format_sides
from au_tf.timeline import Keys, Timeline, timeline_of

_PAGE = "the page"
_MOST_KEYS, _LARGEST = 20_000, 1e6


@dataclass(frozen=True)
class Wish:
    """An expression, and how it is wanted."""

    sides: Float32
    """float32[2, 12] in [0, 5], left and right."""
    number: int = 0
    """By which the page knows the answer."""

    @property
    def text(self) -> str:
        """As `Face.express` takes it; empty for a neutral face."""
        asked = format_sides(self.sides)
        return "" if asked == "neutral" else asked


def message_in(content: str | bytes) -> Any:
    """What a page sends, out of its JSON.

    Raises:
      InputError: if it is none.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise InputError(_PAGE, "message", "no JSON", "an object") from None


def wish_of(message: Any) -> Wish:
    """Reads {"left": [12 numbers], "right": [12 numbers], "number": n}.

    Raises:
      InputError: if it is anything else.
    """
    if not isinstance(message, dict):
        raise InputError(_PAGE, "message", type(message).__name__, "an object")
    number = message.get("number", 0)
    if not isinstance(number, int) or not 0 <= number < 2**53:
        raise InputError(_PAGE, "number", number, "a whole number from 0")
    return Wish(np.stack([_intensities(message, side) for side in ("left", "right")]), number)


def _intensities(message: dict[str, Any], side: str) -> Float32:
    given = message.get(side)
    whole = isinstance(given, list) and len(given) == len(AU_NAMES)
    if not whole or not all(_is_number(value) and 0.0 <= value <= MAX_INTENSITY for value in given or ()):
        raise InputError(_PAGE, side, str(given)[:80], f"{len(AU_NAMES)} intensities from 0 to {MAX_INTENSITY:g}")
    return np.array(given, np.float32)


def keys_in(message: Any) -> Keys:
    """Reads {"AU12": [[seconds, intensity], ...], ...}; an empty object is no time line.

    Raises:
      InputError: if it is anything else.
    """
    expected = "lists of [seconds, intensity] by Action Units"
    if not isinstance(message, dict) or not all(isinstance(found, list) for found in message.values()):
        raise InputError(_PAGE, "keys", type(message).__name__, expected)
    keys = {str(name): [_key(each, expected) for each in found] for name, found in message.items()}
    if sum(map(len, keys.values())) > _MOST_KEYS:
        raise InputError(_PAGE, "keys", sum(map(len, keys.values())), f"at most {_MOST_KEYS}")
    return keys


def _key(given: Any, expected: str) -> tuple[float, float]:
    if not isinstance(given, list) or len(given) != 2 or not all(map(_is_number, given)):
        raise InputError(_PAGE, "keys", str(given)[:80], expected)
    return float(given[0]), float(given[1])


def timeline_in(message: Any, wish: Wish, longest: float) -> Timeline:
    """The time line of some keys; without any, to an expression and back.

    Raises:
      InputError: if they cannot be read, or it is longer than so many seconds.
    """
    keys = keys_in(message)
    if not any(keys.values()):
        return there_and_back(wish)
    timeline = timeline_of(keys)
    if timeline.times[-1] > longest:
        raise InputError(_PAGE, "time line", f"{timeline.times[-1]:.1f} s", f"at most {longest:g} s")
    return timeline


def there_and_back(wish: Wish) -> Timeline:
    """Neutral, the expression for a moment, neutral: two seconds."""
    full = wish.sides.mean(0)
    return Timeline(np.array([0.0, 0.8, 1.2, 2.0]), np.stack([0 * full, full, full, 0 * full]))


def whole_number(message: Any, name: str) -> int:
    """A number from 0 of a message.

    Raises:
      InputError: if there is none.
    """
    value = message.get(name) if isinstance(message, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError(_PAGE, name, value, "a whole number from 0")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
