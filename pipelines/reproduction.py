"""The paper's experiments as one pipeline: from a data set to every table and figure, and models to be served."""

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tensorflow_datasets as tfds

from au_tf.command_line import command_line
from au_tf.datasets.recordings.frame_tables import read_frames
from au_tf.datasets.recordings.opening import check_face_model
from au_tf.datasets.recordings.recorded_pictures import SplitPart, open_pictures
from au_tf.datasets.simulated_disfa import Builder
from au_tf.datasets.simulated_disfa.config import SimulatedDisfaConfig
from au_tf.errors import InputError
from au_tf.estimation.estimator import load_estimator
from au_tf.estimation.estimator_config import EstimatorTraining
from au_tf.evaluation.protocols.methods import ROWS, SCHEDULES, Methods, makers, stored_row
from au_tf.evaluation.protocols.paper_figures import figures
from au_tf.evaluation.protocols.pixels import TRAINING as PIXEL_TRAINING
from au_tf.evaluation.reports.estimator_card import units_table
from au_tf.evaluation.reports.table1_files import measure_table1, table1_files
from au_tf.evaluation.reports.table1_report import Heading
from au_tf.evaluation.scores import Scores
from au_tf.files import read_npz, write_npz, write_whole
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.pictures.charts import to_png
from au_tf.pipelines import reproduction_report, table2_component
from au_tf.pipelines.augmentation_curve import AugmentationCurve
from au_tf.pipelines.components import Component, run as run_components
from au_tf.pipelines.trained_estimators import SplitPictures
from au_tf.places import check_folder
from au_tf.serving.estimation import estimator_servable
from au_tf.serving.export import write_models
from au_tf.serving.expression import expression_servable
from au_tf.simulation.population_config import PolicyName
from au_tf.synthesis.generators import load_generator
from au_tf.synthesis.network_config import TrainingConfig
from au_tf.training.frame_table import FrameTable

Inputs = Mapping[str, Path]
SPLITS = ("train", "test")
GENERATOR = "caae-soft"
"""The row whose generator makes the pictures of figure 5, and draws figures 6 to 8: the paper's."""


@dataclass(frozen=True)
class Scale:
    """How much is made; the paper's are the defaults."""

    config: str = "frames_paper"
    """Of the data set."""
    rows: tuple[str, ...] = ("transfer", "linear", "cgan", "cgan-soft", "caae", "caae-soft", "ours")
    """Of the tables, besides Real."""
    recipe: str = "paper"
    """One of `methods.SCHEDULES`."""
    iterations: int | None = None
    """Steps of the networks instead of the recipe's."""
    seeds: int = 3
    """Runs of everything."""
    backbone: Literal["alexnet", "small"] = "alexnet"
    """Of the estimator."""
    epochs: int = 20
    """Of each of its trainings."""
    batch_size: int = 64
    """Pictures a step of them."""
    held_out: int = 5
    """People by whom the best epoch is chosen."""
    policies: tuple[PolicyName, ...] = ("paper", "balanced")
    """By which labels pictures are synthesised."""
    added: tuple[int, ...] = ()
    """Numbers of pictures that are added; without any, the paper's shares."""
    people: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    """Of simulated DISFA, whom to train and to test on instead of the paper's 25 and 2."""


SCALES = {
    "tiny": Scale(
        config="frames_few_tiny",
        rows=("linear", "caae-soft"),
        recipe="quick",
        iterations=60,
        seeds=1,
        backbone="small",
        epochs=1,
        batch_size=16,
        held_out=1,
        policies=("balanced",),
        added=(24,),
        people=(("SN001", "SN003", "SN004"), ("SN032",)),
    ),
    "small": Scale(config="frames_paper_small", recipe="quick", seeds=2, backbone="small", epochs=12),
    "paper": Scale(),
}
"""A few people for a look at the pipeline, a hundredth of the frames, and all of the paper."""
DATA_SETS = ("simulated_disfa", "disfa")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Reproduction:
    """All experiments on a data set at a scale."""

    scale: str
    """One of `SCALES`."""
    dataset: str
    """One of `DATA_SETS`."""
    data_dir: Path
    """Where TFDS keeps it."""
    folder: Path
    """Where the artifacts are."""
    face_model: str
    """As `load_face_model` takes it."""

    def __post_init__(self) -> None:
        if self.dataset != DATA_SETS[0] and self.scale != "paper":
            raise InputError(None, "scale", f"{self.scale} for {self.dataset}", "paper; others are simulated only")

    @property
    def plan(self) -> Scale:
        """How much is made."""
        return SCALES[self.scale]

    @property
    def components(self) -> list[Component]:
        """Everything that is made, in order."""
        scale = asdict(self.plan)
        data = {"dataset": f"{self.dataset}/{self.plan.config}", "data_dir": str(self.data_dir)}
        data |= {"people": scale["people"], "face_model": self.face_model}
        networks = {name: scale[name] for name in ("rows", "recipe", "iterations", "seeds")}
        pictures = {name: scale[name] for name in ("policies", "added", "held_out", "seeds", "backbone")}
        training = {"training": asdict(self._training)}
        figure = {"generator": GENERATOR}
        make = partial(self._component, data)
        return [
            make("examples", "Examples", self._examples, (), {}),
            make("extraction", "Coefficients", self._extraction, ("examples",), {}),
            make("generators", "Generators", self._generators, ("extraction",), networks | figure),
            make("table1", "Evaluation", self._table1, ("extraction", "generators"), networks),
            make("table2", "Evaluation", self._table2, ("examples", "extraction", "generators"), networks),
            make("figures", "Figures", self._figures, ("generators",), figure),
            make("synthesis", "Examples", self._synthesis, ("examples", "generators"), pictures | figure),
            make("estimator", "Estimator", self._estimator, ("examples", "synthesis"), pictures | training),
            make("figure5", "Evaluation", self._figure5, ("examples", "generators", "synthesis"), pictures | training),
            make("push", "Pushed", self._push, ("generators", "estimator"), figure),
            make("report", "Report", self._report, ("table1", "table2", "figures", "figure5", "push"), {}),
        ]

    def _component(
        self,
        data: Mapping[str, Any],
        name: str,
        kind: str,
        make: Callable[[Path, Inputs], None],
        inputs: tuple[str, ...],
        parameters: Mapping[str, Any],
    ) -> Component:
        return Component(name, kind, make, inputs, {**data, **parameters})

    @cached_property
    def builder(self) -> tfds.core.DatasetBuilder:
        """Of the data set, built if need be."""
        name, people = f"{self.dataset}/{self.plan.config}", self.plan.people
        if people is not None:
            config = SimulatedDisfaConfig(
                name=self.plan.config, images=True, train=people[0], test=people[1], size="tiny"
            )
            # None of TFDS' own, so there is nothing to look for elsewhere.
            offline = tfds.download.DownloadConfig(try_download_gcs=False)
            Builder(config=config, data_dir=self.data_dir).download_and_prepare(download_config=offline)
        builder = open_pictures(name, self.data_dir)
        check_face_model(builder, self.face)
        return builder

    @cached_property
    def face(self) -> MorphableModel:
        """The face model."""
        return load_face_model(self.face_model)

    @property
    def data(self) -> str:
        """What the data set is called."""
        return "simulated DISFA" if self.builder.info.metadata.get("simulated") else "DISFA"

    @property
    def _training(self) -> EstimatorTraining:
        plan = self.plan
        return EstimatorTraining(plan.backbone, epochs=plan.epochs, batch_size=plan.batch_size)

    @property
    def command(self) -> str:
        """That makes everything again."""
        model = None if self.face_model == BUILTIN else self.face_model
        return command_line(
            "reproduce", {"scale": self.scale, "dataset": self.dataset, "face_model": model, "out": "DIR"}
        )

    def _methods(self, folder: Path) -> Methods:
        recipes = {
            name: replace(recipe, training=self._cut(recipe.training))
            for name, recipe in SCHEDULES[self.plan.recipe].items()
        }
        return Methods(folder, self.face, recipes)

    def _cut(self, training: TrainingConfig) -> TrainingConfig:
        """As many steps as the scale has, if it says how many."""
        steps = self.plan.iterations
        return training if steps is None else replace(training, iterations=steps, steps_per_call=steps)

    def _examples(self, work: Path, _: Inputs) -> None:
        info, built = self.builder.info, Path(self.builder.data_dir)
        for name in ("dataset_info.json", "features.json", "metadata.json"):
            if (built / name).exists():
                write_whole(work / name, (built / name).read_bytes())
        counts = {split: SplitPart(self.builder, split).count for split in SPLITS}
        told = {"name": info.full_name, "place": str(built), "pictures that show something": counts}
        write_whole(work / "examples.json", json.dumps(told, indent=2).encode())

    def _extraction(self, work: Path, _: Inputs) -> None:
        for split in SPLITS:
            write_npz(work / f"{split}.npz", vars(read_frames(self.builder, split)))

    def _frames(self, inputs: Inputs, split: str) -> FrameTable:
        names = list(FrameTable.__dataclass_fields__)
        return FrameTable(**read_npz(inputs["extraction"] / f"{split}.npz", names))

    def _generators(self, work: Path, inputs: Inputs) -> None:
        frames, methods = self._frames(inputs, "train"), self._methods(work / "models")
        own = stored_row(methods, GENERATOR, frames)
        for seed in range(self.plan.seeds):
            logger.info(f"Seed {seed}: training the generators")
            own(seed)
            for make in makers(methods, list(self.plan.rows)).values():
                make(frames, seed)

    def _generator(self, inputs: Inputs, seed: int) -> Path:
        return inputs["generators"] / "models" / "rows" / f"{GENERATOR}-{seed}"

    def _table1(self, work: Path, inputs: Inputs) -> None:
        rows = makers(self._methods(inputs["generators"] / "models"), list(self.plan.rows))
        trained, tested = (self._frames(inputs, split) for split in SPLITS)
        agreements, qualities = measure_table1(trained, tested, rows, self.face, self.plan.seeds)
        heading = Heading(
            data=self.data,
            config=f"{self.dataset}/{self.plan.config}",
            people="test",
            trained=len(np.unique(trained.person)),
            tested=len(np.unique(tested.person)),
            asked=int((~tested.neutral).sum()),
            recipe=f'"{self._recipe}"',
            command=self.command,
        )
        for name, content in table1_files(heading, Scores.of(agreements), qualities).items():
            write_whole(work / name, content)

    @property
    def _recipe(self) -> str:
        steps = self.plan.iterations
        return self.plan.recipe if steps is None else f"{self.plan.recipe}, cut to {steps} steps"

    def _table2(self, work: Path, inputs: Inputs) -> None:
        rows = makers(self._methods(inputs["generators"] / "models"), list(self.plan.rows))
        table = table2_component.Table2(
            self.builder,
            self.face,
            self._frames(inputs, "train"),
            {},
            pixel_models=work,
            pixel_schedule=self._cut(PIXEL_TRAINING),
        )
        found = {(row, seed): a for seed in range(self.plan.seeds) for row, a in table.trials(rows, seed)}
        table2_component.write(work, table, Scores.of(found, table.estimators), self._recipe, self.command)

    def _figures(self, work: Path, inputs: Inputs) -> None:
        for number, figure in figures(model=self.face, generator=self._generator(inputs, 0)).items():
            write_whole(work / f"figure-{number}.png", to_png(figure))

    def _curve(self, folder: Path, pictures: Path, generators: Inputs) -> AugmentationCurve:
        return AugmentationCurve(
            self.builder,
            self.data_dir,
            folder,
            pictures,
            generator=lambda seed: self._generator(generators, seed),
            training=self._training,
            face_model=self.face_model,
            held_out=self.plan.held_out,
            added=self.plan.added,
        )

    def _synthesis(self, work: Path, inputs: Inputs) -> None:
        curve = self._curve(work, work, inputs)
        for seed in range(self.plan.seeds):
            for policy in self.plan.policies:
                curve.synthesised(policy, seed)

    def _figure5(self, work: Path, inputs: Inputs) -> None:
        curve = self._curve(work, inputs["synthesis"], inputs)
        found = curve.run(self.plan.policies, self.plan.seeds)
        curve.write(found, ROWS[GENERATOR].label, self.command)

    def _estimator(self, work: Path, inputs: Inputs) -> None:
        made = tfds.builder_from_directory(inputs["synthesis"] / f"{self.plan.policies[-1]}-0")
        pictures = SplitPictures(self.builder, self.plan.held_out, self._training.size)
        judged = pictures.judged([pictures.real, pictures.of_trained(made)], self._training, work / "work")
        agreement = judged.agreement
        nothing = float(np.square(judged.found.intensities).mean())
        write_whole(work / "units.md", (units_table(agreement) + "\n").encode())
        write_whole(work / "marks.json", json.dumps({"mse": agreement.means["mse"], "mse of 0": nothing}).encode())
        judged.trained.estimator.save(work)
        shutil.rmtree(work / "work")

    def _push(self, work: Path, inputs: Inputs) -> None:
        """Lets models go only if the estimator is better than one that always says 0."""
        marks = json.loads((inputs["estimator"] / "marks.json").read_text())
        good = marks["mse"] < marks["mse of 0"]
        write_whole(work / "decision.json", json.dumps({"pushed": good, **marks}, indent=2).encode())
        if good:
            generator, estimator = load_generator(self._generator(inputs, 0)), load_estimator(inputs["estimator"])
            write_models([expression_servable(generator), estimator_servable(estimator)], work / "models")

    def _report(self, work: Path, inputs: Inputs) -> None:
        reproduction_report.write(work, inputs, f"{self.data}, scale {self.scale}", self.command)


@dataclass(frozen=True, eq=False)
class Reproduced:
    """What `reproduce` has made."""

    paths: list[Path]
    """The report, as markdown and as a page."""


def reproduce(
    out: Path | str,
    scale: Literal["tiny", "small", "paper"] = "tiny",
    *,
    dataset: Literal["simulated_disfa", "disfa"] = "simulated_disfa",
    data_dir: Path | None = None,
    model: str = BUILTIN,
) -> Reproduced:
    """Makes every table and figure of the paper beside its own, by components that record what they were made from.

    What has not changed is not made again; what was interrupted goes on.

    Args:
      out: where artifacts and report go.
      scale: a few people and steps for a look, a hundredth of the paper's frames, or all of the paper.
      dataset: on which people.
      data_dir: where TFDS keeps data sets; None is a folder in `out`.
      model: the face model, "builtin" or a path.

    Raises:
      InputError: for a place, data set or face model that cannot be used.
    """
    out = Path(out)
    check_folder("out", out)
    reproduction = Reproduction(scale, dataset, data_dir or out / "data", out, model)
    run_components(reproduction.components, out, logger.info)
    return Reproduced([out / "report" / name for name in ("report.md", "report.html")])
