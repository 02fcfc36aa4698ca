# %% [markdown]
# # Lab 5: Linear regression
#
# The five taxi receipts of chapter 3 once more, this time with a layer and its
# gradients instead of algebra. Where it says `if stage(...)`, a debugger may be
# asked to stop; else it does nothing.

# %%
import random

import numpy as np

from microgpt.tensor import Linear, Parameters, Tensor, gradcheck
from microgpt.watch import Stages

stage = Stages()
receipts = [(1, 5.2), (2, 6.8), (3, 9.3), (4, 10.9), (5, 13.2)]
x = Tensor([[float(km)] for km, _ in receipts])  # (5, 1)
y = np.array([[paid] for _, paid in receipts])  # (5, 1)


def mean_squared_error(layer):
    return ((layer(x) - y) ** 2).mean()


def descent(rate, num_steps, zero_grad=True):
    """Yield number, loss, price and fee of a new layer before each step."""
    layer = Linear(1, 1, random.Random(42), std=0.0)
    params = Parameters(layer.tensors())
    for number in range(num_steps + 1):
        loss = mean_squared_error(layer)
        yield number, loss.item(), *params.data.tolist()
        loss.backward()
        params.data -= rate * params.grad
        if zero_grad:
            params.zero_grad()


# %% [markdown]
# ## What does a linear layer do with five rides?
#
# Step into `layer(x)`, and on into `linear`. Look at the shapes of `x.data` and
# `weight.data`: which axis of the one meets which of the other?

# %%
if stage("layer"):
    breakpoint()
layer = Linear(1, 1, random.Random(42))
layer.weight.data, layer.bias.data = [[2.0]], [3.0]
fares = layer(x)
print(x.shape, "by", layer.weight.shape, "gives", fares.shape)
print("2 a kilometer and 3 to get in:", fares.data[:, 0].tolist())
assert fares.data[:, 0].tolist() == [5, 7, 9, 11, 13]

# %% [markdown]
# ## Where do the parameters live?
#
# Step over the lines one at a time. Watch `layer.weight.data`: it changes twice
# although nobody names the layer. What is it after each line?

# %%
if stage("shelf"):
    breakpoint()
params = Parameters(layer.tensors())
params.data[0] = 7.0
first = layer.weight.item()
params.data = params.data * 0  # written into the array that is there
second = layer.weight.item()
print("written through the long array:", first, "then", second)
assert (first, second) == (7.0, 0.0)

# %% [markdown]
# ## Which way is down?
#
# Chapter 3 found the two slopes by algebra: the mean of twice the error times
# the kilometers, and the mean of twice the error. Step over `backward` and
# watch `layer.weight.grad` and `layer.bias.grad`. Which is larger, and why?

# %%
if stage("slopes"):
    breakpoint()
layer = Linear(1, 1, random.Random(42), std=0.0)
loss = mean_squared_error(layer)
loss.backward()
error = layer(x).data - y
slopes = [layer.weight.grad.item(), layer.bias.grad.item()]
print("slopes", [round(slope, 2) for slope in slopes])
by_hand = [(2 * error * x.data).mean(), (2 * error).mean()]
assert np.allclose(slopes, by_hand, rtol=0, atol=1e-12)
gradcheck(lambda *_: mean_squared_error(layer), *layer.tensors())

# %% [markdown]
# ## Does it find the tariff?
#
# Follow one step in `descent`: `params.grad` after `backward`, `params.data`
# after `-=`. Then let it run. After how many steps is the price right, and
# after how many the fee?

# %%
if stage("descent"):
    breakpoint()
for number, value, price, fee in descent(rate=0.05, num_steps=500):
    if number in (0, 1, 5, 50, 100, 200, 500):
        print(f"step {number:03} loss {value:.4f} · {price:.3f} {fee:.3f}")
assert (round(price, 3), round(fee, 3)) == (2.01, 3.05)  # as in chapter 3

# %% [markdown]
# ## Is there anything better?
#
# For weighted sums a formula gives the best numbers at once. It wants a column
# for each parameter, so the fee gets a column of ones. Predict how far it is
# from what descent found, then look at `formula`.

# %%
if stage("formula"):
    breakpoint()
columns = np.column_stack([x.data, np.ones(5)])
formula = np.linalg.lstsq(columns, y)[0][:, 0].tolist()
print("formula", [round(number, 4) for number in formula])
assert np.allclose(formula, [price, fee], rtol=0, atol=1e-3)

# %% [markdown]
# ## What if the steps are twice as long?
#
# Rate 0.1 instead of 0.05. Predict the loss after ten steps: smaller than
# after ten shorter ones, larger, or larger than at the start?

# %%
if stage("too far"):
    breakpoint()
losses = [value for _, value, *_ in descent(rate=0.1, num_steps=10)]
print("rate 0.1:", [round(value, 1) for value in losses[::2]])
assert losses[10] > losses[0]

# %% [markdown]
# ## What if nobody resets the gradients?
#
# Each step then uses the sum of all gradients so far, like a ball that rolls
# and is never slowed. Watch `params.grad` over a few steps at the rate that
# worked. Does the loss fall, rise, or swing?

# %%
if stage("no reset"):
    breakpoint()
losses = [v for _, v, *_ in descent(0.05, num_steps=10, zero_grad=False)]
print("no reset:", [round(value, 1) for value in losses])
rises = sum(before < after for before, after in zip(losses, losses[1:]))
print("rises", rises, "falls", 10 - rises)
assert 0 < rises < 10
