"""A number that remembers how it was made, and backpropagation through it."""

import math
from collections.abc import Sequence


class Value:
    """One number in a computation graph.

    data: the number. grad: how fast the end result rises as this number does,
    filled in by `backward`. inputs: the Values it was made from; a leaf has
    none. local_grads: how fast this number rises with each of its inputs.
    """

    __slots__ = ("data", "grad", "inputs", "local_grads")

    def __init__(
        self,
        data: float,
        inputs: Sequence["Value"] = (),
        local_grads: Sequence[float] = (),
    ) -> None:
        self.data = data
        self.grad = 0.0
        self.inputs = inputs
        self.local_grads = local_grads

    def __repr__(self) -> str:
        """Return both numbers, also while a debugger sees it half built."""
        data, grad = (getattr(self, name, None) for name in ("data", "grad"))
        short = (f"{x:.4g}" if x is not None else "?" for x in (data, grad))
        return "Value(data={}, grad={})".format(*short)

    def __add__(self, other: "Value | float") -> "Value":
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: "Value | float") -> "Value":
        other = other if isinstance(other, Value) else Value(other)
        return Value(
            self.data * other.data, (self, other), (other.data, self.data)
        )

    def __pow__(self, exponent: float) -> "Value":
        """Return self ** exponent, for an exponent that is a plain number."""
        if isinstance(exponent, Value):
            raise TypeError(
                "the exponent is a plain number, not a Value; for positive a,"
                " a ** b is (b * a.log()).exp()"
            )
        slope = exponent * self.data ** (exponent - 1)
        return Value(self.data**exponent, (self,), (slope,))

    def log(self) -> "Value":
        """Return the natural logarithm; its slope at x is 1 / x."""
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def exp(self) -> "Value":
        """Return e ** self; its slope is the result itself."""
        result = math.exp(self.data)
        return Value(result, (self,), (result,))

    def relu(self) -> "Value":
        """Return self where positive, else 0; the slope is 1 or 0."""
        return Value(
            max(0.0, self.data), (self,), (1.0 if self.data > 0 else 0.0,)
        )

    def __neg__(self) -> "Value":
        return self * -1

    def __radd__(self, other: float) -> "Value":
        return self + other

    def __sub__(self, other: "Value | float") -> "Value":
        return self + (-other)

    def __rsub__(self, other: float) -> "Value":
        return other + (-self)

    def __rmul__(self, other: float) -> "Value":
        return self * other

    def __truediv__(self, other: "Value | float") -> "Value":
        return self * other**-1

    def __rtruediv__(self, other: float) -> "Value":
        return other * self**-1

    def backward(self) -> None:
        """Add to the grad of every Value below the slope of self along it.

        Grads add up: set those of leaves back to 0 before the next call, and
        build the graph anew, since inner nodes keep theirs.
        """
        order = topological_order(self)
        self.grad = 1.0
        for node in reversed(order):
            grad = node.grad
            for value, local_grad in zip(node.inputs, node.local_grads):
                value.grad += local_grad * grad


def build_topo(root: Value) -> list[Value]:
    """Return the graph of `root`, each Value after all of its inputs.

    Recursive, to be read and stepped through; a graph deeper than Python's
    stack raises RecursionError, which `topological_order` never does.
    """
    topo: list[Value] = []
    visited = set()

    def visit(node: Value) -> None:
        if node not in visited:
            visited.add(node)
            for value in node.inputs:
                visit(value)
            topo.append(node)

    visit(root)
    return topo


def topological_order(root: Value) -> list[Value]:
    """Return what `build_topo` does, at any depth, without the leaves.

    Leaves pass nothing on; the others stand in the same order. What Python's
    stack keeps for a recursion is kept in two lists here: the way down to the
    present node, and what is still to visit at each node of that way.
    """
    order: list[Value] = []
    visited = {root}
    path, pending = [root], [iter(root.inputs)]
    while path:
        for value in pending[-1]:
            if value.inputs and value not in visited:
                visited.add(value)
                path.append(value)
                pending.append(iter(value.inputs))
                break
        else:  # every input of the present node is placed
            pending.pop()
            order.append(path.pop())
    return order
