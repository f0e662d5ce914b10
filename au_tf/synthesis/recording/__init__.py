"""A recording like DISFA's of people who do not exist: what coders would write down, and what would be extracted."""

from au_tf.synthesis.recording.cast import CAMERAS, FRAME_RATE, FRAMES, SUBJECTS
from au_tf.synthesis.recording.observe import Frames, observe
from au_tf.synthesis.recording.scene import VIDEO, RecordingConfig, scene
from au_tf.synthesis.recording.selection import SIZES

__all__ = [
    "CAMERAS",
    "FRAMES",
    "FRAME_RATE",
    "SIZES",
    "SUBJECTS",
    "VIDEO",
    "Frames",
    "RecordingConfig",
    "observe",
    "scene",
]
