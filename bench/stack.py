"""The real parts put together without the service: ledger, loaders, extractor, Neo4j and FAISS.

Nothing here is a stand-in. What the service adds, jobs and HTTP, is left out, so that a figure is the parts'.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from app.adapters.embeddings import LocalEmbedder
from app.local.neo4j import USER, LocalNeo4j
from app.local.processes import free_ports
from graph.indexes.vectors import FaissVectors
from graph.ledger.citations import LedgerEvidence
from graph.ledger.documents import Upload, accept
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.vectors import LedgerVectors
from graph.ontology import default_ontology
from graph.ports import Embedder
from graph.projection.neo4j import Neo4jGraph
from graph.projection.session import Store
from graph.types import ContentId, WorkspaceId
from graph.workflows import GraphWorkflow
from ingest.chunking import MAXIMUM, TARGET, chunk
from ingest.extraction.linguistic import LinguisticExtractor
from ingest.sandbox import Sandbox
from ingest.workflows import DocumentWorkflow, Stage

WORKSPACE = WorkspaceId("bench")
JARS = Path("~/.cache/veripath/neo4j").expanduser()


@dataclass
class Stack:
    """``seconds`` by stage, added up over documents."""

    ledger: Ledger
    graph: Neo4jGraph
    vectors: FaissVectors
    evidence: LedgerEvidence
    embedder: Embedder
    documents: DocumentWorkflow
    follow: GraphWorkflow
    kept: dict[ContentId, bytes]
    seconds: dict[str, float] = field(default_factory=dict)

    async def ingest(self, files: Mapping[str, bytes]) -> dict[str, ContentId]:
        """Take in all files, by name; returns their contents once the graph and the indexes have them."""
        contents = {name: ContentId(sha256(data).digest()) for name, data in files.items()}
        self.kept |= {contents[name]: data for name, data in files.items()}
        uploads = [
            Upload(f"bench:{name}", contents[name], len(data), "", name) for name, data in files.items()
        ]
        with self.ledger.write() as conn:
            accept(conn, WORKSPACE, uploads)
        await asyncio.to_thread(self._read_all, contents.items())
        with self._timed("fuse"):
            await asyncio.to_thread(self.follow.fuse, WORKSPACE)
        with self._timed("index"):
            await asyncio.to_thread(self.follow.index, WORKSPACE)
            await asyncio.to_thread(self.vectors.catch_up, WORKSPACE, "chunk")
            await asyncio.to_thread(self.vectors.catch_up, WORKSPACE, "entity")
        with self._timed("project"):
            await self.follow.project(WORKSPACE)
        return contents

    def _read_all(self, contents: Iterable[tuple[str, ContentId]]) -> None:
        for name, content in contents:
            clock = _StageClock(self.seconds)
            self.documents.read(WORKSPACE, content, name, clock.enter)
            self.documents.embed(WORKSPACE, content, clock.enter)
            clock.stop()

    def _timed(self, stage: str) -> "_StageClock":
        return _StageClock(self.seconds, stage)


class _StageClock:
    """Adds the time between two ``enter`` calls to the stage entered first."""

    def __init__(self, seconds: dict[str, float], stage: str | None = None) -> None:
        self._seconds = seconds
        self._stage = stage
        self._since = time.perf_counter()

    def enter(self, stage: Stage) -> None:
        self.stop()
        self._stage = stage.value

    def stop(self) -> None:
        now = time.perf_counter()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._since, self._stage = now, None

    def __enter__(self) -> None:
        self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class GraphStack:
    """A ledger with one workspace, and a Neo4j; ``store`` is its connection, ``login`` user and password."""

    home: Path
    ledger: Ledger
    graph: Neo4jGraph
    store: Store
    uri: str
    login: tuple[str, str]


@asynccontextmanager
async def graph_stack() -> AsyncIterator[GraphStack]:
    """In a folder of its own, with a Neo4j of its own; both are gone afterwards."""
    with TemporaryDirectory(prefix="veripath-bench-") as folder:
        home = Path(folder)
        bolt, http = free_ports(2)
        password = token_urlsafe(12)
        server = LocalNeo4j(home / "neo4j", JARS, bolt_port=bolt, http_port=http, password=password)
        await asyncio.to_thread(server.start, timeout=600)
        ledger = Ledger.open(f"sqlite:///{home / 'ledger.db'}")
        store = Store.connect(server.uri, USER, password)
        graph = Neo4jGraph(store)
        try:
            ledger.migrate()
            with ledger.write() as conn:
                create_workspace(conn, WORKSPACE)
            await graph.prepare(default_ontology().relation_types)
            yield GraphStack(home, ledger, graph, store, server.uri, (USER, password))
        finally:
            await graph.close()
            ledger.close()
            await asyncio.to_thread(server.stop)


@asynccontextmanager
async def real_stack() -> AsyncIterator[Stack]:
    """A graph stack with loaders, extractor, embedder and vectors."""
    with Sandbox() as sandbox:
        async with graph_stack() as base:
            ontology = default_ontology()
            embedder = LocalEmbedder()
            await asyncio.to_thread(embedder.embed, ["warm"])
            kept: dict[ContentId, bytes] = {}
            yield Stack(
                ledger=base.ledger,
                graph=base.graph,
                vectors=FaissVectors(
                    base.home / "vectors",
                    LedgerVectors(base.ledger),
                    model=embedder.model_id,
                    dimension=embedder.dimension,
                ),
                evidence=LedgerEvidence(base.ledger),
                embedder=embedder,
                documents=DocumentWorkflow(
                    base.ledger,
                    read_bytes=lambda _, content: kept[content],
                    parse=sandbox.parse,
                    parsers={"version": 1},
                    chunk=chunk,
                    chunker={"target": TARGET, "maximum": MAXIMUM},
                    extractor=LinguisticExtractor(),
                    embedder=embedder,
                    ontology=lambda _: ontology,
                ),
                follow=GraphWorkflow(base.ledger, base.graph, embedder),
                kept=kept,
            )
