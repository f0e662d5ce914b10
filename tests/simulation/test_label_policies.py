import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.evaluation.reports.estimator_card import errors_csv
from au_tf.facs import AU_NAMES
from au_tf.simulation.label_policies import Labels, Policy, grid, read_errors, read_rows

UNITS = len(AU_NAMES)
DRAWS = 6000


def people(count=3, frames=40):
    """Labels in which the sum of a combination tells whose it is, and some neutral frames."""
    rows, who = [np.zeros((frames, UNITS), int)], [np.zeros(frames, int)]
    for person in range(count):
        own = np.zeros((frames, UNITS), int)
        own[:, person] = 1 + np.arange(frames) % 4
        own[:, 6] = 5 * (np.arange(frames) == 7)
        rows.append(own)
        who.append(np.full(frames, person))
    return Labels(np.concatenate(rows), np.concatenate(who))


def drawn(policy, count=DRAWS):
    targets = [policy.target(number) for number in range(count)]
    return np.array([t.source for t in targets]), np.stack([t.intensities for t in targets])


def test_the_paper_s_policy_gives_each_person_combinations_of_all_others():
    person = np.array([0, 0, 0, 0, 0, 0, 1, 2, 2])
    source, asked = drawn(Policy("paper", 0, person, people()))
    owner = asked[:, :3].argmax(1)
    assert (asked[:, :3].max(1) > 0).all() and (owner != person[source]).all()
    # People are equally frequent, however many faces they have, and so are the frames of the others.
    for who in range(3):
        assert abs((person[source] == who).mean() - 1 / 3) < 0.03
        others = owner[person[source] == who]
        assert abs((others == (who + 1) % 3).mean() - 0.5) < 0.05
    assert abs((asked[:, 6] == 5).mean() - 1 / 40) < 0.01


def test_the_balanced_policy_gives_every_intensity_of_every_unit_its_share():
    labels = people()
    _, asked = drawn(Policy("balanced", 0, np.arange(3), labels, share=0.6))
    known = {tuple(row) for row in labels.combinations.tolist()}
    for unit in range(UNITS):
        for level in range(1, 6):
            # 0.6 / 60 is 1 in 100, so 60 of 6,000, five deviations of which are 39.
            assert (asked[:, unit] == level).sum() > 60 - 39
    # What nobody shows at an intensity is a combination that somebody shows, but for that unit.
    rare = [row for row in asked.tolist() if tuple(row) not in known and row[6] not in (0, 5)]
    assert rare and all(tuple(row[:6] + [5] + row[7:]) in known for row in rare)


def test_the_errors_policy_asks_for_what_an_estimator_misreads(tmp_path):
    """AU4 absent and AU12 at 3 are misread, the latter three times as much; AU9 at 2 was never seen."""
    errors = np.zeros((UNITS, 6))
    errors[AU_NAMES.index("AU4"), 0], errors[AU_NAMES.index("AU12"), 3] = 0.5, 1.5
    errors[AU_NAMES.index("AU9"), 2] = np.nan
    path = tmp_path / "errors.csv"
    path.write_bytes(errors_csv(errors))
    read = read_errors(str(path))
    np.testing.assert_array_equal(read, np.nan_to_num(errors))
    labels = people()
    _, asked = drawn(Policy("errors", 0, np.arange(3), labels, share=1.0, errors=read))
    smiles = asked[:, AU_NAMES.index("AU12")] == 3
    assert abs(smiles.mean() - 0.75) < 0.03
    assert not asked[~smiles, AU_NAMES.index("AU4")].any()
    with pytest.raises(InputError, match="errors: found none"):
        Policy("errors", 0, np.arange(3), labels)


@pytest.mark.parametrize("text", ["", "AU,0\nAU1,1", "AU,0,1,2,3,4,5\n" + "AU1,1,1,1,1,1,1\n" * 12, "a,b\n1,x\n"])
def test_a_table_of_something_else_is_no_table_of_errors(text, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"mine\.csv"):
        read_errors(str(path))


@pytest.mark.parametrize("cells", ["", ",1,1"])
def test_lines_that_end_early_are_no_errors(cells, tmp_path):
    path = tmp_path / "mine.csv"
    lines = [f"{name}{cells}" if cells else "" for name in AU_NAMES]
    path.write_text("\n".join(["AU,0,1,2,3,4,5", *lines]) + "\n")
    with pytest.raises(InputError, match=r"mine\.csv: lines"):
        read_errors(str(path))


def test_a_target_depends_on_its_number_alone():
    policies = [Policy("balanced", 3, np.arange(3), people(), run=4) for _ in range(2)]
    forth = [policies[0].target(number) for number in range(40)]
    back = [policies[1].target(number) for number in reversed(range(40))][::-1]
    for one, other in zip(forth, back, strict=True):
        assert one.source == other.source and np.array_equal(one.intensities, other.intensities)
    assert [t.source for t in forth] == [t.source for t in forth[::4] for _ in range(4)]
    other = Policy("balanced", 4, np.arange(3), people())
    assert any(not np.array_equal(other.target(n).intensities, forth[n].intensities) for n in range(40))


def test_the_grid_is_every_unit_alone_for_one_source_after_another():
    rows = grid()
    assert rows.shape == (61, UNITS) and not rows[0].any() and (np.count_nonzero(rows[1:], axis=1) == 1).all()
    assert len({tuple(row) for row in rows.tolist()}) == 61
    source, asked = drawn(Policy("grid", 0, np.array([0, 0, 1])), 183)
    np.testing.assert_array_equal(asked, np.tile(rows, (3, 1)))
    assert sorted(source[::61]) == [0, 1, 2] and (source.reshape(3, 61) == source[::61, None]).all()


def test_rows_of_a_file(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("AU12, AU6\n5,3\n\n0,1\n")
    rows = read_rows(str(path))
    assert rows.shape == (2, UNITS) and rows.sum() == 9
    assert [rows[0][AU_NAMES.index(name)] for name in ("AU12", "AU6")] == [5, 3]
    _, asked = drawn(Policy("list", 0, np.zeros(1, int), rows=rows), 4)
    np.testing.assert_array_equal(asked, rows[[0, 1, 0, 1]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "rows: found none"),
        ("AU1,AU3\n1,1\n", "columns: found AU3, expected some of AU1,AU2"),
        ("AU1,AU1\n1,1\n", "column AU1: found two of them"),
        ("AU1,AU2\n1\n", "line 2, AU2: found nothing"),
        ("AU1\n2.5\n", "line 2, AU1: found 2.5, expected a whole number from 0 to 5"),
        ("AU1,AU2\nNA,1\n", "line 2, AU1: found nan, expected a whole number"),
        ("AU1\n6\n", "line 2, AU1: found 6"),
    ],
)
def test_files_that_are_no_rows(tmp_path, text, message):
    path = tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_rows(str(path))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "best"}, "policy: found best"),
        ({"name": "grid", "person": np.zeros(0, int)}, "sources: faces: found none"),
        ({"name": "paper", "labels": None}, "policy paper: labels"),
        ({"name": "paper", "labels": Labels(np.zeros((3, UNITS), int), np.zeros(3, int))}, "with an Action Unit"),
        ({"name": "paper", "labels": people(1)}, "people with labels: found one"),
        ({"name": "balanced", "share": 1.5}, "share: found 1.5"),
        ({"name": "list"}, "labels: found no row"),
    ],
)
def test_settings_that_do_not_do(settings, message):
    with pytest.raises(InputError, match=message):
        Policy(**{"seed": 0, "person": np.arange(3), "labels": people()} | settings)
