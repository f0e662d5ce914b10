"""Entry point of the command `au-tf`."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from au_tf import __version__
from au_tf.cli import (
    animate,
    augment,
    demo,
    doctor,
    evaluate,
    export,
    extract,
    face_model,
    figures,
    reproduce,
    synthesize,
    train,
)
from au_tf.errors import AuTfError

USER_ERROR = 2
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line each."""

    def error(self, message: str) -> NoReturn:
        self.exit(USER_ERROR, f"{self.prog}: {message}; see {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; importing and building it loads nothing heavy."""
    parser = Parser(prog="au-tf", description="A photo of a face and Action Units in, the same face with them out.")
    parser.add_argument("--version", action="version", version=f"au-tf {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    first, then = (demo, synthesize, animate, extract), (train, augment, evaluate, figures, reproduce, export)
    for command in (*first, *then, face_model, doctor):
        command.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
      The exit status: 0, 2 after one line on standard error for whatever the user can mend, 130 when interrupted.
    """
    args = build_parser().parse_args(argv)
    try:
        return int(args.run(args))
    except AuTfError as error:
        return _complain(str(error))
    except OSError as error:
        # What only shows up while running: a full disk, a folder that disappears.
        return _complain(f"{error.filename or 'file'}: {error.strerror or error}")
    except ModuleNotFoundError as error:
        if (error.name or "au_tf").startswith("au_tf"):
            raise
        return _complain(f"{error}; au-tf doctor tells what to install")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED


def _complain(message: str) -> int:
    print("au-tf:", " ".join(message.split()), file=sys.stderr)
    return USER_ERROR
