"""Answers requests from standard input by models of TF Serving's own loader; TensorFlow for Python stays out."""

import pickle
import sys

from c_loader import NativeModel

from au_tf.errors import InputError

models = {}
while True:
    try:
        folder, signature, inputs = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    try:
        if folder not in models:
            models[folder] = NativeModel(folder)
        answer = models[folder].run(inputs, signature)
    except InputError as error:
        answer = error.field, str(error)
    assert "tensorflow" not in sys.modules
    sys.stdout.buffer.write(pickle.dumps(answer))
    sys.stdout.buffer.flush()
