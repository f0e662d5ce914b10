"""A recording like DISFA's of people who do not exist: what coders would write down, and what would be extracted."""

from au_tf.simulation.frame_selection import SIZES
from au_tf.simulation.observe import ObservedFrames, observe
from au_tf.simulation.scene import VIDEO, SimulatedRecordingConfig, scene
from au_tf.simulation.subjects import CAMERAS, FRAME_RATE, FRAMES, SUBJECTS

__all__ = [
    "CAMERAS",
    "FRAMES",
    "FRAME_RATE",
    "SIZES",
    "SUBJECTS",
    "VIDEO",
    "ObservedFrames",
    "SimulatedRecordingConfig",
    "observe",
    "scene",
]
