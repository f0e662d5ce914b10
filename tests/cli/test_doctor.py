from importlib import metadata

from au_tf.cli import doctor
from au_tf.cli.doctor import Finding, examine


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
    assert doctor.doctor() == 1
    told = capsys.readouterr().out
    assert "MEND  broken: RuntimeError: boom" in told
    assert "ok    Python" in told
    assert told.endswith("1 to mend.\n")


def test_a_cache_that_cannot_be_written_is_found(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "file" / "cache"))
    (finding,) = doctor._cache()
    assert "AU_TF_CACHE" in finding.advice
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "not" / "yet" / "there"))
    (finding,) = doctor._cache()
    assert finding.advice == ""
    assert not (tmp_path / "not").exists()
