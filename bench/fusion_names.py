"""Seeded people and organisations with typos, initials, reordering, acronyms and homonyms, and documents that
speak of them: whole evidence, every span and quote where it says."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from graph.identity import make_id
from graph.types import (
    Chunk,
    Claim,
    ClaimId,
    ContentId,
    Element,
    ElementKind,
    Evidence,
    Mention,
    MentionKind,
    PipelineId,
    Referent,
    ReferentId,
    Span,
    Value,
    ValueKind,
    WorkspaceId,
)

SEED = 7
PERSON, ORGANIZATION = "Person", "Organization"
CLAIMS_A_NAME = 3
_PIPELINE = PipelineId(make_id("pipeline", "bench"))
_DISTINCT = 0.7  # of the names; the others are variants of these
_PEOPLE = 0.6
_GIVEN, _SURNAMES = 2_000, 60_000  # so that a million names hold namesakes, as a census does
_NAMES_A_CHUNK = 5
_SECTORS = (
    "Energy",
    "Water",
    "Steel",
    "Marine",
    "Medical",
    "Optical",
    "Logistics",
    "Textile",
    "Mining",
    "Aviation",
)
_KINDS = ("Group", "Council", "Institute", "Works", "Holding", "Laboratories", "Partners", "Systems", "Trust")
_FORMS = ("", "", " Inc.", " Ltd", " GmbH", " Corporation")
_SYLLABLES = [c + v for c in "bdfghjklmnprstvwz" for v in "aeiou"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Named:
    kind: str
    name: str


def names(count: int) -> list[Named]:
    """``count`` names in a shuffled order that depends on ``count`` alone."""
    rng = random.Random(SEED)
    given = [_word(rng, 2, 3) for _ in range(_GIVEN)]
    surnames = [_word(rng, 2, 4) for _ in range(_SURNAMES)]
    found = [_true_name(rng, given, surnames) for _ in range(max(1, int(count * _DISTINCT)))]
    true = len(found)
    while len(found) < count:
        found.append(_variant(rng, found[rng.randrange(true)]))
    rng.shuffle(found)
    return found


def documents(workspace: WorkspaceId, named: Sequence[Named], size: int) -> Iterator[Evidence]:
    """One document for each ``size`` names, with three claims a name about others of the same document."""
    for start in range(0, len(named), size):
        yield document(workspace, named[start : start + size], start)


def referents(workspace: WorkspaceId, named: Sequence[Named], size: int) -> Iterator[Referent]:
    """Referents alone, ``size`` of them a document."""
    for start in range(0, len(named), size):
        content = ContentId(sha256(f"{start}".encode()).digest())
        for n, each in enumerate(named[start : start + size]):
            yield _referent(workspace, content, each, Span(n, n + 1))


def _word(rng: random.Random, least: int, most: int) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(least, most))).capitalize()


def _true_name(rng: random.Random, given: Sequence[str], surnames: Sequence[str]) -> Named:
    if rng.random() < _PEOPLE:
        middle = f" {rng.choice(given)}" if rng.random() < 0.3 else ""
        return Named(PERSON, f"{rng.choice(given)}{middle} {rng.choice(surnames)}")
    own = rng.choice(surnames) if rng.random() < 0.5 else _word(rng, 3, 4)
    return Named(ORGANIZATION, f"{own} {rng.choice(_SECTORS)} {rng.choice(_KINDS)}{rng.choice(_FORMS)}")


def _variant(rng: random.Random, of: Named) -> Named:
    words, kind = of.name.split(), rng.random()
    if kind < 0.4:
        at = rng.randrange(len(of.name))
        letter = rng.choice(_LETTERS) if kind < 0.25 else ""
        return Named(of.kind, of.name[:at] + letter + of.name[at + 1 :])
    if kind < 0.55:
        return Named(of.kind, of.name.upper())
    if kind < 0.7:
        if of.kind == PERSON:
            return Named(PERSON, f"{words[-1]}, {' '.join(words[:-1])}")
        return Named(ORGANIZATION, f"{' '.join(words[1:])} {words[0]}")
    if of.kind == PERSON:
        return Named(PERSON, " ".join([*(f"{w[0]}." for w in words[:-1]), words[-1]]))
    return Named(ORGANIZATION, "".join(w[0] for w in words[:3]).upper() if kind < 0.85 else f"The {of.name}")


def _referent(workspace: WorkspaceId, content: ContentId, named: Named, span: Span) -> Referent:
    id_ = ReferentId(make_id("referent", workspace, content, [span.start, span.end], named.kind))
    return Referent(id_, content, named.kind, (named.name,), span)


def document(workspace: WorkspaceId, named: Sequence[Named], start: int) -> Evidence:
    """The document whose first name is the ``start``-th."""
    rng = random.Random(SEED + start)
    sides = {
        kind: [n for n, each in enumerate(named) if each.kind == kind] for kind in (PERSON, ORGANIZATION)
    }
    said: list[tuple[int, str, str, int | str]] = []  # head, relation, phrase, tail or date
    for n, each in enumerate(named):
        others = [o for o in sides[ORGANIZATION] if o != n] or [n]
        person = each.kind == PERSON
        date = f"{rng.randint(1900, 2020)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        one, two = rng.choice(others), rng.choice(others)
        said += [
            (n, "WORKS_FOR" if person else "PARTNER_OF", "works for" if person else "partners with", one),
            (n, "STUDIED_AT" if person else "SUPPLIES", "studied at" if person else "supplies", two),
            (n, "BORN_ON" if person else "FOUNDED_ON", "was born on" if person else "was founded on", date),
        ]
    sentences = [
        f"{named[head].name} {phrase} {tail if isinstance(tail, str) else named[tail].name}. "
        for head, _, phrase, tail in said
    ]
    text = "".join(sentences)
    content = ContentId(sha256(f"{start}\n{text}".encode()).digest())
    known: dict[int, Referent] = {}
    mentions: list[Mention] = []

    def mention(n: int, span: Span) -> ReferentId:
        who = known.setdefault(n, _referent(workspace, content, named[n], span))
        mentions.append(Mention(who.id, span, MentionKind.NAME))
        return who.id

    claims, at = [], 0
    ends = [0]
    for (head, relation, phrase, tail), sentence in zip(said, sentences, strict=True):
        span = Span(at, at + len(sentence) - 1)
        subject = mention(head, Span(at, at + len(named[head].name)))
        object_: ReferentId | Value
        if isinstance(tail, str):
            object_ = Value(ValueKind.DATE, tail)
        else:
            object_ = mention(tail, Span(span.end - 1 - len(named[tail].name), span.end - 1))
        id_ = ClaimId(make_id("claim", workspace, content, _PIPELINE, subject, phrase, span.start))
        claims.append(Claim(id_, content, subject, phrase, relation, object_, span, confidence=900_000))
        at += len(sentence)
        ends.append(at)
    step = _NAMES_A_CHUNK * CLAIMS_A_NAME
    spans = [Span(ends[i], ends[min(i + step, len(said))] - 1) for i in range(0, len(said), step)]
    return Evidence(
        content=content,
        pipeline=_PIPELINE,
        text=text,
        title=f"Register {start}",
        media_type="text/plain",
        pages=None,
        stated=None,
        signature=tuple(rng.getrandbits(64) for _ in range(16)),
        elements=tuple(Element(n, ElementKind.PARAGRAPH, span) for n, span in enumerate(spans)),
        chunks=tuple(Chunk(n, span) for n, span in enumerate(spans)),
        referents=tuple(known.values()),
        mentions=tuple(mentions),
        claims=tuple(claims),
    )
