"""Whatever is damaged gives a result or one line: files that users hand over, with some of their bytes changed.

AU_TF_MUTATIONS=20000 pytest tests/test_fuzz.py takes longer and finds more.
"""

import json
import subprocess
import sys
import zipfile
from functools import cache

import numpy as np
import pytest

import au_tf
from au_tf.cli.output import settings_file
from au_tf.errors import InputError
from au_tf.faces.archive import read_face
from au_tf.fitting.detect import networks
from au_tf.fitting.detect.blaze import model_file
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.model_files import CONFIG, TENSORS, write_tensors
from au_tf.pictures.clips import find_clips
from au_tf.pictures.film import write_film
from au_tf.pictures.images import read_image, write_image
from au_tf.resources import saved_model
from au_tf.simulation.label_policies import read_rows
from au_tf.timeline import read_timeline

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


def tensors(name):
    def write(path):
        pytest.importorskip("safetensors")
        write_tensors(path.parent, au_tf.load_generator().arrays())

    return write, lambda path: au_tf.load_generator(path.parent), f"/{name}"


def bundle(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(saved_model("face-landmarks") / "face_landmarks.tflite", "face_landmarks_detector.tflite")


def read_bundle(path):
    networks.network.cache_clear()
    return dense_reader.__wrapped__(path)


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
    "tensors": tensors(TENSORS),
    "settings of tensors": tensors(CONFIG),
    "task bundle": (bundle, read_bundle, ".task"),
    "generator": shipped("caae-builtin", lambda path: au_tf.load_generator(path.parent)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_damage_gives_a_result_or_one_line(kind, tmp_path, capfd, mutations, monkeypatch):
    # Most damage to a bundle leaves the network in it, of which another process says the same again.
    monkeypatch.setattr(networks, "fault_of", cache(networks.fault_of))
    write, read, suffix = KINDS[kind]
    path = tmp_path / (suffix[1:] if suffix.startswith("/") else f"a{suffix}")
    write(path)
    read(path)
    lines = []
    for number, content in enumerate(mutations(path.read_bytes())):
        path.write_bytes(content)
        try:
            read(path)
        except InputError as error:
            lines.append(str(error))
        except Exception as error:
            raise AssertionError(f"mutation {number}: {error!r}") from error
    # Of animations what can be shown is shown.
    assert lines or kind in ("film .gif", "film .webp")
    assert not [line for line in lines if "\n" in line or not line.isprintable()]


_TRIALS = """
import io, os, resource, signal, sys
from au_tf.fitting.detect import network_trial
from au_tf.fitting.detect.networks import Network

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
while size := sys.stdin.buffer.read(8):
    content = sys.stdin.buffer.read(int.from_bytes(size, "big"))
    read, write = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(30)
        os.dup2(write, 2)
        said = network_trial.fault(content)
        os.write(write, said.encode())
        os._exit(bool(said))
    os.close(write)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, ascii(os.read(read, 4096).decode(errors="replace")))
    os.close(read)
"""


def test_a_damaged_network_computes_or_is_told_or_ends_the_process_that_tries_it(mutations):
    """The process for files of users' own, once a mutation, without its start."""
    whole = model_file("face_detection_front.tflite").read_bytes()
    given = b"".join(len(each).to_bytes(8, "big") + each for each in (whole, *mutations(whole)))
    done = subprocess.run([sys.executable, "-c", _TRIALS], input=given, capture_output=True, check=True)
    found = [line.split(" ", 1) for line in done.stdout.decode().splitlines()]
    assert found[0] == ["0", "''"] and len(found) > 300
    assert all((status == "0") == (said == "''") or int(status) < 0 for status, said in found)
    assert {status for status, _ in found} >= {"0", "1"}


def test_what_is_no_network_is_told_by_another_process():
    whole = (saved_model("face-landmarks") / "face_landmarks.tflite").read_bytes()
    assert networks.fault_of(whole) == ""
    assert networks.fault_of(whole[:2000]).startswith("ValueError: ")
