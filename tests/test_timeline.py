import warnings

import numpy as np
import pytest

from au_tf import facs
from au_tf.errors import InputError
from au_tf.timeline import Timeline, keys_of, read_timeline, timeline_of

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


@pytest.mark.parametrize(
    ("data", "times"),
    [
        (b"time;AU1;AU 12\n0;1,5;0,5\n0,5;2,5;4,5\n", [0, 0.5]),
        (b"Time\tau_01_R\tAu_12_r\n0\t1.5\t0.5\n0.5\t2.5\t4.5\n", [0, 0.5]),
        ("time,AU1,AU12\n0,1.5,0.5\n0.5,2.5,4.5\n".encode("utf-16"), [0, 0.5]),
        ("time;AU1;AU12;Größe\r\n0;1,5;0,5;ä\r\n0,5;2,5;4,5;ö\r\n".encode("latin-1"), [0, 0.5]),
        (b"time,AU1,AU12\n0,1.5,0.5,\n0.5,2.5,4.5,\n", [0, 0.5]),
        (b'"time","AU1","AU12"\n"0","1,5","0,5"\n"0,5","2,5","4,5"\n', [0, 0.5]),
        (b"time (ms),AU1,AU12\n0,1.5,0.5\n500,2.5,4.5\n", [0, 0.5]),
        (b"time,AU1,AU12\n0:59.5,1.5,0.5\n1:00,2.5,4.5\n", [0, 0.5]),
        # LibreFace, whose au_1 only says whether it is there.
        (b"frame_idx,frame_time_in_ms,au_1,au_1_intensity,au_12_intensity\n0,0,1,1.5,0.5\n1,40,1,2.5,4.5\n", [0, 0.04]),
        # Pictures, which have no time.
        (b"frame,face_id,timestamp,success,AU01_r,AU12_r\n1,0,0,1,1.5,0.5\n3,0,0,1,2.5,4.5\n", [0, 0.08]),
        (b"AU1,AU12\n1.5,0.5\n2.5,4.5\n", [0, 0.04]),
        (b"time,L12,R12,L1,R1\n0,0,1,1,2\n1,4,5,2,3\n", [0, 1]),
        (b"time,AU12_L,AU12_R,AU1_L,AU1_R\n0,0,1,1,2\n1,4,5,2,3\n", [0, 1]),
        # Only what is there for sure counts.
        (b"time,success,confidence,AU1_r,AU12_r\n0,1,1,1.5,0.5\n1,1,.03,5,0\n2,1,1,nan,NA\n3,1,1,2.5,4.5\n", [0, 3]),
        (b"time,AU1,AU12\n0,1.5,0.5\n1,NA,2.5\n2,2.5,4.5\n", [0, 1, 2]),
    ],
)
def test_tables_as_people_have_them(data, times, tmp_path):
    (tmp_path / "table.csv").write_bytes(data)
    found = read_timeline(tmp_path / "table.csv", RATE)
    np.testing.assert_allclose(found.times, times, atol=1e-9)
    np.testing.assert_allclose(column(found, 1), np.linspace(1.5, 2.5, len(times)))
    np.testing.assert_allclose(column(found, 12), np.linspace(0.5, 4.5, len(times)))


def test_what_is_assumed_is_told(read):
    found = read("timestamp,AU01_c,AU12_c\n0,0,1\n1,1,1\n")
    assert column(found, 12).tolist() == [3, 3] and "no intensities: what is there is taken as 3" in found.notices
    found = read("time,AU1\n0,-0.03\n1,5.01\n")
    assert column(found, 1).tolist() == [0, 5] and "AU1: 2 values just outside 0 to 5" in found.notices[0]
    found = read("frame,AU01\n0,0.5\n10,1.5\n")
    assert column(found, 1).tolist() == [0.5, 1.5] and "25 a second" in found.notices[-1]
    assert "taken from 0 to 1" in str(read("frame,AU01\n0,0.5\n10,1\n").notices)
    assert "timestamp" in str(read("frame,timestamp,AU01\n0,0,0.5\n10,0,1\n").notices)
    assert "confidence below 0.5: 1 rows" in str(read("time,confidence,AU1\n0,0.9,1\n1,0.03,1\n").notices)


def test_letters_of_facs(read):
    found = read("time,AU1,AU12\n0,A,c\n1,0,E\n")
    assert column(found, 1).tolist() == [1, 0] and column(found, 12).tolist() == [3, 5]
    found = read("time;FACS\n0;1A+12C\n1;12E\n")
    assert column(found, 1).tolist() == [1, 0] and column(found, 12).tolist() == [3, 5]


def test_live_link_face(read):
    names = "Timecode,BlendshapeCount,MouthSmileLeft,MouthSmileRight,BrowInnerUp,JawOpen,MouthClose"
    rows = (f"14:03:5{second}:{frame:02d}.500,61,0.2,0.4,1,0.6,0.2" for second in (1, 2, 3) for frame in range(60))
    found = read("\n".join([names, *rows]))
    np.testing.assert_allclose(found.times, np.arange(180) / 60, atol=1e-9)
    for unit, value in ((1, 5), (12, 1.5), (25, 2), (26, 3), (4, 0)):
        np.testing.assert_allclose(column(found, unit), value, rtol=1e-6)
    assert "ARKit" in found.notices[0] and "60 a second" in str(found.notices)


def test_one_of_two_faces(tmp_path):
    (tmp_path / "two.csv").write_text("timestamp,face_id,AU01_r\n0,0,1\n0,1,2\n1,0,3\n1,1,4\n")
    for face, values in ((0, [1, 3]), ("1", [2, 4])):
        found = read_timeline(tmp_path / "two.csv", RATE, face)
        assert column(found, 1).tolist() == values and found.times.tolist() == [0, 1]
    with pytest.raises(InputError, match=r"face_id 2: .*: found no such face, expected one of 0, 1"):
        read_timeline(tmp_path / "two.csv", RATE, 2)


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
        ("time,AU1,AU1\n0,1,1\n", "column AU1: found two of them"),
        ("time,AU1,AU01\n0,1,1\n", "column AU01: found two of AU1"),
        ("time,AU1\n0,1\n1\n", "line 3, AU1: found nothing"),
        ("time,AU1\n0,1\n1,x\n", "line 3, AU1: found x, expected a number from 0 to 5"),
        ("time,AU1\n0,1\n1,\n", "line 3, AU1: found nothing"),
        ("time,AU1\n0,5.5\n", "line 2, AU1: found 5.5"),
        ("time,AU1\n0,nan\n", "rows: found none with a face"),
        ("time,AU1\nnan,1\n", "line 2, time: found nan"),
        ("time,AU1\n0,1,,2\n", "line 2: found 4 values, expected 2, as in the first line"),
        ("time,AU1\n1,1\n1.234,5,1\n", "line 3: found 3 values"),
        ("time;AU1\n1.234,5;1\n", "line 2, time: found 1.234,5"),
        ("time,L12\n0,1\n", "column L12: found one side of AU12, expected a left and a right one"),
        ("time,AU12,facs\n0,1,12F\n", "line 2, 12F: found no Action Unit"),
        ("time,AU1\ninf,1\n", "line 2, time: found inf, expected a number from 0"),
        ("time,AU1\n0,1\n2,1\n1,1\n", "line 4, time: found 1, expected more than in the row before"),
        ("frame,FaceScore,AU01\n0,1,1.5\n", "line 2, AU01: found 1.5, expected a number from 0 to 1"),
        ("frame,AU01\n0,0.1\n0,0.2\n", "line 3, frame: found 0"),
        ("timestamp,success,AU01_r\n0,0,1\n", "rows: found none with a face"),
        (
            "timestamp,face_id,AU01_r\n0,0,1\n0,1,1\n",
            "face_id: found 0, 1, expected one face, or which of them by `face_id`",
        ),
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


def test_a_damaged_table_is_read_or_refused_in_one_line(tmp_path):
    whole = (
        b"frame, face_id, timestamp, confidence, success, AU01_r\n1, 0, 2, 0.98, 1, 0.5\n2, 0, 3, 0.9, 1, 1\n",
        b"time;AU1;AU 12\n0:00;1,5;0,5\n0:01;2,5;E\n",
        "time\tL12\tR12\n0\t1\tC\n1\tNA\t2\n".encode("utf-16"),
        b"Timecode,MouthSmileLeft,MouthSmileRight,JawOpen,MouthClose\n0:0:1:07.5,.1,.2,.5,.1\n0:0:1:08.5,.1,.2,.5,.1\n",
        b'frame,FaceScore,AU01,"AU12"\n0,1,"0.5",.2\n10,.9,,nan\n',
    )
    pieces = (
        b",",
        b";",
        b'"',
        b"\n",
        b"nan",
        b"-1",
        b"1e400",
        b"9" * 30,
        b":",
        b"AU1",
        b"L12",
        b"\xff",
        b"\0",
        b"frame",
        b"\r",
    )
    rng, told = np.random.default_rng(0), []
    for k in range(300):
        data = bytearray(whole[k % len(whole)])
        for _ in range(rng.integers(1, 4)):
            at, piece = rng.integers(len(data)), pieces[rng.integers(len(pieces))]
            data[at : at + rng.integers(0, 6)] = piece if rng.random() < 0.8 else b""
        (tmp_path / "table.csv").write_bytes(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = read_timeline(tmp_path / "table.csv", RATE)
        except InputError as error:
            told.append(str(error))
            continue
        assert np.isfinite(found.times).all() and (np.diff(found.times) > 0).all()
        assert (found.intensities >= 0).all() and (found.intensities <= 5).all()
    assert 100 < len(told) < 300 and not any("\n" in line for line in told)


def test_keys_make_the_time_line_they_are_made_of():
    rng = np.random.default_rng(3)
    values = np.round(rng.uniform(0, 5, (40, 12)), 2).astype(np.float32)
    values[:, 4] = 0
    line = Timeline(np.arange(40) / 20, values)
    again = timeline_of(keys_of(line, 0.0))
    np.testing.assert_allclose(again.at(line.times), values, atol=1e-3)
    assert "AU6" not in keys_of(line)


def test_few_keys_miss_it_by_no_more_than_allowed():
    times = np.linspace(0, 4, 400)
    values = np.zeros((400, 12), np.float32)
    values[:, 6] = 2.5 + 2.5 * np.sin(2 * times)
    line = Timeline(times, values)
    keys = keys_of(line, 0.1)
    assert keys.keys() == {"AU12"} and len(keys["AU12"]) < 30
    assert np.abs(timeline_of(keys).at(times) - values).max() < 0.101


@pytest.mark.parametrize("keys", [{}, {"AU12": []}, {"AU7": [(0, 1)]}, {"AU12": [(-1, 1)]}, {"AU12": [(0, 5.1)]}])
def test_keys_that_are_none_are_told(keys):
    with pytest.raises(InputError):
        timeline_of(keys)
