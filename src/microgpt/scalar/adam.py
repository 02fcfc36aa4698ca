"""Optimizers: how gradients become changes of the parameters."""

from collections.abc import Sequence

from microgpt.scalar.value import Value


class GradientDescent:
    """The plain rule: step against the gradient, as far as it is large."""

    def __init__(self, params: Sequence[Value]) -> None:
        self.params = params

    def update(self, learning_rate: float) -> None:
        """Change every parameter once and set its grad back to 0."""
        for p in self.params:
            p.data -= learning_rate * p.grad
            p.grad = 0.0


class Adam:
    """The rule that finds each parameter its own step size.

    m and v: running means of the gradient and of its square, one each a
    parameter. beta1, beta2: how much of the old mean stays at each update.
    eps: keeps the division finite. Source: Kingma & Ba, arXiv 1412.6980.
    """

    def __init__(
        self,
        params: Sequence[Value],
        beta1: float = 0.85,
        beta2: float = 0.99,
        eps: float = 1e-8,
    ) -> None:
        self.params = params
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.m = [0.0] * len(params)
        self.v = [0.0] * len(params)
        self.updates = 0

    def update(self, learning_rate: float) -> None:
        """Change every parameter once and set its grad back to 0."""
        self.updates += 1
        keep1, keep2, eps = self.beta1, self.beta2, self.eps
        # m and v start at 0: dividing makes up for what they have not seen.
        seen1 = 1 - keep1**self.updates
        seen2 = 1 - keep2**self.updates
        for i, p in enumerate(self.params):
            grad = p.grad
            m = self.m[i] = keep1 * self.m[i] + (1 - keep1) * grad
            v = self.v[i] = keep2 * self.v[i] + (1 - keep2) * grad**2
            m_hat, v_hat = m / seen1, v / seen2
            p.data -= learning_rate * m_hat / (v_hat**0.5 + eps)
            p.grad = 0.0


def linear_decay(learning_rate: float, step: int, num_steps: int) -> float:
    """Return the rate for `step` of 0..num_steps-1: full first, then to 0."""
    return learning_rate * (1 - step / num_steps)
