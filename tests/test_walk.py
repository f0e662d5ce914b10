"""A newcomer's walk: the commands of README and docs, page by page and in order, in a folder with their own files.

Usually pages of seconds are walked; `AU_TF_WALK=scaled pytest -m '' tests/test_walk.py` walks all, with fewer steps,
pictures and frames than the pages tell. AU_TF_WALK=full runs the commands as they are written, which takes hours.
"""

import os
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

import au_tf
from au_tf.cli.main import main
from au_tf.pictures.film import write_film
from au_tf.pictures.images import write_image

ROOT = Path(__file__).parents[1]
PAGES = {"README": ROOT / "README.md"} | {path.stem: path for path in sorted((ROOT / "docs").glob("*.md"))}
WALK = os.environ.get("AU_TF_WALK", "")
QUICK = {"index", "provenance"}
"""Pages of seconds."""
LEFT_OUT = {
    r"\b(s3|gs)://": "a bucket",
    r"Flink|Portable|worker_pool|job-server|\.pom|pom\.xml|TF_CONFIG|train\.py": "a cluster, or Java",
    r"GPU:|CPU:": "GPUs, or a process that has not begun with TensorFlow",
    r"\bdisfa\b(?!_)": "DISFA",
    r"openface|cross-tool": "the files of another program",
    r"FaceXModel|flame|\bict\b|ict\.npz|anny": "a face model that has to be had",
    r"--camera": "a camera",
    r"\bstudio\b": "it serves until it is stopped",
    r"--certificate": "a certificate",
    r"docker|curl|tensorboard|^\{": "another program",
    r"^pip |^make ": "installing; .ci/run does",
    r"^python benchmarks": "measuring",
    r"train (fitter|estimator|landmark-estimator)|my-estimator": "half an hour at its smallest",
    r"evaluate (table2|augmentation)|reproduce": "tens of minutes at its smallest; tests/pipelines has them",
    r"models/caae/config|--generator my-generator": "what a training elsewhere has made",
}
"""What of a command is not here."""
NOTHING = {"commands", "face_models"}
"""Pages of which all is left out."""
SAYS = {"verify", "doctor", "face-model"}
"""Commands that make nothing."""
SCALED = (
    (r"--count \d+", "--count 3"),
    (r"--dataset simulated_disfa\b(?!/)", "--dataset simulated_disfa/coefficients_paper_tiny"),
    (r"(augment .*)", r"\1 --dataset simulated_disfa/coefficients_paper_tiny --size 32"),
    (r"(train caae(?!.*--dataset).*)", r"\1 --people 3 --frames 10 --iterations 20"),
    (r"(train (?:caae|cgan) --dataset.*)", r"\1 --iterations 20"),
    (r" --recipe paper", ""),
    (r"(evaluate table1(?!.*--dataset).*)", r"\1 --dataset simulated_disfa/coefficients_paper_tiny"),
    (r"(evaluate table1.*)", r"\1 --rows transfer linear"),
)
"""The same, smaller."""


def commands(page):
    """The lines of a page's blocks of commands, in order, without comments."""
    text = re.sub(r"\\\n\s*", " ", page.read_text())
    blocks = re.findall(r"^```shell\n(.*?)^```|^((?: {4}(?:au-tf|make) [^\n]*\n)+)", text, re.MULTILINE | re.DOTALL)
    lines = (line.strip() for block in blocks for line in "".join(block).splitlines())
    return [line.split("  #")[0].strip() for line in lines if line]


WALKED = [name for name, page in PAGES.items() if any(line.startswith("au-tf ") for line in commands(page))]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """What the pages call a newcomer's own: photos, a film, a time line as photos.md has it, labels."""
    folder, photo = tmp_path_factory.mktemp("own"), astronaut()
    for name in ("me", "serious", "laughing", "album/7", "photos/a", "photos/b", "others/c"):
        write_image(folder / f"{name}.jpg", photo)
    write_image(folder / "group.jpg", np.hstack([photo, np.pad(photo[::2, ::2], ((0, 256), (0, 0), (0, 0)))]))
    for number in range(3):
        write_image(folder / "frames" / f"{number}.png", np.roll(photo, 2 * number, 1))
    write_film(folder / "talk.mp4", [np.roll(photo, 2 * number, 1) for number in range(4)], 25)
    (table,) = re.findall(r"^    time,.*\n(?:    [\d.,]+\n)+", PAGES["photos"].read_text(), re.MULTILINE)
    # Two seconds of it are 50 pictures; a tenth of that shows the same.
    lines = [line.strip().split(",") for line in table.splitlines()]
    shorter = [lines[0], *([str(float(line[0]) / 10), *line[1:]] for line in lines[1:])]
    (folder / "talk.csv").write_text("".join(",".join(line) + "\n" for line in shorter))
    (folder / "mine.csv").write_text("AU6,AU12\n3,5\n0,2\n1,1\n")
    au_tf.extract([folder / "photos"]).save(folder / "people.npz")
    return folder


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in WALKED]
)
def test_commands_of_a_page_run_in_order(name, own, tmp_path, monkeypatch, capsys):
    if name not in QUICK and not WALK:
        pytest.skip("AU_TF_WALK=scaled walks it, too")
    pytest.importorskip("tensorflow_datasets")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFDS_DATA_DIR", str(own.parent / "tensorflow_datasets"))
    for path in own.iterdir():
        (tmp_path / path.name).symlink_to(path)
    walked = 0
    for line in commands(PAGES[name]):
        if any(re.search(pattern, line) for pattern in LEFT_OUT):
            continue
        program, *words = shlex.split(line)
        assert program == "au-tf", f"{name}: {line}: neither run nor left out"
        if WALK != "full":
            for pattern, smaller in SCALED:
                line = re.sub(pattern, smaller, line)
            words = shlex.split(line)[1:]
        assert main(words) == 0, f"{name}: {line}: {capsys.readouterr().err}"
        made = capsys.readouterr().out.splitlines()
        assert words[0] in SAYS or (made and all(Path(path).exists() for path in made)), line
        walked += 1
    assert walked or name in NOTHING
