"""How fast CAAE is trained, and how fast it generates; prints two tables.

    python benchmarks/training.py [ROUNDS [STEPS]]

The same step (eqs. 6-10, the paper's networks, batch 64, Adam for each of three parties) is made by plain `model.fit`
on a `tf.data` pipeline over arrays in memory, by our `fit`, by our `train`, and by PyTorch, not compiled, where that is
installed. Each has its turn of STEPS (300) steps in each of ROUNDS (7) rounds, so that whatever else the machine does
hits all alike; a turn before the first, in which all is compiled, does not count. "Times plain fit" is the median over
the rounds of the ratio within one. CPU time is that of all processors together, and tells more than wall time where
others compute as well.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from au_tf import startup
from au_tf.arrays import Float64

startup.start_tensorflow()

import keras
import tensorflow as tf

from au_tf.resources import saved_model
from au_tf.synthesis.adversarial.adversarial_training import XLA_FROM, train, with_optimizers
from au_tf.synthesis.adversarial.batches import Batch, Frames, draw_batch
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.network_config import CAAEConfig, TrainingConfig

# Makes so many steps, or does the whole work, and tells the seconds of wall and CPU time.
Way = Callable[[int], tuple[float, float]]
NETWORKS, TRAINING = CAAEConfig(), TrainingConfig()
FRAMES, PEOPLE = 100_000, 25
EXPRESSIONS = 1_000_000
PLAIN, FIT, TRAIN, TORCH = "plain `model.fit`", "our `fit`", "our `train`", "PyTorch, not compiled, 1 thread"


def timed(work: Callable[[int], object]) -> Way:
    """Work that tells how long it took."""

    def way(steps: int) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        work(steps)
        return time.perf_counter() - wall, time.process_time() - cpu

    return way


def made_up() -> tuple[Frames, Bounds]:
    """Frames of the shape of a recording; what they hold does not change the speed."""
    rng = np.random.default_rng(0)
    expression = rng.standard_normal((FRAMES, NETWORKS.expression_size)).astype(np.float32)
    intensities = rng.integers(0, 6, (FRAMES, NETWORKS.label_size))
    bounds = Bounds.of(expression)
    return Frames.of(expression, expression, intensities, np.arange(FRAMES) * PEOPLE // FRAMES, bounds), bounds


def drawn_batches(frames: Frames) -> tf.data.Dataset:
    """The batches that `train` draws."""
    resident = Frames(*(tf.constant(a) for a in frames))
    steps = tf.data.Dataset.range(TRAINING.iterations)
    return steps.map(lambda step: draw_batch(resident, TRAINING, NETWORKS.latent_size, step))


def plain_batches(frames: Frames) -> tf.data.Dataset:
    """Batches as one would write them first: slices of the arrays, shuffled and put together."""

    def batch(expression: tf.Tensor, intensities: tf.Tensor) -> Batch:
        label = intensities * 0.4 - 1.0
        prior = tf.random.uniform([TRAINING.batch_size, NETWORKS.latent_size], -1.0, 1.0)
        return Batch(expression, expression, label, label, prior)

    slices = tf.data.Dataset.from_tensor_slices((frames.expression, frames.intensities))
    data = slices.shuffle(10_000).repeat().batch(TRAINING.batch_size, drop_remainder=True)
    return data.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def fitting(model: CAAE, data: tf.data.Dataset) -> Way:
    """An epoch of `model.fit`."""
    return timed(lambda steps: model.fit(data, steps_per_epoch=steps, shuffle=False, verbose=0))


def torch_steps() -> Way:
    """Steps of `training_torch.py`, which runs as long as this process does."""
    script = Path(__file__).with_name("training_torch.py")
    child = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    print(json.dumps(asdict(NETWORKS) | asdict(TRAINING) | {"frames": FRAMES}), file=child.stdin, flush=True)

    def way(steps: int) -> tuple[float, float]:
        print(steps, file=child.stdin, flush=True)
        wall, cpu = map(float, child.stdout.readline().split())
        return wall, cpu

    return way


def time_training(rounds: int, steps: int) -> dict[str, Float64]:
    """Wall and CPU time of each way of training, seconds [rounds, 2], measured in turns."""
    frames, bounds = made_up()
    plain, fitted, trained = (with_optimizers(CAAE(NETWORKS, bounds), TRAINING) for _ in range(3))
    ways = {
        PLAIN: fitting(plain, plain_batches(frames)),
        FIT: fitting(fitted, drawn_batches(frames)),
    }
    if find_spec("torch"):
        ways[TORCH] = torch_steps()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in (*ways, TRAIN)}
    began = [(time.perf_counter(), time.process_time())]

    def turn(step: int, losses: dict[str, float]) -> None:
        """A call of `train` has ended: now it is the others' turn."""
        wall, cpu = began.pop()
        times[TRAIN].append((time.perf_counter() - wall, time.process_time() - cpu))
        for name, way in ways.items():
            times[name].append(way(steps))
        trained.stop_training = len(times[TRAIN]) > rounds
        began.append((time.perf_counter(), time.process_time()))

    # As many iterations as make a training a long one; it ends after the last round.
    iterations = max(XLA_FROM, (rounds + 1) * steps)
    train(trained, frames, TrainingConfig(iterations=iterations, steps_per_call=steps), turn)
    return {name: np.array(turns[1:]) for name, turns in times.items()}


def time_generation(rounds: int) -> dict[str, Float64]:
    """Wall and CPU time of expressions, each of a source and intensities of its own, seconds [rounds, 2]."""
    generator = Generator.load(saved_model("caae-builtin"))
    rng = np.random.default_rng(0)
    source = rng.standard_normal((EXPRESSIONS, generator.config.expression_size)).astype(np.float32)
    asked = rng.uniform(0, 5, (EXPRESSIONS, generator.config.label_size)).astype(np.float32)
    inputs = [keras.Input(array.shape[1:]) for array in (source, asked)]
    code = generator.parts["encoder"](inputs[0])
    model = keras.Model(inputs, generator.parts["generator"](keras.ops.concatenate([code, inputs[1]], -1)))
    ways = {
        "`Generator.generate`": timed(lambda _: generator.generate(source, asked)),
        "`model.predict`, batch 1024": timed(lambda _: model.predict((source, asked), 1024, verbose=0)),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for name in [*ways] * (rounds + 1):
        times[name].append(ways[name](1))
    return {name: np.array(turns[1:]) for name, turns in times.items()}


def main() -> None:
    """Measures and prints."""
    given = [int(text) for text in sys.argv[1:]]
    rounds, steps = (*given, *(7, 300)[len(given) :])
    training = time_training(rounds, steps)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {rounds} rounds of {steps} steps\n")
    print("| CAAE, batch 64 | ms a step | least to most | ms of CPU | times plain fit | minutes for 150k |")
    print("|---|---|---|---|---|---|")
    for name, times in training.items():
        wall, cpu = 1e3 * times.T / steps
        ratio = np.median(training[PLAIN] / times, 0)[0]
        middle, spread = np.median(wall), f"{wall.min():.2f} to {wall.max():.2f}"
        print(f"| {name} | {middle:.2f} | {spread} | {np.median(cpu):.2f} | {ratio:.1f} | {middle * 2.5:.1f} |")
    print(f"\n| {EXPRESSIONS:,} expressions | seconds | least to most | seconds of CPU |\n|---|---|---|---|")
    for name, times in time_generation(3).items():
        wall, cpu = times.T
        print(f"| {name} | {np.median(wall):.1f} | {wall.min():.1f} to {wall.max():.1f} | {np.median(cpu):.1f} |")


if __name__ == "__main__":
    main()
