"""Optimizers on all parameters at once, their rates, and a limit to a step."""

import math
from collections.abc import Callable

import numpy as np

from microgpt.scalar.adam import linear_decay
from microgpt.tensor.parameters import Parameters

Schedule = Callable[[float, int, int], float]


class SGD:
    """Stochastic gradient descent: step against the gradient of a batch.

    momentum: how much of the last step is kept and added to the next.
    """

    def __init__(self, params: Parameters, momentum: float = 0.0) -> None:
        self.params, self.momentum = params, momentum
        self.velocity = np.zeros_like(params.data)

    def update(self, learning_rate: float) -> None:
        """Change every parameter once and set its grad back to 0."""
        self.velocity *= self.momentum
        self.velocity += self.params.grad
        self.params.data -= learning_rate * self.velocity
        self.params.zero_grad()


class Adam:
    """Part I's Adam, on arrays.

    m and v: running means of the gradient and of its square (P,). beta1,
    beta2: how much of the old mean stays at each update. eps: keeps the
    division finite. Source: Kingma & Ba, arXiv 1412.6980.
    """

    def __init__(
        self,
        params: Parameters,
        beta1: float = 0.85,
        beta2: float = 0.99,
        eps: float = 1e-8,
    ) -> None:
        self.params = params
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.m, self.v = np.zeros((2, len(params)), params.data.dtype)
        self.step = np.empty_like(self.m)
        self.updates = 0

    def update(self, learning_rate: float) -> None:
        """Change every parameter once and set its grad back to 0.

        In place, since making new arrays would cost more than the sums.
        """
        self.updates += 1
        seen1 = 1 - self.beta1**self.updates
        seen2 = 1 - self.beta2**self.updates
        m, v, step, grad = self.m, self.v, self.step, self.params.grad
        m *= self.beta1
        m += np.multiply(grad, 1 - self.beta1, out=step)
        v *= self.beta2
        grad *= grad
        v += np.multiply(grad, 1 - self.beta2, out=step)
        # m / seen1 / (root of v / seen2 + eps), with the plain numbers aside
        root = seen2**0.5
        np.sqrt(v, out=step)
        step += self.eps * root
        np.divide(m, step, out=step)
        step *= learning_rate * root / seen1
        self.params.data -= step
        self.params.zero_grad()


def constant(learning_rate: float, step: int, num_steps: int) -> float:
    """Return the same rate at every step."""
    return learning_rate


def warmup_cosine(
    learning_rate: float,
    step: int,
    num_steps: int,
    *,
    warmup: float = 0.05,
    final: float = 0.1,
) -> float:
    """Return a rate that rises in a line, then falls along half a cosine.

    warmup: the share of the steps in which it rises. final: the share of the
    full rate at which it ends. Source: Loshchilov & Hutter, arXiv 1608.03983.
    """
    rising = warmup * num_steps
    if step < rising:
        return learning_rate * (step + 1) / (rising + 1)
    done = (step - rising) / max(1, num_steps - rising)
    share = final + (1 - final) * (1 + math.cos(math.pi * done)) / 2
    return learning_rate * share


def clip_gradients(params: Parameters, max_norm: float) -> float:
    """Shorten the gradient to length `max_norm` if it is longer.

    Returns the length before: the root of the sum of all squares.
    """
    norm = math.sqrt(float(params.grad @ params.grad))
    if norm > max_norm:
        params.grad *= max_norm / norm
    return norm


__all__ = [
    "SGD",
    "Adam",
    "Schedule",
    "clip_gradients",
    "constant",
    "linear_decay",
    "warmup_cosine",
]
