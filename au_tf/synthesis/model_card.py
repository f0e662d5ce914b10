"""The README.md that lies beside a trained generator."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from au_tf.command_line import changed, command_line
from au_tf.facs import AU_NAMES
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import BUILTIN
from au_tf.simulation.mechanics import units_are
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis.action_quality import ActionQuality
from au_tf.synthesis.network_config import FIXED, RECIPES, MixedEffectsConfig, NetworkConfig, TrainingConfig
from au_tf.synthesis.stored import FILE, StoredGenerator
from au_tf.synthesis.training_people import People, RecordedPeople


def generator_command(
    networks: NetworkConfig,
    training: TrainingConfig,
    people: People = SimulationConfig(),
    source: str = BUILTIN,
    devices: Sequence[str] = (),
) -> str:
    """The command that trains with these settings on a face model.

    Args:
      networks: which networks, and their objective.
      training: batches and steps.
      people: whom they learn from.
      source: the face model, "builtin" or a path.
      devices: to train on.

    Returns:
      The command with the recipe from which the settings differ least, and an option for each that differs.
    """
    recipes = RECIPES[networks.KIND]
    differing = {name: changed(networks, base, FIXED) | changed(training, how) for name, (base, how) in recipes.items()}
    name = min(differing, key=lambda name: len(differing[name]))
    recipe = {} if name == next(iter(recipes)) else {"recipe": name}
    # A seed is that of the training and of simulated people at once.
    settings = _face_model(source) | recipe | differing[name] | _people(people) | {"devices": tuple(devices)}
    return command_line(f"train {networks.KIND}", settings)


def mixed_command(config: MixedEffectsConfig, people: People = SimulationConfig(), source: str = BUILTIN) -> str:
    """The command that makes a linear mixed model with these settings; arguments as of `generator_command`."""
    settings = _face_model(source) | changed(config, MixedEffectsConfig()) | _people(people)
    return command_line("train mixed", settings)


def _face_model(source: str) -> dict[str, Any]:
    return {} if source == BUILTIN else {"face_model": source}


def _people(people: People) -> dict[str, Any]:
    if isinstance(people, SimulationConfig):
        return changed(people, SimulationConfig())
    return {"dataset": people.name, "data_dir": people.data_dir}


def model_card(
    generator: StoredGenerator,
    face: MorphableModel,
    people: People,
    command: str,
    quality: ActionQuality,
    unseen: SimulationConfig,
    remark: str = "",
) -> str:
    """What the generator is, how to make it again, and how well it does.

    Args:
      generator: the trained generator.
      face: the face model it was trained for.
      people: whom it has learnt from.
      command: that trains it.
      quality: what was measured.
      unseen: on whom.
      remark: a paragraph on how it was trained.

    Returns:
      Markdown.
    """
    blocks = (
        f'# {generator.KIND.upper()} for the face model "{face.name}"',
        _filled(generator.ABOUT, _contents(generator)),
        "Made by",
        f"    {command}",
        _filled(
            f"on {_seen(people, face)}. On this face model the Action Units are {units_are(face)}{_missing(quality)}."
        ),
        _filled(remark),
        f"## Measured on {_measured_on(people, unseen)}",
        _filled(_method(generator, people)),
        _table(quality, generator.TAKES_SOURCE),
        _findings(quality, generator.TAKES_SOURCE),
        "## Limits",
        _filled(*_limits(generator, people)),
    )
    return "\n\n".join(filter(None, blocks)) + "\n"


def _filled(*sentences: str) -> str:
    return textwrap.fill(" ".join(sentences), 120, break_long_words=False, break_on_hyphens=False)


def _contents(generator: StoredGenerator) -> str:
    size = sum(np.size(array) for array in generator.learned().values())
    return (
        f"`{FILE}` holds {size:,} weights, the bounds of the coefficients and the signature of the face model (digest "
        f"`{generator.face.digest[:12]}`), without which they mean nothing."
    )


def _seen(people: People, face: MorphableModel) -> str:
    """Whom it was trained on, as the rest of a sentence."""
    if isinstance(people, SimulationConfig):
        return f'{people.people} simulated people on the face model "{face.name}"; no recording of anyone was used'
    count = len(np.unique(people.frames.person))
    who = f"{count} {'person' if count == 1 else 'people'} of the data set `{people.name}` (split `train`)"
    nobody = "; they are simulated, no recording of anyone was used" if people.simulated else ""
    return f"{len(people.frames):,} frames of the {who}{nobody}"


def _missing(quality: ActionQuality) -> str:
    names = [name for name, can in zip(AU_NAMES, quality.units, strict=True) if not can]
    return f"; {', '.join(names)} it cannot do" if names else ""


def about_sources(training: TrainingConfig) -> str:
    """A remark on the pairs that a network was trained on, if they are not the paper's."""
    if training.cross_frame == 0:
        return ""
    share = "" if training.cross_frame == 1 else f"in {training.cross_frame:.0%} of the samples "
    return (
        f"Its source was {share}another frame of the person than the one to be reconstructed (`--cross-frame`), unlike "
        "in the paper: from the frame itself it would learn to hand on the expression, and the label would matter less."
    )


def _measured_on(people: People, unseen: SimulationConfig) -> str:
    if isinstance(people, RecordedPeople):
        return f"{unseen.people} people simulated for the purpose"
    return f"{unseen.people} simulated people that it has not seen"


def _method(generator: StoredGenerator, people: People) -> str:
    known = "Intensities are read off the mesh by least squares against the face's known actions"
    why = "; those of the data set's people are not known" if isinstance(people, RecordedPeople) else ""
    if generator.TAKES_SOURCE:
        how = (
            "Each Action Unit is asked for by itself of neutral sources; then sources that show it at 3 or more are "
            "asked for nothing."
        )
    else:
        how = "Each Action Unit is asked for by itself, with other noise each time."
    return f"{known}{why}. {how}"


def _table(quality: ActionQuality, takes_source: bool) -> str:
    own = np.diagonal(quality.response, axis1=0, axis2=2).T[:, 1:]
    columns = ["", "asked 1", "2", "3", "4", "5"]
    if takes_source:
        columns += ["shown by the source", "left when nothing is asked"]
        own = np.c_[own, quality.shown, quality.residue]
    rows = [f"| {' | '.join(columns)} |".replace("|  |", "| |"), "|---" * len(columns) + "|"]
    for name, values in zip(AU_NAMES, own, strict=True):
        rows.append(f"| {name} | {' | '.join(map(_two_digits, values))} |")
    return "\n".join(rows)


def _findings(quality: ActionQuality, takes_source: bool) -> str:
    findings = [
        f"Too much of the 11 others when one is asked for at 5: {quality.leakage:.2f} on average, {_worst(quality)} at "
        "most.",
        f"Least growth from one intensity to the next, over all Action Units: {_two_digits(quality.least_step)}.",
    ]
    if takes_source:
        findings.append(
            f"For no Action Unit, the distance to the person's own resting face is {quality.resting_error:.0%} of the "
            "distance between that and the mean resting face."
        )
    return "\n".join(
        textwrap.fill(f"- {text}", 120, subsequent_indent="  ", break_on_hyphens=False) for text in findings
    )


def _two_digits(value: float) -> str:
    # No minus before what rounds to 0.
    return f"{round(value, 2) + 0.0:.2f}"


def _worst(quality: ActionQuality) -> str:
    asked, other = np.unravel_index(quality.leaks.argmax(), quality.leaks.shape)
    return f"{quality.leaks.max():.2f} ({AU_NAMES[other]} when {AU_NAMES[asked]} is asked for)"


def _limits(generator: StoredGenerator, people: People) -> tuple[str, str, str]:
    simulated = (
        "The people are simulated, so how real people differ is a guess, and so is what they do besides the 12 Action "
        "Units."
    )
    recorded = (
        "The people are few, coefficients fitted to their pictures have errors, labels are a coder's, and the licence "
        "of the data set may extend to what was learnt from it."
    )
    clipped = "Sources outside the bounds are clipped to them."
    nobody = "A person's own expression and way of showing an Action Unit do not count."
    return (
        simulated if isinstance(people, SimulationConfig) or people.simulated else recorded,
        clipped if generator.TAKES_SOURCE else nobody,
        "The output is a shape for pictures and synthetic data, not evidence of what anyone feels.",
    )
