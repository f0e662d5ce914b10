import numpy as np
import pytest

from au_tf.cli import main
from au_tf.evaluation.protocols import paper_figures
from au_tf.pictures.images import read_image


def blank(model, source, target, camera, background):
    return np.full((camera.height, camera.width, 3), 90, np.uint8)


def test_figures_are_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paper_figures, "deformation_colormap", blank)
    assert main.main(["figures", "--out", str(tmp_path / "out")]) == 0
    listed = [tmp_path / "out" / f"figure-{number}.png" for number in (6, 7, 8)]
    assert capsys.readouterr().out.splitlines() == [str(path) for path in listed]
    for path in listed:
        assert (read_image(path) == 90).all(-1).mean() > 0.4


@pytest.mark.parametrize("seed", ["-1", "x"])
def test_seed_that_is_none(seed, tmp_path, capsys):
    assert main.main(["figures", "--out", str(tmp_path), f"--seed={seed}"]) == 2
    told = capsys.readouterr().err
    assert "--seed" in told and told.count("\n") == 1
