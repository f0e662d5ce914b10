"""The rows of Table 1: what stands in the table, and how each is fitted or trained."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from au_tf.errors import InputError
from au_tf.evaluation.protocols.baselines import DirectTransfer, LinearRegression
from au_tf.evaluation.protocols.kept_networks import trained
from au_tf.evaluation.protocols.table1 import Maker
from au_tf.morphable.model import MorphableModel
from au_tf.synthesis.calling import MakesExpressions
from au_tf.synthesis.mixed_effects import learn_mixed
from au_tf.synthesis.network_config import (
    RECIPES,
    SHIPPED_TRAINING,
    CGANConfig,
    NetworkConfig,
    SoftLabels,
    TrainingConfig,
)
from au_tf.synthesis.stored import FILE, StoredGenerator
from au_tf.synthesis.training_people import recording_of
from au_tf.training.frame_table import FrameTable


@dataclass(frozen=True)
class Schedule:
    """How a network is trained for the table."""

    networks: NetworkConfig
    """Sizes and objective."""
    training: TrainingConfig
    """Without soft labels; the seed is the table's."""
    soft_labels: SoftLabels
    """Of the row with *: the reading of eq. 11 that is better on validation people."""


# At CAAE's rates it collapses to one expression.
_QUICK_CGAN = (
    CGANConfig(adversarial="non-saturating"),
    replace(SHIPPED_TRAINING, learning_rate=2e-4, discriminator_learning_rate=1e-3, cross_frame=0.0),
)

SCHEDULES: dict[str, dict[str, Schedule]] = {
    "paper": {
        "cgan": Schedule(*RECIPES["cgan"]["paper"], "uniform"),
        "caae": Schedule(*RECIPES["caae"]["paper"], "uniform"),
    },
    "quick": {
        "cgan": Schedule(*_QUICK_CGAN, "uniform"),
        "caae": Schedule(*RECIPES["caae"]["shipped"], "uniform"),
    },
}
"""The paper's schedule and one of minutes; of each the networks by name."""


@dataclass(frozen=True)
class Methods:
    """What the methods that are rows have in common."""

    folder: Path
    """Where trained networks are kept."""
    face: MorphableModel
    """Whose coefficients the frames hold."""
    recipes: Mapping[str, Schedule]
    """Of each network."""

    def train(self, network: str, soft: SoftLabels | None, train: FrameTable, seed: int) -> MakesExpressions:
        """Trains a network, or takes it from the folder; soft labels of None are the recipe's."""
        recipe = self.recipes[network]
        soft = recipe.soft_labels if soft is None else soft
        training = replace(recipe.training, soft_labels=soft, seed=seed)
        name = network if soft == "none" else f"{network}-{soft}"
        return trained(recipe.networks, training, train, self.face, self.folder / f"{name}-{seed}")


@dataclass(frozen=True)
class Row:
    """A row of the table besides "Real"."""

    label: str
    """What it is called in the table."""
    make: Callable[[Methods, FrameTable, int], MakesExpressions]
    """Of the methods, training frames and a seed."""
    shown: tuple[bool, bool] = (True, True)
    """Whether it stands in the table unless rows are named: that of the test and that of the validation people."""


def _network(label: str, name: str, soft: SoftLabels | None, shown: tuple[bool, bool] = (True, True)) -> Row:
    return Row(label, lambda methods, train, seed: methods.train(name, soft, train, seed), shown)


_TEST, _VALIDATION = (True, False), (False, True)

ROWS: dict[str, Row] = {
    "transfer": Row("Transfer", lambda _, t, seed: DirectTransfer.of(t.expression, t.intensities, t.person, seed)),
    "linear": Row("Linear", lambda _, t, seed: LinearRegression.of(t.expression, t.intensities, t.person)),
    "cgan": _network("CGAN", "cgan", "none"),
    "cgan-soft": _network("CGAN*", "cgan", None, _TEST),
    "cgan-normal": _network("CGAN* normal", "cgan", "normal", _VALIDATION),
    "cgan-uniform": _network("CGAN* uniform", "cgan", "uniform", _VALIDATION),
    "caae": _network("CAAE", "caae", "none"),
    "caae-soft": _network("CAAE*", "caae", None, _TEST),
    "caae-normal": _network("CAAE* normal", "caae", "normal", _VALIDATION),
    "caae-uniform": _network("CAAE* uniform", "caae", "uniform", _VALIDATION),
    "ours": Row("Ours", lambda methods, train, _: learn_mixed(recording_of(train), methods.face)),
}
"""By the names that the command takes; * is training on soft labels (eq. 11), of which validation compares readings."""


def makers(methods: Methods, names: list[str], others: Sequence[str] = ()) -> dict[str, Maker]:
    """What `table1.trials` takes, for rows by the names of `ROWS`, in the order of the table.

    Args:
      methods: where and how.
      names: of the rows.
      others: of rows that the caller makes, to be told beside these.

    Raises:
      InputError: for another name.
    """
    for name in names:
        if name not in ROWS:
            raise InputError(None, "rows", name, f"some of {', '.join((*ROWS, *others))}")

    def maker(row: Row) -> Maker:
        return lambda train, seed: row.make(methods, train, seed)

    return {row.label: maker(row) for name, row in ROWS.items() if name in names}


def stored_row(methods: Methods, name: str, train: FrameTable) -> Callable[[int], Path]:
    """Folders of the generators of a row, by seed; what is not there yet is fitted or trained.

    Args:
      methods: where and how.
      name: of a row whose generators can be stored.
      train: frames of the training people.
    """

    def folder(seed: int) -> Path:
        place = methods.folder / "rows" / f"{name}-{seed}"
        if not (place / FILE).exists():
            generator = ROWS[name].make(methods, train, seed)
            if not isinstance(generator, StoredGenerator):
                raise InputError(None, "row", name, "one with a trained generator")
            generator.save(place)
        return place

    return folder
