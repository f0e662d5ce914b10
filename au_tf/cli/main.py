"""Entry point of the command `au-tf`: which commands there are, and what all of them have in common."""

import logging
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import lazy_loader
from cyclopts import App, CycloptsError, Group, Parameter
from cyclopts.config import Env
from cyclopts.exceptions import MissingArgumentError, UnusedCliTokensError

from au_tf import __version__
from au_tf.cli import extras, output, several, spelling, streams
from au_tf.errors import Argument, AuTfError, InputError
from au_tf.startup import guest, spare_keras

# It brings NumPy along.
places = lazy_loader.load("au_tf.places", suppress_warning=True)
USER_ERROR, INTERRUPTED, BROKEN_PIPE = 2, 130, 141
ABOUT = "A photo of a face and Action Units in, the same face with them out."
EPILOGUE = """\
Paths of what was made go to standard output, all else to standard error. Exit status: 0; 1 if doctor has something to
mend, or a file that verify reads has changed; 2 after one line about what you can mend; 3 if such a file does not say
that it is synthetic; 130 when interrupted.

Environment: AU_TF_X stands for --x of any command, such as AU_TF_FACE_MODEL; AU_TF_CACHE is the folder of what is kept
between runs; TF_CPP_MIN_LOG_LEVEL=0 lets TensorFlow tell everything."""

GROUPS = {
    "train": "Train a network.",
    "evaluate": "Make a table or figure of the paper.",
    "face-model": "Look at a face model, or store it in one file.",
    "cache": "Look at what is kept between runs, or remove it.",
}
"""First words of commands that have two, and what they are about."""
COMMANDS = {
    "demo": ("au_tf.cli.commands.demo:demo", "See what au-tf does, on a photo that comes with it."),
    "synthesize": ("au_tf.cli.commands.synthesize:synthesize", "Give the face of a photo an expression."),
    "animate": ("au_tf.cli.commands.animate:animate", "Move the face of a photo by Action Units over time."),
    "studio": ("au_tf.cli.commands.studio:studio", "Move the face of a photo by sliders, in the browser."),
    "estimate": ("au_tf.cli.commands.estimate:estimate", "Read the Action Units of faces in photos and films."),
    "extract": ("au_tf.cli.commands.extract:extract", "Write the coefficients of faces."),
    "train caae": (
        "au_tf.cli.commands.train:caae",
        "A conditional adversarial autoencoder, which gives a source another expression.",
    ),
    "train cgan": (
        "au_tf.cli.commands.train:cgan",
        "A conditional GAN, which makes expressions of nobody in particular.",
    ),
    "train mixed": (
        "au_tf.cli.commands.train:mixed",
        "A linear mixed model, which keeps more of the person; made in seconds.",
    ),
    "train fitter": ("au_tf.cli.commands.train:fitter", "The regressor that finds coefficients in a picture."),
    "train landmark-estimator": (
        "au_tf.cli.commands.train:landmark_estimator",
        "What estimate uses: Action Units from dense landmarks, learnt from rendered people.",
    ),
    "train estimator": ("au_tf.cli.commands.train:estimator", "A network that reads Action Units off pictures."),
    "augment": ("au_tf.cli.commands.augment:augment", "Make a data set of synthetic pictures with any Action Units."),
    "evaluate table1": (
        "au_tf.cli.commands.evaluate:table1",
        "Do estimators read off generated expressions what was asked for?",
    ),
    "evaluate table2": (
        "au_tf.cli.commands.evaluate:table2",
        "Do estimators read off synthesised pictures what was asked for?",
    ),
    "evaluate augmentation": (
        "au_tf.cli.commands.evaluate:augmentation",
        "Do synthesised pictures make estimators better?",
    ),
    "evaluate cross-tool": (
        "au_tf.cli.commands.evaluate:cross_tool",
        "How well do programs that read Action Units agree with coders?",
    ),
    "figures": (
        "au_tf.cli.commands.figures:figures",
        "See where Action Units move the skin: figures 6 to 8 of the paper.",
    ),
    "reproduce": (
        "au_tf.cli.commands.reproduce:reproduce",
        "Make every table and figure of the paper, and one report.",
    ),
    "export": ("au_tf.cli.commands.export:export", "Write models for TF Serving."),
    "face-model info": ("au_tf.cli.commands.face_model:info", "Print sizes and what Action Units do."),
    "face-model convert": ("au_tf.cli.commands.face_model:convert", "Store it in one file."),
    "face-model sheets": ("au_tf.cli.commands.face_model:sheets", "Draw it."),
    "cache info": ("au_tf.cli.commands.cache:info", "Tell what is kept between runs, and how large it is."),
    "cache clear": ("au_tf.cli.commands.cache:clear", "Remove what is kept between runs."),
    "verify": ("au_tf.cli.commands.verify:verify", "Read whether a file says that it is synthetic, and is intact."),
    "sign": ("au_tf.cli.commands.sign:sign", "Sign what synthetic pictures say of themselves."),
    "doctor": ("au_tf.cli.commands.doctor:doctor", "Tell what is installed, what is missing and what to do about it."),
}
"""Where each command is, and what it does; it is imported only when it is asked for."""
PLACES = ("out", "render", "mesh", "csv", "overlay", "preview")
"""Arguments of commands that name what is to be made."""
WITH_DATA = ("train estimator", "augment", "evaluate", "reproduce")
"""Commands that need the extra `data`."""
ALONE = {
    "train": ("generator.npz", "regressor.npz", "estimator.npz", "work"),
    "evaluate": ("models", "pictures", "cross_tool.csv"),
    "reproduce": ("data", "report", ".unfinished"),
}
"""What is found in a folder of their own by commands whose results are mixed with nothing else; augment has a plan."""


def build_app() -> App:
    """The whole command line; building it imports no command."""
    app = App(
        name="au-tf",
        help=ABOUT,
        help_epilogue=EPILOGUE,
        version=f"au-tf {__version__}",
        default_parameter=Parameter(negative_iterable=(), converter=spelling.converted),
        result_action="return_value",
        suppress_keyboard_interrupt=False,
        config=Env(spelling.PREFIX, command=False, show=False),
        # What ends the options of augment begins those of Beam's runner.
        end_of_options_delimiter="--",
    )
    app.register_install_completion_command()
    for name, what in GROUPS.items():
        app.command(App(name=name, help=what))
    for number, (words, (place, what)) in enumerate(COMMANDS.items()):
        *group, name = words.split()
        (app[group[0]] if group else app).command(place, name=name, help=what, sort_key=number)
        if group:
            app[group[0]].sort_key = number
    _add_common(app)
    return app


def _add_common(app: App) -> None:
    """Adds the options that every command takes, wherever they stand."""
    app.meta.group_parameters = Group("Everywhere", sort_key=100)
    app.meta.end_of_options_delimiter = ""
    app.meta.suppress_keyboard_interrupt = False
    flag = Parameter(negative=(), show_default=False)

    @app.meta.default
    def run(
        *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[Path | None, Parameter(help="Read settings from a file, .toml, .yaml or .json.")] = None,
        verbose: Annotated[bool, flag, Parameter(name=("--verbose", "-v"), help="Tell more.")] = False,
        quiet: Annotated[bool, flag, Parameter(name=("--quiet", "-q"), help="Tell only what goes wrong.")] = False,
        json: Annotated[bool, flag, Parameter(help="Print what was made as JSON.")] = False,
        no_overwrite: Annotated[bool, flag, Parameter(help="Refuse places where something lies already.")] = False,
    ) -> int:
        logging.getLogger("au_tf").setLevel(output.level(verbose, quiet))
        if config is not None:
            app.config = (*app.config, output.settings_file(config))
        streams.check_report(words, json)
        with streams.piped(words) as (command, to_out):
            result, made, settings = _call(app, command, no_overwrite)
        if to_out:
            return 0
        # What is made of several photos is made as it is shown.
        status = output.show(result, json)
        for path in (path for path in made if path.exists()):
            output.write_settings(output.settings_place(path), command, settings)
        return status


def _call(app: App, words: Sequence[str], no_overwrite: bool) -> tuple[Any, list[Path], dict[str, Any]]:
    """What a command gives back, where its results go, and the settings that it was given."""
    command, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    trained_on = bound.arguments.get("dataset") if " ".join(words).startswith("train ") else None
    if (" ".join(words).startswith(WITH_DATA) or trained_on is not None) and "out" in bound.arguments:
        extras.require_data(words[0])
    arguments = spelling.with_defaults(bound)
    made = [path for _, path in several.expanded(arguments, ("out",))]
    try:
        if no_overwrite:
            output.check_free(several.expanded(arguments, PLACES))
            output.check_free(("out", output.settings_place(path)) for path in made)
        if words and words[0] in ALONE and "out" in bound.arguments:
            folder = bound.arguments["out"]
            places.check_alone(Argument("out", folder), folder, ALONE[words[0]])
        result = command(*bound.args, **bound.kwargs)
        if not bound.arguments.keys().isdisjoint(PLACES):
            output.check_made(result)
    except InputError as error:
        raise AuTfError(spelling.in_options(error, app, words)) from error
    return result, made, spelling.given_options(bound, app, words) if made else {}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command, by default that of the process.

    Returns:
      The exit status: 0, 2 after one line on standard error for whatever the user can mend, 130 when interrupted.
    """
    if argv is None:
        spare_keras()
    words = list(sys.argv[1:] if argv is None else argv)
    words = [*words[1:], "--help"] if words[:1] == ["help"] else words
    with guest(), output.told():
        try:
            app = build_app()
            _, apps, rest = app.parse_commands(words)
            if words[-1:] == ["--help"] and any(not word.startswith("-") for word in rest) and len(apps) == 1:
                # Nothing is to be told of a command that there is not.
                words = words[:-1]
            for command in (each for each in apps if each.default_command is not None):
                # Its docstring tells more than the list of commands.
                command.help = None
            return app.meta(words, exit_on_error=False, print_error=False) or 0
        except CycloptsError as error:
            strange = spelling.strange_option(app, words) if isinstance(error, MissingArgumentError) else ""
            return _complain(_usage(error, strange))
        except AuTfError as error:
            return _complain(str(error))
        except BrokenPipeError:
            # Whoever read has had enough; what is left is not written at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return BROKEN_PIPE
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


def _usage(error: CycloptsError, strange: str) -> str:
    """What is wrong with the words of a command: an option that it has not before those that it misses."""
    told = strange or str(error)
    if (
        not strange
        and isinstance(error, MissingArgumentError)
        and error.argument is not None
        and not error.argument.tokens
    ):
        name, metavar = error.argument.name, error.argument.parameter.metavar
        told = f"It needs {name}{f' {metavar}' if name.startswith('--') and metavar else ''}."
    if isinstance(error, UnusedCliTokensError):
        told = f"Found {shlex.join(error.unused_tokens or ())}, expected no more words."
    return f"{told} See {' '.join(['au-tf', *(error.command_chain or ())])} --help."


def _complain(message: str) -> int:
    print("au-tf:", " ".join(message.split()), file=sys.stderr)
    return USER_ERROR
