"""The domain's values as what goes over HTTP: ids become hex, micro-units become 0 to 1."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import exp
from typing import Any

from app import graph_schemas as g
from app import schemas as s
from graph.epochs.induction import Induced
from graph.epochs.shares import Trait
from graph.fusion.epoch import NO_ADJUDICATOR, Epoch
from graph.ledger.decisions import DecisionRecord
from graph.ledger.documents import Document
from graph.ledger.job_types import Item, Job
from graph.ledger.rulings import to_json
from graph.ports import Citation, EntityHit, FactRow, PathStep
from graph.review.disputes import Judged
from graph.types import (
    MICRO,
    Claim,
    Conflict,
    ConflictId,
    ContentId,
    Decision,
    EpochId,
    Link,
    Resolve,
    Ruling,
    SourceId,
    TrustSource,
    Value,
)
from retrieval.types import Answer, AnswerPath, NumberedCitation, Sentence


def document(found: Document) -> s.DocumentOut:
    return s.DocumentOut(
        id=found.content.hex(),
        filename=found.filename,
        title=found.title,
        media_type=found.media_type,
        size=found.size,
        pages=found.pages,
        stated=found.stated,
        live=found.live,
        sources=[s.SourceOut(uri=each.uri, metadata=dict(each.metadata)) for each in found.sources],
    )


def accepted(job: Job, items: list[Item], replaced: Mapping[str, ContentId]) -> s.AcceptedJob:
    """``replaced`` by URI."""
    former = {uri: content.hex() for uri, content in replaced.items()}
    told = [s.ReceivedItem(**_item(each), replaced=former.get(each.uri or "")) for each in items]
    return s.AcceptedJob(job_id=job.id.hex(), items=told)


def job(found: Job) -> s.JobOut:
    return s.JobOut(**_job(found))


def job_detail(found: Job, items: list[Item]) -> s.JobDetail:
    told = [s.JobItemOut(**_item(each), stage=each.stage, attempts=each.attempt) for each in items]
    return s.JobDetail(**_job(found), items=told)


def _job(found: Job) -> dict[str, Any]:
    return {
        "id": found.id.hex(),
        "status": found.status.value,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "counts": {status.value: n for status, n in found.counts.items()},
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id.hex(),
        "filename": item.filename,
        "uri": item.uri,
        "document": item.content.hex() if item.content else None,
        "status": item.status.value,
        "error": item.error,
    }


def entity(hit: EntityHit, score: float | None = None) -> s.EntityOut:
    return s.EntityOut(
        id=hit.id.hex(),
        name=hit.name,
        type=hit.type,
        aliases=list(hit.aliases),
        score=score,
    )


def fact(row: FactRow) -> s.FactOut:
    literal = row.tail if isinstance(row.tail, Value) else None
    return s.FactOut(
        id=row.id.hex(),
        head=row.head.hex(),
        head_name=row.head_name,
        relation=row.relation,
        phrase=row.phrase,
        tail=None if isinstance(row.tail, Value) else row.tail.hex(),
        tail_name=row.tail_name,
        value=literal and {"kind": literal.kind.value, "text": literal.text, "unit": literal.unit},
        status=row.status.value,
        polarity=row.polarity,
        confidence=row.confidence / MICRO,
        support=row.support,
        qualifiers=dict(row.qualifiers),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        valid_from_implied=row.valid_from_implied,
        valid_to_implied=row.valid_to_implied,
        stated=row.stated,
        claim_count=row.claim_count,
        reason=row.reason,
        proposer=row.proposer,
    )


def step(walked: PathStep) -> s.StepOut:
    return s.StepOut(fact=fact(walked.fact), forward=walked.forward)


def citation(number: int, cited: Citation) -> s.CitationOut:
    return s.CitationOut(
        number=number,
        document_id=cited.content.hex(),
        document=cited.document,
        uri=cited.uri,
        page=cited.page,
        start=cited.span.start,
        end=cited.span.end,
        quote=cited.quote,
        heading=list(cited.heading),
    )


def claim(number: int, said: Claim, cited: Citation) -> g.ClaimOut:
    return g.ClaimOut(
        id=said.id.hex(),
        phrase=said.phrase,
        polarity=said.polarity,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        stated=said.stated,
        confidence=said.confidence / MICRO,
        extractor=said.extractor,
        citation=citation(number, cited),
    )


def answer(given: Answer, *, graph_position: int, trace_id: str) -> s.QueryOut:
    return s.QueryOut(
        answer=given.text,
        status=given.status.value,
        reason=given.reason,
        question=given.question,
        style=given.style.value,
        from_memory=given.from_memory,
        entities=[entity(topic.entity, topic.score) for topic in given.entities],
        paths=[_path(each) for each in given.paths],
        citations=[_numbered(each) for each in given.citations],
        conflicts=[
            s.ConflictInAnswer(
                text=each.text,
                fact=fact(each.fact),
                rivals=[
                    s.RivalOut(text=r.text, fact=fact(r.fact), citations=list(r.citations))
                    for r in each.rivals
                ],
            )
            for each in given.conflicts
        ],
        notices=list(given.notices),
        explored=given.explored and s.ExploredOut(**asdict(given.explored)),
        decoding=given.decoding and s.DecodingOut(**asdict(given.decoding)),
        usage=dict(given.usage),
        timings=dict(given.timings),
        graph_position=graph_position,
        trace_id=trace_id,
    )


def sentence(said: Sentence) -> dict[str, Any]:
    cited = [_numbered(each).model_dump(mode="json") for each in said.citations]
    return {"text": said.text, "citations": cited}


def _numbered(each: NumberedCitation) -> s.CitationOut:
    return citation(each.number, each.citation)


def _path(each: AnswerPath) -> s.PathOut:
    return s.PathOut(
        text=each.text,
        start=each.path.start.hex(),
        start_name=each.path.start_name,
        steps=[step(walked) for walked in each.path.steps],
        score=each.score,
        decoded=each.decoded,
        citations=list(each.citations),
    )


def decision(record: DecisionRecord, uris: Mapping[SourceId, str], *, dormant: bool) -> g.DecisionOut:
    stands = {"active": record.active, "dormant": dormant, "decided_at": record.decided_at}
    return _decision(record.decision, uris, **stands, job_id=None)


def new_decision(made: Decision, uris: Mapping[SourceId, str], rereading: Job | None) -> g.DecisionOut:
    job = rereading.id.hex() if rereading else None
    return _decision(made, uris, active=True, decided_at=None, job_id=job)


def judged(found: Judged) -> g.JudgedOut:
    supports = found.supports.hex() if found.supports else None
    return g.JudgedOut(supports=supports, reason=found.verdict.reason, model=found.verdict.model)


def conflicts(
    found: Sequence[Conflict], facts: Sequence[FactRow], judgements: Mapping[ConflictId, list[Judged]]
) -> list[g.ConflictOut]:
    """``facts``: those of the conflicts that there are."""
    told = {row.id: fact(row) for row in facts}
    return [
        g.ConflictOut(
            id=each.id.hex(),
            kind=each.kind.value,
            winner=each.winner.hex() if each.winner else None,
            reason=each.reason,
            facts=[told[id_] for id_ in each.facts if id_ in told],
            verdicts=[judged(one) for one in judgements.get(each.id, ())],
        )
        for each in found
    ]


def epoch(id_: EpochId, learnt: Epoch, uris: Mapping[SourceId, str]) -> g.EpochOut:
    return g.EpochOut(
        epoch=id_.hex(),
        rare_words=len(learnt.rarity),
        sources={
            uris.get(SourceId(bytes.fromhex(source)), source): micro / MICRO
            for source, micro in learnt.trust.items()
        },
        default_trust=learnt.default_trust / MICRO,
        false_values=dict(learnt.false_values),
        phrases=[
            g.PhraseTypeOut(phrase=phrase, relation=t.relation, turned=t.turned, score=t.score / MICRO)
            for phrase, t in sorted(learnt.phrases.items())
        ],
        shared=_times(learnt.shared),
        contexts=[
            g.ContextLevelOut(maker=maker, bits=bits, odds=_times(weight))
            for maker, levels in sorted(learnt.contexts.items())
            for bits, weight in levels
        ],
        traits={relation: list(names) for relation, names in learnt.traits.items()},
        adjudicator=None if learnt.adjudicator == NO_ADJUDICATOR else learnt.adjudicator,
    )


def _times(weight: int) -> float:
    """By how much micro-nats multiply odds."""
    return round(exp(weight / MICRO), 3)


def induced(found: Induced) -> g.InducedRelation:
    return g.InducedRelation(
        name=found.name,
        listed=found.listed,
        phrases=list(found.phrases),
        facts=found.facts,
        heads=list(found.heads),
        tails=list(found.tails),
        values=list(found.values),
        domain=found.domain,
        range=found.range,
        traits=[_trait(each) for each in found.traits],
        temporal=found.temporal.name if found.temporal else None,
        times=[_trait(each) for each in found.times],
        unit=_named(found.unit),
        inverse_of=_named(found.inverse),
    )


def _trait(found: Trait) -> g.TraitOut:
    return g.TraitOut(**asdict(found), proposed=found.proposed)


def _named(found: tuple[str, Trait] | None) -> g.NamedTraitOut | None:
    return found and g.NamedTraitOut(**{**asdict(found[1]), "name": found[0]}, proposed=found[1].proposed)


def _decision(made: Decision, uris: Mapping[SourceId, str], **stands: Any) -> g.DecisionOut:
    told = _ruling(made.ruling, uris)
    return g.DecisionOut(id=made.position, ruling=told, author=made.author, reason=made.reason, **stands)


def _ruling(made: Ruling, uris: Mapping[SourceId, str]) -> dict[str, Any]:
    """As it was sent, so that it can be sent again."""
    kind, told = to_json(made)
    match made:
        case TrustSource(source, trust):
            told = {"uri": uris.get(source), "trust": trust / MICRO}
        case Resolve(value=value, qualifiers=qualifiers):
            tail = told.pop("value")
            told |= {"value": tail} if isinstance(value, Value) else tail
            told["qualifiers"] = dict(qualifiers)
        case Link(consistency=consistency, plausibility=plausibility):
            told |= {"consistency": consistency / MICRO, "plausibility": plausibility / MICRO}
    return {"kind": kind, **told}
