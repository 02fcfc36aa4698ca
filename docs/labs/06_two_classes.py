# %% [markdown]
# # Lab 6: Two classes
#
# A disc of points and a ring around it: no straight line can part them. Two
# layers with a bend between can, and here you see how. Where it says
# `if stage(...)`, a debugger may be asked to stop; else it does nothing.

# %%
import random

import numpy as np

from microgpt.tensor import Layer, Linear, Parameters, Tensor
from microgpt.watch import Stages

stage = Stages()


def disc_and_ring(n, seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    radius = np.where(labels == 0, 0.5, 1.5) + rng.normal(0, 0.2, n)
    angle = rng.uniform(0, 2 * np.pi, n)
    arms = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return radius[:, None] * arms, labels


class TwoLayers(Layer):
    def __init__(self, width, std):
        rng = random.Random(42)
        self.first = Linear(2, width, rng, std=std)
        self.second = Linear(width, 2, rng, std=std)

    def __call__(self, x):
        return self.second(self.first(x).tanh())


def surprise(model, points, labels):
    logs = model(Tensor(points)).log_softmax()
    return -logs[np.arange(len(labels)), labels].mean()


def share_right(model, points, labels):
    with model.evaluating():
        scores = model(Tensor(points)).data
    return float((scores.argmax(axis=1) == labels).mean())


def descent(model, points, labels, num_steps, rate=1.0):
    params, losses = Parameters(model.tensors()), []
    for number in range(num_steps + 1):
        loss = surprise(model, points, labels)
        losses.append(loss.item())
        if number % 100 == 0:
            print(f"step {number:03} loss {losses[-1]:.4f}")
        if number < num_steps:
            loss.backward()
            params.data -= rate * params.grad
            params.zero_grad()
    return losses


seen, unseen = disc_and_ring(200, seed=1), disc_and_ring(1000, seed=2)

# %% [markdown]
# ## What can one layer do?
#
# `Linear(2, 2)` decides along a straight line. Predict two numbers: its loss
# after 200 steps, if ln 2 = 0.6931 is that of somebody who knows nothing, and
# the share of unseen points that it gets right.

# %%
if stage("line"):
    breakpoint()
line = Linear(2, 2, random.Random(42))
losses = descent(line, *seen, num_steps=200)
print("right:", share_right(line, *unseen))
assert losses[-1] > 0.68 and share_right(line, *unseen) < 0.6

# %% [markdown]
# ## Which shapes does a point pass through?
#
# Step into `net(...)`, and on into `first` and `tanh`. Then look at
# `hidden.data`: between which two do all of its numbers lie?

# %%
if stage("forward"):
    breakpoint()
net = TwoLayers(8, std=1.0)
scores = net(Tensor(seen[0][:3]))  # three points
(hidden, *_) = scores.inputs
print("hidden", hidden.shape, "scores", scores.shape)
assert hidden.op == "tanh" and np.abs(hidden.data).max() < 1
assert hidden.shape == (3, 8) and scores.shape == (3, 2)

# %% [markdown]
# ## What does the loss say to the scores?
#
# The three points are of class 0, 1 and 0. Step over `backward` and look at
# `scores.grad`. What is the sign for the right class, and what is the sum of
# each row?

# %%
if stage("loss"):
    breakpoint()
logs = scores.log_softmax()
(-logs[np.arange(3), [0, 1, 0]].mean()).backward()
print("gradient", scores.grad.round(4).tolist())
shares = np.exp(logs.data)
right = np.array([[1, 0], [0, 1], [1, 0]])
assert np.allclose(scores.grad, (shares - right) / 3, rtol=0, atol=1e-12)

# %% [markdown]
# ## Does it learn to close the fence?
#
# Follow one step in `descent`: `params.grad` after `backward`, `params.data`
# after `-=`. Then let it run. When is the loss below that of the line?

# %%
if stage("training"):
    breakpoint()
losses = descent(net, *seen, num_steps=400)
print("right:", share_right(net, *seen), share_right(net, *unseen))
assert losses[-1] < 0.03 and share_right(net, *unseen) > 0.95

# %% [markdown]
# ## What if one hidden number is missing?
#
# Each of the eight is a fence of its own. Switch them off one at a time, by
# setting its column in the second weight to 0. Which does most of the work, and
# is there one that nobody misses?

# %%
if stage("switched off"):
    breakpoint()
without, weight = [], net.second.weight.data.copy()
for unit in range(8):
    net.second.weight.data = weight * (np.arange(8) != unit)
    without.append(share_right(net, *unseen))
net.second.weight.data = weight
print("right without each:", without)
assert min(without) < 0.8 and max(without) > 0.97

# %% [markdown]
# ## What if everything begins at 0?
#
# Predict the loss after 200 steps. Then stop in `descent` and look at
# `params.grad` after the first `backward`: which of its 42 numbers is not 0?

# %%
if stage("zeros"):
    breakpoint()
losses = descent(TwoLayers(8, std=0.0), *seen, num_steps=200)
assert all(abs(loss - np.log(2)) < 1e-9 for loss in losses)
