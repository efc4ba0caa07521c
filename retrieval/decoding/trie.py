"""A token trie in flat arrays: what the engine holds of a set of paths.

Nodes are numbered breadth first, so the children of one node are neighbours and a node is its own incoming
edge: ``tokens[j]`` leads into node j, the children of j are ``first[j]`` to ``first[j + 1] - 1``, sorted by
token. Bit j of ``accepts`` says that a path ends at j; a node may accept and have children ([1, 2] beside
[1, 2, 3]). That is 8.125 bytes a node, and the same bytes in memory, in a file and on the wire.

Imports numpy and the error tree alone: this module also runs inside vLLM.
"""

import mmap
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidTrie

MAGIC = b"KGTRIE02"
_HEADER = struct.Struct("<8sII32s")  # magic, nodes, verbaliser, tokenizer

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]


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
    accepts: Bytes  # (ceil(nodes / 8),), bit j & 7 of byte j >> 3
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


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of differing lengths, end to end: row i is ``values[start[i] : start[i + 1]]``."""

    values: Ints
    start: NDArray[np.int64]  # (rows + 1,)

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> "Ragged":
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        values = np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum()))
        return cls.cut(values, lengths)

    @classmethod
    def cut(cls, values: Ints, lengths: NDArray[np.int64]) -> "Ragged":
        return cls(values, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))

    def __len__(self) -> int:
        return len(self.start) - 1

    def __iter__(self) -> Iterator[Ints]:
        return (self.values[low:high] for low, high in pairwise(self.start.tolist()))

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.start)

    def take(self, kept: NDArray[np.bool_]) -> "Ragged":
        """The rows that ``kept``, shape (rows,), marks."""
        lengths = self.lengths
        return self.cut(self.values[np.repeat(kept, lengths)], lengths[kept])


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
    InvalidTrie for no sequence, one without segments, or a segment without tokens.
    """
    if not len(rows) or not rows.lengths.all() or not segments.lengths.all():
        raise InvalidTrie("a trie needs at least one path, and no path may be empty")
    prefixes = prefix_tree(rows)
    tokens, first, nodes = _spell(prefixes, segments)
    ends = nodes[prefixes.ends]
    accepts = np.zeros(len(tokens), np.uint8)
    accepts[ends] = 1
    return Trie(tokens, first, np.packbits(accepts, bitorder="little"), tokenizer, verbaliser), ends


@dataclass(frozen=True, slots=True)
class PrefixTree:
    """The distinct prefixes of rows, numbered breadth first from the empty one. ``values[j]`` is the last
    value of prefix j, ``first`` as in ``Trie``; row i is prefix ``ends[i]``."""

    values: Ints
    first: NDArray[np.int64]
    ends: NDArray[np.int64]


def prefix_tree(rows: Ragged) -> PrefixTree:
    lengths = rows.lengths
    ends = np.zeros(len(rows), np.int64)
    live = np.flatnonzero(lengths)
    parent = np.zeros(len(live), np.int64)  # of each row, numbered within the level above
    values, counts, width, base, depth = [np.zeros(1, np.int32)], [], 1, 1, 0
    while len(live):
        above, value, local = _distinct(parent, rows.values[rows.start[live] + depth])
        values.append(value)
        counts.append(np.bincount(above, minlength=width))
        depth += 1
        done = lengths[live] == depth
        ends[live[done]] = base + local[done]
        live, parent = live[~done], local[~done]
        width = len(value)
        base += width
    return PrefixTree(np.concatenate(values), _first_children(counts, width), ends)


def _spell(tree: PrefixTree, segments: Ragged) -> tuple[Ints, Ints, NDArray[np.int64]]:
    """Tokens and first children of the trie in which each value of the tree is a segment, and the node at
    which each prefix ends. Two segments may begin alike, so several of them can stand at one node."""
    nodes = np.zeros(len(tree.values), np.int64)
    tokens, counts, width, base = [np.zeros(1, np.int32)], [], 1, 1
    # the segments being spelled: their prefixes, the node they stand at within its level, and where they
    # are and end in segments.values
    prefix, node = np.arange(1, tree.first[1]), np.zeros(tree.first[1] - 1, np.int64)
    at, stop = segments.start[tree.values[prefix]], segments.start[tree.values[prefix] + 1]
    while len(prefix):
        above, token, node = _distinct(node, segments.values[at])
        tokens.append(token)
        counts.append(np.bincount(above, minlength=width))
        at = at + 1
        done = at == stop
        if done.any():
            ended, left = prefix[done], ~done
            nodes[ended] = base + node[done]
            children = tree.first[ended + 1] - tree.first[ended]
            skipped = np.repeat(tree.first[ended] - (np.cumsum(children) - children), children)
            begun = skipped + np.arange(len(skipped))
            prefix = np.concatenate([prefix[left], begun])
            node = np.concatenate([node[left], np.repeat(node[done], children)])
            at = np.concatenate([at[left], segments.start[tree.values[begun]]])
            stop = np.concatenate([stop[left], segments.start[tree.values[begun] + 1]])
        width = len(token)
        base += width
    return np.concatenate(tokens), _first_children(counts, width).astype(np.int32), nodes


def _distinct(parent: NDArray[np.int64], value: Ints) -> tuple[NDArray[np.int64], Ints, NDArray[np.int64]]:
    """The distinct pairs in order, as parents and values, and the number of each pair's place among them."""
    keys = parent << 32 | value
    order = np.argsort(keys)
    ordered = keys[order]
    new = np.empty(len(keys), dtype=bool)
    new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    local = np.empty(len(keys), np.int64)
    local[order] = np.cumsum(new) - 1
    distinct = ordered[new]
    return distinct >> 32, distinct.astype(np.int32), local  # the low half


def _first_children(counts: list[NDArray[np.int64]], width: int) -> NDArray[np.int64]:
    """From the number of children of each node, level by level; the last level, ``width`` wide, has none."""
    return np.cumsum(np.concatenate([np.ones(1, np.int64), *counts, np.zeros(width, np.int64)]))


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
