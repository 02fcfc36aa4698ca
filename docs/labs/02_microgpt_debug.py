# %% [markdown]
# # Lab 2: The heart of a GPT
#
# A small GPT reads "emma" and makes five predictions, one a position. Step
# into it and watch a letter turn into chances for the next one. Where it says
# `if stage(...)`, a debugger may be asked to stop; else it does nothing.

# %%
import random
import string

from microgpt import Config, Tokenizer
from microgpt.scalar import (
    Adam,
    Model,
    document_loss,
    dot,
    empty_cache,
    gpt,
    linear,
    rmsnorm,
    softmax,
    total,
    training_step,
)
from microgpt.watch import Stages, grads, likely, numbers

stage = Stages()
tokenizer = Tokenizer(string.ascii_lowercase)
model = Model(Config(27, n_embd=8, n_head=2), random.Random(42))
wte, wpe = model.state_dict["wte"], model.state_dict["wpe"]
params, tokens = model.params, tokenizer.encode("emma")
print(tokens, "·", len(params), "parameters")
assert tokens == [26, 4, 12, 12, 0, 26]  # BOS stands at both ends

# %% [markdown]
# ## What does `tok_emb + pos_emb` mean?
#
# The letter m stands at positions 2 and 3. Step through the sum twice and
# compare: which of the three lists is the same both times?

# %%
if stage("embedding"):
    breakpoint()
seen = []
for pos_id in (2, 3):
    tok_emb = wte[tokens[pos_id]]  # what
    pos_emb = wpe[pos_id]  # where
    x = [t + p for t, p in zip(tok_emb, pos_emb)]
    print("m at", pos_id, numbers(x[:5]), "…")
    seen.append((tok_emb, pos_emb, numbers(x)))
(what, where, at_2), (same, elsewhere, at_3) = seen
# The same letter at another place: what is the same, where is not.
assert what is same and where is not elsewhere and at_2 != at_3

# %% [markdown]
# ## Where does a position look, and what does it predict?
#
# One turn of the loop for each prediction: BOS → e, e → m, m → m, m → a, and
# the last one, a → BOS. Step into `gpt`, and on into `attention_head`. Watch
# `attn_weights` there: how long is the list, and what do its numbers add up
# to? Then compare `probs[target]` with the chance of the likeliest token.


# %%
def first_head(token_id, pos_id, keys):
    """Return how the first head shares its attention: 4 numbers of 8."""
    x = rmsnorm([t + p for t, p in zip(wte[token_id], wpe[pos_id])])
    q = linear(rmsnorm(x), model.layers[0]["attn_wq"])
    return softmax([dot(q[:4], k[:4]) / 4**0.5 for k in keys])


cache, losses, before, shares = empty_cache(model.config), [], [], []
for pos_id, (token_id, target) in enumerate(zip(tokens, tokens[1:])):
    if stage(f"position {pos_id}"):
        breakpoint()
    logits = gpt(model, token_id, pos_id, cache)
    probs = softmax(logits)
    losses.append(-probs[target].log())  # the surprise
    before.append(probs[target].data)
    attn_weights = first_head(token_id, pos_id, keys=cache[0][0])
    shares.append([w.data for w in attn_weights])
    print(pos_id, numbers(shares[-1], 3), likely(probs, tokenizer, 1))
assert shares[0] == [1.0]  # alone with itself: later positions tell more
assert [len(row) for row in shares] == [1, 2, 3, 4, 5]  # the past, and itself
assert all(abs(sum(row) - 1) < 1e-9 for row in shares)

# %% [markdown]
# ## What does the loss say to the parameters?
#
# Step over `backward` and watch `params[:8]`: they are the row of "a" in the
# token embeddings. Those of z are `params[200:208]`. Why do the gradients of z
# stay 0? And why is that of `logits[target]` negative?

# %%
if stage("loss"):
    breakpoint()
loss = (1 / 5) * total(losses)
loss.backward()
print(numbers(loss), grads(params[:2]), grads(params[200:202]))
assert loss.data == document_loss(model, tokens).data
assert any(grads(params[:8])) and not any(grads(params[200:208]))
assert abs(logits[target].grad - (before[4] - 1) / 5) < 1e-9  # p - 1, shared

# %% [markdown]
# ## What does one update change?
#
# Step over it. Each parameter with a gradient moves against it, by the learning
# rate. What do the gradients of `params[:8]` show afterwards?

# %%
if stage("update"):
    breakpoint()
optimizer = Adam(params)
old, slopes = numbers(params[:8]), grads(params[:8])
optimizer.update(learning_rate=0.01)
moves = [round(p - q, 4) for p, q in zip(numbers(params[:8]), old)]
print("moves", moves)
assert moves == [-0.01 if slope > 0 else 0.01 for slope in slopes]
assert not any(grads(params))  # set back to 0 for the next step

# %% [markdown]
# ## What has it learned after 20 updates?
#
# Predict first: how likely is the right token now, at each of the positions?
# And the last one, a → BOS: does the model know where the name ends?

# %%
for _ in range(19):
    training_step(model, tokens, optimizer, learning_rate=0.01)
if stage("after"):
    breakpoint()
cache = empty_cache(model.config)
for pos_id, (token_id, target) in enumerate(zip(tokens, tokens[1:])):
    probs = softmax(gpt(model, token_id, pos_id, cache))
    print(likely(probs, tokenizer, 1), "was", numbers(before[pos_id]))
    assert numbers(probs[target]) == likely(probs)[0][1] > 0.6  # the likeliest
