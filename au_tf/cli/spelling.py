"""The one place where the fields that errors name become options."""

import difflib
import os
import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from inspect import BoundArguments, Parameter
from typing import Any, get_args

from cyclopts import App, ArgumentCollection, CoercionError, Token, convert

from au_tf.errors import InputError

PREFIX = "AU_TF_"
"""Of environment variables that stand for options."""
MAKERS = {
    "generator": "au-tf train caae --face-model MODEL --out DIR",
    "fitter": "au-tf train fitter --face-model MODEL --out DIR",
}
"""The commands that make what a field names."""


def in_options(error: InputError, app: App, words: Sequence[str]) -> str:
    """What an error says, with the options of the command instead of the arguments of a call.

    Args:
      error: of the library.
      app: the command line.
      words: what the user typed.
    """
    options, given = _options(app, words), _given_names(app, words)
    # A face model is `model` in a call, `face_model` in a configuration.
    options = given | {option.removeprefix("--").replace("-", "_"): given[name] for name, option in options.items()}
    text = str(error)
    if error.argument is not None:
        name = error.argument.name
        text = text.replace(name, options.get(name, f"--{name.replace('_', '-')}"), 1)
    text = re.sub(r"`(\w+)`", lambda match: options.get(match[1], match[1]), text)
    return f"{text}; {MAKERS[error.field]} makes one" if error.field in MAKERS else text


def converted(kind: Any, tokens: Sequence[Token]) -> Any:
    """What cyclopts makes of words, but for whole numbers, of which it would take the nearest to a fraction."""
    kinds = {each for part in (kind, *get_args(kind)) for each in (part, *get_args(part))}
    if int in kinds and float not in kinds:
        for token in tokens:
            if "." in token.value:
                raise CoercionError(token=token, target_type=int)
    return convert(kind, tokens)


def given_options(bound: BoundArguments, app: App, words: Sequence[str]) -> dict[str, Any]:
    """What was given, by the names of options, but for the place of the results and positional arguments."""
    options = _options(app, words)
    settings = dict(bound.arguments)
    usual = {name: parameter.default for name, parameter in bound.signature.parameters.items()}
    for group in filter(is_dataclass, bound.arguments.values()):
        settings |= vars(group)
        usual |= {each.name: each.default for each in fields(group)}
    named = {name: value for name, value in settings.items() if options.get(name, "").startswith("--")}
    told = {name: value for name, value in named.items() if name != "out" and value != usual.get(name)}
    return {options[name].removeprefix("--"): value for name, value in told.items()}


def with_defaults(bound: BoundArguments) -> dict[str, Any]:
    """The arguments of a command by their names, with the defaults of those that were not given."""
    usual = {name: parameter.default for name, parameter in bound.signature.parameters.items()}
    return {name: value for name, value in usual.items() if value is not Parameter.empty} | bound.arguments


def _options(app: App, words: Sequence[str]) -> dict[str, str]:
    """What the command calls each argument and each field of its configurations."""
    return {argument.field_info.name: argument.name for argument in _arguments(app, words)}


def _given_names(app: App, words: Sequence[str]) -> dict[str, str]:
    """The same, but for what stands in the environment, as it is called there."""
    typed = {word.partition("=")[0] for word in words}
    return {
        argument.field_info.name: argument.name
        if typed & set(argument.names) or variable(argument.name) not in os.environ
        else variable(argument.name)
        for argument in _arguments(app, words)
    }


def _arguments(app: App, words: Sequence[str]) -> ArgumentCollection:
    _, apps, _ = app.parse_commands(words)
    return apps[-1].assemble_argument_collection()


def strange_option(app: App, words: Sequence[str]) -> str:
    """A line about the first option among the words that the command has not; empty if it has all.

    cyclopts tells first what is missing, though that is often what was misspelt.
    """
    common = app.meta.assemble_argument_collection()
    known = {name for argument in (*_arguments(app, words), *common) for name in (*argument.names, *argument.negatives)}
    typed = [word.partition("=")[0] for word in words[: words.index("--") if "--" in words else None]]
    for option in typed:
        if option.startswith("--") and option not in known | {"--help", "--version"}:
            near = difflib.get_close_matches(option, sorted(known), 1)
            return f"Unknown option: {option}.{f' Did you mean {near[0]}?' if near else ''}"
    return ""


def variable(option: str) -> str:
    """The environment variable that stands for an option."""
    return PREFIX + option.removeprefix("--").replace("-", "_").upper()
