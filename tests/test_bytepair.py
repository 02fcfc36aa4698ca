import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgpt import Tokenizer
from microgpt.bytepair import (
    BytePairTokenizer,
    Merge,
    PairCounts,
    learn,
    load_tokenizer,
    merge,
    save_tokenizer,
    to_bytes,
    tokenizer_from_json,
    tokenizer_to_json,
    words,
)

repeatable = settings(derandomize=True, deadline=None)
ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # surrogates as well
A, B, L, E = b"able"
SMALL = BytePairTokenizer([(A, B), (L, E), (256, 257)])


def naive(text, vocab_size):
    """Yield (pair, count): all pairs counted anew before each merge."""
    cut = [list(to_bytes(word)) for word in words(text)]
    for new in range(256, vocab_size - 1):
        counts = Counter(pair for ids in cut for pair in zip(ids, ids[1:]))
        pair = min(counts, key=lambda p: (-counts[p], p), default=None)
        if counts[pair] < 2:
            return
        yield pair, counts[pair]
        cut = [merge(ids, pair, new) for ids in cut]


def test_a_worked_example_merged_by_hand():
    assert list(learn("able table", 1000)) == [
        Merge((A, B), 256, 2, b"ab"),
        Merge((L, E), 257, 2, b"le"),
        Merge((256, 257), 258, 2, b"able"),
    ]


def test_ids_are_bytes_then_merges_then_bos():
    assert SMALL.BOS == 259
    assert SMALL.vocab_size == 260
    assert SMALL.pieces[97] == b"a"
    assert SMALL.pieces[256:] == [b"ab", b"le", b"able", b""]


def test_a_document_is_encoded_between_two_bos():
    assert SMALL.encode("able lea") == [259, 258, 32, 257, 97, 259]
    assert SMALL.encode("") == [259, 259]


def test_decode_leaves_bos_out():
    assert SMALL.decode([259, 258, 259, 257, 259]) == "ablele"


def test_merges_are_applied_in_the_order_learned_not_longest_first():
    tokenizer = BytePairTokenizer([(B, L), (A, B), (257, L)])
    assert tokenizer.encode_word("abl") == [A, 256]


@repeatable
@given(ANY_TEXT)
def test_any_text_goes_there_and_back(text):
    assert SMALL.decode(SMALL.encode(text)) == text


@repeatable
@given(ANY_TEXT)
def test_a_text_goes_there_and_back_by_what_was_learned_from_it(text):
    tokenizer = BytePairTokenizer.train([text, text], 300)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("text", ["😀", "한글", "\ud800", "\ud83d\ude00", "\0"])
def test_a_tokenizer_without_merges_reads_bytes(text):
    tokenizer = BytePairTokenizer([])
    ids = tokenizer.encode(text)
    assert ids == [256, *text.encode("utf-8", "surrogatepass"), 256]
    assert tokenizer.decode(ids) == text


def test_half_a_character_is_decoded_as_a_mark():
    assert SMALL.decode(to_bytes("a한")[:-1]) == "a\ufffd"
    assert SMALL.decode([0xFF, A]) == "\ufffda"


@pytest.mark.parametrize("i", [-1, 260])
def test_an_id_that_is_no_token_cannot_be_decoded(i):
    with pytest.raises(IndexError, match=rf"ids are in \[0, 260\); got {i}"):
        SMALL.decode([0, i])


@repeatable
@given(ANY_TEXT)
def test_words_joined_are_the_text(text):
    assert "".join(words(text)) == text


def test_every_character_there_is_stands_in_a_word():
    every = "".join(map(chr, range(0x110000)))
    assert "".join(words(every)) == every


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("one two", ["one", " two"]),
        ("a  b ", ["a", " ", " b", " "]),
        ("\n\n a\tb", ["\n\n", " a", "\t", "b"]),
        ("it's 42!", ["it", "'", "s", " 42", "!"]),
        ("x_1 (y)", ["x", "_", "1", " (", "y", ")"]),
        ("나는 😀😀", ["나는", " 😀😀"]),
    ],
)
def test_words_are_letters_digits_or_signs_with_the_space_before(text, cut):
    assert list(words(text)) == cut


def test_a_run_of_over_64_characters_is_several_words():
    assert [len(word) for word in words("x" * 130)] == [64, 64, 2]
    assert [len(word) for word in words(" " * 65)] == [64, 1]


def test_merging_goes_from_the_left():
    assert merge([A, A, A, B, A, A], (A, A), 256) == [256, A, B, 256]


def test_merges_never_cross_words():
    tokenizer = BytePairTokenizer.train("ab. ab. ab. ab.", 1000)
    for piece in tokenizer.pieces:
        assert len(list(words(piece.decode("latin-1")))) <= 1


def test_merges_never_cross_documents():
    assert list(learn(["ab", "ab"], 300)) == [Merge((A, B), 256, 2, b"ab")]
    assert list(learn(["a", "b"] * 5, 300)) == []


def test_of_equally_common_pairs_the_smaller_ids_come_first():
    steps = list(learn(["cd", "cb", "ad", "ab"] * 2, 1000))
    assert [step.piece for step in steps] == [b"ab", b"ad", b"cb", b"cd"]


def test_a_pair_that_occurs_once_is_not_merged():
    assert list(learn("abcd", 1000)) == []
    assert BytePairTokenizer.train("ab ab", 1000).vocab_size == 258


@pytest.mark.parametrize("vocab_size", [257, 258, 270])
def test_learning_ends_at_the_size_asked_for(vocab_size):
    text = "the cat sat on the mat, the rat sat on the cat" * 2
    tokenizer = BytePairTokenizer.train(text, vocab_size)
    assert tokenizer.vocab_size == vocab_size
    assert tokenizer.BOS == vocab_size - 1


def test_a_size_without_room_for_bytes_and_bos_is_refused():
    with pytest.raises(ValueError, match="are 257 tokens; got 256"):
        BytePairTokenizer.train("abab", 256)


def test_the_order_of_words_does_not_matter():
    forth, back = ["able", "cable", "bale", "ale"], ["ale", "bale"]
    back += ["cable", "able"]
    assert list(learn(forth * 3, 300)) == list(learn(back * 3, 300))


@repeatable
@given(st.text("ab c", max_size=60), st.integers(257, 290))
def test_counting_what_changed_is_counting_everything_anew(text, size):
    fast = [(step.pair, step.count) for step in learn(text, size)]
    assert fast == list(naive(text, size))


@repeatable
@given(st.text("ab c", max_size=60))
def test_what_was_learned_encodes_a_text_as_learning_left_it(text):
    pairs = PairCounts({word: 1 for word in sorted(set(words(text)))})
    before = list(map(bytes, pairs.words))
    merges = []
    while (pair := pairs.commonest()) is not None:
        pairs.merge(pair, 256 + len(merges))
        merges.append(pair)
    tokenizer = BytePairTokenizer(merges)
    assert [tokenizer.encode_word(w.decode()) for w in before] == pairs.words


@pytest.mark.parametrize("pair", [(256, 0), (0, 256), (-1, 0), (0, -1)])
def test_a_merge_of_what_is_not_made_yet_is_refused(pair):
    with pytest.raises(ValueError, match="joins ids below 256; got"):
        BytePairTokenizer([pair])


def test_a_pair_that_is_merged_twice_is_refused():
    with pytest.raises(ValueError, match=r"\(97, 98\) is merged twice"):
        BytePairTokenizer([(A, B), (L, E), (A, B)])


def test_a_token_longer_than_a_word_is_refused():
    doubled = [(A, A), *((i, i) for i in range(256, 263))]
    assert len(BytePairTokenizer(doubled).pieces[263]) == 256
    with pytest.raises(ValueError, match="merge 264 has over 256 bytes"):
        BytePairTokenizer([*doubled, (263, 263)])


@pytest.mark.parametrize(
    "tokenizer",
    [SMALL, BytePairTokenizer([]), Tokenizer("abc"), Tokenizer(["\ud800"])],
)
def test_a_tokenizer_is_saved_and_loaded(tokenizer, tmp_path):
    save_tokenizer(tokenizer, tmp_path / "tokenizer.json")
    loaded = load_tokenizer(tmp_path / "tokenizer.json")
    assert type(loaded) is type(tokenizer)
    assert vars(loaded) == vars(tokenizer)
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]


def test_the_json_of_a_tokenizer_is_plain():
    assert tokenizer_to_json(SMALL) == {
        "kind": "byte pairs",
        "merges": [[97, 98], [108, 101], [256, 257]],
    }
    assert tokenizer_to_json(Tokenizer("ab")) == {
        "kind": "characters",
        "chars": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], "is a JSON object"),
        ({}, "chars or merges, and their kind"),
        ({"kind": "characters"}, "chars or merges"),
        ({"kind": ["characters"], "chars": ["a"]}, "chars or merges"),
        ({"kind": "characters", "chars": [], "x": 0}, "chars or merges"),
        ({"kind": "characters", "merges": []}, "chars or merges"),
        ({"kind": "characters", "chars": "abc"}, "not a list of characters"),
        ({"kind": "characters", "chars": ["ab"]}, "not a list of characters"),
        ({"kind": "characters", "chars": [1]}, "not a list of characters"),
        ({"kind": "characters", "chars": ["a", "a"]}, "each character once"),
        ({"kind": "byte pairs", "merges": {}}, "not a list of pairs"),
        ({"kind": "byte pairs", "merges": ["ab"]}, "not a list of pairs"),
        ({"kind": "byte pairs", "merges": [[1, 2, 3]]}, "not a list of pairs"),
        ({"kind": "byte pairs", "merges": [[1, True]]}, "not a list of pairs"),
        ({"kind": "byte pairs", "merges": [[1, 2.0]]}, "not a list of pairs"),
        ({"kind": "byte pairs", "merges": [[1, 900]]}, "joins ids below 256"),
        ({"kind": "byte pairs", "merges": [[1, 2]] * 2}, "merged twice"),
    ],
)
def test_json_that_is_no_tokenizer_is_refused(found, reason, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(found))
    with pytest.raises(ValueError, match=f"is not a tokenizer: .*{reason}"):
        load_tokenizer(path)
    with pytest.raises(ValueError, match=reason):
        tokenizer_from_json(found)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 99999])
def test_a_file_that_is_no_json_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"is not a tokenizer: .+\Z") as error:
        load_tokenizer(path)
    assert "\n" not in str(error.value)
