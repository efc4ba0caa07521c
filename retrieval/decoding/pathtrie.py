"""A trie and the paths that its accepting nodes stand for."""

from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import OutsideTrie
from graph.ports import GraphPath
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import Trie, TrieLimits, build
from retrieval.decoding.verbalize import VERSION, verbalise


@dataclass(frozen=True, slots=True)
class PathTrie:
    """``left_out`` counts paths too long for the limits: they are not in the trie, and that must be said."""

    trie: Trie
    at: dict[int, tuple[GraphPath, ...]]  # accepting node -> the paths that read so
    left_out: int

    def paths(self, tokens: Sequence[int]) -> tuple[GraphPath, ...]:
        """All paths that ``tokens``, end of sequence left out, stand for. OutsideTrie if they are none."""
        found = self.at.get(self.trie.walk(tokens))
        if found is None:
            raise OutsideTrie("the engine's output is no path of the trie; it was discarded")
        return found


def compile_paths(
    paths: Sequence[GraphPath], tokenizer: SegmentTokenizer, limits: TrieLimits
) -> PathTrie | None:
    """The trie of ``paths``, validated; None where no path fits the limits. O(tokens log paths)."""
    encoded = tokenizer.encode(verbalise(paths))
    fits = [index for index, tokens in enumerate(encoded) if len(tokens) <= limits.depth]
    if not fits:
        return None
    trie, ends = build([encoded[index] for index in fits], tokenizer=tokenizer.hash, verbaliser=VERSION)
    trie.validate(vocabulary=tokenizer.vocabulary, forbidden=tokenizer.special, limits=limits)
    at: dict[int, list[GraphPath]] = {}
    for index, end in zip(fits, ends.tolist(), strict=True):
        at.setdefault(end, []).append(paths[index])
    return PathTrie(trie, {end: tuple(some) for end, some in at.items()}, len(paths) - len(fits))
