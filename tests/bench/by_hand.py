"""The same model on NumPy, its backward pass written out by hand.

No graph, no Tensor: each way back stands below its way there. It is the
yardstick of the tensor engine, as quick as NumPy gets while the code can still
be read. N = B * T: a row is one position of one document.
"""

from itertools import count

import numpy as np


def norm(x):
    """Return `x` (N, C) with rows of mean square 1, and what scaled them."""
    scale = np.vecdot(x, x)
    scale += 1e-5 * x.shape[1]
    np.sqrt(scale, out=scale)
    scale = np.divide(x.shape[1] ** 0.5, scale, out=scale)[:, None]
    return x * scale, scale


def norm_back(g, y, scale):
    along = np.vecdot(g, y)
    along /= float(y.shape[1])
    g -= y * along[:, None]
    g *= scale
    return g


def below_highest(rows):
    """Lower each row, so that its highest number is 0, in place."""
    # Over short rows NumPy is slow, over the long ones of a turned copy not.
    rows -= np.maximum.reduce(rows.T.copy(), 0)[:, None]
    return rows


class ByHand:
    """A model with numbers of its own, a copy of `numbers` (P,)."""

    def __init__(self, config, numbers, dtype=np.float64):
        np.empty(2**20)  # once freed, malloc keeps what each step frees
        self.config = config
        self.data = np.array(numbers, dtype)
        self.grad = np.zeros_like(self.data)
        self.m, self.v, self.step = np.zeros((3, self.data.size), dtype)
        self.weights, self.grads = self.cut(self.data), self.cut(self.grad)
        self.one_hot = np.eye(config.vocab_size, dtype=dtype)
        self.ones = np.ones(max(config.vocab_size, config.block_size), dtype)
        size = config.block_size, config.block_size
        self.future = np.triu(np.full(size, -np.inf, dtype), 1)

    def cut(self, flat):
        """Return wte, wpe, lm_head, and (wqkv, wo, fc1, fc2) of each layer."""
        V, C = self.config.vocab_size, self.config.n_embd
        shapes = [(V, C), (self.config.block_size, C), (V, C)]
        for _ in range(self.config.n_layer):
            shapes += [(3 * C, C), (C, C), (4 * C, C), (C, 4 * C)]
        ends = np.cumsum([n_out * n_in for n_out, n_in in shapes])
        parts = np.split(flat, ends[:-1])
        cut = [part.reshape(shape) for part, shape in zip(parts, shapes)]
        return *cut[:3], [cut[i : i + 4] for i in range(3, len(cut), 4)]

    def attention(self, qkv, B, T):
        """Return what the heads gather, (N, C), and what its way back needs."""
        H, D = self.config.n_head, self.config.head_dim
        q, k, v = qkv.reshape(B, T, 3, H, D).transpose(2, 0, 3, 1, 4)
        p = q @ k.swapaxes(2, 3)  # (B, H, T, T)
        p *= D**-0.5
        p += self.future[:T, :T]
        rows = below_highest(p.reshape(-1, T))  # the same numbers
        np.exp(rows, out=rows)
        rows /= np.dot(rows, self.ones[:T])[:, None]
        y = np.empty((B, T, H, D), qkv.dtype)
        np.matmul(p, v, out=y.transpose(0, 2, 1, 3))
        return y.reshape(B * T, H * D), (q, k, v, p)

    def attention_back(self, g, q, k, v, p):
        B, H, T, D = q.shape
        g = g.reshape(B, T, H, D).transpose(0, 2, 1, 3)
        back = np.empty((B, T, 3, H, D), g.dtype)
        gq, gk, gv = back.transpose(2, 0, 3, 1, 4)
        np.matmul(p.swapaxes(2, 3), g, out=gv)
        gp = g @ v.swapaxes(2, 3)
        gp *= p
        along = np.dot(gp.reshape(-1, T), self.ones[:T])
        gp -= p * along.reshape(B, H, T, 1)
        gp *= D**-0.5
        np.matmul(gp, k, out=gq)
        np.matmul(gp.swapaxes(2, 3), q, out=gk)
        return back.reshape(B * T, 3 * H * D)

    def block(self, x, weights, B, T):
        """Return the stream (N, C) after it, and what its way back needs."""
        wqkv, wo, fc1, fc2 = weights
        y, scale1 = norm(x)
        gathered, heads = self.attention(np.dot(y, wqkv.T), B, T)
        x = x + np.dot(gathered, wo.T)
        z, scale2 = norm(x)
        h = np.dot(z, fc1.T)
        np.maximum(h, 0, out=h)
        x = x + np.dot(h, fc2.T)
        return x, (y, scale1, heads, gathered, z, scale2, h)

    def block_back(self, g, weights, grads, kept):
        wqkv, wo, fc1, fc2 = weights
        gwqkv, gwo, gfc1, gfc2 = grads
        y, scale1, heads, gathered, z, scale2, h = kept
        np.dot(g.T, h, out=gfc2)
        gh = np.dot(g, fc2)
        gh *= h > 0
        np.dot(gh.T, z, out=gfc1)
        g += norm_back(np.dot(gh, fc1), z, scale2)
        np.dot(g.T, gathered, out=gwo)
        gqkv = self.attention_back(np.dot(g, wo), *heads)
        np.dot(gqkv.T, y, out=gwqkv)
        g += norm_back(np.dot(gqkv, wqkv), y, scale1)

    def loss(self, ids, targets, weights):
        """Return the mean loss of a batch and leave its gradient in `grad`."""
        B, T = ids.shape
        wte, wpe, head, layers = self.weights
        gwte, gwpe, ghead, glayers = self.grads
        x = wte.take(ids, 0)
        x += wpe[:T]
        x, scale = norm(x.reshape(B * T, -1))
        first, kept = x, []
        for layer in layers:
            x, needed = self.block(x, layer, B, T)
            kept.append(needed)
        loss, p = self.surprise(np.dot(x, head.T), targets, weights)
        np.dot(p.T, x, out=ghead)
        g = np.dot(p, head)
        for layer in reversed(list(zip(layers, glayers, kept))):
            self.block_back(g, *layer)
        g = norm_back(g, first, scale)
        np.dot(self.one_hot.take(ids.ravel(), 0).T, g, out=gwte)
        np.add.reduce(g.reshape(B, T, -1), 0, out=gwpe[:T])
        gwpe[T:] = 0
        return loss

    def surprise(self, p, targets, weights):
        """Return the loss and, in the array of the logits, its gradient."""
        N, V = p.shape
        flat, weights = below_highest(p).reshape(-1), weights.ravel()
        right = np.arange(0, N * V, V) + targets.ravel()
        loss = -np.dot(flat.take(right), weights)
        np.exp(p, out=p)
        sums = np.dot(p, self.ones[:V])
        loss += np.dot(np.log(sums), weights)
        p *= (weights / sums)[:, None]
        flat[right] -= weights
        return float(loss), p

    def update(self, number, rate, beta1=0.85, beta2=0.99, eps=1e-8):
        """Change every number by Adam; `number` counts the updates from 1."""
        # m and v are held 1 / (1 - beta) times larger: two products less.
        m, v, step, g = self.m, self.v, self.step, self.grad
        root = ((1 - beta2**number) / (1 - beta2)) ** 0.5
        m *= beta1
        m += g
        v *= beta2
        g *= g
        v += g
        np.sqrt(v, out=step)
        step += eps * root
        np.divide(m, step, out=step)
        step *= rate * root * (1 - beta1) / (1 - beta1**number)
        self.data -= step

    def train(self, batches, num_steps, rate=0.01):
        """Yield the loss of each step."""
        for done, batch in zip(range(num_steps), batches):
            loss = self.loss(*batch)
            self.update(done + 1, rate * (1 - done / num_steps))
            yield loss


def batches(documents, block_size, batch_size, dtype=np.float64):
    """Return ids, targets and weights (B, T) of the documents in turn."""
    # Tables, made once: documents filled up, and weights for each length.
    rows = np.zeros((len(documents), block_size + 1), np.intp)
    for row, tokens in zip(rows, documents):
        row[: len(tokens)] = tokens[: block_size + 1]
    sizes = np.array([min(block_size, len(doc) - 1) for doc in documents])
    table = np.tri(block_size) / np.arange(1, block_size + 1)[:, None]
    table = (table / batch_size).astype(dtype)

    def batch(first):
        chosen = np.arange(first, first + batch_size) % len(rows)
        ids, n = rows.take(chosen, 0), sizes.take(chosen)
        T = max(n.tolist())
        return ids[:, :T], ids[:, 1 : T + 1], table.take(n - 1, 0)[:, :T]

    return map(batch, count(0, batch_size))
