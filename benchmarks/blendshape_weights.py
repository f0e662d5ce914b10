"""Writes the layers of MediaPipe's network of blendshapes as arrays, and tells how far what they say is from it.

    python benchmarks/blendshape_weights.py face_blendshapes.tflite saved_models/face-blendshapes

The file is a member of Google's bundle `face_landmarker.task`. Linear layers are written in their order as `weightN`
[inputs, outputs] and `biasN`, scales of the layers' normalization as `norms`; all are halves of floats in the file too.
"""

import argparse
from pathlib import Path

import numpy as np

from au_tf import startup

startup.start_tensorflow()

import tensorflow as tf

from au_tf.estimation.landmarks.blendshapes import FILE, POINTS, logits
from au_tf.files import write_npz

_CHANNELS = 64


def main() -> None:
    """Converts one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    plain = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = tf.lite.Interpreter(
        str(given.network), experimental_preserve_all_tensors=True, experimental_op_resolver_type=plain
    )
    interpreter.allocate_tensors()
    points = np.random.default_rng(0).uniform(0.0, 200.0, (1, len(POINTS), 2)).astype(np.float32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], points)
    interpreter.invoke()
    layers: dict[str, np.ndarray] = {}
    norms, linear = [], 0
    for operation in interpreter._get_ops_details():
        inputs = [interpreter.get_tensor(index) for index in operation["inputs"]]
        match operation["op_name"]:
            case "CONV_2D":
                layers[f"weight{linear}"], layers[f"bias{linear}"] = inputs[1][:, 0, 0].T, inputs[2]
                linear += 1
            case "MUL" | "ADD" as kind:
                norms += [array for array in inputs if kind == "MUL" and array.shape == (_CHANNELS,)]
                if single := [array for array in inputs if array.shape == ()]:
                    layers["scale" if kind == "MUL" else "epsilon"] = single[0]
            case "CONCATENATION":
                layers["token"] = inputs[0][0, 0, 0]
    layers["norms"] = np.array(norms)
    said = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    ours = 1.0 / (1.0 + np.exp(-logits(points, layers)[0]))
    print(f"{linear} linear layers; furthest apart {np.abs(said - ours).max():.1e}")
    halves = {name: array.astype(np.float32 if name == "epsilon" else np.float16) for name, array in layers.items()}
    write_npz(given.out / FILE, halves)


if __name__ == "__main__":
    main()
