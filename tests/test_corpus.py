import random
from itertools import islice

from microgpt import Tokenizer
from microgpt.corpus import Corpus, load, split
from microgpt.state import Run
from microgpt.tensor import Batch, document_batches, text_batches, windows

DOCS = [f"{letter}{number}" for letter in "abcde" for number in "12"]
TEXT = "It was a dark and stormy night. " * 20


def corpus(docs, block_size=4, **settings):
    run = Run("x.txt", "0" * 64, 42, 10, 0.01, **settings)
    tokenizer = Tokenizer.from_docs(docs)
    return Corpus.of(docs, run, tokenizer, block_size), tokenizer


def same(found, expected, block_size):
    """The batches in the tensor engine's form, and those that it makes."""
    for documents, batch in zip(islice(found, 9), expected):
        ours = Batch.of(documents, block_size)
        assert ours.ids.tolist() == batch.ids.tolist()
        assert ours.targets.tolist() == batch.targets.tolist()


def test_documents_come_in_the_shuffled_order_of_the_original():
    docs = list(DOCS)
    random.Random(42).shuffle(docs)
    found, tokenizer = corpus(DOCS)
    batches = found.batches(random.Random(0), start=8)
    firsts = [tokenizer.decode(document) for (document,) in islice(batches, 4)]
    assert firsts == [docs[8], docs[9], docs[0], docs[1]]


def test_batches_of_documents_are_those_of_the_tensor_engine():
    found, _ = corpus(DOCS, batch_size=3)
    expected = document_batches(found.training, 4, 3, start=2)
    same(found.batches(random.Random(0), 2), expected, 4)


def test_batches_of_a_text_are_those_of_the_tensor_engine():
    found, tokenizer = corpus([TEXT], 8, text=True, batch_size=3)
    tokens = tokenizer.encode(TEXT)[1:-1]
    drawn = text_batches(tokens, tokenizer.BOS, 8, 3, random.Random(7))
    same(found.batches(random.Random(7)), drawn, 8)


def test_what_is_held_out_of_a_text_is_its_end_in_windows():
    found, tokenizer = corpus([TEXT], 8, text=True, validate=0.1)
    tokens = tokenizer.encode(TEXT)[1:-1]
    assert found.training == [tokens[:576]]
    assert found.held_out == windows(tokens[576:], tokenizer.BOS, 8)


def test_what_is_held_out_is_never_learned_from():
    run = Run("x.txt", "0" * 64, 42, 10, 0.01, validate=0.25)
    training, held_out = split(DOCS, run)
    assert (len(training), len(held_out)) == (8, 2)
    assert sorted(training + held_out) == DOCS


def test_at_most_100_documents_are_measured_evenly_spread():
    docs = [f"{number:04}" for number in range(1000)]
    found, _ = corpus(docs, validate=0.5)
    assert len(found.training) == 500
    assert len(found.held_out) == 100
    assert len({tuple(document) for document in found.held_out}) == 100


def test_of_150_documents_the_100_measured_reach_to_the_end():
    docs = [f"{number:04}" for number in range(300)]
    found, tokenizer = corpus(docs, validate=0.5)
    _, held_out = split(docs, found.run)
    measured = [tokenizer.decode(document) for document in found.held_out]
    assert len(measured) == 100
    places = [held_out.index(document) for document in measured]
    assert places[:4] == [0, 1, 3, 4]
    assert places[-1] == 148


def test_a_text_is_one_document_with_its_blank_lines_and_spaces(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xef\xbb\xbf  One.\r\n\r\n\tTwo. cafe\xcc\x81\n")
    assert load(str(path), text=True) == ["  One.\n\n\tTwo. caf\u00e9\n"]
    assert load(str(path), text=False) == ["One.", "Two. caf\u00e9"]


def test_bundled_is_names_or_a_text(tmp_path):
    assert len(load("bundled", text=False)) > 8000
    (text,) = load("bundled", text=True)
    assert len(text) > 100_000


def test_a_text_shorter_than_a_window_is_one_window():
    found, tokenizer = corpus(["abc"], 8, text=True)
    batch = next(found.batches(random.Random(0)))
    assert batch == [tokenizer.encode("abc")[:-1]]
