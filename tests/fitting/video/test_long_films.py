"""A film may be long: of the faces in it little is held."""

import tracemalloc

import numpy as np
import pytest

from au_tf.fitting.detect.dense_landmarks import POINTS
from au_tf.fitting.detect.detected_face import Candidate, DetectedFace
from au_tf.fitting.video import sightings
from au_tf.fitting.video.store import Store
from au_tf.pictures.clips import Clip, Frame

PICTURE = np.zeros((96, 96, 3), np.uint8)


class Reader:
    """Finds a face everywhere, in each frame another one."""

    name = "told"
    rng = np.random.default_rng(0)

    def search(self, image, quick=False):
        return [Candidate((20.0, 20.0, 70.0, 70.0), 1.0)]

    def trace(self, image, candidate):
        dense = self.rng.uniform(20, 70, (POINTS, 3)).astype(np.float32)
        return DetectedFace.of(image, candidate, dense[:68, :2], 1.0, dense)

    def follow(self, image, face):
        return self.trace(image, Candidate(face.box, face.score))


@pytest.mark.parametrize("kept", [True, False])
def test_what_was_seen_is_read_again_where_it_can_be_kept(kept, tmp_path, monkeypatch):
    def frames(clip, first=1):
        return (Frame(number, number / 25, PICTURE, "film") for number in range(first, count + 1))

    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Clip, "frames", frames)
    monkeypatch.setattr(Clip, "count", lambda clip: count)
    if not kept:
        monkeypatch.setattr(Store, "save", lambda *_: False)
    held = {}
    for count in (400, 1600):
        store = Store([kept, count])
        tracemalloc.start()
        seen = sightings.look(Clip((tmp_path / "film",), True, 0.0), store, Reader())
        held[count] = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    assert len(seen.faces) == count and seen.row.tolist() == [*range(count)]
    assert not np.array_equal(seen.faces[0].landmarks, seen.faces[count - 1].landmarks)
    np.testing.assert_array_equal(seen.faces[5].landmarks, seen.faces[5].dense[:68, :2])
    # The points alone are 5.7 kB a face.
    slope = (held[1600] - held[400]) / 1200
    assert slope < 1500 if kept else slope > 5000
