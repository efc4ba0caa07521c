"""How plausible a link is by what documents say: its wording among its ends' quotes, against corrupted ones.

A link, verbalised, is as much at home as it is like the quote that it is most like, of each end's; its
plausibility is the share of corrupted links (an end replaced by another entity) that are less so. A share,
because cosines of one encoder tell little by themselves and nothing across encoders. After the ranking of
corrupted triples by which link prediction is measured (Bordes et al. 2013, "Translating Embeddings").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.ports import Embedder
from graph.types import MICRO


@dataclass(frozen=True, slots=True)
class Told:
    """An entity's name and what documents say of it, verbatim."""

    name: str
    quotes: tuple[str, ...]


def plausibility(
    embedder: Embedder, head: Told, relation: str, tail: Told, others: Sequence[tuple[Told, Told]]
) -> int:
    """In micro-units; ``others`` are the ends of the corrupted links. One half where there are none.

    Cost: embeds a sentence for each link and all quotes, each once.
    """
    pairs = [(head, tail), *others]
    words = relation.replace("_", " ").lower()
    texts = [f"{x.name} {words} {y.name}" for x, y in pairs]
    texts += [quote for pair in pairs for told in pair for quote in told.quotes]
    row = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    vectors = embedder.embed(list(row))
    homes = [
        sum(_nearest(vectors, row[text], [row[quote] for quote in told.quotes]) for told in pair)
        for text, pair in zip(texts, pairs, strict=False)
    ]
    if len(homes) == 1:
        return MICRO // 2
    beaten = sum(2 * (home < homes[0]) + (home == homes[0]) for home in homes[1:])
    return beaten * MICRO // (2 * len(homes[1:]))


def _nearest(vectors: np.ndarray, text: int, quotes: Sequence[int]) -> int:
    """The greatest cosine in ten-thousandths: finer differences are the processor's, not the text's."""
    if not quotes:
        return 0
    return round(float((vectors[quotes] @ vectors[text]).max()) * 10_000)
