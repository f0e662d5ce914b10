"""Options of a command from the fields of its configurations, with their docstrings as help.

A configuration itself is no type of an argument here: where one option is given, cyclopts would fill the others with
the defaults of the class, and not with those of the recipe that was asked for. What the user gives is kept apart, and
`Given.applied` puts it on whatever configuration the command starts from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, make_dataclass, replace
from typing import Annotated, Any, TypeVar, get_origin, get_type_hints

from cyclopts import Group, Parameter
from docstring_parser import parse_from_object

from au_tf.errors import Argument, InputError

Config = TypeVar("Config")
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Given:
    """Settings that were given, by the names of fields; None is not given."""

    @property
    def settings(self) -> dict[str, Any]:
        """Those that were given."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def applied(self, config: Config) -> Config:
        """A configuration with the settings of it that were given.

        Raises:
          InputError: for a value that it does not accept.
        """
        names = {each.name for each in fields(config)}  # type: ignore[arg-type]
        return replace(config, **{name: value for name, value in self.settings.items() if name in names})  # type: ignore[type-var]

    def refuse(self, config: type, others: Sequence[object], found: str) -> None:
        """Makes sure that nothing was given of a configuration that does not count.

        Args:
          config: its class.
          others: configurations that count; what is a setting of one of them may be given.
          found: why it does not count.

        Raises:
          InputError: for the first setting that was given.
        """
        allowed = {each.name for other in others for each in fields(other)}  # type: ignore[arg-type]
        names = [each.name for each in fields(config) if each.name not in allowed]
        for name in names:
            if name in self.settings:
                raise InputError(Argument(name, self.settings[name]), "use", found, "one of the two")


def takes(configs: Mapping[str, object], without: Sequence[str] = ()) -> Callable[[Command], Command]:
    """A decorator that gives a command, which has a parameter `given: Given = Given()`, options for configurations.

    Args:
      configs: a configuration, by the title of its group in the help; what is shown as defaults are its values. A field
        of several is one option.
      without: names of fields that are no options.
    """
    options: dict[str, Any] = {}
    for number, (title, config) in enumerate(configs.items(), 1):
        group = Group(title, sort_key=number)
        for name, option in _options(config, group).items():
            if name not in without:
                options.setdefault(name, option)
    # A dataclass of the module `types`, which is make_dataclass's own, would count as a builtin.
    space = {"__module__": __name__}
    kind = make_dataclass("Settings", options.values(), bases=(Given,), frozen=True, namespace=space)

    def add(command: Command) -> Command:
        command.__annotations__["given"] = Annotated[kind, Parameter(name="*")]
        return command

    return add


def _options(config: Any, group: Group) -> dict[str, tuple[str, Any, Any]]:
    """Names, types and defaults of the options of a configuration."""
    helps, types = documented(type(config)), get_type_hints(type(config))
    made = {}
    for each in fields(config):
        several = get_origin(types[each.name]) is tuple
        shown = _shown(getattr(config, each.name))
        how = Parameter(
            help=helps[each.name],
            group=group,
            consume_multiple=several,
            show_default=_always(shown) if shown else False,
        )
        made[each.name] = (each.name, Annotated[types[each.name] | None, how], field(default=None))
    return made


def _always(text: str) -> Callable[[object], str]:
    return lambda _: text


def _shown(value: object) -> str:
    """How a default stands in the help; empty if there is nothing to tell."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def documented(config: type) -> dict[str, str]:
    """Docstrings of the fields of a dataclass and those it inherits from, by their names."""
    found: dict[str, str] = {}
    for kind in reversed(config.__mro__[:-1]):
        for each in parse_from_object(kind).params:
            found[each.arg_name] = " ".join((each.description or "").split())
    return {each.name: found[each.name] for each in fields(config)}
