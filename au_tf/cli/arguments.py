"""The commands whose words are still taken apart by argparse."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from au_tf import __version__
from au_tf.cli import (
    animate,
    demo,
    export,
    extract,
    face_model,
    figures,
    synthesize,
)

USER_ERROR = 2


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line each."""

    def error(self, message: str) -> NoReturn:
        self.exit(USER_ERROR, f"{self.prog}: {message}; see {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; importing and building it loads nothing heavy."""
    parser = Parser(prog="au-tf", description="A photo of a face and Action Units in, the same face with them out.")
    parser.add_argument("--version", action="version", version=f"au-tf {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for command in (demo, synthesize, animate, extract, figures, export, face_model):
        command.add_parser(commands)
    return parser


def run(words: Sequence[str]) -> int:
    """Runs one of these commands."""
    try:
        args = build_parser().parse_args(words)
    except SystemExit as stop:
        return int(stop.code or 0)
    return int(args.run(args))
