"""`au-tf train`: the networks, from people or pictures to a folder with a model card."""

import logging
import shlex
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

import au_tf
from au_tf.cli.given import Given, takes
from au_tf.cli.parameters import BUILTIN, PLACED, SEVERAL, Count, DataDir, Devices, FaceModel, Out, OutPlace
from au_tf.estimation.estimator_config import EstimatorTraining
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
from au_tf.evaluation.metrics import Agreement
from au_tf.fitting.regress.regressor_config import RegressorTraining
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis.network_config import (
    FIXED,
    RECIPES,
    SHIPPED_CAAE,
    SHIPPED_TRAINING,
    CGANConfig,
    MixedEffectsConfig,
)

logger = logging.getLogger(__name__)

People = Annotated[
    str | None,
    Parameter(
        metavar="NAME",
        help="A data set of recorded people, such as simulated_disfa or disfa/coefficients_fold0, on whose split train "
        "to learn, instead of on people simulated on the spot.",
    ),
]
Checkpoint = Annotated[
    Path | None,
    PLACED,
    Parameter(
        metavar="FILE.npz|URL",
        help="Keep the state of the training there; the same command then goes on from it.",
    ),
]
TensorBoard = Annotated[Path | None, Parameter(metavar="DIR", help="Write the losses there for TensorBoard.")]
Recipe = Literal["shipped", "paper"]
_WITHOUT = ("cross_frame", "reconstruction_weight", "fitted_share")
"""What means nothing to a network that sees no source."""


@takes({"Training": SHIPPED_TRAINING, "Networks": SHIPPED_CAAE, "Simulated people": SimulationConfig()}, FIXED)
def caae(
    *,
    out: OutPlace,
    recipe: Recipe = "shipped",
    model: FaceModel = BUILTIN,
    dataset: People = None,
    data_dir: DataDir = None,
    devices: Devices = (),
    checkpoint: Checkpoint = None,
    tensorboard: TensorBoard = None,
    given: Given = Given(),
) -> object:
    """Train a conditional adversarial autoencoder, which gives a source another expression.

    It learns from simulated people or from those of a data set, by a recipe any setting of which can be changed. The
    defaults of settings are those of the recipe shipped.

    Args:
      out: Where the generator goes.
      recipe: What the settings start from; paper is the paper's schedule.
    """
    return _train("caae", recipe, given, out, model, dataset, data_dir, devices, checkpoint, tensorboard)


@takes(
    {"Training": RECIPES["cgan"]["paper"][1], "Networks": CGANConfig(), "Simulated people": SimulationConfig()},
    (*FIXED, *_WITHOUT),
)
def cgan(
    *,
    out: OutPlace,
    recipe: Literal["paper"] = "paper",
    model: FaceModel = BUILTIN,
    dataset: People = None,
    data_dir: DataDir = None,
    devices: Devices = (),
    checkpoint: Checkpoint = None,
    tensorboard: TensorBoard = None,
    given: Given = Given(),
) -> object:
    """Train a conditional GAN, which makes expressions of nobody in particular.

    It learns from simulated people or from those of a data set, by a recipe any setting of which can be changed.

    Args:
      out: Where the generator goes.
      recipe: What the settings start from, the paper's schedule.
    """
    return _train("cgan", recipe, given, out, model, dataset, data_dir, devices, checkpoint, tensorboard)


def _train(
    kind: str,
    recipe: str,
    given: Given,
    out: Path,
    model: str,
    dataset: str | None,
    data_dir: Path | None,
    devices: tuple[str, ...],
    checkpoint: Path | None,
    tensorboard: Path | None,
) -> object:
    networks, training = RECIPES[kind][recipe]
    if dataset is not None:
        given.refuse(SimulationConfig, (networks, training), f"beside `dataset` {dataset}")
    trained = au_tf.train_generator(
        out,
        given.applied(networks),
        given.applied(training),
        given.applied(SimulationConfig()),
        model=model,
        dataset=dataset,
        data_dir=data_dir,
        devices=devices,
        checkpoint=checkpoint,
        tensorboard=tensorboard,
    )
    _tell(out, model)
    return trained


@takes({"Model": MixedEffectsConfig()})
def mixed(
    *,
    out: OutPlace,
    model: FaceModel = BUILTIN,
    dataset: People = None,
    data_dir: DataDir = None,
    given: Given = Given(),
) -> object:
    """Make a linear mixed model with calibrated Action Units, which keeps more of the person, in seconds.

    Args:
      out: Where the generator goes.
    """
    config = given.applied(MixedEffectsConfig())
    trained = au_tf.train_mixed(out, config, model=model, dataset=dataset, data_dir=data_dir)
    _tell(out, model)
    return trained


@takes({"Training": RegressorTraining()})
def fitter(
    *,
    out: Out,
    model: FaceModel = BUILTIN,
    work: Annotated[Path | None, Parameter(metavar="DIR")] = None,
    given: Given = Given(),
) -> object:
    """Train the regressor that finds identity, albedo, expression, pose and light of a face in a picture.

    It learns from pictures rendered from a face model. An interrupted training goes on when it is started again.

    Args:
      out: Where the regressor goes.
      work: Where pictures and the state of the training are kept, and stay (default: in au_tf's cache, until the
        training is done).
    """
    trained = au_tf.train_regressor(out, given.applied(RegressorTraining()), model=model, work=work)
    logger.info("%.0f%% of the mean face's error; README.md there tells more", 100 * trained.share)
    return trained


@takes({"Training": LandmarkTraining()})
def landmark_estimator(
    *,
    out: Out,
    models: Annotated[tuple[str, ...], SEVERAL, Parameter(name="--face-models", metavar="MODEL")] = (BUILTIN,),
    work: Annotated[Path | None, Parameter(metavar="DIR")] = None,
    portraits: Annotated[Path | None, Parameter(metavar="FILE.csv")] = None,
    given: Given = Given(),
) -> object:
    """Train the estimator of Action Units that looks at dense landmarks and the skin between them.

    It learns from people who are rendered from one or several face models, and from portraits that are given
    expressions: two in the public domain, and any others.

    Args:
      out: Where the estimator goes.
      models: Face models, as for --face-model.
      work: Where pictures are kept, and stay: another training does not draw them again (default: in au_tf's cache,
        until the training is done).
      portraits: A table of other portraits with the columns photo, whose, licence, and unknown: the numbers of Action
        Units that one shows, may show or hides, with blanks between them.
    """
    training = given.applied(LandmarkTraining())
    trained = au_tf.train_landmark_estimator(out, training, models=models, work=work, portraits=portraits)
    told = [Agreement.of(held.true, held.found).means["icc"] for held in (trained.learnt.alone, trained.learnt.change)]
    logger.info("ICC %.2f, with a neutral face %.2f, on rendered people; README.md there tells more", *told)
    return trained


@takes({"Training": EstimatorTraining()})
def estimator(
    *,
    out: OutPlace,
    dataset: Annotated[str, Parameter(metavar="NAME")] = "simulated_disfa",
    data_dir: DataDir = None,
    augmented: Annotated[tuple[Path, ...], SEVERAL, PLACED, Parameter(metavar="DIR|URL", show_default=False)] = (),
    validation_people: Count = 5,
    devices: Devices = (),
    work: Annotated[Path | None, PLACED, Parameter(metavar="DIR|URL")] = None,
    given: Given = Given(),
) -> object:
    """Train a network that reads the intensities of Action Units off aligned faces.

    It learns from the pictures of a data set that show something. An interrupted training goes on when it is started
    again.

    Args:
      out: Where the estimator goes.
      dataset: A data set with pictures, frames_*, on whose split train to train.
      augmented: Data sets of synthesised pictures to train on as well.
      validation_people: People of the split train by whom the best epoch is chosen.
      work: Where the state of the training is kept, and stays (default: in work beside the estimator, until it is
        done).
    """
    # A backbone brings its own learning rate along.
    trained = au_tf.train_estimator(
        out,
        EstimatorTraining(**given.settings),
        dataset=dataset,
        data_dir=data_dir,
        augmented=augmented,
        validation_people=validation_people,
        devices=devices,
        work=work,
    )
    means = trained.agreement.means
    logger.info("MAE %.3f, MSE %.3f on the test people; README.md there tells more", means["mae"], means["mse"])
    return trained


def _tell(out: Path, model: str) -> None:
    """Says where the generator is and how to use it."""
    named = "" if model == BUILTIN else f" --face-model {shlex.quote(model)}"
    logger.info("%s: README.md there tells what was measured; use it with", out)
    logger.info("  au-tf synthesize PHOTO --au AU12=5 --out FILE.png%s --generator %s", named, shlex.quote(str(out)))
