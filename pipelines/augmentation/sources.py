"""Whose faces are given new expressions, out of a data set of recordings or out of what `au-tf extract` wrote."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from numpy.typing import NDArray

from au_tf.arrays import Float32, Int32, Int64, Pixels
from au_tf.datasets.recordings.reading import whole_files
from au_tf.errors import Argument, InputError
from au_tf.files import Place, read_npz, write_npz
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures.images import check_image
from au_tf.simulation.label_policies import Labels
from au_tf.simulation.scene import VIDEO
from au_tf.simulation.subjects import stream

PHOTO = "photo"
"""What is written for the camera of a photo."""
_CHUNK = 4096
_FACE = ("expression", "rotation", "translation", "lighting")
_SHAPE = ("identity", "albedo")
_TOLD = ("subject", "camera", "frame", "intensities", "registered")


@dataclass(frozen=True, eq=False)
class Sources:
    """S faces of P people, ordered by person, and the labels of L frames."""

    names: NDArray[np.str_]
    """str[P], the people; those of the labels may be among them."""
    cameras: NDArray[np.str_]
    """str[C], names of the cameras."""
    person: Int32
    """int32[S], whose face it is, ascending."""
    camera: Int32
    """int32[S], which camera took it."""
    frame: Int32
    """int32[S], number of the frame, the first being 1."""
    place: NDArray[np.str_]
    """str[S], what the face is called in errors: a file, or a frame of a data set."""
    identity: Float32
    """float32[P, I], one for each person, standard deviations; as `albedo`, of those who have faces."""
    albedo: Float32
    """float32[P, A], standard deviations."""
    expression: Float32
    """float32[S, E], standard deviations."""
    rotation: Float32
    """float32[S, 3], axis-angle in radians."""
    translation: Float32
    """float32[S, 3], mm."""
    lighting: Float32
    """float32[S, 9, 3]."""
    landmarks: Float32
    """float32[S, 68, 2], as detected, in pixels of the picture."""
    lens: Float32
    """float32[S, 5]: focal length, principal point (column, row), height and width of the picture, pixels."""
    picture: Pixels
    """The encoded pictures of a data set one after the other; empty if none are wanted or `place` is a file."""
    picture_end: Int64
    """int64[S], where each one ends in `picture`, or empty."""
    label_intensities: NDArray[np.int8]
    """int8[L, 12]."""
    label_person: Int32
    """int32[L]."""

    @property
    def labels(self) -> Labels:
        """What policies draw label combinations from."""
        return Labels(self.label_intensities, self.label_person)

    def encoded(self, face: int) -> bytes | None:
        """The encoded picture of a face, if it is held here."""
        if not len(self.picture_end):
            return None
        start = self.picture_end[face - 1] if face else 0
        return self.picture[start : self.picture_end[face]].tobytes()

    def check_pictures(self) -> None:
        """Makes sure that the files of faces whose pictures are not held here look like pictures.

        Raises:
          InputError: that names the first one that does not.
        """
        for place in [] if len(self.picture_end) else map(str, np.unique(self.place)):
            # Those of a store are fetched where they are drawn in.
            if "://" not in place:
                check_image(place)

    def save(self, path: str | os.PathLike[str] | Place) -> None:
        """Writes one `.npz`."""
        write_npz(path, {field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: str | os.PathLike[str] | Place) -> Self:
        """Reads what `save` wrote."""
        return cls(**read_npz(path, [field.name for field in fields(cls)]))

    def face_of(self, rows: int | Int64) -> Coefficients:
        """Some of the faces."""
        person = self.person[rows]
        pose = self.rotation[rows], self.translation[rows]
        return Coefficients(
            self.identity[person], self.albedo[person], self.expression[rows], *pose, self.lighting[rows]
        )

    def camera_of(self, rows: int | Int64) -> Camera:
        """What took the pictures of some faces, as large as the last one's."""
        focal, column, row, height, width = np.moveaxis(self.lens[rows].astype(np.float64), -1, 0)
        return Camera(focal, np.stack([column, row], -1), int(np.ravel(height)[-1]), int(np.ravel(width)[-1]))

    def digest(self) -> str:
        """SHA-256 over everything in it."""
        sha = hashlib.sha256()
        for field in fields(self):
            array = np.ascontiguousarray(getattr(self, field.name))
            sha.update(f"{field.name} {array.dtype} {array.shape}".encode())
            sha.update(array.tobytes())
        return sha.hexdigest()


def recorded_sources(
    builder: tfds.core.DatasetBuilder,
    *,
    per_person: int,
    seed: int,
    neutral: bool = True,
    pictures: bool = False,
    split: str = "train",
) -> Sources:
    """Chooses source faces among the registered frames of a data set; labels are those of all of them.

    Args:
      builder: of a data set that is prepared.
      per_person: at most so many faces of each person, chosen at random.
      seed: of that choice.
      neutral: only frames without any Action Unit; people who have none are left out.
      pictures: whether the aligned pictures are wanted.
      split: whose people.

    Raises:
      InputError: if nobody has such a frame, the data set has no pictures and they are wanted, or it is damaged.
    """
    if pictures and "image" not in builder.info.features:
        name = f"{builder.name}/{builder.builder_config.name}"
        raise InputError(Argument("dataset", name), "pictures", "none", "a config with pictures, frames_...")
    known = _tell(builder, split)
    rows = _choose(known, per_person, seed, neutral)
    if not len(rows):
        raise InputError(
            Argument("dataset", builder.name), f"split {split}", "no frame to start from", "neutral frames"
        )
    wanted = (*_FACE, *_SHAPE, "landmarks", *(("image",) if pictures else ()))
    found = _read(builder, split, wanted, rows)
    subject, camera, frame = (known[name][rows].astype(np.int32) for name in ("subject", "camera", "frame"))
    order = np.lexsort([frame, camera, subject])
    names, cameras = (np.array(builder.info.features[name].names) for name in ("subject", "camera"))
    encoded = [found["image"][k] for k in order] if pictures else []
    reliable = known["registered"].astype(bool)
    return Sources(
        names=names,
        cameras=cameras,
        person=subject[order],
        camera=camera[order],
        frame=frame[order],
        place=np.array([f"{names[subject[k]]} {cameras[camera[k]]} frame {frame[k]}" for k in order]),
        **{name: _own(found[name], subject, len(names)) for name in _SHAPE},
        **{name: found[name][order] for name in (*_FACE, "landmarks")},
        lens=np.tile(np.array([[VIDEO.focal, *VIDEO.centre, VIDEO.height, VIDEO.width]], np.float32), (len(rows), 1)),
        picture=np.frombuffer(b"".join(encoded), np.uint8),
        picture_end=np.cumsum([len(data) for data in encoded], dtype=np.int64),
        label_intensities=known["intensities"][reliable].astype(np.int8),
        label_person=known["subject"][reliable].astype(np.int32),
    )


def _tell(builder: tfds.core.DatasetBuilder, split: str) -> dict[str, Any]:
    """What is known of all frames without their coefficients and pictures, in the order of the files."""
    # TFDS stores whole numbers of all kinds in the same way.
    shapes = {name: builder.info.features[name].shape for name in _TOLD}
    specs = {name: tf.io.FixedLenFeature(shape, tf.int64) for name, shape in shapes.items()}
    # Parsed by the batch this takes a tenth of the time that `as_dataset` does.
    batches = _records(builder, split).batch(_CHUNK).map(lambda batch: tf.io.parse_example(batch, specs))
    with whole_files(builder, split):
        chunks = list(batches.as_numpy_iterator())
    if not chunks:
        raise InputError(builder.data_dir, f"split {split}", "no frames", "frames")
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in specs}


def _read(builder: tfds.core.DatasetBuilder, split: str, names: Sequence[str], rows: Int64) -> dict[str, Any]:
    """Features of some rows, whose numbers are ascending; pictures as they are encoded."""
    chosen = np.zeros(builder.info.splits[split].num_examples, np.bool_)
    chosen[rows] = True
    masks = tf.data.Dataset.from_tensor_slices(chosen).batch(_CHUNK)
    decoders = {"image": tfds.decode.SkipDecoding()} if "image" in names else None
    features = builder.info.features
    batches = tf.data.Dataset.zip(_records(builder, split).batch(_CHUNK), masks)
    records = batches.map(tf.boolean_mask).unbatch()

    def read(record: tf.Tensor) -> dict[str, tf.Tensor]:
        frame = features.deserialize_example(record, decoders=decoders)
        return {name: frame[name] for name in names}

    with whole_files(builder, split):
        chunks = list(records.map(read).batch(_CHUNK).as_numpy_iterator())
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}


def _records(builder: tfds.core.DatasetBuilder, split: str) -> tf.data.Dataset:
    """The records of a split, not parsed, in the order of the files."""
    return tf.data.TFRecordDataset([str(path) for path in builder.info.splits[split].filepaths])


def _choose(known: dict[str, Any], per_person: int, seed: int, neutral: bool) -> Int64:
    fit = known["registered"].astype(bool) & ~(known["intensities"].any(1) & neutral)
    chosen = []
    for subject in np.unique(known["subject"][fit]):
        own = np.flatnonzero(fit & (known["subject"] == subject))
        chosen.append(stream(seed, "faces", str(subject)).permutation(own)[:per_person])
    return np.sort(np.concatenate([np.zeros(0, np.int64), *chosen]))


def _own(values: Float32, subject: Int32, people: int) -> Float32:
    """What is the same in all frames of a person, but for errors of the extraction: the mean, float32[P, ...]."""
    sums = np.zeros((people, values.shape[1]))
    np.add.at(sums, subject, values.astype(np.float64))
    return (sums / np.maximum(np.bincount(subject, minlength=people), 1)[:, None]).astype(np.float32)


def extracted_sources(paths: Sequence[Path], model: MorphableModel, labels: Sources | None) -> Sources:
    """Takes source faces from files of `au-tf extract`; each face in a photo, or followed in a video, is a person.

    Args:
      paths: the `.npz` files.
      model: the face model.
      labels: what gives the labels; None if the policy needs none.

    Raises:
      InputError: if a file is damaged, of another face model, or without any face that could be fitted.
    """
    tables = [_extracted(path, model) for path in paths]
    table = {name: np.concatenate([part[name] for part in tables]) for name in tables[0]}
    known = [] if labels is None else labels.names.tolist()
    names = known + sorted(set(table["name"].tolist()) - set(known))
    who = np.array([names.index(name) for name in table["name"].tolist()], np.int32)
    order = np.lexsort([table["frame"], who])
    none = np.zeros((0, 12), np.int8), np.zeros(0, np.int32)
    intensities, person = none if labels is None else (labels.label_intensities, labels.label_person)
    return Sources(
        names=np.array(names),
        cameras=np.array([PHOTO]),
        person=who[order],
        camera=np.zeros(len(order), np.int32),
        frame=table["frame"][order].astype(np.int32),
        place=table["source"][order],
        **{name: _own(table[name], who, len(names)) for name in _SHAPE},
        **{name: table[name][order] for name in (*_FACE, "landmarks", "lens")},
        picture=np.zeros(0, np.uint8),
        picture_end=np.zeros(0, np.int64),
        label_intensities=intensities,
        label_person=person,
    )


def _extracted(path: Path, model: MorphableModel) -> dict[str, Any]:
    """The rows of a file in which a face was fitted."""
    single = {"camera_focal", "camera_centre", "image_size"}
    wanted = [*_FACE, *_SHAPE, "landmarks", "success", "face_model_digest", *sorted(single)]
    arrays = read_npz(path, wanted)
    if str(arrays["face_model_digest"]) != model.digest:
        found = f"one of another face model ({str(arrays['face_model_digest'])[:12]})"
        raise InputError(path, "face_model", found, f"{model.name} ({model.digest[:12]})")
    if arrays["success"].ndim:
        arrays |= read_npz(path, ["source", "frame", "face"])
    else:
        # A single photo's file has no axis of rows.
        arrays = {name: values[np.newaxis] for name, values in arrays.items()}
        arrays |= {"source": np.array([str(path)]), "frame": np.array([1]), "face": np.array([0])}
    good = arrays["success"].astype(bool)
    if not good.any():
        raise InputError(path, "rows", "none with a face that was fitted", "at least one")
    lens = np.concatenate([arrays["camera_focal"][:, None], arrays["camera_centre"], arrays["image_size"]], 1)
    names = np.array([f"{source}#{face}" for source, face in zip(arrays["source"], arrays["face"], strict=True)])
    table = {name: arrays[name] for name in (*_FACE, *_SHAPE, "landmarks", "source", "frame")}
    table |= {"name": names, "lens": lens.astype(np.float32)}
    return {name: values[good] for name, values in table.items()}
