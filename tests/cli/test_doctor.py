import json
import subprocess
import sys
from importlib import metadata

from au_tf.cli import extras
from au_tf.cli.commands import doctor
from au_tf.cli.commands.doctor import Finding, examine
from au_tf.cli.main import main


def test_examine_tells_what_to_install():
    version = metadata.version("numpy")
    assert examine("numpy", ">=1,<100") == Finding("numpy", version)
    assert examine("numpy", ">=100") == Finding("numpy", f"{version}, accepted is >=100", "pip install 'numpy>=100'")
    assert examine("no-such-thing", ">=1") == Finding("no-such-thing", "nothing", "pip install 'no-such-thing>=1'")


def test_examine_knows_how_to_install_graphics_on_newer_pythons(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 13, 0))
    assert examine("tensorflow-graphics", ">=9999").advice == "pip install --no-deps 'tensorflow-graphics>=9999'"
    monkeypatch.setattr(doctor.sys, "version_info", (3, 11, 7))
    assert examine("tensorflow-graphics", ">=9999").advice == "pip install 'tensorflow-graphics>=9999'"


def test_one_broken_examination_does_not_end_the_others(monkeypatch, capsys):
    def broken():
        raise RuntimeError("boom")
        yield

    monkeypatch.setattr(doctor, "_looks", lambda: (broken, doctor._python))
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "MEND  broken: RuntimeError: boom" in told
    assert "ok    Python" in told
    assert told.endswith("1 to mend.\n")
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0] == {
        "what": "broken",
        "found": "RuntimeError: boom",
        "advice": "mend the above",
    }


def test_a_cache_that_cannot_be_written_is_found(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "file" / "cache"))
    (finding,) = doctor._cache()
    assert "AU_TF_CACHE" in finding.advice
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "not" / "yet" / "there"))
    (finding,) = doctor._cache()
    assert finding.advice == ""
    assert not (tmp_path / "not").exists()


def test_the_extra_is_asked_for_before_anything_else(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "apache_beam" else True)
    for command in ("augment --count 1", "evaluate table2", "reproduce", "train estimator"):
        assert main([*command.split(), "--out", str(tmp_path / "x")]) == 2
        told = capsys.readouterr().err
        assert "no apache_beam, expected them: pip install 'au_tf[data]'" in told and told.count("\n") == 1
    (finding,) = (found for found in doctor._packages() if found.what == "extra data")
    assert "apache_beam: pip install 'au_tf[data]'" in finding.found and not finding.advice


def test_what_is_kept_is_told_and_removed(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    assert main(["cache", "info"]) == 0
    assert "0.0 MB  in all" in capsys.readouterr().err
    (tmp_path / "cache" / "fitter").mkdir(parents=True)
    (tmp_path / "cache" / "fitter" / "a").write_bytes(bytes(2_500_000))
    (tmp_path / "cache" / "face.npz").write_bytes(bytes(600_000))
    assert main(["cache", "info"]) == 0
    told = capsys.readouterr()
    assert "2.5 MB  fitter" in told.err and "3.1 MB  in all" in told.err
    assert told.out == f"{tmp_path / 'cache'}\n"
    assert main(["cache", "clear", "-q"]) == 0
    assert list((tmp_path / "cache").iterdir()) == []


def test_networks_are_trained_on_simulated_people_without_the_extra(tmp_path):
    code = (
        "import sys; sys.modules.update(tensorflow_datasets=None, apache_beam=None); from au_tf.cli.main import main; "
    )
    words = ["train", "cgan", "--people", "3", "--frames", "10", "--iterations", "2", "--batch-size", "8", "--out"]
    command = [sys.executable, "-P", "-c", f"{code} sys.exit(main())", *words, str(tmp_path / "x")]
    trained = subprocess.run(command, capture_output=True, text=True)
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout == f"{tmp_path / 'x'}\n"


def test_nothing_but_the_findings_is_told():
    told = subprocess.run([sys.executable, "-P", "-m", "au_tf", "doctor"], capture_output=True, text=True)
    assert told.stderr == "" and "generator: trained on builtin" in told.stdout
    assert told.stdout.splitlines()[-1] == "All is well." or told.returncode == 1
