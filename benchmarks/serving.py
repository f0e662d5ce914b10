"""How fast exported models answer, and whether they withstand whatever they are sent; prints two tables.

    python benchmarks/serving.py [--models DIR] [--stress 10000] [--speed 20]

Without --models, `au-tf export` writes them first. They are loaded as TF Serving loads them, by TensorFlow's C library
before TensorFlow for Python is imported, and their speed is compared with the Python path in the same run. --speed is
how often each is measured, --stress how many requests are sent; 0 leaves either out. The exit status is
1 if any of these was answered wrongly.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
from c_loader import NativeModel
from PIL import Image
from skimage import data

from au_tf.errors import InputError
from au_tf.facs import parse
from au_tf.fitting.detect.detection import detect_faces

THREADS = 4
VALID_PHOTOS = 0.01
"""Share of the requests that are photos to be synthesised: each takes as long as hundreds of the others."""


class Models(NamedTuple):
    """What is measured."""

    expression: NativeModel
    synthesis: NativeModel


class Ask(NamedTuple):
    """One kind of request, and what has to come of it."""

    kind: str
    model: NativeModel
    inputs: dict[str, Any]
    expected: dict[str, Any] | str
    """The answer, or what the reason of the refusal contains."""


def newest(folder: Path, name: str) -> NativeModel:
    """The newest version of a model."""
    return NativeModel(max((folder / name).glob("[0-9]*"), key=lambda path: int(path.name)))


def jpeg(picture: np.ndarray) -> bytes:
    """A file of a picture."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def photo_request(file: bytes, landmarks: np.ndarray, count: int) -> dict[str, Any]:
    """A smile, `count` times."""
    smile = parse("AU6=3,AU12=5")
    return {
        "photo_bytes": np.array([file] * count, object),
        "landmarks": np.repeat(landmarks[None], count, 0).astype(np.float32),
        "intensities": np.repeat(smile[None], count, 0),
    }


def expression_request(model: NativeModel, count: int, seed: int) -> dict[str, Any]:
    """Chance intensities and sources."""
    rng, ports = np.random.default_rng(seed), model.signatures["serving_default"].inputs
    asked = {name: rng.uniform(-1.0, 1.0, (count, *port.shape[1:])).astype(np.float32) for name, port in ports.items()}
    return asked | {"intensities": rng.uniform(0.0, 5.0, (count, 12)).astype(np.float32)}


def asks(models: Models) -> tuple[list[Ask], list[Ask]]:
    """The requests of the stress: photos to be synthesised, and all others; answers are those of a quiet model."""
    photo = data.astronaut()
    landmarks, file = detect_faces(photo)[0].landmarks, jpeg(photo)
    good = photo_request(file, landmarks, 1)
    size = file.index(b"\xff\xc0") + 5
    vast = file[:size] + b"\x60\x00\x60\x00" + file[size + 4 :]
    files = {"empty": b"", "no JPEG": b"GIF89a" * 99, "damaged": file[: len(file) // 2], "more than": vast}
    bad = [
        Ask(f"file: {said}", models.synthesis, good | {"photo_bytes": np.array([each], object)}, said)
        for said, each in files.items()
    ]
    bad.append(Ask("landmarks: nan", models.synthesis, good | {"landmarks": good["landmarks"] * np.nan}, "landmarks"))
    asked = expression_request(models.expression, 3, 0)
    bad.append(Ask("intensity: 7", models.expression, asked | {"intensities": asked["intensities"] + 7}, "intensities"))
    bad.append(Ask("wrong type", models.expression, asked | {"intensities": asked["intensities"].astype(int)}, "int64"))
    bad.append(Ask("wrong shape", models.expression, asked | {"intensities": asked["intensities"][:, 1:]}, "[3, 11]"))
    bad.append(Ask("rows differ", models.expression, asked | {"intensities": asked["intensities"][1:]}, "rows"))
    fine = []
    for count in (0, 1, 2, 8):
        given = expression_request(models.expression, count, count)
        fine.append(Ask("valid expressions", models.expression, given, models.expression.run(given)))
    return [Ask("valid photo", models.synthesis, good, models.synthesis.run(good))], [*fine, *fine, *bad]


def wrong(ask: Ask) -> str:
    """What is wrong with the answer to a request; empty if nothing is."""
    try:
        found = ask.model.run(ask.inputs)
    except InputError as error:
        right = isinstance(ask.expected, str) and ask.expected in str(error)
        return "" if right else f"{ask.kind}: {error}"
    if isinstance(ask.expected, str):
        told = [status.decode() for status in found["status"]]
        return "" if all(ask.expected in each for each in told) else f"{ask.kind}: {told}"
    same = all(np.array_equal(found[n], v) or np.allclose(found[n], v, atol=1e-5) for n, v in ask.expected.items())
    return "" if same else f"{ask.kind}: another answer than alone"


def resident() -> float:
    """Memory in use, MB."""
    return psutil.Process().memory_info().rss / 1e6


def stress(models: Models, count: int) -> bool:
    """Sends mixed requests from several threads, and tells of each kind how many were answered as they should be."""
    photos, rest = asks(models)
    rng = np.random.default_rng(1)
    order = [photos[0] if rng.uniform() < VALID_PHOTOS else rest[int(rng.integers(len(rest)))] for _ in range(count)]
    sent: Counter[str] = Counter()
    faults: list[str] = []
    memory: list[float] = []
    lock = threading.Lock()

    def one(ask: Ask) -> None:
        fault = wrong(ask)
        with lock:
            sent[ask.kind] += 1
            faults.extend([fault] if fault else [])
            if sum(sent.values()) % max(1, count // 10) == 0:
                memory.append(resident())

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, order))
    took = time.perf_counter() - start
    print(f"{count} requests from {THREADS} threads in {took:.0f} s; {len(faults)} not answered as they should be")
    for kind, number in sorted(sent.items()):
        print(f"  {kind:24s} {number}")
    print("memory after each tenth, MB:", " ".join(f"{each:.0f}" for each in memory))
    for fault in faults[:5]:
        print(" ", fault)
    return not faults


def milliseconds(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median and 90th percentile of the time of `work`, after one call to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return float(np.median(times)), float(np.percentile(times, 90))


def python_path(photo: np.ndarray, landmarks: np.ndarray) -> dict[str, Callable[[], object]]:
    """The same work by the packages of Python."""
    from au_tf import startup

    startup.start_tensorflow()
    from au_tf.compositing.photo import PhotoCompositor
    from au_tf.fitting.regress.regressor import Regressor
    from au_tf.geometry.camera import Camera
    from au_tf.morphable.builtin import builtin_face
    from au_tf.synthesis.generators import load_generator

    model, generator, regressor = builtin_face(), load_generator(), Regressor.load()
    camera, smile = Camera.default(*photo.shape[:2]), parse("AU6=3,AU12=5")

    def synthesis() -> object:
        found = regressor.regress_faces([photo], landmarks[None], camera).coefficients
        own = found[0]
        made = PhotoCompositor(photo, model, own, camera, landmarks).compose(generator.generate(own.expression, smile))
        return jpeg(made)

    return {"expression, 1 row": lambda: generator.generate(np.zeros(79), smile), "synthesis, 1 photo": synthesis}


def speed(models: Models, repeats: int) -> None:
    """Times models and the Python path, in turn."""
    photo = data.astronaut()
    landmarks, file = detect_faces(photo)[0].landmarks, jpeg(photo)
    works: dict[str, Callable[[], object]] = {}
    for count in (1, 64):
        asked = expression_request(models.expression, count, 0)
        works[f"expression, {count} row{'s' * (count > 1)}"] = lambda asked=asked: models.expression.run(asked)
    for count in (1, 8):
        given = photo_request(file, landmarks, count)
        works[f"synthesis, {count} photo{'s' * (count > 1)}"] = lambda given=given: models.synthesis.run(given)
    found = {f"{name}, C loader": milliseconds(work, repeats) for name, work in works.items()}
    python = python_path(photo, landmarks)
    found |= {f"{name}, Python": milliseconds(work, max(1, repeats // 4)) for name, work in python.items()}
    for name, (median, high) in found.items():
        rows = int(name.split(", ")[1].split()[0])
        print(f"{name:34s} median {median:8.1f} ms, 90 % {high:8.1f} ms, {1e3 * rows / median:8.1f} a second")


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--stress", type=int, default=10_000)
    parser.add_argument("--speed", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = args.models or Path(folder)
        if args.models is None:
            export = "import sys; from au_tf.cli.main import main; sys.exit(main(sys.argv[1:]))"
            words = ["export", "--models", "expression,synthesis", "--out", folder]
            subprocess.run([sys.executable, "-c", export, *words], check=True)
        models = Models(newest(place, "expression"), newest(place, "synthesis"))
        withstood = stress(models, args.stress) if args.stress else True
        assert "tensorflow" not in sys.modules
        if args.speed:
            speed(models, args.speed)
    return 0 if withstood else 1


if __name__ == "__main__":
    sys.exit(main())
