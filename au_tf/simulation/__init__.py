"""A recording like DISFA's of people who do not exist: what coders would write down, and what would be extracted."""

from au_tf.simulation.observe import Frames, observe
from au_tf.simulation.scene import VIDEO, RecordingConfig, scene
from au_tf.simulation.selection import SIZES
from au_tf.simulation.subjects import CAMERAS, FRAME_RATE, FRAMES, SUBJECTS

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
