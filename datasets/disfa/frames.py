"""Chunks of DISFA's recordings, and the examples made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import tee
from pathlib import Path

import cv2
import numpy as np

from au_tf.arrays import Bool, Float32, Pixels, UInt8
from au_tf.datasets.disfa.defects import SPARE_FRAMES, known_good
from au_tf.datasets.disfa.disfa_videos import check_video, read_frames
from au_tf.datasets.disfa.extracted_frames import FOUND, Extracted, KeptFrames, extract, meet
from au_tf.datasets.disfa.folders import landmark_paths, video_path
from au_tf.datasets.disfa.labels import read_intensities
from au_tf.datasets.disfa.landmark_files import read_all_landmarks
from au_tf.datasets.recordings.schema import CAMERAS, encode_jpeg, frame_key, labels
from au_tf.datasets.recordings.writing import Example, count
from au_tf.geometry.alignment import ALIGNED_SIZE, align_face
from au_tf.morphable.builtin import builtin_face


@dataclass(frozen=True, eq=False)
class VideoChunk:
    """Consecutive frames of one camera's video, with what the coders say of them."""

    subject: str
    """Whose video."""
    camera: str
    """"left" or "right"."""
    video: Path
    """The file."""
    videos: tuple[Path, ...]
    """Those of all cameras, from which is learnt who it is."""
    frames: int
    """How many frames have labels."""
    first: int
    """Number of its first frame, the video's first being 1."""
    final: bool
    """Whether its last frame is the last that has labels."""
    intensities: UInt8
    """uint8[frames, 12]."""
    good: Bool
    """bool[frames], False for frames that are known to be bad."""
    landmarks: tuple[Path | None, ...]
    """DISFA's landmark file of each frame."""

    def __len__(self) -> int:
        return len(self.intensities)

    @property
    def last(self) -> int:
        """Number of its last frame."""
        return self.first + len(self) - 1


def find_chunks(root: Path, subjects: Sequence[str], size: int) -> list[VideoChunk]:
    """Finds the recordings of some subjects, and checks all that can be checked without decoding them.

    Args:
      root: DISFA's folder.
      subjects: whose recordings.
      size: most frames of a chunk.

    Raises:
      InputError: if a file is missing or wrong.
    """
    return [chunk for subject in subjects for chunk in _chunks_of(root, subject, size)]


def _chunks_of(root: Path, subject: str, size: int) -> Iterator[VideoChunk]:
    intensities = read_intensities(root, subject)
    frames = len(intensities)
    good, points = known_good(subject, frames), landmark_paths(root, subject, frames)
    videos = tuple(video_path(root, subject, camera) for camera in CAMERAS)
    for camera, video in zip(CAMERAS, videos, strict=True):
        check_video(video)
        for start in range(0, frames, size):
            part = slice(start, start + size)
            yield VideoChunk(
                subject=subject,
                camera=camera,
                video=video,
                videos=videos,
                frames=frames,
                first=start + 1,
                final=start + size >= frames,
                intensities=intensities[part],
                good=good[part],
                landmarks=tuple(points[part]),
            )


def chunk_examples(chunk: VideoChunk, images: bool) -> Iterator[Example]:
    """Makes the examples of a chunk in one pass over its video, or in none if nothing of the pictures is needed.

    Raises:
      InputError: if the video or a landmark file is damaged, or there are more or fewer frames than labels.
    """
    points = read_all_landmarks(chunk.landmarks)
    produced = 0
    for picture, extracted in _extracted(chunk, images):
        yield _example(chunk, produced, extracted, points[produced], picture if images else None)
        produced += 1
    count("frames_without_picture", len(chunk) - produced)


def _extracted(chunk: VideoChunk, images: bool) -> Iterator[tuple[Pixels | None, Extracted]]:
    model = builtin_face()
    store = KeptFrames((chunk.video, *chunk.videos), chunk.first, chunk.last, model)
    kept = store.load()
    if kept is not None and not images:
        yield from ((None, frame) for frame in kept)
        return
    spare = SPARE_FRAMES.get(chunk.subject, 0)
    pictures = read_frames(chunk.video, chunk.first, chunk.last, final=chunk.final, spare=spare)
    if kept is not None:
        yield from zip(pictures, kept, strict=True)
        return
    person = meet(chunk.videos, chunk.frames, model)[chunk.videos.index(chunk.video)]
    frames = []
    seen, fitted = tee(pictures)
    for picture, frame in zip(seen, extract(fitted, chunk.first, person, model), strict=True):
        frames.append(frame)
        yield picture, frame
    store.save(frames)


def _example(chunk: VideoChunk, index: int, extracted: Extracted, points: Float32, picture: Pixels | None) -> Example:
    found, good = bool(extracted[FOUND]), bool(chunk.good[index])
    missing = chunk.landmarks[index] is None
    for name, number in (
        ("frames_without_face", not found),
        ("frames_known_bad", not good),
        ("frames_without_disfa_landmarks", missing),
    ):
        count(name, int(number))
    example = {name: value for name, value in extracted.items() if name != FOUND}
    example |= labels(chunk.intensities[index]) | {
        "subject": chunk.subject,
        "camera": chunk.camera,
        "frame": chunk.first + index,
        "registered": found and good,
        "disfa_landmarks": points,
    }
    if picture is not None:
        example["image"] = encode_jpeg(align_face(picture, extracted["landmarks"])[0] if found else middle(picture))
    return frame_key(chunk.subject, chunk.camera, chunk.first + index), example


def middle(picture: Pixels) -> Pixels:
    """The largest square in the middle of a picture, as large as an aligned face: for frames without a face."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    square = picture[top : top + side, left : left + side]
    return np.asarray(cv2.resize(square, (ALIGNED_SIZE, ALIGNED_SIZE), interpolation=cv2.INTER_AREA), np.uint8)
