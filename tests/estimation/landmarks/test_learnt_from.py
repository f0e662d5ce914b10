"""What the estimator that ships was learnt from is free for everyone to use."""

import re

import pytest

from au_tf.resources import saved_model

FREE = re.compile(r"(au_tf's own, )?(Apache-2\.0|MIT|CC0|BSD-\d-Clause|CC-BY-4\.0)|public domain|figures")


def inputs(card: str) -> dict[str, str]:
    """Licences by what was learnt from."""
    rows = re.search(r"\| learnt from \| licence \|\n\| --- \| --- \|\n((?:\|.*\n)+)", card)
    assert rows is not None
    pairs = (row.strip("| ").split(" | ") for row in rows[1].splitlines())
    return {what.strip(): licence.strip() for what, licence in pairs}


@pytest.fixture(scope="module")
def card() -> str:
    return (saved_model("estimator-landmarks") / "README.md").read_text(encoding="utf-8")


def test_every_input_of_the_training_has_a_free_licence(card: str) -> None:
    found = inputs(card)
    assert not [f"{what}: {licence}" for what, licence in found.items() if not FREE.fullmatch(licence)]
    # All that the card's text says was used is in the list.
    for name in re.findall(r'face model "[^"]+"', card):
        assert name in found
    assert any("portrait" in what for what in found) and any("MediaPipe" in what for what in found)


def test_another_licence_would_be_found(card: str) -> None:
    spoilt = card.replace("| MIT |", "| research only |")
    assert [licence for licence in inputs(spoilt).values() if not FREE.fullmatch(licence)] == ["research only"]
