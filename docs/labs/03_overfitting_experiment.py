# %% [markdown]
# # Lab 3: The overfitting experiment
#
# A GPT of the reference size learns one word by heart. Watch it happen step
# by step, then in slow motion with a smaller model. Where it says
# `if stage(...)`, a debugger may be asked to stop; else it does nothing.

# %%
import random
import string

from microgpt import Config, Tokenizer
from microgpt.scalar import Model, sample, train
from microgpt.watch import Stages

stage = Stages()
az = Tokenizer(string.ascii_lowercase)


def diary(word, tokenizer, n_embd=16, most=20):
    """Yield a snapshot a step: number, loss and what the model then writes."""
    config = Config(tokenizer.vocab_size, n_embd=n_embd)
    model = Model(config, random.Random(42))
    for step in train(model, tokenizer, [word], num_steps=1000):
        text = sample(model, tokenizer, random.Random(42))
        yield step.number, step.loss, text
        if step.number == most:
            return


def milestones(snapshots, word):
    """Return the first step below 1.0, and that from which the word stays."""
    below = next(number for number, loss, _ in snapshots if loss < 1)
    wrong = [number for number, _, text in snapshots if text != word]
    return below, wrong[-1] + 1


# %% [markdown]
# ## Does the text come closer to the word?
#
# A snapshot at every step. The loss is that from before the step's change, the
# text is written after it. Step over a few turns of the loop: which letters
# come first, and where does the model lose its way?

# %%
if stage("karpathy"):
    breakpoint()
TARGET_WORD, snapshots = "karpathy", []
for number, loss, text in diary(TARGET_WORD, az):
    snapshots.append((number, loss, text))
    print(f"{number:2} {loss:.3f} {text}")
assert milestones(snapshots, TARGET_WORD) == (8, 11)

# %% [markdown]
# ## What happens when the loss falls below 1.0?
#
# Nothing special. Above, the word stood three steps after it; a shorter word
# may stand before it. Predict the two numbers for "hello", then run.

# %%
if stage("hello"):
    breakpoint()
TARGET_WORD = "hello"
snapshots = list(diary(TARGET_WORD, az))
below, right = milestones(snapshots, TARGET_WORD)
print("below 1.0 at step", below, "· right from step", right)
assert (below, right) == (7, 5)
assert snapshots[4][1] > 1.4  # the loss of step 5, whose text is right

# %% [markdown]
# ## What do snapshots every 20 steps show?
#
# Predict two texts, of 20 steps and of 40, then look.

# %%
if stage("every 20"):
    breakpoint()
snapshots = list(diary("karpathy", az, most=40))
print([text for _, _, text in snapshots[19::20]])
assert snapshots[19][1] < 0.011 and snapshots[19][2] == "karpathy"

# %% [markdown]
# ## How does it look in slow motion?
#
# Width 4 instead of 16, and the seven letters of the word for an alphabet:
# fewer numbers, each moved by as little as before. Predict two steps: the first
# with a loss below 1.0, and the one from which the word is right and stays so.

# %%
if stage("slow"):
    breakpoint()
own = Tokenizer.from_docs(["karpathy"])
snapshots = list(diary("karpathy", own, n_embd=4, most=40))
for number, loss, text in snapshots[3::4]:
    print(f"{number:2} {loss:.3f} {text}")
below, right = milestones(snapshots, "karpathy")
print("below 1.0 at step", below, "· right from step", right)
assert (below, right) == (21, 32)

# %% [markdown]
# ## And your word?
#
# Change it and run again: at most 15 letters, a to z. "banana" has letters
# that go on in two ways. Is the word right before the loss is below 1.0, at the
# same step, or after?

# %%
if stage("your word"):
    breakpoint()
TARGET_WORD = "banana"
snapshots = list(diary(TARGET_WORD, az, most=30))
below, right = milestones(snapshots, TARGET_WORD)
print("below 1.0 at step", below, "· right from step", right)
assert snapshots[-1][1] < 0.1 and snapshots[-1][2] == TARGET_WORD
