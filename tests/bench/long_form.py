"""The algorithm written out in full: one node for every + and every *.

It is what the course shows first, kept whole so that the engine of the
package can be measured beside it. Its graph is that of the original microgpt,
node for node, and so is the cost of its `backward`: the inner function refers
to itself, a cycle that keeps each step's graph alive until Python's cyclic
garbage collector comes by.
"""

import math


class LongValue:
    """A number that remembers its inputs; only two-input nodes."""

    __slots__ = ("data", "grad", "inputs", "local_grads")

    def __init__(self, data, inputs=(), local_grads=()):
        self.data, self.grad = data, 0
        self.inputs, self.local_grads = inputs, local_grads

    def __add__(self, other):
        other = other if isinstance(other, LongValue) else LongValue(other)
        return LongValue(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, LongValue) else LongValue(other)
        slopes = (other.data, self.data)
        return LongValue(self.data * other.data, (self, other), slopes)

    def __pow__(self, exponent):
        slope = exponent * self.data ** (exponent - 1)
        return LongValue(self.data**exponent, (self,), (slope,))

    def log(self):
        return LongValue(math.log(self.data), (self,), (1 / self.data,))

    def exp(self):
        return LongValue(math.exp(self.data), (self,), (math.exp(self.data),))

    def relu(self):
        return LongValue(max(0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __truediv__(self, other):
        return self * other**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        """Fill in the grads; return how many nodes the graph has."""
        order, visited = [], set()

        def place(node):
            if node not in visited:
                visited.add(node)
                for value in node.inputs:
                    place(value)
                order.append(node)

        place(self)
        self.grad = 1
        for node in reversed(order):
            for value, local_grad in zip(node.inputs, node.local_grads):
                value.grad += local_grad * node.grad
        return len(order)


def linear(x, weight):
    return [sum(w * xi for w, xi in zip(row, x)) for row in weight]


def softmax(logits):
    highest = max(logit.data for logit in logits)
    exps = [(logit - highest).exp() for logit in logits]
    whole = sum(exps)
    return [e / whole for e in exps]


def rmsnorm(x):
    mean_square = sum(xi * xi for xi in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [xi * scale for xi in x]


class LongForm:
    """The same model as a given one, its parameters copied, written out."""

    def __init__(self, model):
        self.config = model.config
        self.weights = {
            name: [[LongValue(p.data) for p in row] for row in weight]
            for name, weight in model.state_dict.items()
        }
        matrices = self.weights.values()
        self.params = [p for weight in matrices for row in weight for p in row]
        self.m = [0.0] * len(self.params)
        self.v = [0.0] * len(self.params)

    def attention(self, x, li, keys, values):
        names = ("attn_wq", "attn_wk", "attn_wv")
        q, k, v = (linear(x, self.weights[f"layer{li}.{n}"]) for n in names)
        keys.append(k)
        values.append(v)
        size = self.config.head_dim
        out = []
        for start in range(0, len(q), size):
            each = range(start, start + size)
            attn_weights = softmax(
                [sum(q[j] * k[j] for j in each) / size**0.5 for k in keys]
            )
            out += [
                sum(w * v[j] for w, v in zip(attn_weights, values))
                for j in each
            ]
        return linear(out, self.weights[f"layer{li}.attn_wo"])

    def gpt(self, token_id, pos_id, cache):
        rows = self.weights["wte"][token_id], self.weights["wpe"][pos_id]
        x = rmsnorm([t + p for t, p in zip(*rows)])
        for li, (keys, values) in enumerate(cache):
            x_attn = self.attention(rmsnorm(x), li, keys, values)
            x = [a + b for a, b in zip(x_attn, x)]
            hidden = linear(rmsnorm(x), self.weights[f"layer{li}.mlp_fc1"])
            hidden = [h.relu() for h in hidden]
            x_mlp = linear(hidden, self.weights[f"layer{li}.mlp_fc2"])
            x = [a + b for a, b in zip(x_mlp, x)]
        return linear(x, self.weights["lm_head"])

    def loss(self, tokens):
        n = min(self.config.block_size, len(tokens) - 1)
        cache = [([], []) for _ in range(self.config.n_layer)]
        losses = []
        for pos_id in range(n):
            probs = softmax(self.gpt(tokens[pos_id], pos_id, cache))
            losses.append(-probs[tokens[pos_id + 1]].log())
        return (1 / n) * sum(losses)

    def train(self, documents, num_steps):
        """Yield the loss and the graph's size of each step.

        documents: lists of tokens. As in the loop of the original, `loss`
        holds on to one step's graph until the next one is built.
        """
        for step, tokens in enumerate(documents):
            loss = self.loss(tokens)
            nodes = loss.backward()
            self.update(step, num_steps)
            yield loss.data, nodes

    def update(self, step, num_steps):
        """Change every parameter once, by Adam."""
        rate = 0.01 * (1 - step / num_steps)
        for i, p in enumerate(self.params):
            self.m[i] = 0.85 * self.m[i] + (1 - 0.85) * p.grad
            self.v[i] = 0.99 * self.v[i] + (1 - 0.99) * p.grad**2
            m_hat = self.m[i] / (1 - 0.85 ** (step + 1))
            v_hat = self.v[i] / (1 - 0.99 ** (step + 1))
            p.data -= rate * m_hat / (v_hat**0.5 + 1e-8)
            p.grad = 0
