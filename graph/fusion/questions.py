"""What a model is asked about two referents whose score leaves them in doubt, and by what key it is known."""

from collections.abc import Mapping, Sequence

from graph.fusion.view import FusionView
from graph.identity import make_id
from graph.types import Referent, ReferentId, Value, VerdictId

QUESTION_STATEMENTS = 5  # about each of the two
QUESTION_NAMES = 8
QUESTION_CHARS = 300  # of a name or a statement


def render_question(a: Referent, b: Referent, said: Sequence[Sequence[str]]) -> str:
    """All that the question whether two referents are one depends on; the same whichever comes first.

    ``said[0]`` and ``said[1]`` are statements about each. Names and statements stand in it as a model is
    shown them. It is shown the document's title and the text around the first mention too: a function of the
    document's hash and the place, which stand here for them.
    """
    sides = sorted(
        f"{r.type}: {' | '.join(shown_names(r))}\n{r.content.hex()} {r.first.start}-{r.first.end}\n"
        + "".join(f"- {line}\n" for line in shown_statements(lines))
        for r, lines in zip((a, b), said, strict=True)
    )
    return f"Do these two speak of one and the same thing?\n\n1. {sides[0]}\n2. {sides[1]}"


def shown_names(referent: Referent) -> list[str]:
    return [name[:QUESTION_CHARS] for name in referent.names[:QUESTION_NAMES]]


def shown_statements(lines: Sequence[str]) -> list[str]:
    """In an order of their own: claims come in any."""
    return [line[:QUESTION_CHARS] for line in sorted(set(lines))[:QUESTION_STATEMENTS]]


def question_id(adjudicator: str, question: str) -> VerdictId:
    """The key of a verdict: model and prompt version, and the question to the letter."""
    return VerdictId(make_id("verdict", adjudicator, question))


def statements_of(view: FusionView, who: Mapping[ReferentId, Referent]) -> dict[ReferentId, list[str]]:
    """What the claims at each referent say of it, in its document's own names."""
    claims = view.claims_of(who.keys())
    ends = {end for c in claims.values() for end in (c.head, c.tail_referent) if end is not None}
    names = {r: x.names[0] if x.names else x.type for r, x in view.referents(ends).items()}
    said: dict[ReferentId, list[str]] = {r: [] for r in who}
    for claim in claims.values():
        tail = claim.tail.text if isinstance(claim.tail, Value) else names[claim.tail]
        line = f"{names[claim.head]} {'' if claim.polarity else 'not '}{claim.phrase} {tail}"
        for end in {claim.head, claim.tail_referent}:
            if end in said:
                said[end].append(line)
    return said
