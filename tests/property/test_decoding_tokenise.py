"""Texts handed to a tokenizer together have the tokens that each has alone, whatever the tokenizer is."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers

from retrieval.decoding import tokenise
from retrieval.decoding.tokenise import SegmentTokenizer

_TEXT = ["Ada Lovelace works for Acme in Paris. -> located in -> the Analytical Society, 1843\n"] * 3
_SPECIAL = ("<s>", "<|end|>")

_byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
_MADE = {
    "byte level": ((), _byte_level, None),
    "no special token": (None, _byte_level, None),
    "a special token that eats white space": (("rstrip", "single_word"), _byte_level, None),
    "a normalizer that writes a space in front": ((), pre_tokenizers.Metaspace(prepend_scheme="first"), None),
    "lower case": ((), _byte_level, normalizers.Lowercase()),
    "ends of sentences take the line's end along": (
        (),
        pre_tokenizers.Sequence([pre_tokenizers.Punctuation("merged_with_next"), _byte_level]),
        None,
    ),
}


@cache
def _made(name: str) -> tuple[Tokenizer, SegmentTokenizer]:
    odd, pre_tokenizer, normalizer = _MADE[name]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(_TEXT, trainer)
    if odd is not None:
        tokenizer.add_special_tokens(
            [AddedToken(_SPECIAL[0], special=True, **dict.fromkeys(odd, True)), _SPECIAL[1]]
        )
    made = SegmentTokenizer(tokenizer.to_str())
    tokenizer.encode_special_tokens = True
    return tokenizer, made


_WORDS = st.sampled_from(
    [
        "Ada",
        " Ada",
        "works",
        " for",
        " ",
        "",
        ".",
        "\n",
        "é",
        "e\u0301",
        "猫",
        "👩\u200d👧",
        "'s",
        "-> ",
        "<",
        "|end|>",
        *_SPECIAL,
    ]
)


@pytest.mark.parametrize("name", list(_MADE))
@given(texts=st.lists(st.lists(_WORDS, max_size=4).map("".join), max_size=40))
def test_together_as_alone(name: str, texts: list[str]) -> None:
    plain, ours = _made(name)
    assert ours.encode([(text,) for text in texts]) == [
        tuple(plain.encode(text, add_special_tokens=False).ids) for text in texts
    ]


def test_a_name_that_holds_a_special_token_costs_its_neighbours_nothing_but_time() -> None:
    plain, ours = _made("byte level")
    for each in _SPECIAL:
        texts = [f" name {number}" for number in range(tokenise._TOGETHER)]
        texts[3] = f"x{each} y"
        assert ours.encode([(text,) for text in texts]) == [
            tuple(plain.encode(text, add_special_tokens=False).ids) for text in texts
        ]
