"""Components: what is skipped, what is made again, what goes on, and what is recorded."""

import json

import pytest

from au_tf.errors import InputError
from au_tf.pipelines import components as module
from au_tf.pipelines.components import MANIFEST, Component, code_digest, read_manifest, run


class Recipe:
    """Two components, the second of which writes the first's text twice; counts how often each is made."""

    def __init__(self):
        self.made = []
        self.text, self.times, self.comment = "a", 2, ""

    def first(self, work, inputs):
        self.made.append("first")
        (work / "text").write_text(self.text)

    def second(self, work, inputs):
        self.made.append("second")
        (work / "deep").mkdir(exist_ok=True)
        (work / "deep" / "text").write_text((inputs["first"] / "text").read_text() * self.times)

    def run(self, folder):
        self.made.clear()
        parts = [
            Component("first", "Text", self.first, parameters={"text": self.text, "comment": self.comment}),
            Component("second", "Text", self.second, ("first",), {"times": self.times}),
        ]
        return run(parts, folder, lambda _: None)


@pytest.fixture
def recipe():
    return Recipe()


def test_what_is_unchanged_is_skipped_and_what_depends_on_a_change_is_not(recipe, tmp_path):
    recipe.run(tmp_path)
    assert recipe.made == ["first", "second"] and (tmp_path / "second" / "deep" / "text").read_text() == "aa"
    recipe.run(tmp_path)
    assert recipe.made == []
    recipe.times = 3
    recipe.run(tmp_path)
    assert recipe.made == ["second"] and (tmp_path / "second" / "deep" / "text").read_text() == "aaa"
    recipe.text = "b"
    recipe.run(tmp_path)
    assert recipe.made == ["first", "second"] and (tmp_path / "second" / "deep" / "text").read_text() == "bbb"
    # Made again, but with the same content: what was made of it stays.
    recipe.comment = "another"
    recipe.run(tmp_path)
    assert recipe.made == ["first"]


def test_other_code_makes_all_anew(recipe, tmp_path, monkeypatch):
    recipe.run(tmp_path)
    monkeypatch.setattr(module, "code_digest", lambda: "another")
    recipe.run(tmp_path)
    assert recipe.made == ["first", "second"]
    assert len(code_digest()) == 64


def test_lineage_is_recorded(recipe, tmp_path):
    found = recipe.run(tmp_path)
    manifest = json.loads((tmp_path / "second" / MANIFEST).read_text())
    assert manifest["inputs"] == {"first": found["first"].digest} and manifest["parameters"] == {"times": 2}
    assert list(manifest["files"]) == ["deep/text"] and manifest["code"] == code_digest()
    assert read_manifest(tmp_path / "second") == found["second"]
    other = Recipe().run(tmp_path / "elsewhere")
    assert other["second"].digest == found["second"].digest


def test_what_was_interrupted_goes_on_and_leaves_no_artifact(recipe, tmp_path, monkeypatch):
    def stopped(work, inputs):
        (work / "half").write_text("done")
        raise KeyboardInterrupt

    whole = recipe.second
    monkeypatch.setattr(recipe, "second", stopped)
    with pytest.raises(KeyboardInterrupt):
        recipe.run(tmp_path)
    assert (tmp_path / "first").exists() and not (tmp_path / "second").exists()

    def goes_on(work, inputs):
        assert (work / "half").read_text() == "done"
        whole(work, inputs)

    monkeypatch.setattr(recipe, "second", goes_on)
    recipe.run(tmp_path)
    assert recipe.made == ["second"] and (tmp_path / "second" / "half").exists()


def test_a_damaged_manifest_is_told(recipe, tmp_path):
    recipe.run(tmp_path)
    (tmp_path / "first" / MANIFEST).write_text('{"name": 3')
    with pytest.raises(InputError, match=r"manifest\.json: manifest: found a damaged file"):
        recipe.run(tmp_path)
