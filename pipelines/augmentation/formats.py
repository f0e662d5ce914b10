"""Files in which synthetic pictures are kept: for TensorFlow, and for whoever has none."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import tensorflow as tf
from array_record.python import array_record_module  # type: ignore[import-untyped]
from tensorflow_datasets.core.features import ClassLabel, FeatureConnector, FeaturesDict, Image

from au_tf.datasets.recordings.writing import RecordFile, TFRecords, serialize
from au_tf.facs import AU_NAMES
from au_tf.pipelines.augmentation.augmentation_config import BLOCK, Format

Sample = tuple[bytes, list[int]]
"""JPEG bytes of a picture and its int[12] intensities."""


class ArrayRecords:
    """The same records as TFRecord's, each to be had by its number."""

    def __init__(self, path: str, features: FeaturesDict) -> None:
        self.features = features
        # Each record a group of its own: readers that shuffle ask for single ones.
        self._writer = array_record_module.ArrayRecordWriter(path, "group_size:1")

    def write(self, key: str, example: dict[str, Any]) -> None:
        """Adds an example."""
        self._writer.write(serialize(self.features, example))

    def close(self) -> None:
        """Ends the file."""
        self._writer.close()


class ParquetRows:
    """A column a feature, the picture as Hugging Face's readers have it: a struct of `bytes` and `path`."""

    def __init__(self, path: str, features: FeaturesDict) -> None:
        self._files = _files(features)
        described = {name: {"_type": "Image"} for name in self._files}
        self._fields = sorted(name for name in features if name not in (*self._files, "intensities"))
        columns: list[tuple[str, Any]] = [("key", pa.string())]
        columns += [(name, pa.struct([("bytes", pa.binary()), ("path", pa.string())])) for name in self._files]
        columns += [(name, pa.int8()) for name in AU_NAMES]
        columns += [(name, _arrow_type(features[name])) for name in self._fields]
        metadata = {"huggingface": json.dumps({"info": {"features": described}})}
        self._schema = pa.schema(columns, metadata=metadata)
        # A JPEG or PNG gets no smaller.
        packed = {name: "none" if name in self._files else "zstd" for name, _ in columns}
        self._writer = pq.ParquetWriter(path, self._schema, compression=packed)
        self._rows: list[dict[str, Any]] = []

    def write(self, key: str, example: dict[str, Any]) -> None:
        """Adds an example."""
        row: dict[str, Any] = {"key": key}
        row |= {name: {"bytes": example[name], "path": f"{key}.{end}"} for name, end in self._files.items()}
        row |= dict(zip(AU_NAMES, _intensities(example), strict=True))
        row |= {name: np.ravel(value) if _is_many(value := example[name]) else value for name in self._fields}
        self._rows.append(row)
        if len(self._rows) == BLOCK:
            self._flush()

    def close(self) -> None:
        """Ends the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
        self._rows = []


class TarSamples:
    """Members of an example, as WebDataset has it: picture, labels, coefficients with landmarks, and maps."""

    def __init__(self, path: str, features: FeaturesDict) -> None:
        self._files = _files(features)
        self._tar = tarfile.open(path, "w")  # noqa: SIM115

    def write(self, key: str, example: dict[str, Any]) -> None:
        """Adds an example."""
        plain = {name: value for name, value in example.items() if not (name in self._files or _is_many(value))}
        labels = {"key": key, **dict(zip(AU_NAMES, _intensities(example), strict=True)), **plain}
        arrays = io.BytesIO()
        # In order of name, as serialised examples are.
        np.savez(arrays, **{name: example[name] for name in sorted(example) if _is_many(example[name])})
        for name, end in self._files.items():
            self._add(f"{key}.{end}", example[name])
        self._add(f"{key}.json", json.dumps(labels, default=_plain).encode())
        self._add(f"{key}.npz", arrays.getvalue())

    def close(self) -> None:
        """Ends the file."""
        self._tar.close()

    def _add(self, name: str, data: bytes) -> None:
        # Without a time, or the same work would give other bytes.
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self._tar.addfile(member, io.BytesIO(data))


class Kind(NamedTuple):
    """How records are kept."""

    suffix: str
    """Of the files."""
    file: Callable[[str, FeaturesDict], RecordFile]
    """Begins a file."""
    samples: Callable[[str], Iterator[Sample]]
    """Reads what a file shows."""
    tfds: str | None
    """What TensorFlow Datasets calls it; None where that does not read it."""


def some_samples(kind: Kind, path: str, count: int, records: int) -> list[Sample]:
    """`count` pictures, evenly spread over the `records` of a file, with their intensities."""
    return list(islice(kind.samples(path), 0, None, max(1, records // count)))[:count]


def _tfrecord_samples(path: str) -> Iterator[Sample]:
    return (_sample(record) for record in tf.data.TFRecordDataset(path).as_numpy_iterator())


def _array_samples(path: str) -> Iterator[Sample]:
    reader = array_record_module.ArrayRecordReader(path)
    try:
        for number in range(reader.num_records()):
            yield _sample(reader.read([number])[0])
    finally:
        reader.close()


def _sample(record: bytes) -> Sample:
    found = tf.train.Example.FromString(record).features.feature
    return found["image"].bytes_list.value[0], list(found["intensities"].int64_list.value)


def _parquet_samples(path: str) -> Iterator[Sample]:
    for batch in pq.ParquetFile(path).iter_batches(BLOCK, columns=["image", *AU_NAMES]):
        for row in batch.to_pylist():
            yield row["image"]["bytes"], [row[name] for name in AU_NAMES]


def _tar_samples(path: str) -> Iterator[Sample]:
    with tarfile.open(path) as tar:
        picture = b""
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            if member.name.endswith(".jpg"):
                picture = file.read()
            elif member.name.endswith(".json"):
                labels = json.load(file)
                yield picture, [labels[name] for name in AU_NAMES]


def _files(features: FeaturesDict) -> dict[str, str]:
    """Ends of the names of the files that hold pictures, the face's own first, by the features' names."""
    maps = sorted(name for name, kind in features.items() if isinstance(kind, Image) and name != "image")
    return {"image": "jpg"} | {name: f"{name}.png" for name in maps}


def _intensities(example: dict[str, Any]) -> list[int]:
    return [int(value) for value in example["intensities"]]


def _is_many(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0


def _plain(value: Any) -> Any:
    return value.item()


def _arrow_type(feature: FeatureConnector) -> Any:
    if isinstance(feature, ClassLabel):
        return pa.string()
    one = pa.from_numpy_dtype(feature.np_dtype)
    return pa.list_(one, int(np.prod(feature.shape))) if feature.shape else one


KINDS: dict[Format, Kind] = {
    "tfrecord": Kind("tfrecord", TFRecords, _tfrecord_samples, "tfrecord"),
    "array_record": Kind("array_record", ArrayRecords, _array_samples, "array_record"),
    "parquet": Kind("parquet", ParquetRows, _parquet_samples, None),
    "webdataset": Kind("tar", TarSamples, _tar_samples, None),
}
