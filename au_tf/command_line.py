"""The command that makes something again, for the cards and reports beside it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any


def changed(config: Any, base: Any, without: Sequence[str] = ()) -> dict[str, Any]:
    """Settings by the names of their fields, where a configuration is not like another one.

    Args:
      config: an instance of a dataclass.
      base: another one with these fields.
      without: names that do not count.
    """
    names = [each.name for each in fields(config) if each.name not in without]
    return {name: getattr(config, name) for name in names if getattr(config, name) != getattr(base, name)}


def command_line(command: str, settings: Mapping[str, Any]) -> str:
    """A command of au-tf with an option for each setting that is not None and not empty.

    Args:
      command: its words, such as "train caae".
      settings: by the names of fields.
    """
    words = ["au-tf", *command.split()]
    for name, value in settings.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        elif value is not None and value != ():
            words += [f"--{option}", *map(_text, value if isinstance(value, tuple | list) else (value,))]
    return shlex.join(words)


def _text(value: object) -> str:
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)
