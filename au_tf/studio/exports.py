"""Files to download, made by the library in a folder that is gone afterwards, and the command that makes the same."""

import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import lazy_loader

from au_tf.errors import InputError
from au_tf.faces.expressive import RATE
from au_tf.facs import AU_NAMES
from au_tf.pictures.images import write_image
from au_tf.studio.session import Session
from au_tf.studio.wishes import Wish
from au_tf.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_loader.load("pandas")


class Export(NamedTuple):
    """What a file is made of."""

    session: Session
    wish: Wish
    timeline: Timeline
    mark: bool
    """Whether people are to read on it that it is synthetic; files say so to programs anyway."""


class Made(NamedTuple):
    """A file."""

    name: str
    content: bytes


def _still(asked: Export, place: Path) -> None:
    asked.session.look.expression(asked.wish).save(place, mark=asked.mark)


def _render(asked: Export, place: Path) -> None:
    asked.session.look.expression(asked.wish).save(place, render=True, mark=asked.mark)


def _moving(asked: Export, place: Path) -> None:
    asked.session.look.face.animate(asked.timeline, RATE).save(place, mark=asked.mark)


def _table(asked: Export, place: Path) -> None:
    timeline = asked.timeline
    table = pd.DataFrame(timeline.intensities, columns=list(AU_NAMES))
    table.insert(0, "time", timeline.times)
    table.to_csv(place, index=False, float_format="%.5g", lineterminator="\n")


def _original(asked: Export, place: Path) -> None:
    write_image(place, asked.session.look.face.photo)


KINDS: dict[str, tuple[str, Callable[[Export, Path], None]]] = {
    "png": ("-{units}.png", _still),
    "jpg": ("-{units}.jpg", _still),
    "render": ("-{units}-3d.png", _render),
    "glb": ("-{units}.glb", _still),
    "coefficients": ("-{units}.npz", _still),
    "mp4": (".mp4", _moving),
    "webm": (".webm", _moving),
    "gif": (".gif", _moving),
    "animated-glb": ("-moving.glb", _moving),
    "csv": (".csv", _table),
    "original": (".png", _original),
}
"""Kinds of files: how their names end after the photo's, and what writes them."""
_LONGEST_NAME = 60


def make(kind: str, asked: Export) -> Made:
    """Makes a file.

    Raises:
      InputError: for another kind, or what the library refuses.
    """
    if kind not in KINDS:
        raise InputError("the page", "kind", kind, " or ".join(KINDS))
    ending, write = KINDS[kind]
    with tempfile.TemporaryDirectory(prefix="au_tf-studio-") as folder:
        place = Path(folder) / _name(asked, ending)
        write(asked, place)
        return Made(place.name, place.read_bytes())


def commands(asked: Export) -> list[str]:
    """Lines of the command line that make the same still picture and the same film."""
    photo, units = asked.session.name, asked.wish.text or "AU12=0"
    options = asked.session.options
    mark = ["--mark"] if asked.mark else []
    names = {kind: _name(asked, KINDS[kind][0]) for kind in ("png", "glb", "csv", "mp4")}
    still = ["synthesize", photo, "--au", units, "--out", names["png"], "--mesh", names["glb"], *options, *mark]
    film = ["animate", photo, names["csv"], "--out", names["mp4"], *options, *mark]
    return [shlex.join(["au-tf", *words]) for words in (still, film)]


def _name(asked: Export, ending: str) -> str:
    stem = Path(asked.session.name).stem or "face"
    units = (asked.wish.text or "neutral").replace("=", "_").replace(",", "-")
    return stem[:_LONGEST_NAME] + ending.format(units=units[:_LONGEST_NAME])
