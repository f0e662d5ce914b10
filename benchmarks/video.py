"""How fast `au-tf extract` goes through a video, by stage; prints a table.

    python benchmarks/video.py [VIDEO] [--frames 200]

Without a video, one is rendered: a person who talks and turns the head before a wall, 640 x 480 pixels, motion JPEG.
Wall time is what a user waits, on however many processors there are and whatever else they do; processor time is what
the work costs, and two idle processors cannot do it in less than half of that. Following faces is one after the other,
fits are made several at a time. Everything compiled is compiled, and the face model read, before the first stage.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from joblib import cpu_count
from scipy.spatial.transform import Rotation
from skimage import data

from au_tf import startup

startup.start_tensorflow()

from au_tf.fitting.detect.detection import landmark_reader
from au_tf.fitting.regress.initial_pose import surface_for
from au_tf.fitting.video.extraction import extract
from au_tf.fitting.video.people import meet
from au_tf.fitting.video.sightings import look
from au_tf.fitting.video.store import Store
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.builtin import builtin_face
from au_tf.pictures.clips import Clip, find_clips
from au_tf.rendering.lighting import STUDIO
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.simulation.population import draw_expressions

T = TypeVar("T")
WIDTH, HEIGHT, RATE = 640, 480, 25.0
_KEY = 12
"""Frames between two expressions that are drawn; those between are mixed."""


class Cost(NamedTuple):
    """Seconds that something took."""

    wall: float
    processor: float


def measured(work: Callable[[], T]) -> tuple[T, Cost]:
    """What some work comes to, and what it costs."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, Cost(time.perf_counter() - wall, time.process_time() - processor)


def render_video(path: Path, frames: int, model: MorphableModel) -> None:
    """Writes a video of one person."""
    rng = np.random.default_rng(7)
    keys = draw_expressions(model, frames // _KEY + 2, rng)
    place = np.arange(frames) / _KEY
    left, share = place.astype(int), (place % 1.0)[:, None]
    angles = np.stack([15 * np.sin(place), 5 * np.cos(0.7 * place), 4 * np.sin(0.4 * place)], -1)
    repeat = lambda row: np.repeat(np.asarray(row, np.float32)[None], frames, 0)  # noqa: E731
    person = Coefficients(
        identity=repeat(rng.standard_normal(100)),
        albedo=repeat(np.clip(rng.standard_normal(100), -2.0, 2.0)),
        expression=((1.0 - share) * keys[left] + share * keys[left + 1]).astype(np.float32),
        rotation=Rotation.from_euler("YXZ", angles, degrees=True).as_rotvec().astype(np.float32),
        translation=repeat([0.0, 10.0, -900.0]),
        lighting=repeat(STUDIO),
    )
    wall = np.asarray(cv2.resize(data.coffee(), (WIDTH, HEIGHT)), np.uint8)
    renderer, camera = BatchRenderer(model), Camera.default(HEIGHT, WIDTH)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (WIDTH, HEIGHT))
    for k in range(frames):
        face = person[k : k + 1]
        writer.write(np.ascontiguousarray(renderer.render(face, camera, background=wall).image[0, ..., ::-1]))
    writer.release()


def stages(clip: Clip, model: MorphableModel) -> tuple[dict[str, Cost], int]:
    """What each stage costs, and how many frames there are; the whole is an extraction of its own."""
    frames, decoding = measured(lambda: sum(1 for _ in clip.frames()))
    store = Store(["benchmark", *clip.identity()])
    seen, following = measured(lambda: look(clip, store, landmark_reader()))
    _, meeting = measured(lambda: meet(clip, seen, surface_for(model)))
    _, whole = measured(lambda: extract([clip], model))
    rest = Cost(*(a - b - c for a, b, c in zip(whole, following, meeting, strict=True)))
    return {
        "decoding alone, once": decoding,
        "following faces": following,
        "learning who they are": meeting,
        "fitting and smoothing": rest,
        "all": whole,
    }, frames


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", nargs="?", help="a video (default: one that is rendered)")
    parser.add_argument("--frames", type=int, default=200, help="of the rendered video")
    args = parser.parse_args()
    model = builtin_face()
    with tempfile.TemporaryDirectory() as folder:
        # What is kept here is nobody else's.
        os.environ["AU_TF_CACHE"] = folder
        warm, path = Path(folder) / "warm.avi", args.video or os.path.join(folder, "rendered.avi")
        render_video(warm, 6, model)
        extract(find_clips([str(warm)]), model)
        if not args.video:
            render_video(Path(path), args.frames, model)
        load = os.getloadavg()[0]
        costs, frames = stages(find_clips([str(path)])[0], model)
    print(f"{frames} frames, {cpu_count()} processors, load {load:.1f} before\n")
    print("| stage | wall, ms a frame | processor, ms a frame | frames a second |")
    print("|---|---|---|---|")
    for name, cost in costs.items():
        wall, processor = (1e3 * part / frames for part in cost)
        print(f"| {name} | {wall:.1f} | {processor:.1f} | {frames / cost.wall:.1f} |")


if __name__ == "__main__":
    main()
