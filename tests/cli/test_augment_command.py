import pytest

from au_tf.cli.main import main
from au_tf.morphable.builtin import builtin_face


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--count", "0"], "--count: found 0, expected a whole number from 1"),
        (["--policy", "best"], '"best" for --policy. Choose from: "paper", "balanced", "errors", "grid", "list"'),
        (["--style", "oil"], '"oil" for --style'),
        (["--shard", "100"], "--shard: found 100, expected a multiple of 64"),
        (["--policy", "list"], "--labels: found none, expected one with the policy list"),
        (["--policy", "errors"], "--errors: found none, expected one with the policy errors"),
        (["--policy", "errors", "--errors", "no.csv"], "no.csv: "),
        (["--dataset", "imagenet"], "--dataset: found imagenet, expected one of disfa, disfa_plus, simulated_disfa"),
        (["--policy", "grid", "--photos", "nothing.npz"], "nothing.npz: file: found nothing"),
        (["--generator", "nowhere"], "nowhere/generator.npz: file: found nothing"),
    ],
)
def test_what_cannot_be_done_is_one_line(options, message, tmp_path, monkeypatch, capsys):
    # Made once, which takes a moment and is told.
    builtin_face()
    capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    given = options if "--count" in options else ["--count", "10", *options]
    assert main(["augment", *given, "--out", "more"]) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1
    assert not (tmp_path / "more" / "dataset_info.json").exists()
