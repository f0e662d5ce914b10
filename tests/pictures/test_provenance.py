import hashlib
import io
import json
import shutil
import struct
import subprocess
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import au_tf
from au_tf.cli.main import main
from au_tf.errors import InputError
from au_tf.meshes.gltf import VERTICES, GltfBuffer
from au_tf.pictures.film import SUFFIXES, write_film
from au_tf.pictures.images import write_image
from au_tf.pictures.provenance.data_sets import FILE, state_data_set
from au_tf.pictures.provenance.mark import marked
from au_tf.pictures.provenance.meshes import stated_text
from au_tf.pictures.provenance.statement import COMPOSITE, Statement, read_packet
from au_tf.pictures.provenance.verify import CHANGED, INTACT, SILENT

TOLD = Statement(COMPOSITE, 'AU6=3,AU12=2.5 "<&>"', "5e" * 32)
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
STILLS, MESHES = (".png", ".jpg"), (".glb", ".obj", ".ply")
KINDS = (*STILLS, *SUFFIXES, *MESHES)
PICTURES = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (49, 65, 9), np.uint8), (0, 0), 3)
PICTURES = np.moveaxis(PICTURES.reshape(49, 65, 3, 3), 2, 0)


def write(path, statement=TOLD, count=3):
    """A file of the kind that the suffix says."""
    suffix = path.suffix
    if suffix in STILLS:
        write_image(path, PICTURES[0], statement)
    elif suffix in SUFFIXES:
        write_film(path, PICTURES[:count], 25, statement)
    elif suffix == ".glb":
        buffer = GltfBuffer()
        place = buffer.array(np.eye(3, dtype=np.float32), VERTICES, limits=True)
        mesh = {"primitives": [{"attributes": {"POSITION": place}}]}
        content = {"scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "meshes": [mesh]}
        path.write_bytes(buffer.glb(content, statement))
    else:
        text = {
            ".obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
            ".ply": b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n7\n",
        }[suffix]
        path.write_bytes(stated_text(text, statement) if statement else text)
    return path


@pytest.mark.parametrize("suffix", KINDS)
def test_every_kind_of_file_says_that_it_is_synthetic(suffix, tmp_path):
    stated, plain = write(tmp_path / f"a{suffix}"), write(tmp_path / f"plain{suffix}", None)
    verdict = au_tf.verify(stated)
    assert (verdict.statement, verdict.intact, verdict.missing, verdict.status) == (TOLD, True, "", INTACT)
    silent = au_tf.verify(plain)
    assert (silent.statement, silent.status) == (None, SILENT) and "nothing in it says" in silent.missing
    assert stated.stat().st_size - plain.stat().st_size < 1300
    if suffix not in (".webm", ".mkv"):
        # Films of Matroska have random numbers by which they are known.
        assert write(tmp_path / f"b{suffix}").read_bytes() == stated.read_bytes()
    assert {path.stem for path in tmp_path.iterdir()} <= {"a", "b", "plain"}


@pytest.mark.parametrize("suffix", [*STILLS, *SUFFIXES])
def test_a_statement_changes_no_picture(suffix, tmp_path):
    stated, plain = (write(tmp_path / f"{name}{suffix}", told) for name, told in (("a", TOLD), ("b", None)))
    if suffix in (*STILLS, ".gif", ".webp"):
        with Image.open(stated) as one, Image.open(plain) as other:
            assert getattr(one, "n_frames", 1) == getattr(other, "n_frames", 1)
            for frame in range(getattr(one, "n_frames", 1)):
                one.seek(frame), other.seek(frame)
                np.testing.assert_array_equal(np.asarray(one.convert("RGB")), np.asarray(other.convert("RGB")))
        return
    one, other = (cv2.VideoCapture(str(path)) for path in (stated, plain))
    assert one.get(cv2.CAP_PROP_FRAME_COUNT) == other.get(cv2.CAP_PROP_FRAME_COUNT) == 3
    for _ in range(3):
        np.testing.assert_array_equal(one.read()[1], other.read()[1])


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_pillow_finds_the_property_of_iptc(suffix, tmp_path):
    with Image.open(write(tmp_path / f"a{suffix}")) as image:
        tree = ElementTree.fromstring(image.info["xmp"].decode().split("?>", 1)[1])
    (about,) = tree.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    space = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
    assert (about.get(f"{space}DigitalSourceType"), about.get(f"{space}AIPromptInformation")) == (IPTC, TOLD.asked)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".webp", ".mp4", ".avi"])
def test_exiftool_finds_the_property_of_iptc(suffix, tmp_path):
    if not shutil.which("exiftool"):
        pytest.skip("no exiftool is here")
    path = write(tmp_path / f"a{suffix}")
    told = subprocess.run(["exiftool", "-j", "-n", path], capture_output=True, check=True).stdout
    (found,) = json.loads(told)
    assert found["DigitalSourceType"] == IPTC and "Warning" not in found
    if suffix not in (".webp", ".avi"):
        # It writes packets in its own way.
        subprocess.run(["exiftool", "-q", "-overwrite_original", "-XMP-dc:Title=x", path], check=True)
        assert au_tf.verify(path).statement == TOLD


def test_a_mesh_says_it_as_khronos_has_it(tmp_path):
    data = write(tmp_path / "a.glb").read_bytes()
    content = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    assert content["extensionsUsed"] == ["KHR_xmp_json_ld"]
    packet = content["extensions"]["KHR_xmp_json_ld"]["packets"][
        content["asset"]["extensions"]["KHR_xmp_json_ld"]["packet"]
    ]
    assert packet["Iptc4xmpExt:DigitalSourceType"] == IPTC and "Iptc4xmpExt" in packet["@context"]


@pytest.mark.parametrize("suffix", KINDS)
def test_what_was_changed_is_no_longer_intact(suffix, tmp_path):
    path = write(tmp_path / f"a{suffix}")
    if suffix == ".png":
        with Image.open(path) as image:
            text, changed = image.text["XML:com.adobe.xmp"], PICTURES[0].copy()
        changed[7, 7, 1] ^= 1
        write_image(path, changed, TOLD)
        path.write_bytes(png_with(changed, text))
    else:
        data = bytearray(path.read_bytes())
        old = {".obj": b"v 1", ".ply": b"\n7", ".glb": struct.pack("<f", 1.0)}.get(suffix)
        place = data.rfind(old) + len(old) - 1 if old else data.find(b"XMP") // 2 if suffix == ".gif" else None
        place = {".jpg": len(data) - 20, ".mp4": data.find(b"mdat") + 60, ".avi": data.find(b"movi") + 40}.get(
            suffix, place
        )
        place = place or (
            data.find(b"\x1f\x43\xb6\x75") + 60 if suffix in (".webm", ".mkv") else data.find(b"ANMF") + 60
        )
        data[place] ^= 1
        path.write_bytes(data)
    verdict = au_tf.verify(path)
    assert (verdict.statement, verdict.status) == (TOLD, CHANGED) and "not as it was made" in verdict.missing


def png_with(image, packet):
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def test_copies_by_pillow_that_keep_metadata_say_it_too(tmp_path):
    png, jpeg = write(tmp_path / "a.png"), write(tmp_path / "a.jpg")
    with Image.open(png) as image:
        (tmp_path / "kept.png").write_bytes(png_with(np.asarray(image), image.info["xmp"].decode()))
        image.save(tmp_path / "other.jpg", xmp=image.info["xmp"])
        image.save(tmp_path / "other.webp", xmp=image.info["xmp"])
        image.save(tmp_path / "other.avif", xmp=image.info["xmp"])
        image.save(tmp_path / "bare.png")
    with Image.open(jpeg) as image:
        image.save(tmp_path / "copy.jpg", xmp=image.info["xmp"])
        image.save(tmp_path / "bare.jpg")
    found = {path.name: au_tf.verify(path).status for path in tmp_path.iterdir() if path not in (png, jpeg)}
    # A PNG speaks of its pixels; what is packed with losses holds others.
    changed = dict.fromkeys(("other.jpg", "other.webp", "other.avif", "copy.jpg"), CHANGED)
    assert found == {"kept.png": INTACT, "bare.png": SILENT, "bare.jpg": SILENT} | changed


def test_copies_by_opencv_that_keep_metadata_say_it_too(tmp_path):
    for suffix in STILLS:
        path = write(tmp_path / f"a{suffix}")
        picture, kinds, metadata = cv2.imreadWithMetadata(str(path), cv2.IMREAD_COLOR)
        for other in (".jpg", ".webp"):
            copy = str(tmp_path / f"copy{other}")
            cv2.imwriteWithMetadata(copy, picture, kinds, metadata)
            # OpenCV takes a PNG's packet for no JPEG's, but not the other way round.
            kept = not (suffix == ".png" and other == ".jpg")
            assert au_tf.verify(copy).status == (CHANGED if kept else SILENT)
        cv2.imwrite(str(tmp_path / f"bare{suffix}"), picture)
        assert au_tf.verify(tmp_path / f"bare{suffix}").status == SILENT


def test_a_film_of_one_picture_says_it_too(tmp_path):
    for suffix in SUFFIXES:
        assert au_tf.verify(write(tmp_path / f"a{suffix}", count=1)).status == INTACT
    with Image.open(tmp_path / "a.webp") as image:
        assert image.size == (65, 49) and read_packet(image.info["xmp"]).statement == TOLD


def test_a_data_set_says_it_of_all_its_records(tmp_path):
    for index in range(2):
        (tmp_path / f"x-train.tfrecord-{index:05d}-of-00002").write_bytes(bytes(100 + index))
    assert au_tf.verify(tmp_path).status == SILENT
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    state_data_set(tmp_path, TOLD, digests)
    assert au_tf.verify(tmp_path) == au_tf.verify(str(tmp_path)) and au_tf.verify(tmp_path / FILE).intact
    (tmp_path / "x-train.tfrecord-00001-of-00002").write_bytes(bytes(100))
    assert au_tf.verify(tmp_path).status == CHANGED


@pytest.mark.parametrize("suffix", KINDS)
def test_damaged_files_get_an_answer_or_one_line(suffix, tmp_path):
    whole, path = write(tmp_path / f"a{suffix}").read_bytes(), tmp_path / f"b{suffix}"
    rng = np.random.default_rng(0)
    answers = set()
    for k in range(300):
        data = bytearray(whole)
        for _ in range(1 + k % 5):
            data[rng.integers(min(len(data), 400 if k % 2 else len(data)))] = rng.integers(256)
        path.write_bytes(data[: rng.integers(len(data))] if k % 3 == 0 else data)
        try:
            answers.add(au_tf.verify(path).status)
        except InputError:
            answers.add(2)
    assert {CHANGED, SILENT, 2} & answers


def test_packets_of_others_and_bombs():
    element = (
        TOLD.packet("c0")
        .decode()
        .replace(f' Iptc4xmpExt:DigitalSourceType="{IPTC}"', "")
        .replace(
            "/></rdf:RDF>",
            f"><Iptc4xmpExt:DigitalSourceType> {IPTC}\n</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF>",
        )
    )
    assert read_packet(element) == read_packet(TOLD.packet("c0")) == (TOLD, "c0")
    other = TOLD.packet("c0").decode().replace("compositeWithTrainedAlgorithmicMedia", "digitalCapture")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + TOLD.packet("c0").decode().replace("5e", "&a;")
    for packet in (None, b"", b"\xff", other, bomb, "<rdf:RDF" * 9000, "<x:xmpmeta></x:xmpmeta>"):
        assert read_packet(packet) is None


def test_the_command_tells_and_has_a_status_for_each(tmp_path, capsys):
    stated, silent = write(tmp_path / "a.jpg"), write(tmp_path / "b.jpg", None)
    assert main(["verify", str(stated)]) == INTACT
    assert (
        capsys.readouterr().out
        == f"{stated}: {COMPOSITE}, {TOLD.asked}, generator {'5e' * 6}, {TOLD.software}; intact\n"
    )
    assert main(["verify", str(stated), str(silent), "--json"]) == SILENT
    first, second = json.loads(capsys.readouterr().out)
    assert (first["intact"], first["statement"]["generator"], second["statement"]) == (True, TOLD.generator, None)
    assert main(["verify", str(tmp_path / "c.jpg")]) == 2
    assert capsys.readouterr().err.startswith(f"au-tf: {tmp_path / 'c.jpg'}: file: found nothing")


def test_the_mark_is_seen_in_the_corner_and_nowhere_else():
    picture = np.full((300, 400, 3), 200, np.uint8)
    changed = (marked(picture) != picture).any(-1)
    rows, columns = np.nonzero(changed)
    assert rows.min() > 270 and columns.min() > 320 and 300 < changed.sum() < 1500
    assert marked(picture[:32, :32]).shape == (32, 32, 3)


def test_a_generator_is_told_by_the_digest_of_its_file():
    from au_tf.resources import saved_model

    file = saved_model("caae-builtin") / "generator.npz"
    assert au_tf.load_generator().digest == hashlib.sha256(file.read_bytes()).hexdigest()
