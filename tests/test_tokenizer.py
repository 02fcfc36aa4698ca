import pytest

from microgpt import Tokenizer, load_names
from microgpt.data import parse_docs

LETTERS = Tokenizer("abcdefghijklmnopqrstuvwxyz")


def test_emma_is_26_4_12_12_0_26():
    assert LETTERS.encode("emma") == [26, 4, 12, 12, 0, 26]


def test_the_bundled_names_give_27_tokens():
    tokenizer = Tokenizer.from_docs(load_names())
    assert tokenizer.vocab_size == 27
    assert tokenizer.BOS == 26
    assert tokenizer.chars == LETTERS.chars


def test_decode_undoes_encode_for_every_name():
    for name in load_names():
        assert LETTERS.decode(LETTERS.encode(name)) == name


def test_an_empty_document_is_two_edges():
    assert LETTERS.encode("") == [26, 26]


def test_an_unknown_character_is_named_with_the_alphabet():
    with pytest.raises(ValueError, match="'é' is not in the alphabet 'abc"):
        LETTERS.encode("rené")


def test_a_letter_typed_in_two_parts_is_the_one_of_the_alphabet():
    tokenizer = Tokenizer.from_docs(parse_docs("한글".encode(), "x"))
    assert tokenizer.encode("\u1112\u1161\u11ab") == [2, 1, 2]


def test_the_alphabet_is_sorted_whatever_the_order_of_documents():
    assert Tokenizer.from_docs(["cab", "d"]).chars == ["a", "b", "c", "d"]


def test_an_alphabet_with_a_repeated_character_is_refused():
    with pytest.raises(ValueError, match="each character once"):
        Tokenizer("abca")


@pytest.mark.parametrize("i", [27, -1])
def test_an_id_that_is_no_token_cannot_be_decoded(i):
    with pytest.raises(IndexError, match=r"ids are in \[0, 27\); got"):
        LETTERS.decode([0, i])
