"""What every worker loads, once a process."""

import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import tensorflow_datasets as tfds

from au_tf.arrays import Float64, Int
from au_tf.datasets.recordings.schema import frame_features
from au_tf.errors import InputError
from au_tf.files import Place, file_digest
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import load_face_model
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.augmentation.pixel_maps import map_features
from au_tf.pipelines.augmentation.plan import SOURCES, Plan, generator_file
from au_tf.pipelines.augmentation.sources import Sources
from au_tf.pipelines.augmentation.uncoded import UNCODED_SHAPE, UNCODED_UNITS
from au_tf.simulation.label_policies import Policy, read_errors, read_rows
from au_tf.stores import fetched
from au_tf.synthesis.generators import load_generator
from au_tf.synthesis.stored import StoredGenerator

_LOADING = threading.Lock()


@dataclass(frozen=True, eq=False)
class WorkerContext:
    """What is needed to make any record of a plan."""

    plan: Plan
    """What is wanted."""
    model: MorphableModel
    """The face model."""
    generator: StoredGenerator
    """Action Units to expressions."""
    sources: Sources
    """Whose faces."""

    @cached_property
    def policy(self) -> Policy:
        """What each record is asked for."""
        asked = self.plan.asked
        rows, errors = tables(asked)
        person, labels = self.sources.person, self.sources.labels
        return Policy(asked.policy, asked.seed, person, labels, rows, asked.share, asked.together, errors)

    @cached_property
    def features(self) -> tfds.features.FeaturesDict:
        """What a record holds: `schema.frame_features` with a picture, and where it is from."""
        own = frame_features(
            True,
            identities=len(self.model.identity_basis),
            albedos=len(self.model.albedo_basis),
            expressions=len(self.model.expression_basis),
            size=self.plan.asked.size,
            subjects=self.sources.names.tolist(),
            cameras=self.sources.cameras.tolist(),
        )
        digest = {"shape": (32,), "dtype": np.uint8, "encoding": tfds.features.Encoding.BYTES}
        more = {
            "source_frame": tfds.features.Scalar(np.int32, doc="Number of the frame that it started from."),
            "generator": tfds.features.Tensor(**digest, doc="SHA-256 of the generator's file."),
            "seed": tfds.features.Scalar(np.int64, doc="With `frame`, the record's number, all that is random."),
        }
        asked = self.plan.asked
        if asked.people:
            more["uncoded"] = tfds.features.Tensor(
                shape=UNCODED_SHAPE,
                dtype=np.float32,
                encoding=tfds.features.Encoding.BYTES,
                doc=f"What no label tells of: {', '.join(UNCODED_UNITS)}, left and right, 1 being full.",
            )
        return tfds.features.FeaturesDict({**own, **more, **(map_features(asked.size) if asked.maps else {})})


def open_context(work: Place) -> WorkerContext:
    """Loads what a plan needs; the last two of a process are kept.

    Args:
      work: the folder with the plan and its sources.

    Raises:
      InputError: if a file is missing, damaged, or not the one that was planned with.
    """
    with _LOADING:
        return _open(work, Plan.load(work))


def tables(asked: Augmentation) -> tuple[Int | None, Float64 | None]:
    """The rows of `labels` and the errors of `errors`, as `Policy` takes them.

    Raises:
      InputError: if one cannot be read.
    """
    rows = None if asked.labels is None else read_rows(str(fetched(asked.labels)))
    return rows, None if asked.errors is None else read_errors(str(fetched(asked.errors)))


@lru_cache(maxsize=2)
def _open(work: Place, plan: Plan) -> WorkerContext:
    model = load_face_model(plan.asked.face_model)
    sources = Sources.load(work / SOURCES)
    file = generator_file(plan.asked, model.name)
    generator = load_generator(file.parent)
    given: list[tuple[object, str, str]] = [(file, file_digest(file), plan.generator)]
    given += [(work / SOURCES, sources.digest(), plan.sources), (plan.asked.face_model, model.digest, plan.face_model)]
    if plan.asked.table is not None:
        given.append((plan.asked.table, file_digest(fetched(plan.asked.table)), plan.labels))
    for source, found, expected in given:
        if found != expected:
            raise InputError(source, "digest", found[:12], f"{expected[:12]}, as when the work was begun")
    generator.check(model)
    return WorkerContext(plan, model, generator, sources)
