# %% [markdown]
# # Lab 4: The full run
#
# The whole training: 1,000 steps, one name a step, from the list that comes
# with the course. It takes a minute, longer under a debugger. Where it says
# `if stage(...)`, a debugger may be asked to stop; else it does nothing.

# %%
import math
import random

from microgpt import Config, Tokenizer, load_names
from microgpt.scalar import Model, mean_loss, sample, smooth, train
from microgpt.watch import Stages

NUM_STEPS = 1000
stage = Stages()
docs, rng = load_names(), random.Random(42)
rng.shuffle(docs)
held_out = docs[NUM_STEPS : NUM_STEPS + 100]  # never trained on
tokenizer = Tokenizer.from_docs(docs)
model = Model(Config(tokenizer.vocab_size), rng)

# %% [markdown]
# ## Where does the loss begin?
#
# An untrained model knows nothing: it gives each of the 27 tokens about the
# same chance. Which loss is that? And which does a single name have?

# %%
if stage("untrained"):
    breakpoint()
equal = math.log(tokenizer.vocab_size)
untrained = mean_loss(model, tokenizer, held_out)
print(f"ln 27 is {equal:.4f}; untrained, on 100 names: {untrained:.4f}")
assert abs(untrained - equal) < 0.01

# %% [markdown]
# ## What does training do to the loss?
#
# Step over a few turns of the loop: does `step.loss` fall each time? The first
# column is one name's loss, the second the mean of the last 50, the third that
# of the 100 names it never trains on.

# %%
if stage("training"):
    breakpoint()
losses = []
for step in train(model, tokenizer, docs, NUM_STEPS):
    losses.append(step.loss)
    if step.number in (1, 250, 500, 750, 1000):
        mean, unseen = smooth(losses)[-1], mean_loss(model, tokenizer, held_out)
        print(f"{step.number:4} {step.loss:.4f} {mean:.4f} {unseen:.4f}")
ups = sum(before < after for before, after in zip(losses, losses[1:]))
print("one name's loss rose", ups, "times and fell", 999 - ups, "times")
assert 480 < ups < 520  # up and down by the name; only the means fall
assert unseen < 2.54 < equal - 0.75
assert abs(step.loss - unseen) > 0.15  # the last name's is not the model's

# %% [markdown]
# ## What does it write?
#
# Step into `sample`, and watch `tokens` and `likely(probs, tokenizer)` grow
# name by name. Are these names new? Were they memorised?

# %%
if stage("samples"):
    breakpoint()
names = [sample(model, tokenizer, rng) for _ in range(20)]
listed = [name for name in names if name in docs]
trained = [name for name in names if name in docs[:NUM_STEPS]]
print(*names)
print("in the list:", *listed, "· trained on:", *trained or ["none"])
assert listed == ["konan", "kani", "alan", "mara"] and not trained
