"""The step of CAAE in PyTorch, not compiled, for `training.py`, which starts this in a process of its own.

Two libraries that each bring LLVM cannot always share one process. The first line that comes in holds the settings as
JSON; each further line a number of steps, which are made and answered by their wall and CPU time in seconds.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.functional import softplus


def stack(inputs: int, hidden: list[int], outputs: int, *last: nn.Module) -> nn.Sequential:
    """Fully connected layers with ReLU between them."""
    sizes = [inputs, *hidden]
    layers = [layer for a, b in zip(sizes, hidden, strict=False) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs), *last)


def stepper(c: dict[str, Any]) -> Callable[[], None]:
    """One simultaneous step of the three parties (eqs. 6-10) on made-up frames in memory."""
    encoder = stack(c["expression_size"], c["hidden"], c["latent_size"], nn.Tanh())
    generator = stack(c["latent_size"] + c["label_size"], c["hidden"], c["expression_size"], nn.Tanh())
    expression_discriminator = stack(c["expression_size"] + c["label_size"], c["discriminator_hidden"], 1)
    prior_discriminator = stack(c["latent_size"], c["discriminator_hidden"], 1)
    parties = (encoder, generator), (expression_discriminator,), (prior_discriminator,)
    moved = [[weight for network in party for weight in network.parameters()] for party in parties]
    optimizers = [torch.optim.Adam(weights, c["learning_rate"]) for weights in moved]
    expressions = torch.rand(c["frames"], c["expression_size"]) * 2 - 1
    labels = torch.randint(6, (c["frames"], c["label_size"])) * 0.4 - 1

    def goals() -> tuple[torch.Tensor, ...]:
        index = torch.randint(c["frames"], (c["batch_size"],))
        x, label = expressions[index], labels[index]
        code, prior = encoder(x), torch.rand(c["batch_size"], c["latent_size"]) * 2 - 1
        generated = generator(torch.cat([code, label], -1))
        real, fake = (expression_discriminator(torch.cat([e, label], -1)) for e in (x, generated))
        value = (-softplus(-real) - softplus(fake)).mean()
        prior_value = (-softplus(-prior_discriminator(prior)) - softplus(prior_discriminator(code))).mean()
        outside = ((generated - 1).clamp(min=0) + (-1 - generated).clamp(min=0)).sum(-1).mean()
        own = c["reconstruction_weight"] * (x - generated).abs().mean() + c["range_weight"] * outside
        return own + value + prior_value, -value, -prior_value

    def step() -> None:
        pairs = zip(goals(), moved, strict=True)
        gradients = [torch.autograd.grad(goal, weights, retain_graph=True) for goal, weights in pairs]
        for optimizer, weights, gradient in zip(optimizers, moved, gradients, strict=True):
            for weight, direction in zip(weights, gradient, strict=True):
                weight.grad = direction
            optimizer.step()

    return step


def main() -> None:
    """Answers until there is no more to read."""
    # With matrices this small more threads gain little, and where others compute as well they cost many times as much.
    torch.set_num_threads(1)
    step = stepper(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            step()
        print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    main()
