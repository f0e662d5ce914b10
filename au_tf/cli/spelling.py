"""The one place where the fields that errors name become options."""

import re
from collections.abc import Sequence

from cyclopts import App

from au_tf.errors import InputError


def in_options(error: InputError, app: App, words: Sequence[str]) -> str:
    """What an error says, with the options of the command instead of the arguments of a call.

    Args:
      error: of the library.
      app: the command line.
      words: what the user typed.
    """
    _, apps, _ = app.parse_commands(words)
    options = {argument.field_info.name: argument.name for argument in apps[-1].assemble_argument_collection()}

    def spelled(name: str) -> str:
        return options.get(name, f"--{name.replace('_', '-')}")

    text = str(error)
    if error.argument is not None:
        text = text.replace(error.argument.name, spelled(error.argument.name), 1)
    return re.sub(r"`(\w+)`", lambda match: spelled(match[1]), text)
