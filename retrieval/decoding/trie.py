"""A token trie in flat arrays: what the engine holds of a set of paths.

Nodes are numbered breadth first, so the children of one node are neighbours and a node is its own incoming
edge: ``tokens[j]`` leads into node j, the children of j are ``first[j]`` to ``first[j + 1] - 1``, sorted by
token. Bit j of ``accepts`` says that a path ends at j; a node may accept and have children ([1, 2] beside
[1, 2, 3]). That is 8.125 bytes a node, and the same bytes in memory, in a file and on the wire.

Imports numpy and the error tree alone, as ``prefixes`` does: this module also runs inside vLLM.
"""

import mmap
import struct
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidTrie
from retrieval.decoding.prefixes import Ints, Ragged, prefix_tree, spell

MAGIC = b"KGTRIE02"
_HEADER = struct.Struct("<8sII32s")  # magic, nodes, verbaliser, tokenizer


@dataclass(frozen=True, slots=True)
class TrieLimits:
    """What an engine takes. ``depth`` is in tokens and bounds the length of one path."""

    nodes: int = 20_000_000
    depth: int = 1024


@dataclass(frozen=True)
class Trie:
    """``tokenizer`` is the ``vocabulary_hash`` that the token ids belong to; ``verbaliser`` the version of
    the wording. Two tries are equal exactly when their ids are."""

    tokens: Ints  # (nodes,)
    first: Ints  # (nodes + 1,)
    accepts: NDArray[np.uint8]  # (ceil(nodes / 8),), bit j & 7 of byte j >> 3
    tokenizer: bytes
    verbaliser: int

    def __len__(self) -> int:
        return len(self.tokens)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trie) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    @cached_property
    def id(self) -> str:
        """128-bit hash of arrays, tokenizer and verbaliser, as 32 hexadecimal digits."""
        digest = blake2b(digest_size=16)
        for part in self._parts():
            digest.update(part)
        return digest.hexdigest()

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays: 8.125 a node."""
        return self.tokens.nbytes + self.first.nbytes + self.accepts.nbytes

    def children(self, node: int) -> Ints:
        """The tokens that continue ``node``, ascending."""
        return self.tokens[self.first[node] : self.first[node + 1]]

    def child(self, node: int, token: int) -> int:
        """The node that ``token`` leads to, or -1."""
        start = int(self.first[node])
        siblings = self.children(node)
        at = int(np.searchsorted(siblings, token))
        return start + at if at < len(siblings) and siblings[at] == token else -1

    def accepting(self, node: int) -> bool:
        return bool(self.accepts[node >> 3] >> (node & 7) & 1)

    def walk(self, tokens: Iterable[int], node: int = 0) -> int:
        """The node at the end of ``tokens``, or -1 where they leave the trie."""
        for token in tokens:
            node = self.child(node, token)
            if node < 0:
                return -1
        return node

    def to_bytes(self) -> bytes:
        return b"".join(self._parts())

    def _parts(self) -> tuple[bytes, ...]:
        header = _HEADER.pack(MAGIC, len(self.tokens), self.verbaliser, self.tokenizer)
        return header, self.first.tobytes(), self.tokens.tobytes(), self.accepts.tobytes()

    def validate(self, *, vocabulary: int, forbidden: Collection[int] = (), limits: TrieLimits) -> None:
        """InvalidTrie unless native code may read the arrays and every walk is, or leads to, a path.

        ``vocabulary`` is the number of token ids; ``forbidden`` are the special ones. O(nodes), vectorised.
        """
        n, first, tokens = len(self.tokens), self.first, self.tokens
        if n < 2:
            raise InvalidTrie("the trie holds no path")
        if n > limits.nodes:
            raise InvalidTrie(f"the trie has {n} nodes; the limit is {limits.nodes}")
        if len(first) != n + 1 or len(self.accepts) != (n + 7) // 8:
            raise InvalidTrie("the trie's arrays differ in length")
        # a child's number is larger than its parent's and has one parent: a tree, all of it reachable
        if first[0] != 1 or first[n] != n or (np.diff(first) < 0).any() or (first[:n] <= np.arange(n)).any():
            raise InvalidTrie("the trie's nodes are not numbered breadth first")
        if tokens[0] != 0 or tokens.min() < 0 or tokens.max() >= vocabulary:
            raise InvalidTrie(f"the trie has a token outside the vocabulary of {vocabulary}")
        if np.isin(tokens[1:], np.fromiter(forbidden, np.int32, len(forbidden))).any():
            raise InvalidTrie("the trie has a special token inside a path")
        eldest = np.zeros(n + 1, dtype=bool)
        eldest[first[:n]] = True
        if ((tokens[2:] <= tokens[1:-1]) & ~eldest[2:n]).any():
            raise InvalidTrie("children are not sorted by token, or one token leads to two of them")
        accepts = np.unpackbits(self.accepts, bitorder="little").astype(bool)
        if accepts[0] or accepts[n:].any() or not accepts[:n][first[1:] == first[:-1]].all():
            raise InvalidTrie("acceptance is wrong: each leaf ends a path, and the root ends none")
        depth, low, high = 0, 1, int(first[1])
        while low < high:
            depth, low, high = depth + 1, high, int(first[high])
            if depth > limits.depth:
                raise InvalidTrie(f"a path is longer than {limits.depth} tokens")


def build(
    sequences: Sequence[Sequence[int]], *, tokenizer: bytes, verbaliser: int
) -> tuple[Trie, NDArray[np.int64]]:
    """The trie of ``sequences``, and the node at which each of them ends, shape (len(sequences),).

    InvalidTrie for no sequence or an empty one.
    """
    whole = Ragged(np.arange(len(sequences), dtype=np.int32), np.arange(len(sequences) + 1))
    return build_joined(whole, Ragged.of(sequences), tokenizer=tokenizer, verbaliser=verbaliser)


def build_joined(
    rows: Ragged, segments: Ragged, *, tokenizer: bytes, verbaliser: int
) -> tuple[Trie, NDArray[np.int64]]:
    """The trie of sequences that share segments: ``rows`` holds the numbers of each one's segments, and
    ``segments`` the tokens of each. Also the node at which each sequence ends, shape (len(rows),).

    What sequences share is spelled once: O(rows log rows + nodes log nodes), in numpy, a level at a time.
    A segment without tokens is passed over. InvalidTrie for no sequence or an empty one.
    """
    rows = rows.where(segments.lengths[rows.values] > 0)
    if not len(rows) or not rows.lengths.all():
        raise InvalidTrie("a trie needs at least one path, and no path may be empty")
    prefixes = prefix_tree(rows)
    tokens, first, nodes = spell(prefixes, segments)
    ends = nodes[prefixes.ends]
    accepts = np.zeros(len(tokens), np.uint8)
    accepts[ends] = 1
    return Trie(tokens, first, np.packbits(accepts, bitorder="little"), tokenizer, verbaliser), ends


def from_bytes(data: bytes | mmap.mmap) -> Trie:
    """The trie over ``data`` without copying it. InvalidTrie for a wrong header or length.

    Nothing else is known of it until ``validate`` has passed.
    """
    if len(data) < _HEADER.size:
        raise InvalidTrie("too short to be a trie")
    magic, nodes, verbaliser, tokenizer = _HEADER.unpack_from(data)
    bits = (nodes + 7) // 8
    if magic != MAGIC or len(data) != _HEADER.size + 4 * (2 * nodes + 1) + bits:
        raise InvalidTrie("not a trie of this version, or cut short")
    first = np.frombuffer(data, "<i4", nodes + 1, _HEADER.size)
    tokens = np.frombuffer(data, "<i4", nodes, _HEADER.size + 4 * (nodes + 1))
    accepts = np.frombuffer(data, np.uint8, bits, len(data) - bits)
    return Trie(tokens, first, accepts, tokenizer, verbaliser)


def load(path: Path) -> Trie:
    """The trie in the file, mapped, not read: processes share it, and it outlives the file's removal."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise InvalidTrie("too short to be a trie")
        return from_bytes(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def vocabulary_hash(vocabulary: Iterable[tuple[str, int]]) -> bytes:
    """SHA-256-sized hash of which token has which id, added tokens included: 32 bytes, any order in."""
    digest = blake2b(digest_size=32)
    for token, number in sorted(vocabulary, key=lambda pair: (pair[1], pair[0])):
        word = token.encode("utf-8", "surrogatepass")
        digest.update(struct.pack("<II", number, len(word)) + word)
    return digest.digest()
