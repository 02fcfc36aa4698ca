# %% [markdown]
# # Lab 1: Autograd playground
#
# Three numbers, two operations, and the whole of backpropagation to step
# through. Before each step, say what will change; then step and look. Where it
# says `if stage(...)`, a debugger may be asked to stop; else it does nothing.

# %%
from microgpt.scalar import (
    Value,
    build_topo,
    cross_entropy,
    softmax,
    topological_order,
)
from microgpt.watch import Stages, grads, numbers

stage = Stages()

# %% [markdown]
# ## What does a number remember?
#
# Step over the three lines, one at a time. Then open `c` among the variables,
# and its `inputs`, and theirs. Where does it end?

# %%
if stage("graph"):
    breakpoint()
a = Value(2.0)
b = Value(3.0)
c = a * b + a
print(c, "was made from", c.inputs)
product, second = c.inputs
assert product.inputs == (a, b) and second is a  # a stands in two places
assert a.inputs == b.inputs == ()  # leaves: here it ends

# %% [markdown]
# ## In which order do the nodes stand in the list?
#
# Step into `build_topo`, and on into each `visit`. Watch `node` and `topo`.
# Nothing is written down on the way in: which node is the first?

# %%
if stage("order"):
    breakpoint()
topo = build_topo(c)
name = {a: "a", b: "b", product: "a * b", c: "c"}
print("the order:", [name[node] for node in topo])
assert topo == [a, b, product, c]  # each after all of its inputs, a once
assert topological_order(c) == [product, c]  # the same without the leaves

# %% [markdown]
# ## Why is the gradient of a 4?
#
# Step into `backward`. In its loop watch `node`, `value`, `local_grad` and
# `value.grad`. How often is it the turn of `a` to receive, and what?

# %%
if stage("backward"):
    breakpoint()
c.backward()
print("gradients of a, b, a * b, c:", grads(topo))
assert a.grad == 1 + b.data == 4  # 1 directly, 3 through the product
assert b.grad == a.data == 2 and product.grad == c.grad == 1

# %% [markdown]
# ## What if += were =?
#
# The same walk with the last line changed. Watch `value.grad` when `value` is
# `a` for the second time.

# %%
if stage("overwrite"):
    breakpoint()
a.grad = b.grad = product.grad = 0.0
for node in reversed(topo):
    for value, local_grad in zip(node.inputs, node.local_grads):
        value.grad = local_grad * node.grad  # wrong: =
print("with = the gradient of a is", a.grad)
assert a.grad == 3  # the 1 that came directly was thrown out

# %% [markdown]
# ## What if there were no order?
#
# Each node passes on as soon as it has something. The true gradient is 4,
# since the end is four times `start`. Watch `value.grad` and the call stack:
# how often does `middle` pass on?


# %%
def push(node):
    for value, local_grad in zip(node.inputs, node.local_grads):
        value.grad += local_grad * node.grad
        push(value)  # wrong: more may still come in


if stage("no order"):
    breakpoint()
start = Value(5.0)
middle = start + start
end = middle + middle
end.grad = 1.0
push(end)
print("without an order the gradient of start is", start.grad)
assert start.grad == 6  # middle passed on its first 1 twice: 2 too many
start.grad = middle.grad = 0.0
end.backward()
assert start.grad == 4

# %% [markdown]
# ## Why is the gradient of the right score negative?
#
# Three scores; the right answer is the first. Step over `backward` and look at
# the three gradients. Which score should rise, and which should fall most?

# %%
if stage("loss"):
    breakpoint()
logits = [Value(1.0), Value(2.0), Value(0.5)]
probs = numbers(softmax(logits))
loss = cross_entropy(logits, 0)
loss.backward()
print("chances", probs, "gradients", grads(logits, 4))
assert grads(logits, 4) == [round(probs[0] - 1, 4), *probs[1:]]  # p - 1, or p
assert logits[0].grad < 0  # raise this score, and the loss falls

# %% [markdown]
# ## How deep may a graph be?
#
# `build_topo` calls itself once for each node on the way down. Step into it
# a few times and watch the call stack grow; then continue.

# %%
if stage("depth"):
    breakpoint()
chain = Value(0.0)
for _ in range(10_000):
    chain = chain + 1.0
try:
    build_topo(chain)
    answer = "reached the end"
except RecursionError as error:
    answer = type(error).__name__
print("recursive:", answer, "· iterative:", len(topological_order(chain)))
assert answer == "RecursionError"
assert len(topological_order(chain)) == 10_000
