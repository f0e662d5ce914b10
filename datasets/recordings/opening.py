"""Recorded data sets by name, ready to be read: what `dataset` takes."""

import contextlib
import importlib
import importlib.util
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import lazy_loader

from au_tf.errors import Argument, AuTfError, InputError
from au_tf.files import Place, place
from au_tf.morphable import MorphableModel
from au_tf.stores import copy_of, fetched, sent

if TYPE_CHECKING:
    import tensorflow_datasets as tfds
else:
    # Of an extra that may be missing, which is then told in a line.
    tfds = lazy_loader.load("tensorflow_datasets")

DATA_SETS = ("disfa", "disfa_plus", "simulated_disfa")
DEFAULT_CONFIG = "coefficients_paper"
"""The config of a data set that is named without one."""
_EXTRA = ("tensorflow_datasets", "apache_beam")
logger = logging.getLogger("au_tf.datasets")


def check_named(name: str) -> None:
    """Makes sure that there is a data set of a name, before anything is read or made.

    Raises:
      InputError: if there is none.
    """
    if name.partition("/")[0] not in DATA_SETS:
        raise InputError(None, "dataset", name, f"one of {', '.join(DATA_SETS)}, alone or with /CONFIG")


def open_recordings(name: str, data_dir: str | Place | None = None) -> "tfds.core.DatasetBuilder":
    """Finds a recorded data set; a simulated one that is not there yet is built, which shows its progress.

    Args:
      name: of the data set or of one of its configs, "simulated_disfa" or "simulated_disfa/coefficients_fold0".
      data_dir: where TFDS keeps its data sets, which in a store are copied into the cache; None is its default.

    Returns:
      Its builder, prepared.

    Raises:
      InputError: for an unknown name, a data set that cannot be read, one that is not built and needs recordings that
        have to be asked for, or if the packages of the extra `data` are missing.
    """
    _require_extra()
    check_named(name)
    data_set, _, config = name.partition("/")
    config = config or DEFAULT_CONFIG
    kept = place(data_dir or tfds.core.constants.DATA_DIR)
    fetched(kept / data_set / config, missing_ok=True)
    builder = _find(data_set, config, copy_of(kept))
    if not builder.is_prepared():
        _build(builder, data_dir)
        sent(copy_of(kept / data_set / config), kept / data_set / config, "dataset_info.json")
    return builder


def check_face_model(builder: "tfds.core.DatasetBuilder", model: MorphableModel) -> None:
    """Makes sure that the coefficients of a data set are those of a face model.

    Raises:
      InputError: if they belong to another one.
    """
    name, digest = (builder.info.metadata.get(key, "none") for key in ("face_model", "face_model_digest"))
    if digest != model.digest:
        expected = f"{name} ({digest[:12]}), to which the data set {_name_of(builder)} belongs"
        raise InputError(None, "face_model", f"{model.name} ({model.digest[:12]})", expected)


def _require_extra() -> None:
    missing = [package for package in _EXTRA if importlib.util.find_spec(package) is None]
    if missing:
        raise InputError(None, "dataset", f"no {' and no '.join(missing)}", "them: pip install 'au_tf[data]'")


def _find(data_set: str, config: str, data_dir: Path) -> "tfds.core.DatasetBuilder":
    """The builder of a config that comes with au_tf, or of another one that was built."""
    make = importlib.import_module(f"au_tf.datasets.{data_set}").Builder
    folder = data_dir / data_set
    built = _built(folder, str(make.VERSION))
    if config not in (*make.builder_configs, *built):
        known = ", ".join(dict.fromkeys((*make.builder_configs, *built)))
        raise InputError(Argument("dataset", data_set), "config", config or "none", f"one of {known}")
    try:
        own = config in make.builder_configs
        builder = make(config=config, data_dir=data_dir) if own else tfds.builder_from_directory(built[config])
        _ = builder.info.metadata
    except AuTfError:
        raise
    except Exception as error:
        # TFDS answers damaged files with whatever the reader of each kind of file raises.
        raise InputError(
            built.get(config, folder / config), "data set", f"a damaged one ({error})", "one of TFDS"
        ) from error
    return builder


def _built(folder: Path, version: str) -> dict[str, Path]:
    """Where each config of a data set lies that was built into a folder."""
    return {path.parent.parent.name: path.parent for path in sorted(folder.glob(f"*/{version}/dataset_info.json"))}


def _build(builder: "tfds.core.DatasetBuilder", data_dir: str | Place | None) -> None:
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        where = "" if data_dir is None else f" --data_dir {data_dir}"
        command = f"tfds build datasets/{builder.name} --manual_dir DIR --config {builder.builder_config.name}{where}"
        expected = f"one that was built by: {command} (docs/datasets.md)"
        raise InputError(Argument("dataset", _name_of(builder)), "data set", f"none in {builder.data_dir}", expected)
    logger.info("Building the data set %s, once; the paper's size takes minutes", _name_of(builder))
    # TFDS prints on standard output, which is for results.
    with contextlib.redirect_stdout(sys.stderr):
        builder.download_and_prepare(download_config=tfds.download.DownloadConfig(try_download_gcs=False))


def _name_of(builder: "tfds.core.DatasetBuilder") -> str:
    return f"{builder.name}/{builder.builder_config.name}"
