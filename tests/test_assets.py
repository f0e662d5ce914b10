"""Everything binary has a source, a licence and a digest, and what it has is so."""

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from au_tf import assets
from au_tf.cli.commands import doctor
from au_tf.cli.main import main

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "saved_models"
BINARY = re.compile(r"\.(npz|npy|tflite|onnx|dat|h5|keras|png|jpe?g|gif|webp|mp4|webm|glb|bin|zip)$")


@pytest.mark.parametrize("asset", assets.assets(), ids=lambda asset: asset.name)
def test_files_are_what_the_manifest_says(asset):
    if asset.absent:
        pytest.skip(f"{asset.package} is not installed")
    assert not list(asset.faults()), "if that is meant, run python -m au_tf.assets"
    assert asset.source and asset.made_by and asset.licence and asset.about and asset.needed
    assert asset.commercial == "yes" or (asset.commercial in ("no", "unclear") and asset.terms)


def test_everything_binary_that_ships_is_in_the_manifest():
    told = {Path(file).name for asset in assets.assets() if not asset.package for file in asset.files}
    trained = {path.name for path in SHIPPED.rglob("*") if path.is_file() and path.suffix != ".md"}
    assert told == trained | {path.name for path in (ROOT / "au_tf").rglob("*") if BINARY.search(path.name)}
    shown = tomllib.loads(assets.MANIFEST.read_text())["picture"]
    places = ("datasets", "pipelines", "benchmarks", "tests", "docs/pictures", "docs/gallery")
    for path in (path for place in places for path in (ROOT / place).rglob("*") if BINARY.search(path.name)):
        assert sum(path.relative_to(ROOT).match(entry["files"]) for entry in shown) == 1, path
    assert all(list(ROOT.glob(entry["files"])) for entry in shown)


def test_the_main_job_reads_nothing_of_dependencies_that_is_not_in_the_manifest():
    job = """
import os, sys
from importlib import metadata
seen = set()
sys.addaudithook(lambda event, args: event == "open" and isinstance(args[0], str) and seen.add(args[0]))
import au_tf
from skimage import data
au_tf.Face.from_photo(data.astronaut()).express(AU12=5).photo
print(*seen, sep="\\n")
"""
    opened = subprocess.run([sys.executable, "-c", job], capture_output=True, text=True, check=True).stdout.split("\n")
    read = {name for name in opened if "site-packages" in name and ".dist-info" not in name and BINARY.search(name)}
    told = {str(asset.place(file)) for asset in assets.assets() for file in asset.files}
    assert read <= told and any(name.endswith("astronaut.png") for name in read)


def test_digests_are_written_into_the_manifest_and_compared(tmp_path, monkeypatch, capsys):
    text = assets.MANIFEST.read_text()
    spoilt = re.sub(r'(generator\.npz" = ")\w{4}', r"\1beef", text)
    (tmp_path / "assets.toml").write_text(spoilt)
    monkeypatch.setattr(assets, "MANIFEST", tmp_path / "assets.toml")
    monkeypatch.setattr(doctor, "_looks", lambda: (doctor._assets,))
    assert main(["doctor"]) == 1
    assert "MEND  generator: caae-builtin/generator.npz: found" in capsys.readouterr().out
    assert assets.renewed(spoilt) == text


def test_what_would_taint_a_commercial_use_is_told(monkeypatch, capsys):
    free, other = (replace(assets.assets()[0], name=name, needed="default") for name in ("free", "other"))
    tainted = replace(other, commercial="no", terms="it was trained on 300-W")
    monkeypatch.setattr(doctor, "assets", lambda: (free, replace(tainted, needed="--landmarks dlib")))
    assert main(["doctor", "--commercial"]) == 0
    told = capsys.readouterr().out
    assert "for --landmarks dlib; commercial use: no, it was trained on 300-W" in told
    assert told.endswith("without options is free for commercial use. Terms of others come with: --landmarks dlib.\n")
    monkeypatch.setattr(doctor, "assets", lambda: (free, tainted))
    assert main(["doctor", "--commercial", "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first["advice"] == "" and second["advice"].startswith("do without")


@pytest.mark.parametrize(("package", "status"), [("numpy", 1), ("no-such-package", 0)])
def test_what_is_read_unasked_counts_where_it_is_installed(package, status, monkeypatch, capsys):
    tainted = replace(assets.assets()[0], package=package, needed="videos", commercial="unclear", unasked=True)
    monkeypatch.setattr(doctor, "assets", lambda: (tainted,))
    assert main(["doctor", "--commercial"]) == status
    told = capsys.readouterr().out
    assert ("pip uninstall numpy" in told) == bool(status)
    assert ("for videos, not installed" in told) != bool(status)
