"""Models in folders as TF Serving reads them: versions, warm-up, and the server's configuration."""

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.serving.servable import Request, Servable

CONFIG = "models.config"
"""The server's list of models, at the top of the folder."""
BATCHING = "batching.config"
"""The threads that all models share to work on batches."""
MOUNT = "/models/au_tf"
"""Where the server sees the folder."""
_MODEL_BATCHING = """max_batch_size { value: 32 }
batch_timeout_micros { value: 1000 }
max_enqueued_batches { value: 256 }
"""


def write_models(servables: Sequence[Servable], folder: str | os.PathLike[str]) -> list[Path]:
    """Writes models, each as a new version beside those that are there, and the server's configuration.

    Args:
      servables: the models.
      folder: holds a folder of versions for each model; it is made if need be.

    Returns:
      The folder of each new version.

    Raises:
      InputError: if the place cannot be written.
    """
    place = Path(folder)
    written = [_write_version(servable, place / servable.name) for servable in servables]
    write_whole(place / CONFIG, models_config(_models(place)).encode())
    write_whole(place / BATCHING, b"num_batch_threads { value: 4 }\n")
    return written


def serve_command(folder: str | os.PathLike[str]) -> str:
    """The command that serves an exported folder: gRPC on port 8500, REST on 8501."""
    return (
        f"docker run --rm -p 8500:8500 -p 8501:8501 -v {Path(folder).resolve()}:{MOUNT}:ro tensorflow/serving"
        f" --model_config_file={MOUNT}/{CONFIG} --enable_batching --batching_parameters_file={MOUNT}/{BATCHING}"
        " --enable_per_model_batching_parameters"
    )


def models_config(names: Sequence[str]) -> str:
    """The server's list of models, a `ModelServerConfig` in text format."""
    entry = '  config {{ name: "{0}" base_path: "{1}/{0}" model_platform: "tensorflow" }}\n'
    return "model_config_list {\n" + "".join(entry.format(name, MOUNT) for name in names) + "}\n"


def _models(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.is_dir() and versions(each))


def versions(folder: Path) -> list[int]:
    """The versions in a model's folder, in order."""
    if not folder.is_dir():
        return []
    return sorted(int(each.name) for each in folder.iterdir() if each.name.isdecimal() and each.is_dir())


def _write_version(servable: Servable, folder: Path) -> Path:
    # The server reads only folders that are numbers, so it never sees this one.
    beside = folder / f".{secrets.token_hex(4)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _write(servable, beside)
            return _settle(beside, folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise InputError(folder, "folder", error.strerror or error, "a place that can be written") from error


def _settle(beside: Path, folder: Path) -> Path:
    """Renames a finished folder to the next version; another export at the same time gets another number."""
    number = max(versions(folder), default=0) + 1
    while True:
        target = folder / str(number)
        try:
            # Fails on a folder that is not empty, as any version is.
            beside.rename(target)
            return target
        except OSError:
            if not target.exists():
                raise
            number += 1


def _write(servable: Servable, folder: Path) -> None:
    module = tf.Module(name=servable.name)
    module.kept = servable.variables
    signatures = {name: function.get_concrete_function() for name, function in servable.signatures.items()}
    module.traced = list(servable.signatures.values())
    tf.saved_model.save(module, str(folder), signatures)
    extra = folder / "assets.extra"
    extra.mkdir()
    with tf.io.TFRecordWriter(str(extra / "tf_serving_warmup_requests")) as file:
        for signature, request in servable.examples.items():
            file.write(_warmup(servable.name, signature, request))
    if servable.batched:
        (folder / "batching_params.pbtxt").write_text(_MODEL_BATCHING)


def _warmup(model: str, signature: str, request: Request) -> bytes:
    asked = predict_pb2.PredictRequest()
    asked.model_spec.name, asked.model_spec.signature_name = model, signature
    for name, value in request.items():
        asked.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=asked))
    return bytes(log.SerializeToString())
