"""What synthesised pictures are worth to an estimator on people whom it has not seen; prints tables.

    python benchmarks/augmentation_gain.py policies WORK [--seeds 5] [--data-dir DIR]
    python benchmarks/augmentation_gain.py heads WORK ICT-FACEKIT ANNY [--seeds 5] [--data-dir DIR]

Regressions on histograms of oriented gradients (`estimation.hog`) learn from the real pictures of the twenty training
people of `simulated_disfa/frames_paper_small` and from synthesised ones. They are judged on the five other training
people and on the two test people. Such a regression has no random weights and no number of steps, so what changes is
what the pictures tell; a seed is a draw of what is synthesised.

`policies` adds as many pictures of the same twenty people as there are real ones, by each policy; those of all seeds
but one at once; and pictures of the people judged, made from one neutral photo of each and none of their labels.
`errors` aims at what a regression from fifteen of the twenty errs in the five others.

`heads` learns from the people of two face models and is judged on those of the third, the built-in one, ICT-FaceKit or
anny: as it is, with pictures of the people judged, made from one neutral photo of each, and with real pictures of
twenty others of the third, which is what the gap is measured to.

WORK keeps gradients of pictures, so that what is there is not drawn again.
"""

import argparse
import csv
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from au_tf import startup
from au_tf.arrays import Float32, Float64, Int

startup.start_tensorflow()

import tensorflow_datasets as tfds
from tqdm import tqdm

from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, open_pictures, split_people
from au_tf.datasets.simulated_disfa.config import SimulatedDisfaConfig
from au_tf.datasets.simulated_disfa.simulated_disfa_dataset_builder import Builder
from au_tf.estimation import hog
from au_tf.evaluation.cross_tool import MEASURES, score_tool
from au_tf.evaluation.metrics import MAE_BY_INTENSITY, mae_by_intensity, mae_by_label, mean_of_defined
from au_tf.evaluation.reports.estimator_card import errors_csv
from au_tf.evaluation.reports.text_tables import figure, markdown, percent
from au_tf.facs import AU_NAMES
from au_tf.files import write_npz
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.pipelines.augment import augment
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.simulation.label_policies import Labels, Policy
from au_tf.simulation.population_config import OF_PEOPLE
from au_tf.simulation.scene import VIDEO

DATASET = "simulated_disfa/frames_paper_small"
HELD_OUT, INNER = 5, 5
TIMES = 1
"""Synthesised pictures to a real one."""
EACH = 86
"""Pictures of each of the seven people judged: half as many in all as there are real ones."""
RESAMPLES = 200
"""Of the people, for intervals."""
FIGURES = (*MEASURES, *MAE_BY_INTENSITY)
TOLD = ("ICC", "balanced MAE", "MAE", "MSE", "F1", *MAE_BY_INTENSITY)
"""Of `FIGURES`, those of the tables."""


class Table(NamedTuple):
    """Gradients of pictures, their labels and whose they are."""

    features: Float32
    """float32[N, F]."""
    intensities: Float32
    """float32[N, 12]."""
    person: Int
    """int[N]."""

    @classmethod
    def of(cls, part: SplitPart) -> Self:
        """Of all pictures of a part."""
        batches = RecordedPictures([part], hog.SIZE).ordered().batch(256)
        rows = [(hog.hog_features(pictures.numpy()), labels.numpy()) for pictures, labels in batches]
        features, labels = (np.concatenate(column) for column in zip(*rows, strict=True))
        # `ordered` keeps the order of the files, as `told` does.
        if not np.array_equal(labels, part.told["intensities"]):
            raise RuntimeError(f"{part.builder.data_dir}: pictures come in another order than their labels")
        return cls(features, labels, part.told["subject"].astype(np.int32))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what `save` wrote."""
        with np.load(path) as found:
            return cls(found["features"].astype(np.float32), found["intensities"], found["person"])

    def save(self, path: Path) -> None:
        """Writes one `.npz`."""
        write_npz(path, self._asdict() | {"features": self.features.astype(np.float16)})

    @classmethod
    def joined(cls, tables: Iterable[Self]) -> Self:
        """One after the other."""
        return cls(*(np.concatenate(column) for column in zip(*tables, strict=True)))

    def of_people(self, people: Sequence[int]) -> "Table":
        """The pictures of some people."""
        return Table(*(column[np.isin(self.person, people)] for column in self))


@dataclass(frozen=True, eq=False)
class Head:
    """The pictures of simulated people with one face model."""

    name: str
    """"builtin", "ict" or "anny"."""
    model: str
    """As `load_face_model` takes it."""
    work: Path
    """For what is kept."""
    data_dir: str | None
    """Where TFDS keeps the data set; None is its default."""

    @cached_property
    def builder(self) -> tfds.core.DatasetBuilder:
        """Of `DATASET` with this face model; built if it was not."""
        if self.model == BUILTIN:
            return open_pictures(DATASET, self.data_dir)
        config = SimulatedDisfaConfig(
            name=f"frames_paper_small_{self.name}",
            description=f"A hundredth of the paper's frames, {self.name}.",
            images=True,
            fold="paper",
            size="small",
            face_model=self.model,
        )
        builder = Builder(config=config, data_dir=self.data_dir)
        builder.download_and_prepare()
        return builder

    @cached_property
    def people(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Who is trained on, held out and tested on."""
        test = np.unique(SplitPart(self.builder, "test").told["subject"])
        return (*split_people(self.builder, HELD_OUT), tuple(map(int, test)))

    @cached_property
    def everybody(self) -> Table:
        """All real pictures."""
        return Table.joined(
            self._kept(split, lambda _, split=split: SplitPart(self.builder, split)) for split in ("train", "test")
        )

    @property
    def real(self) -> Table:
        """Those learnt from."""
        return self.everybody.of_people(self.people[0])

    @property
    def judges(self) -> dict[str, Table]:
        """Those judged by."""
        return {
            f"{len(who)} {what} people": self.everybody.of_people(who)
            for what, who in zip(("held-out", "test"), self.people[1:], strict=True)
        }

    def of_policy(self, policy: str, seed: int) -> Table:
        """Synthesised pictures of the training people."""
        count = TIMES * len(self.real.features)
        asked = Augmentation(
            # Of all 25 people; those of the five held out are left out.
            count=int(1.3 * count) + 64,
            dataset=DATASET,
            data_dir=self.data_dir,
            policy=policy,
            seed=seed,
            errors=str(self._errors) if policy == "errors" else None,
        )
        return self._made(asked, f"{policy}-{seed}", self.people[0], count)

    @cached_property
    def _errors(self) -> Path:
        """Errors within the training people, as `au-tf train estimator` writes them."""
        path = self.work / "errors.csv"
        if not path.exists():
            learnt, judged = (self.real.of_people(p) for p in (self.people[0][:-INNER], self.people[0][-INNER:]))
            estimates = hog.fit_hog(learnt.features, learnt.intensities).predict(judged.features)
            path.write_bytes(errors_csv(mae_by_label(judged.intensities, estimates)))
        return path

    def own(self, seed: int) -> Table:
        """Pictures of the people judged from one neutral photo of each; the labels are those of others."""
        place = self.work / f"{self.name}-photos-{seed}"
        place.mkdir(exist_ok=True)
        self._photos(place / "photos.npz", seed)
        learnt = self.real
        labels = Labels(learnt.intensities.astype(np.int32), learnt.person)
        policy = Policy("balanced", seed, np.array([-1]), labels)
        with (place / "labels.csv").open("w", newline="") as file:
            rows = [policy.target(number).intensities.tolist() for number in range(EACH)]
            csv.writer(file).writerows([AU_NAMES, *rows])
        asked = Augmentation(
            count=EACH * len(self.people[1] + self.people[2]),
            dataset=None,
            photos=(str(place / "photos.npz"),),
            policy="list",
            labels=str(place / "labels.csv"),
            seed=seed,
            face_model=self.model,
        )
        return self._made(asked, f"own-{seed}", None, None)

    def _photos(self, path: Path, seed: int) -> None:
        """A neutral frame of each person judged, as `au-tf extract` would write it; of the coder that alone."""
        rng = np.random.default_rng(seed)
        rows = []
        for split, people in (("train", self.people[1]), ("test", self.people[2])):
            decoders = {"image": tfds.decode.SkipDecoding()}
            frames = [
                frame
                for frame in self.builder.as_dataset(split=split, decoders=decoders).as_numpy_iterator()
                if frame["registered"] and frame["neutral"]
            ]
            for person in people:
                own = [frame for frame in frames if frame["subject"] == person]
                rows.append((f"person {person}", own[rng.integers(len(own))]))
        parts = ("identity", "albedo", "expression", "rotation", "translation", "lighting", "landmarks")
        count = len(rows)
        write_npz(
            path,
            {part: np.stack([frame[part] for _, frame in rows]) for part in parts}
            | {
                "source": np.array([name for name, _ in rows]),
                "frame": np.ones(count, np.int32),
                "face": np.zeros(count, np.int32),
                "success": np.ones(count, bool),
                "camera_focal": np.full(count, VIDEO.focal, np.float32),
                "camera_centre": np.tile(np.asarray(VIDEO.centre, np.float32), (count, 1)),
                "image_size": np.tile(np.array([VIDEO.height, VIDEO.width], np.int32), (count, 1)),
                "face_model_digest": np.array(load_face_model(self.model).digest),
            },
        )

    def _made(self, asked: Augmentation, name: str, people: tuple[int, ...] | None, count: int | None) -> Table:
        def made(folder: str) -> SplitPart:
            part = SplitPart(augment(asked, folder).builder(), "train", people)
            return part if count is None else part.first(count)

        return self._kept(name, made)

    def _kept(self, name: str, made: Callable[[str], SplitPart]) -> Table:
        """Of pictures that may be made in a folder for the while; kept, read back as they are kept."""
        path = self.work / f"{self.name}-{name}.npz"
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=self.work) as folder:
                Table.of(made(folder)).save(path)
        return Table.load(path)


class Judged(NamedTuple):
    """What a regression says of the people judged."""

    estimates: Float32
    """float32[N, 12]."""
    truth: Table
    """What they are of."""

    def figures(self, people: Sequence[int] | None = None) -> dict[str, float]:
        """By `FIGURES`; of all pictures, or those of some people, who may be named more than once."""
        who = self.truth.person
        rows = np.arange(len(who)) if people is None else np.concatenate([np.flatnonzero(who == p) for p in people])
        labels, found = self.truth.intensities[rows], self.estimates[rows]
        values = score_tool("", [(labels, found)]).values
        means = [mean_of_defined(values[measure]) for measure in MEASURES]
        return dict(zip(FIGURES, [*means, *mae_by_intensity(labels, found)], strict=True))


def judged(learnt: Iterable[Table], judges: Mapping[str, Table]) -> dict[str, Judged]:
    """What is learnt from some pictures, on each group of people."""
    table = Table.joined(learnt)
    estimator = hog.fit_hog(table.features, table.intensities)
    return {name: Judged(estimator.predict(own.features), own) for name, own in judges.items()}


Rows = dict[str, list[dict[str, Judged]]]
"""By the name of a row its runs, each by the group of people."""


def tables(rows: Rows, base: str) -> str:
    """A table for each group: figures, and changes to the row `base`."""
    parts = []
    for group in rows[base][0]:
        lines = []
        for name, runs in rows.items():
            found = [run[group].figures() for run in runs]
            ground = rows[base][0][group].figures()
            changes = [
                percent([run[measure] / ground[measure] - 1.0 for run in found]) for measure in ("balanced MAE", "MAE")
            ]
            cells = [figure([run[measure] for run in found]) for measure in TOLD]
            lines.append([name, *cells, *(["", ""] if name == base else changes)])
        header = ["learnt from", *TOLD, "change of balanced MAE", "of MAE"]
        count = len(rows[base][0][group].estimates)
        parts.append(f"{group}, {count} pictures\n\n{markdown(header, lines)}")
    return "\n\n".join(parts)


def intervals(rows: Rows, base: str) -> str:
    """How far changes hang on who is judged: 95 % of resamples of all people judged, means over the runs."""
    rng = np.random.default_rng(0)
    ground = _together(rows[base])
    people = np.unique(ground[0].truth.person)
    drawn = [rng.choice(people, len(people)) for _ in range(RESAMPLES)]
    lines = []
    for name, runs in rows.items():
        if name == base:
            continue
        both = _together(runs)
        changes = np.array([_changes(ground, both, resample) for resample in tqdm(drawn, name, leave=False)])
        low, high = np.percentile(changes, (2.5, 97.5), axis=0)
        mean = _changes(ground, both, people)
        lines.append([name, *(f"{m:+.3f} ({a:+.3f} to {b:+.3f})" for m, a, b in zip(mean, low, high, strict=True))])
    title = f"all {len(people)} people, 95 % of {RESAMPLES} resamples of them, means over the seeds"
    return f"{title}\n\n{markdown(['learnt from', *(f'change of {m}' for m in _RESAMPLED)], lines)}"


_RESAMPLED = ("ICC", "balanced MAE", "MAE")


def _together(runs: list[dict[str, Judged]]) -> list[Judged]:
    """Each run over all groups at once."""
    return [
        Judged(np.concatenate([r.estimates for r in run.values()]), Table.joined(r.truth for r in run.values()))
        for run in runs
    ]


def _changes(ground: list[Judged], runs: list[Judged], people: Sequence[int]) -> Float64:
    before, after = (
        np.mean([[run.figures(people)[measure] for measure in _RESAMPLED] for run in each], 0)
        for each in (ground, runs)
    )
    return np.asarray(after - before)


def policies(head: Head, seeds: int) -> str:
    """Rows of the policies, all seeds of each at once, and the people judged."""
    real, judges = head.real, head.judges
    count = len(real.features)
    base = f"{count:,} real ones"
    own: list[Table] = []
    made: dict[str, list[Table]] = {policy: [] for policy in OF_PEOPLE}
    for seed in tqdm(range(seeds), unit="seed"):
        for policy, draws in made.items():
            draws.append(head.of_policy(policy, seed))
        own.append(head.own(seed))
    rows: Rows = {base: [judged([real], judges)]}
    for policy, draws in made.items():
        rows[f"and {TIMES * count:,} of them, {policy}"] = [judged([real, draw], judges) for draw in draws]
        # One seed left out at a time.
        rows[f"and {(seeds - 1) * TIMES * count:,} of them, {policy}"] = [
            judged([real, *draws[:seed], *draws[seed + 1 :]], judges) for seed in range(seeds if seeds > 1 else 0)
        ]
    rows[f"and {len(own[0].features):,} of those judged"] = [judged([real, draw], judges) for draw in own]
    rows = {name: runs for name, runs in rows.items() if runs}
    return f"{tables(rows, base)}\n\n{intervals(rows, base)}"


def heads(known: Sequence[Head], seeds: int) -> str:
    """For each head what is learnt from the two others, with pictures of the people judged, and with its own people."""
    parts = []
    for head in known:
        others = [other.real for other in known if other is not head]
        own = [head.own(seed) for seed in tqdm(range(seeds), head.name)]
        # Of one head the groups together: the domain is what differs, not who is tested on.
        judges = {f"7 people of {head.name}": Table.joined(head.judges.values())}
        rows: Rows = {
            "two other heads": [judged(others, judges)],
            "and those judged": [judged([*others, one], judges) for one in own],
            "and 20 others of this head": [judged([*others, head.real], judges)],
        }
        group = next(iter(judges))
        before, after, top = (np.array([[run[group].figures()[m] for m in TOLD] for run in r]) for r in rows.values())
        with np.errstate(divide="ignore", invalid="ignore"):
            closed = (after - before) / (top - before)
        told = markdown(["", *TOLD], [["share of the gap closed", *(figure(column, 2) for column in closed.T)]])
        parts += [tables(rows, "two other heads"), told, intervals(rows, "two other heads")]
    return "\n\n".join(parts)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("policies", "heads"))
    parser.add_argument("work", type=Path)
    parser.add_argument("models", nargs="*", help="for heads: where ICT-FaceKit and anny are")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data-dir")
    args = parser.parse_args()
    if len(args.models) != (2 if args.what == "heads" else 0):
        parser.error("heads takes where ICT-FaceKit and anny are, policies nothing")
    args.work.mkdir(parents=True, exist_ok=True)
    models = {"builtin": BUILTIN, **dict(zip(("ict", "anny"), args.models, strict=False))}
    known = [Head(name, model, args.work.absolute(), args.data_dir) for name, model in models.items()]
    print(policies(known[0], args.seeds) if args.what == "policies" else heads(known, args.seeds))


if __name__ == "__main__":
    main()
