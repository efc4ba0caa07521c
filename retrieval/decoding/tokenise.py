"""Text to the tokens that a model would itself write, one segment at a time.

Paths share names and relations, so each distinct segment is tokenised once and remembered. That is only right
if no token spans a joint: every segment but the first begins with a space, and whether this tokenizer breaks
there is tried on awkward neighbours first. Where it does not, whole texts are tokenised.

Segments are short, and the tokenizer's price is by the text more than by the letter. So several are handed to
it as one text, a special token between them, at which any tokenizer cuts before it does anything else.
"""

from array import array
from collections.abc import Iterator, Sequence

import numpy as np
from tokenizers import Tokenizer
from tokenizers import __version__ as tokenizers_version

from graph.errors import TokenizerMismatch
from retrieval.decoding.prefixes import Ragged
from retrieval.decoding.trie import vocabulary_hash

_EDGES = ("a", "Z", "9", "é", "'s", ".", "->", "-", "(", '"', "_", "猫", "ب", "👩‍👩‍👧", "e\u0301", "…", "0x")
_TRIED = (*_EDGES, *(" " + each for each in _EDGES))
_REMEMBERED = 200_000  # segments; then the memory is begun anew
_TOGETHER = 16  # segments handed over as one text


class SegmentTokenizer:
    """A ``tokenizer.json``, as ``tokenizers`` reads it. Special tokens inside names are plain text here."""

    def __init__(self, tokenizer_json: str) -> None:
        self._tokenizer = _read(tokenizer_json)
        self._tokenizer.encode_special_tokens = True
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        self.vocabulary = max(vocabulary.values()) + 1
        self.hash = vocabulary_hash(vocabulary.items())
        added = self._tokenizer.get_added_tokens_decoder()
        self.special = frozenset(number for number, token in added.items() if token.special)
        self._cutting = _read(tokenizer_json)  # at special tokens
        self._cut: tuple[str, int] | None = None  # one of them; None: each text is handed over alone
        alone = self._encode_batch(_TRIED)
        for number, token in added.items():
            if token.special and not (token.lstrip or token.rstrip or token.single_word):
                self._cut = token.content, number
                if self._encode_batch(_TRIED) == alone:
                    break
                self._cut = None
        self.joints_hold = self._joints_hold()
        self._known: dict[str, bytes] = {}  # text -> its tokens, int32

    def encode(self, texts: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
        """Each text, given as its segments, as tokens."""
        return [tuple(tokens.tolist()) for tokens in self._tokens(["".join(text) for text in texts])]

    def spell(self, segments: Sequence[str], rows: Ragged) -> tuple[Ragged, Ragged]:
        """``rows`` are texts as numbers of distinct ``segments``. Returns rows, and the tokens that each
        number in them stands for: of the segments, or of the whole texts where joints do not hold."""
        if self.joints_hold:
            return rows, self._tokens(segments)
        texts = ["".join(segments[each] for each in row) for row in rows]
        return Ragged(np.arange(len(texts), dtype=np.int32), np.arange(len(texts) + 1)), self._tokens(texts)

    def _tokens(self, texts: Sequence[str]) -> Ragged:
        """Of each text; what was seen before is not tokenised again."""
        if len(self._known) > _REMEMBERED:
            self._known = {}  # not cleared: another thread may be reading it
        known = self._known
        unknown = [text for text in texts if text not in known]
        encoded = (array("i", tokens).tobytes() for tokens in self._encode_batch(unknown))
        known.update(zip(unknown, encoded, strict=True))
        words = [known[text] for text in texts]
        lengths = np.fromiter(map(len, words), np.int64, len(words)) // 4
        return Ragged.cut(np.frombuffer(b"".join(words), np.int32), lengths)

    def decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=False)
        return text

    def _joints_hold(self) -> bool:
        """Whether tokens never span the space that begins a segment."""
        alone = dict(zip(_TRIED, self._encode_batch(_TRIED), strict=True))
        pairs = [(left, right) for left in _TRIED for right in _TRIED if right.startswith(" ")]
        whole = self._encode_batch([left + right for left, right in pairs])
        return all(alone[a] + alone[b] == tokens for (a, b), tokens in zip(pairs, whole, strict=True))

    def _encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        if self._cut is None:
            return [each.ids for each in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        between, cut = self._cut
        groups = [texts[at : at + _TOGETHER] for at in range(0, len(texts), _TOGETHER)]
        joined = self._cutting.encode_batch_fast(
            [between.join(group) for group in groups], add_special_tokens=False
        )
        rows: list[list[int]] = []
        for group, encoded in zip(groups, joined, strict=True):
            ids = encoded.ids
            if ids.count(cut) == len(group) - 1 and self.special.isdisjoint(set(ids) - {cut}):
                rows += _parts(ids, cut)
            else:  # a name holds the text of a special token
                alone = self._tokenizer.encode_batch_fast(group, add_special_tokens=False)
                rows += [each.ids for each in alone]
        return rows


def _read(tokenizer_json: str) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_str(tokenizer_json)
    except Exception as error:  # tokenizers raises bare Exception
        raise TokenizerMismatch(
            f"tokenizers {tokenizers_version} cannot read the engine's tokenizer: {error}"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _parts(ids: list[int], cut: int) -> Iterator[list[int]]:
    at = 0
    for _ in range(ids.count(cut)):
        end = ids.index(cut, at)
        yield ids[at:end]
        at = end + 1
    yield ids[at:]
