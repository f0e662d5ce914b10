from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from skimage import data

import au_tf
from au_tf.errors import InputError
from au_tf.faces.estimated import Readings
from au_tf.pictures.images import write_image
from au_tf.timeline import read_timeline


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    write_image(path, data.astronaut())
    return path


@pytest.fixture(scope="module")
def readings(photo: Path) -> Readings:
    return au_tf.estimate(photo)


def test_an_open_smile_is_read_as_one(readings: Readings) -> None:
    row = readings.table.iloc[0]
    assert len(readings) == 1
    assert row["success"] == 1
    assert min(row["AU12_r"], row["AU25_r"]) > 1.5
    # She does not frown, and her head is level and looks into the camera.
    assert max(row["AU04_r"], row["AU15_r"], row["AU20_r"]) < row["AU12_r"] - 1.0
    assert np.abs(row[["pose_Ry", "pose_Rz"]].astype(float)).max() < 0.3


def test_a_face_does_less_beside_itself(photo: Path, readings: Readings) -> None:
    beside = au_tf.estimate(photo, neutral=photo).intensities
    assert beside.sum() < 0.8 * readings.intensities.sum()


def test_the_mirrored_face_shows_the_same_and_is_turned_the_other_way(photo: Path, tmp_path: Path) -> None:
    mirrored = tmp_path / "mirrored.png"
    write_image(mirrored, np.ascontiguousarray(data.astronaut()[:, ::-1]))
    found = au_tf.estimate([photo, mirrored]).table
    intensities = found[[name for name in found if name.endswith("_r")]].to_numpy()
    assert intensities[1] == pytest.approx(intensities[0], abs=0.5)
    for name in ("pose_Ry", "pose_Rz", "gaze_angle_x"):
        assert found[name][1] == pytest.approx(-found[name][0], abs=0.06)


def test_a_picture_without_a_face_keeps_its_row(photo: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    write_image(empty, np.full((64, 64, 3), 128, np.uint8))
    table = au_tf.estimate([empty, photo]).table
    assert table["success"].tolist() == [0, 1]
    assert table["reason"][0] == "face: found none"
    assert np.isnan(table["AU12_r"][0])
    assert len(au_tf.estimate(empty)) == 1


def test_a_film_becomes_a_time_line_that_animate_reads(photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    for number in range(3):
        write_image(folder / f"{number}.png", np.roll(data.astronaut(), 2 * number, 1))
    found = au_tf.estimate(folder, rate=10.0, rest=True)
    assert found.table["timestamp"].tolist() == [0.0, 0.1, 0.2]
    assert found.table["face_id"].nunique() == 1
    assert found.strip(count=2).axes[0].images[0].get_size() == (240, 480)
    path = found.save(tmp_path / "aus.csv")
    timeline = read_timeline(path, 25.0)
    assert timeline.intensities == pytest.approx(found.intensities, abs=0.01)
    with pytest.raises(InputError, match="rest"):
        au_tf.estimate(photo, rest=True)


@pytest.mark.parametrize(("form", "columns"), [("pyfeat", {"FaceScore", "AU12", "Yaw"}), ("long", {"au", "intensity"})])
def test_other_programs_columns(readings: Readings, tmp_path: Path, form: str, columns: set[str]) -> None:
    table = pd.read_csv(readings.save(tmp_path / "aus.csv", form))  # type: ignore[arg-type]
    assert columns <= {*table}
    expected = readings.intensities[0, 6]
    found = table["AU12"][0] * 5.0 if form == "pyfeat" else table.loc[table["au"] == 12, "intensity"].iloc[0]
    assert found == pytest.approx(expected, abs=0.01)


@pytest.fixture
def drawn(readings: Readings, tmp_path: Path) -> Path:
    return readings.draw(tmp_path / "look.png")


def test_bars_stand_beside_the_photo(readings: Readings, drawn: Path) -> None:
    assert drawn.stat().st_size > 0
    assert len(readings.plot().axes) == 1
    with pytest.raises(InputError, match="face"):
        readings.plot(face=7)
