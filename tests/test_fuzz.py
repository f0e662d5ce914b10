"""Whatever is damaged gives a result or one line: files that users hand over, with some of their bytes changed.

AU_TF_MUTATIONS=20000 pytest tests/test_fuzz.py takes longer and finds more.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

import au_tf
from au_tf.cli.output import settings_file
from au_tf.errors import InputError
from au_tf.faces.archive import read_face
from au_tf.pictures.clips import find_clips
from au_tf.pictures.film import write_film
from au_tf.pictures.images import read_image, write_image
from au_tf.resources import saved_model
from au_tf.simulation.label_policies import read_rows
from au_tf.timeline import read_timeline

MUTATIONS = int(os.environ.get("AU_TF_MUTATIONS", "300"))
PICTURES = np.random.default_rng(0).integers(0, 256, (3, 48, 64, 3), dtype=np.uint8)
TABLES = {
    "plain": "time,AU6,AU12\n0,0,0\n0.5,3,5\n2,0,0\n",
    "german": "Zeit;AU1;AU12\n0,0;0,5;1,5\n0,04;3,0;5,0\n",
    "openface": "frame, face_id, timestamp, confidence, success, AU01_r, AU12_r\n1, 0, 0.0, 0.9, 1, 0.5, 5.0\n"
    "2, 0, 0.04, 0.9, 1, 1.5, 3.0\n",
    "codes": "time\tFACS\n0\t6B+12C\n1\t12E\n",
}
LABELS = "AU6,AU12\n1,2\n3,5\n"


def frames(path):
    return [frame.number for clip in find_clips([str(path)]) for frame in clip.frames()]


def film(suffix):
    return lambda path: write_film(path, PICTURES, 25), frames, suffix


def picture(suffix):
    return lambda path: write_image(path, PICTURES[0]), read_image, suffix


def text(content, read, suffix):
    return lambda path: path.write_text(content), read, suffix


def shipped(name, read):
    (file,) = saved_model(name).glob("*.npz")
    return lambda path: path.write_bytes(file.read_bytes()), read, f"/{file.name}"


def coefficients(path):
    size = {"identity": 3, "albedo": 3, "expression": 3, "rotation": 3, "translation": 3, "lighting": (9, 3)}
    camera = {"camera_focal": 500.0, "camera_centre": np.ones(2), "image_size": np.array([48, 64])}
    np.savez(path, **{name: np.zeros(shape, np.float32) for name, shape in size.items()}, **camera)


KINDS = {
    **{
        f"table {name}": text(content, lambda path: read_timeline(path, 25.0), ".csv")
        for name, content in TABLES.items()
    },
    **{f"film {suffix}": film(suffix) for suffix in (".mp4", ".webm", ".mkv", ".avi", ".gif", ".webp")},
    **{f"picture {suffix}": picture(suffix) for suffix in (".png", ".jpg")},
    "labels": text(LABELS, read_rows, ".csv"),
    "settings toml": text('au = "AU12=3"\nface = 0\n', settings_file, ".toml"),
    "settings json": text(json.dumps({"face": 0, "au": ["AU12=3"]}), settings_file, ".json"),
    "settings yaml": text("face: 0\nau:\n  - AU12=3\n", settings_file, ".yaml"),
    "coefficients": (coefficients, read_face, ".npz"),
    "generator": shipped("caae-builtin", lambda path: au_tf.load_generator(path.parent)),
}


def mutated(whole, rng):
    """Some bytes changed, lost or doubled, mostly near the beginning, where formats say what they are."""
    data = bytearray(whole)
    for _ in range(rng.integers(1, 6)):
        place = int(rng.integers(max(1, min(len(data), 512) if rng.random() < 0.5 else len(data))))
        what, size = rng.integers(5), int(rng.integers(1, 40))
        if what == 0:
            data[place : place + 1] = bytes([rng.integers(256)])
        elif what == 1:
            data[place : place + 1] = bytes([data[place] ^ 1 << int(rng.integers(8))]) if place < len(data) else b""
        elif what == 2:
            del data[place : place + size]
        elif what == 3:
            data[place:place] = data[place : place + size]
        else:
            data[place : place + 4] = rng.choice(
                np.array([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"nan,", b"1e99"])
            )
    return bytes(data) if rng.random() < 0.8 else bytes(data[: rng.integers(len(data) + 1)])


@pytest.mark.parametrize("kind", KINDS)
def test_damage_gives_a_result_or_one_line(kind, tmp_path, capfd):
    write, read, suffix = KINDS[kind]
    path = tmp_path / (suffix[1:] if suffix.startswith("/") else f"a{suffix}")
    write(path)
    read(path)
    whole, rng = Path(path).read_bytes(), np.random.default_rng(7)
    lines = []
    for number in range(MUTATIONS):
        path.write_bytes(mutated(whole, rng))
        try:
            read(path)
        except InputError as error:
            lines.append(str(error))
        except Exception as error:
            raise AssertionError(f"mutation {number}: {error!r}") from error
    # Of animations what can be shown is shown.
    assert lines or kind in ("film .gif", "film .webp")
    assert not [line for line in lines if "\n" in line or not line.isprintable()]
