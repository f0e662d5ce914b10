"""Synthetic pictures on disk: made once, block by block, and read in any order."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.lib.format import open_memmap

from au_tf.arrays import Float32, Int64, Pixels
from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.fitting.regress.regressor import PICTURE_SIZE
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline, as_aligned
from au_tf.fitting.synthetic.scenes import Expressions, Scenes, draw_scenes
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.geometry.alignment import ALIGNED_SIZE, transform
from au_tf.geometry.camera import Camera
from au_tf.morphable import MorphableModel
from au_tf.progress import progress

BLOCK = 100
"""Pictures drawn from one seed."""
_HALVE = np.array([[0.5, 0.0, -0.25], [0.0, 0.5, -0.25]])


class Truth(NamedTuple):
    """What is known of N pictures."""

    identity: Float32
    """float32[N, I], standard deviations."""
    albedo: Float32
    """float32[N, A], standard deviations."""
    expression: Float32
    """float32[N, E], standard deviations."""
    place: Float32
    """float32[N, 6], turn, shift and size of a `Place`."""
    lighting: Float32
    """float32[N, 27]."""
    view: Float32
    """float32[N, 3], focal length and principal point of the aligned picture's camera."""
    landmarks: Float32
    """float32[N, 136], true ones, in pixels of the aligned picture."""
    covered: Float32
    """float32[N, 1], share of the face that something is in front of."""

    @classmethod
    def sizes(cls, model: MorphableModel) -> list[int]:
        """How many numbers each field has for a face model."""
        return [*map(len, (model.identity_basis, model.albedo_basis, model.expression_basis)), 6, 27, 3, 136, 1]

    @classmethod
    def split(cls, rows: Float32, sizes: list[int]) -> Self:
        """Takes rows float32[N, sum of `sizes`] apart."""
        return cls(*np.split(rows, np.cumsum(sizes)[:-1], 1))

    @classmethod
    def of(cls, scenes: Scenes, landmarks: Float32, covered: Float32) -> Self:
        """What is known of scenes."""
        face, place, count = scenes.coefficients, scenes.place(), len(scenes)
        return cls(
            face.identity,
            face.albedo,
            face.expression,
            np.concatenate([place.turn, place.shift, place.size[:, None]], 1),
            face.lighting.reshape(count, 27),
            np.concatenate([np.reshape(scenes.camera.focal, (-1, 1)), scenes.camera.centre], 1),
            landmarks.reshape(count, 136),
            covered[:, None],
        )

    @property
    def cameras(self) -> Camera:
        """`view` as such."""
        return Camera(self.view[:, 0], self.view[:, 1:], ALIGNED_SIZE, ALIGNED_SIZE)


@dataclass(frozen=True, eq=False)
class SceneSampler:
    """All that pictures of people of one face model are made from."""

    model: MorphableModel
    """The face model."""
    camera: SyntheticCamera
    """Takes the pictures."""
    outline: Outline
    """Of the face model."""
    error: DetectorError
    """The landmark detector's."""
    expressions: Expressions
    """What people show."""

    def block(self, count: int, seed: int, number: int) -> tuple[Pixels, Truth]:
        """The first pictures of one block, uint8[count, 112, 112, 3], and what is known of them.

        Args:
          count: at most `BLOCK`; the pictures differ with it.
          seed: of all blocks.
          number: of this block.
        """
        rng = np.random.default_rng([seed, number])
        scenes = draw_scenes(self.model, count, self.expressions, rng)
        scenes, landmarks = as_aligned(scenes, self.outline, self.error, rng)
        halves = np.tile(_HALVE, (count, 1, 1))
        small = transform(halves, landmarks).astype(np.float32)
        taken = self.camera.take(scenes.aligned(halves), small, PICTURE_SIZE, rng)
        return taken.pictures, Truth.of(scenes, landmarks.astype(np.float32), taken.covered)


class SyntheticSet(NamedTuple):
    """Pictures and what is known of them, read from the disk as they are needed."""

    pictures: Pixels
    """uint8[N, 112, 112, 3], sRGB."""
    rows: Float32
    """float32[N, ...], for `Truth.split`."""
    sizes: list[int]
    """`Truth.sizes` of the face model."""

    def truth(self, rows: Int64 | slice) -> Truth:
        """What is known of some pictures."""
        return Truth.split(self.rows[rows], self.sizes)


def make(sampler: SceneSampler, folder: str | os.PathLike[str], count: int, seed: int) -> SyntheticSet:
    """Makes pictures, or goes on where it was interrupted; the same seed gives the same bytes.

    Args:
      sampler: what they are made from.
      folder: where they go; about 39 kB a picture.
      count: how many.
      seed: everything random derives from it and from the number of the block.

    Raises:
      InputError: if other pictures lie there, or the place cannot be written.
    """
    folder = Path(folder)
    identity = {"model": sampler.model.digest, "count": count, "seed": seed, "size": PICTURE_SIZE}
    done = _begin(folder, identity)
    shapes = (count, PICTURE_SIZE, PICTURE_SIZE, 3), (count, sum(Truth.sizes(sampler.model)))
    names = [folder / "pictures.npy", folder / "truth.npy"]
    mode = "r+" if done and all(name.exists() for name in names) else "w+"
    done = done if mode == "r+" else 0
    pictures = open_memmap(names[0], mode, np.uint8, shapes[0])
    rows = open_memmap(names[1], mode, np.float32, shapes[1])
    with progress(about="synthetic pictures", total=count, done=min(done * BLOCK, count), unit="picture") as bar:
        for number in range(done, -(-count // BLOCK)):
            part = slice(number * BLOCK, min(count, (number + 1) * BLOCK))
            size = part.stop - part.start
            pictures[part], truth = sampler.block(size, seed, number)
            rows[part] = np.concatenate(truth, 1)
            pictures.flush()
            rows.flush()
            write_whole(folder / "state.json", json.dumps(identity | {"done": number + 1}).encode())
            bar.update(size)
    return SyntheticSet(np.load(names[0], mmap_mode="r"), np.load(names[1]), Truth.sizes(sampler.model))


def _begin(folder: Path, identity: dict[str, object]) -> int:
    """How many blocks are there already."""
    path = folder / "state.json"
    try:
        state = json.loads(path.read_bytes())
        done = int(state.pop("done"))
    except FileNotFoundError:
        write_whole(path, json.dumps(identity | {"done": 0}).encode())
        return 0
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(path, "state", "something else", "that of synthetic pictures; remove the folder") from None
    if state != identity:
        raise InputError(folder, "pictures", state, f"{identity}; another folder, or remove it")
    return done
