"""The one place where ports meet adapters: nothing else constructs a client, a store or a model.

Production defaults come from the settings; tests put other parts in by argument.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache, partial
from importlib.metadata import version
from typing import Protocol

import structlog
from sqlalchemy import Connection

from app.adapters.blobs import Blobs
from app.adapters.embeddings import LocalEmbedder, OpenAIEmbedder
from app.adapters.judge import ChatJudge
from app.adapters.llm import OpenAIChat, OpenAIEngine
from app.adapters.memo import LedgerMemo
from app.adapters.spans import LanguageSpans
from app.adapters.writer import OpenAIWriter
from app.home import open_home
from app.intake import Intake
from app.leases import open_leases
from app.observability import Metrics
from app.rereading import Rereading
from app.settings import Settings
from app.sweep import WorkerOptions
from app.uploads import Limits
from app.workflows import Worker
from graph.errors import ConfigurationError, TransientError
from graph.fusion.epoch import EPOCH_0
from graph.indexes.vectors import FaissVectors
from graph.ledger.citations import LedgerEvidence
from graph.ledger.engine import Ledger
from graph.ledger.judgement import adopted, ontology_under, settings_now
from graph.ledger.vectors import LedgerVectors
from graph.ontology import Ontology, default_ontology
from graph.ports import Embedder, GraphProjection, GraphReader
from graph.projection.neo4j import Neo4jGraph
from graph.projection.session import Store
from graph.review.adjudicate import Adjudicator
from graph.review.propose import Proposer
from graph.types import EpochId, Position, WorkspaceId
from graph.workflows import GraphWorkflow
from ingest import triples
from ingest.chunking import MAXIMUM, TARGET, chunk
from ingest.extraction.by_media_type import ByMediaType
from ingest.extraction.linguistic import LinguisticExtractor
from ingest.extraction.model import ModelExtractor
from ingest.extraction.triples import TripleExtractor
from ingest.ports import Extractor
from ingest.sandbox import ParseLimits, Sandbox
from ingest.workflows import DocumentWorkflow
from retrieval.decoding.decoder import KgTrieDecoder
from retrieval.service import QueryService

log = structlog.get_logger(__name__)

_PARSERS = ("liteparse", "pypdfium2", "selectolax", "markdown-it-py", "charset-normalizer")
_DRAFTS_KEPT_SECONDS = 24 * 3600
_PREPARE_AGAIN_SECONDS = 5.0
_PREPARE_WAIT_SECONDS = 15.0  # a start is not held up for longer by a graph store that is away


class Graph(GraphReader, GraphProjection, Protocol):
    """Both sides of the graph store, in one connection."""

    async def position(self, workspace: WorkspaceId) -> Position: ...

    async def prepare(self, relations: Iterable[str] = ()) -> None: ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class Canary:
    """When the engine last stayed inside a trie, on the monotonic clock."""

    passed_at: float = -math.inf


@dataclass(frozen=True, slots=True)
class Parts:
    """What the service and its workers are made of. Belongs to the event loop it was opened on."""

    settings: Settings
    ledger: Ledger
    blobs: Blobs
    intake: Intake
    graph: Graph
    evidence: LedgerEvidence
    embedder: Embedder
    query: QueryService
    engine: OpenAIEngine | None
    decoder: KgTrieDecoder | None
    metrics: Metrics
    documents: DocumentWorkflow
    graphs: GraphWorkflow
    rereading: Rereading
    adjudicator: Adjudicator | None
    proposer: Proposer | None
    canary: Canary = field(default_factory=Canary)

    def ontology(self, workspace: WorkspaceId) -> Ontology:
        """What its graph is fused by: its own, else the one that ships with what its epoch learnt. Blocks."""
        return fused_ontology(self.ledger, workspace)

    def worker(self, loop: asyncio.AbstractEventLoop) -> Worker:
        """An ingestion worker for this process; ``loop`` is the one these parts were opened on."""
        settings = self.settings
        return Worker(
            self.ledger,
            self.documents,
            self.graphs,
            jobs_url=settings.jobs_url,
            leases=open_leases(settings.jobs_url, settings.home),
            options=WorkerOptions(
                settings.worker_concurrency,
                settings.adjudication_concurrency,
                settings.fuse_delay_seconds,
                settings.fuse_delay_limit_seconds,
                None if settings.history_days is None else timedelta(days=settings.history_days),
            ),
            adjudicator=self.adjudicator,
            proposer=self.proposer,
            metrics=self.metrics,
            loop=loop,
        )


@asynccontextmanager
async def open_parts(
    settings: Settings,
    *,
    graph: Graph | None = None,
    embedder: Embedder | None = None,
    extractor: Extractor | None = None,
    metrics: Metrics | None = None,
) -> AsyncIterator[Parts]:
    """Construct everything, migrate the ledger, and close it all at the end.

    A graph store or an engine that is away does not stop the start: they are tried again.
    """
    open_home(settings.home)
    ledger = Ledger.open(settings.ledger_url)
    await asyncio.to_thread(ledger.migrate)
    blobs = Blobs(settings.home / "blobs")
    await asyncio.to_thread(blobs.sweep_drafts, older_than=time.time() - _DRAFTS_KEPT_SECONDS)
    graph = graph or Neo4jGraph(graph_store(settings), await asyncio.to_thread(ledger.id))
    embedder = embedder or embedder_of(settings)
    engine, decoder = _decoding(settings)
    writer = _writer(settings)
    judge = _judge(settings)
    metrics = metrics or Metrics()
    if decoder is not None:
        metrics.outside_trie.set_function(partial(getattr, decoder, "outside"))
    evidence = LedgerEvidence(ledger)
    vectors = FaissVectors(
        settings.home / "indexes",
        LedgerVectors(ledger),
        model=embedder.model_id,
        dimension=embedder.dimension,
    )
    sandbox = Sandbox(
        ParseLimits(
            input_bytes=settings.max_file_bytes,
            memory_bytes=settings.read_memory_bytes,
            cpu_seconds=settings.read_seconds,
            wall_seconds=settings.read_seconds,
        )
    )
    documents = DocumentWorkflow(
        ledger,
        read_bytes=blobs.read,
        parse=sandbox.parse,
        parsers={name: version(name) for name in _PARSERS},
        chunk=chunk,
        chunker={"target": TARGET, "maximum": MAXIMUM},
        extractor=ByMediaType(
            extractor or _extractor(settings, ledger), {triples.MEDIA_TYPE: TripleExtractor()}
        ),
        embedder=embedder,
        ontology=lambda workspace: ontology_of(ledger, workspace),
    )
    query = QueryService(graph, vectors, evidence, embedder, decoder, writer, LanguageSpans())
    for check in ("store", "ledger"):
        metrics.unconfirmed.labels(check).set_function(partial(query.refused, check))
    parts = Parts(
        settings=settings,
        ledger=ledger,
        blobs=blobs,
        intake=Intake(
            ledger, blobs, Limits(settings.max_file_bytes, settings.max_request_bytes, settings.max_files)
        ),
        graph=graph,
        evidence=evidence,
        embedder=embedder,
        query=query,
        engine=engine,
        decoder=decoder,
        metrics=metrics,
        documents=documents,
        graphs=GraphWorkflow(ledger, graph, embedder),
        rereading=Rereading(ontology_in, documents.pipeline),
        adjudicator=Adjudicator(ledger, judge) if judge is not None else None,
        proposer=Proposer(ledger, judge, embedder) if judge is not None else None,
    )
    warming = asyncio.create_task(asyncio.to_thread(embedder.embed, ["warm"]))  # a model loads at first use
    preparing = asyncio.create_task(_prepare(graph))
    await asyncio.wait({preparing}, timeout=_PREPARE_WAIT_SECONDS)
    try:
        yield parts
    finally:
        preparing.cancel()
        await asyncio.gather(preparing, warming, return_exceptions=True)
        await asyncio.to_thread(sandbox.close)
        await asyncio.to_thread(vectors.close)
        if engine is not None:
            await engine.aclose()
        if writer is not None:
            await writer.aclose()
        if judge is not None:
            judge.close()
        await graph.close()
        ledger.close()


def ontology_of(ledger: Ledger, workspace: WorkspaceId) -> Ontology:
    with ledger.read() as conn:
        return ontology_in(conn, workspace)


def ontology_in(conn: Connection, workspace: WorkspaceId) -> Ontology:
    """What documents are read by: an epoch has no part in evidence."""
    return ontology_under(settings_now(conn, workspace)[1], EPOCH_0)


def fused_ontology(ledger: Ledger, workspace: WorkspaceId) -> Ontology:
    with ledger.read() as conn:
        epoch, own = settings_now(conn, workspace)
    return _under(ledger, workspace, own, epoch)


@lru_cache(maxsize=64)  # an epoch never changes
def _under(ledger: Ledger, workspace: WorkspaceId, own: str | None, epoch: EpochId | None) -> Ontology:
    with ledger.read() as conn:
        return ontology_under(own, adopted(conn, workspace, epoch))


def graph_store(settings: Settings) -> Store:
    if settings.neo4j_uri is None:
        raise ConfigurationError("no graph store: set NEO4J_URI, or start a local one with: veripath up")
    password = settings.neo4j_password.get_secret_value() if settings.neo4j_password else ""
    return Store.connect(settings.neo4j_uri, settings.neo4j_user, password, database=settings.neo4j_database)


def embedder_of(settings: Settings) -> Embedder:
    if settings.embedding_base_url is None:
        return LocalEmbedder()
    if not settings.embedding_model:
        raise ConfigurationError("an embeddings server needs VERIPATH_EMBEDDING_MODEL, the model's name")
    key = settings.embedding_api_key
    return OpenAIEmbedder(
        settings.embedding_base_url,
        settings.embedding_model,
        settings.embedding_dimension,
        api_key=key.get_secret_value() if key else "",
    )


def _extractor(settings: Settings, ledger: Ledger) -> Extractor:
    if settings.extractor == "linguistic":
        return LinguisticExtractor()
    if settings.llm_base_url is None:
        raise ConfigurationError("the extractor llm needs a language-model server: set VERIPATH_LLM_BASE_URL")
    chat = OpenAIChat(settings.llm_base_url, settings.llm_model, api_key=_llm_key(settings))
    return ModelExtractor(chat, LedgerMemo(ledger))


def _decoding(settings: Settings) -> tuple[OpenAIEngine | None, KgTrieDecoder | None]:
    if settings.llm_base_url is None:
        return None, None
    engine = OpenAIEngine(
        settings.llm_base_url,
        settings.llm_model,
        api_key=_llm_key(settings),
        tokenizer_json=_tokenizer_json(settings),
    )
    return engine, KgTrieDecoder(engine)


def _tokenizer_json(settings: Settings) -> str | None:
    if settings.llm_tokenizer is None:
        return None
    try:
        return settings.llm_tokenizer.expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"VERIPATH_LLM_TOKENIZER names no tokenizer.json: {error}") from error


def _writer(settings: Settings) -> OpenAIWriter | None:
    if settings.llm_base_url is None:
        return None
    return OpenAIWriter(settings.llm_base_url, settings.llm_model, api_key=_llm_key(settings))


def _judge(settings: Settings) -> ChatJudge | None:
    if settings.llm_base_url is None:
        return None
    return ChatJudge(OpenAIChat(settings.llm_base_url, settings.llm_model, api_key=_llm_key(settings)))


def _llm_key(settings: Settings) -> str:
    return settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""


async def _prepare(graph: Graph) -> None:
    """Make the graph store's schema as soon as it can be had."""
    while True:
        try:
            await graph.prepare(default_ontology().relation_types)
            return
        except TransientError as error:
            log.warning("graph_store_not_ready", reason=str(error))
            await asyncio.sleep(_PREPARE_AGAIN_SECONDS)
