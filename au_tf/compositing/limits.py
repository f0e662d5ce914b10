"""How what moves too far is held, of numbers, arrays and tensors alike."""

from typing import Any

_KNEE = 3.0
"""How suddenly: of a motion as large as the limit a fifth is taken back, of a half of it 4 %."""


def positive(value: Any) -> Any:
    """What of it is above 0."""
    return 0.5 * (value + abs(value))


def share_back(size: Any, most: Any) -> Any:
    """What share of a motion, not negative, is to be added so that it approaches a limit: from 0 down to -1."""
    return (1.0 + (size / most) ** _KNEE) ** (-1.0 / _KNEE) - 1.0
