"""Text to the tokens that a model would itself write, one segment at a time.

Paths share names and relations, so each distinct segment is tokenised once and remembered. That is only right
if no token spans a joint: every segment but the first begins with a space, and whether this tokenizer breaks
there is tried on awkward neighbours first. Where it does not, whole texts are tokenised.
"""

from collections.abc import Sequence
from functools import cached_property

from tokenizers import Tokenizer
from tokenizers import __version__ as tokenizers_version

from graph.errors import TokenizerMismatch
from retrieval.decoding.trie import vocabulary_hash

_EDGES = ("a", "Z", "9", "é", "'s", ".", "->", "-", "(", '"', "_", "猫", "ب", "👩‍👩‍👧", "e\u0301", "…", "0x")
_REMEMBERED = 200_000  # segments; then the memory is begun anew


class SegmentTokenizer:
    """A ``tokenizer.json``, as ``tokenizers`` reads it. Special tokens inside names are plain text here."""

    def __init__(self, tokenizer_json: str) -> None:
        try:
            self._tokenizer = Tokenizer.from_str(tokenizer_json)
        except Exception as error:  # tokenizers raises bare Exception
            raise TokenizerMismatch(
                f"tokenizers {tokenizers_version} cannot read the engine's tokenizer: {error}"
            ) from error
        self._tokenizer.encode_special_tokens = True
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        self.vocabulary = max(vocabulary.values()) + 1
        self.hash = vocabulary_hash(vocabulary.items())
        added = self._tokenizer.get_added_tokens_decoder()
        self.special = frozenset(number for number, token in added.items() if token.special)
        self._known: dict[str, tuple[int, ...]] = {}

    def encode(self, texts: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
        """Each text, given as its segments, as tokens. O(distinct segments) where joints hold."""
        if not self.joints_hold:
            return self._encode_batch(["".join(segments) for segments in texts])
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        unknown = list({each for segments in texts for each in segments if each not in self._known})
        self._known.update(zip(unknown, self._encode_batch(unknown), strict=True))
        known = self._known
        return [tuple(token for each in segments for token in known[each]) for segments in texts]

    def decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=False)
        return text

    @cached_property
    def joints_hold(self) -> bool:
        """Whether tokens never span the space that begins a segment."""
        edges = [*_EDGES, *(" " + each for each in _EDGES)]
        alone = dict(zip(edges, self._encode_batch(edges), strict=True))
        pairs = [(left, right) for left in edges for right in edges if right.startswith(" ")]
        whole = self._encode_batch([left + right for left, right in pairs])
        return all(alone[a] + alone[b] == tokens for (a, b), tokens in zip(pairs, whole, strict=True))

    def _encode_batch(self, texts: list[str]) -> list[tuple[int, ...]]:
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [tuple(each.ids) for each in encoded]
