"""Synthesis of facial Action Units with a 3D morphable model and adversarial networks.

    import au_tf

    face = au_tf.Face.from_photo("me.jpg")
    smile = face.express(AU6=3, AU12=5)
    smile.save("smile.png")

The table of contents is `__init__.pyi`; each name is loaded when it is first used, and TensorFlow with the first that
needs it.
"""

from importlib import import_module

import lazy_loader

__version__ = "0.1.0"

_LIGHT = {
    *("ACTION_UNITS", "AU_NAMES", "Augmentation", "AuTfError", "InputError", "Timeline", "verify"),
    *("Animation", "Camera", "Coefficients", "Expression", "Extraction", "Face", "MorphableModel"),
    *("Readings", "estimate", "estimate_live", "evaluate_cross_tool", "extract_live", "train_landmark_estimator"),
    *("extract", "face_model_preview", "face_model_sheets", "fit_photo", "format_intensities", "from_preset"),
    *("intensities_of", "load_face_model", "load_generator", "load_regressor", "read_timeline", "show_versions"),
    *("write_gallery",),
}
"""Names that need no TensorFlow."""

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name in __all__ and name not in _LIGHT:
        import_module("au_tf.startup").start_tensorflow()
    return _load(name)
