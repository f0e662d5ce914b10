import numpy as np
import pytest

from au_tf import facs
from au_tf.errors import InputError
from au_tf.timeline import Timeline, read_timeline

RATE = 25.0


def column(timeline, unit):
    return timeline.intensities[:, facs.AU_NUMBERS.index(unit)]


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "timeline.csv"
        path.write_text(text)
        return read_timeline(path, RATE)

    return read


def test_openface(read):
    found = read(
        "frame, face_id, timestamp, confidence, success, AU01_r, AU07_r, AU12_r, AU01_c, AU28_c\n"
        "1, 0, 2.000, 0.98, 1, 0.50, 1.00, 5.00, 1, 0\n"
        "2, 0, 2.040, 0.02, 0, 0.00, 0.00, 0.00, 0, 0\n"
        "3, 0, 2.080, 0.98, 1, 1.50, 1.00, 3.00, 1, 0\n"
    )
    np.testing.assert_allclose(found.times, [0, 0.08])
    np.testing.assert_allclose(column(found, 1), [0.5, 1.5])
    # The row without a face is bridged.
    np.testing.assert_allclose(found.frames(25)[:, facs.AU_NUMBERS.index(12)], [5, 4, 3], atol=1e-6)
    assert not column(found, 26).any()
    strange, missing, gaps = found.notices
    assert "AU7" in strange and "AU28" not in strange
    assert "AU2, AU4, AU5, AU6, AU9, AU15" in missing
    assert "1 rows" in gaps


def test_py_feat(read):
    found = read(",frame,FaceScore,AU01,AU12,AU43\n0,0,0.99,0.2,1.0,0\n1,10,nan,nan,,nan\n2,20,0.99,0.4,0.5,0\n")
    np.testing.assert_allclose(found.times, [0, 0.8])
    np.testing.assert_allclose(column(found, 1), [1, 2])
    np.testing.assert_allclose(column(found, 12), [5, 2.5])
    assert "25 a second" in found.notices[-1]


def test_plain(read):
    header = "time," + ",".join(facs.AU_NAMES)
    found = read(f"{header}\n0,{','.join(map(str, [0.25] * 12))}\n\n1.5,{','.join(['5'] * 12)}\n")
    np.testing.assert_allclose(found.intensities, np.outer([0.25, 5], np.ones(12)))
    np.testing.assert_allclose(found.times, [0, 1.5])
    assert found.notices == ()


def test_between_moments_intensities_change_evenly():
    ends = np.stack([np.zeros(12), np.linspace(0, 5, 12)]).astype(np.float32)
    timeline = Timeline(np.array([0.0, 0.3]), ends)
    np.testing.assert_allclose(timeline.at(np.array([-1.0, 0.1, 9.0])), np.outer([0, 1 / 3, 1], ends[1]), rtol=1e-6)
    # 0.3 * 10 is less than 3 in floating point.
    assert len(timeline.frames(10)) == 4
    assert len(timeline.frames(9.9)) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "rows: found none"),
        ("time,AU1\n", "rows: found none"),
        ("time,smile\n0,1\n", "columns: found no Action Unit that is coded, expected a column"),
        ("time,AU7\n0,1\n", "columns: found no Action Unit that is coded"),
        ("AU1,AU2\n1,1\n", "columns: found no time"),
        ("AU01_r,frame\n1,1\n", "columns: found no timestamp"),
        ("time,AU1,AU1\n0,1,1\n", "column AU1: found two of them"),
        ("time,AU1,AU01\n0,1,1\n", "column AU01: found two of AU1"),
        ("time,AU1\n0,1\n1\n", "line 3: found 1 values, expected 2"),
        ("time,AU1\n0,1\n1,x\n", "line 3, AU1: found x, expected a number from 0 to 5"),
        ("time,AU1\n0,1\n1,\n", "line 3, AU1: found nothing"),
        ("time,AU1\n0,5.5\n", "line 2, AU1: found 5.5"),
        ("time,AU1\n0,nan\n", "line 2, AU1: found nan"),
        ("time,AU1\ninf,1\n", "line 2, time: found inf, expected a number from 0"),
        ("time,AU1\n0,1\n2,1\n1,1\n", "line 4, time: found 1, expected more than in the row before"),
        ("frame,AU01\n0,1.5\n", "line 2, AU01: found 1.5, expected a number from 0 to 1"),
        ("frame,AU01\n0,0.1\n0,0.2\n", "line 3, frame: found 0"),
        ("timestamp,success,AU01_r\n0,0,1\n", "rows: found none with a face"),
        ("timestamp,face_id,AU01_r\n0,0,1\n0,1,1\n", "line 3, face_id: found 1, expected one face"),
        ('time,AU1\n0,"1\n', "file: found no CSV"),
    ],
)
def test_what_is_none(read, text, told):
    with pytest.raises(InputError) as caught:
        read(text)
    assert told in str(caught.value)


def test_files_that_are_none(tmp_path):
    (tmp_path / "photo.csv").write_bytes(b"\x89PNG\xff\xfe\0")
    for name, told in (("photo.csv", "no CSV"), ("none.csv", "found nothing"), (".", "Is a directory")):
        with pytest.raises(InputError, match=told):
            read_timeline(tmp_path / name, RATE)
