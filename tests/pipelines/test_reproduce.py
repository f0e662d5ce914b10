"""`au-tf reproduce`: everything, on a few people; and its options."""

import json
from typing import get_args, get_type_hints

import pytest

from au_tf.cli.commands.reproduce import reproduce
from au_tf.cli.main import main
from au_tf.pipelines import reproduction
from au_tf.pipelines.components import read_manifest

COMPONENTS = {
    "examples", "extraction", "generators", "table1", "table2", "figures", "synthesis", "estimator", "figure5", "push",
    "report",
}  # fmt: skip


def test_the_command_knows_all_scales_and_data_sets():
    types = get_type_hints(reproduction.reproduce)
    assert set(get_args(types["scale"])) == set(reproduction.SCALES)
    assert get_args(types["dataset"]) == reproduction.DATA_SETS
    asked = get_type_hints(reproduce)
    assert (asked["scale"], asked["dataset"]) == (types["scale"], types["dataset"])


def test_components_come_after_what_they_take(tmp_path):
    parts = reproduction.Reproduction("paper", "disfa", tmp_path, tmp_path, "builtin").components
    names = [part.name for part in parts]
    assert set(names) == COMPONENTS
    for number, part in enumerate(parts):
        assert set(part.inputs) <= set(names[:number])
        json.dumps(dict(part.parameters))


def test_what_only_simulated_people_have_is_refused_for_others(tmp_path, capsys):
    assert main(["reproduce", "--dataset", "disfa", "--out", str(tmp_path)]) == 2
    assert "--scale: found tiny for disfa, expected paper" in capsys.readouterr().err
    assert main(["reproduce", "--out", str(tmp_path / "no" / "where")]) == 2
    assert "--out" in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.slow
def test_everything_is_made_once(tmp_path, capsys):
    command = ["reproduce", "--scale", "tiny", "--out", str(tmp_path)]
    assert main(command) == 0
    assert all(read_manifest(tmp_path / name) is not None for name in COMPONENTS)
    report = (tmp_path / "report" / "report.md").read_text()
    for heading in ("Table 1", "Table 2", "Fig. 5", "Quality", "Lineage"):
        assert f"\n## {heading}" in report
    assert "CDAAE" in (tmp_path / "table2" / "table2.csv").read_text()
    page = (tmp_path / "report" / "report.html").read_text()
    pictures = {path.name for path in (tmp_path / "report").glob("*.png")}
    assert pictures == {"table1.png", "table2.png", "figure-5.png", *(f"figure-{n}.png" for n in (6, 7, 8))}
    assert all(f'<img src="{name}"' in page for name in pictures)
    assert not list((tmp_path / ".unfinished").iterdir())
    capsys.readouterr()
    assert main(command) == 0
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if line.endswith(": unchanged")] == [
        f"{line.split(':')[0]}: unchanged" for line in told
    ]
