"""A face moved in the course of time: pictures one by one, a film, or a mesh with an animation."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from au_tf.arrays import Pixels
from au_tf.errors import InputError
from au_tf.faces.mesh_files import write_mesh
from au_tf.faces.portrayed import Portrayed
from au_tf.facs import AU_NAMES, MAX_INTENSITY, format_intensities
from au_tf.meshes.mesh_export import Track
from au_tf.pictures.film import SUFFIXES as FILMS, check_film, write_film
from au_tf.pictures.provenance.mark import marked
from au_tf.pictures.provenance.statement import Statement
from au_tf.progress import progress
from au_tf.timeline import Timeline

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, repr=False)
class Animation:
    """A face moved by a time line: as pictures one by one, as a film, or as a mesh with an animation."""

    face: Portrayed
    """Whose."""
    timeline: Timeline
    """Action Units in the course of time."""
    rate: float
    """Pictures a second."""

    def __len__(self) -> int:
        return len(self.timeline.frames(self.rate))

    def __iter__(self) -> Iterator[Pixels]:
        """The pictures uint8[H, W, 3], sRGB, each made when its turn comes."""
        frames = self.timeline.frames(self.rate)
        for intensities, coefficients in zip(frames, self.face.with_expressions(frames), strict=True):
            yield self.face.picture(coefficients, intensities)

    def statement(self) -> Statement:
        """What files of it say of themselves, with the strongest intensity of each Action Unit."""
        strongest = self.timeline.intensities.max(0, initial=0.0)
        return self.face.statement(format_intensities(np.asarray(strongest, np.float32)))

    def save(self, path: str | os.PathLike[str], *, mark: bool = False) -> Path:
        """Writes a film, as `write_film` does, or the neutral mesh, `.glb`, whose blend shapes the time line moves.

        A film has as many pictures a second as its kind can hold, next to those asked for. Both say that they are
        synthetic.

        Args:
          path: one of `pictures.film.SUFFIXES`, or `.glb`.
          mark: write "synthetic" on each picture, too, where people see it.

        Raises:
          InputError: for another suffix, or if the place cannot be written.
        """
        place = Path(path)
        if place.suffix.lower() not in (*FILMS, ".glb"):
            raise InputError(place, "suffix", place.suffix or "none", " or ".join((*FILMS, ".glb")))
        if place.suffix.lower() in FILMS:
            film = replace(self, rate=check_film(place, self.rate))
            logger.info("Making %d pictures", len(film))
            shown = progress(film, unit="picture")
            write_film(place, map(marked, shown) if mark else shown, film.rate, self.statement())
        else:
            self._write_glb(place)
        return place

    def _write_glb(self, place: Path) -> None:
        none = np.zeros(len(AU_NAMES), np.float32)
        (neutral,) = self.face.with_expressions(none[np.newaxis])
        # Moments that single precision does not tell apart count once.
        times, first = np.unique(self.timeline.times.astype(np.float32), return_index=True)
        track = Track(times, self.timeline.intensities[first] / np.float32(MAX_INTENSITY))
        face = self.face
        write_mesh(place, face.shaped, neutral, face.texture, face.blend_shapes(none), track, self.statement())

    def __repr__(self) -> str:
        return f"Animation({len(self)} pictures at {self.rate:g} a second of {self.face.name})"
