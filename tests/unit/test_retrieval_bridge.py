"""The hop: from a passage that the question finds to one that only shares a rare entity with it."""

import pytest

from graph.ports import ChunkText, EntityHit
from graph.types import ContentId, EntityId, Span
from retrieval.bridge import own_page
from retrieval.linking import Linker
from retrieval.retrievers import PassageRetriever
from tests.fakes.embedder import ExactVectors, StemEmbedder
from tests.fakes.graph_store import WS, MemoryGraph


class Library:
    """Passages by title; entities are linked wherever their name stands."""

    def __init__(self, texts: dict[str, str], names: dict[str, str], filler: int = 30) -> None:
        self.graph, self.vectors, self.embedder = MemoryGraph(), ExactVectors(), StemEmbedder()
        self.title: dict[bytes, str] = {}
        texts = texts | {
            f"Filler {i}": f"Nothing to see number {i} among waters and hills." for i in range(filler)
        }
        for title, text in texts.items():
            (id_,) = self.graph.chunk_ids(self.graph.document(title, text))
            self.title[id_] = title
            self.vectors.put(WS, "chunk", [id_], self.embedder.embed([f"{title} {text}"]))
        for name, kind in names.items():
            entity = self.graph.entity(name, kind)
            for id_, title in self.title.items():
                if name in f"{title} {texts[title]}":
                    self.graph.mention(id_, entity)
        self.retriever = PassageRetriever(self.graph, self.vectors, self.graph, self.embedder)
        self.linker = Linker(self.graph, self.vectors, self.embedder)

    async def hybrid(self, question: str) -> list[str]:
        return [self.title[id_] for id_, _ in (await self.retriever.hybrid(WS, question)).scores]

    async def bridged(self, question: str) -> list[str]:
        found = await self.retriever.bridged(WS, question, await self.linker.link(WS, question))
        self.bridges = {self.title[id_]: bridge.entity for id_, bridge in found.bridges.items()}
        return [self.title[id_] for id_, _ in found.scores]


TEXTS = {
    "Psychotherapy Review": "The Psychotherapy Review is published by the Veltin Society every month.",
    "Veltin Society": "The Veltin Society began in 1892. Stanley Hall was its first chair.",
    "Old chairs": "A chair with four legs was first made of oak; chairs were published in catalogues.",
}
NAMES = {"Psychotherapy Review": "Work", "Veltin Society": "Organization", "Stanley Hall": "Person"}
QUESTION = "Who was the first chair of the body that publishes the Psychotherapy Review?"


async def test_the_second_hop_is_found_and_explained() -> None:
    library = Library(TEXTS, NAMES)
    assert (await library.bridged(QUESTION))[:2] == ["Psychotherapy Review", "Veltin Society"]
    assert library.bridges["Veltin Society"] == "Veltin Society"
    assert (await library.hybrid(QUESTION)).index("Old chairs") < (await library.hybrid(QUESTION)).index(
        "Veltin Society"
    )


async def test_an_entity_in_too_many_passages_is_no_bridge() -> None:
    crowd = {f"Meeting {i}": f"The Veltin Society met for the {i}th time." for i in range(60)}
    library = Library(TEXTS | crowd, NAMES, filler=0)
    await library.bridged(QUESTION)
    assert library.bridges == {}


async def test_an_entity_that_the_question_names_is_no_bridge() -> None:
    library = Library(TEXTS, NAMES)
    await library.bridged("Who was first chair of the Veltin Society of the Psychotherapy Review?")
    assert "Veltin Society" not in library.bridges.values()


SCHOOLED = {
    "Harris Fawell": "Harris Fawell went to the East Selby High School before he sat in the assembly.",
    "East Selby, Norland": "East Selby is a city in the county of Thorne.",
    "Selby trams": "Trams ran through East Selby until 1950.",
}


async def test_a_name_within_a_longer_one_leads_to_its_own_page_alone() -> None:
    library = Library(SCHOOLED, {"Harris Fawell": "Person"})
    selby = library.graph.entity("East Selby", "Place")
    for id_, title in library.title.items():
        if title in {"East Selby, Norland", "Selby trams"}:
            library.graph.mention(id_, selby)
    found = await library.bridged("In what county is the city where Harris Fawell went to school?")
    assert set(found[:2]) == {"Harris Fawell", "East Selby, Norland"}
    assert library.bridges["East Selby, Norland"] == "East Selby"


@pytest.mark.parametrize(
    ("title", "own"),
    [
        ("Lantern", True),
        ("The LANTERN (song)", True),
        ("Lantern, Norland", True),
        ("Lantern fish", False),
        ("On the Lantern (song)", False),
    ],
)
def test_a_title_that_tells_its_name_apart_is_the_name_s_page(title: str, own: bool) -> None:
    entity = EntityHit(EntityId(b"e"), "The Lantern", "Work", (), 1.0)
    chunk = ChunkText(b"c", ContentId(b"d"), 0, Span(0, 4), "Text", None, (), title, "file:a")
    assert own_page(entity, chunk) == own


async def test_without_links_the_hybrid_order_stands() -> None:
    library = Library(TEXTS, {})
    assert await library.bridged(QUESTION) == await library.hybrid(QUESTION)


async def test_an_empty_workspace_has_no_passages() -> None:
    library = Library({}, {}, filler=0)
    assert await library.bridged(QUESTION) == []


@pytest.mark.parametrize("broken", [None, "embedder", "search_chunks"])
async def test_one_retriever_is_enough(broken: str | None) -> None:
    library = Library(TEXTS, NAMES)
    if broken == "embedder":
        library.embedder.broken = True
    elif broken:
        library.graph.broken.add(broken)
    found = await library.retriever.hybrid(WS, QUESTION)
    assert library.title[found.scores[0][0]] == "Psychotherapy Review"
    assert len(found.notices) == (broken is not None)


async def test_nothing_answers_when_all_is_broken() -> None:
    library = Library(TEXTS, NAMES)
    library.embedder.broken = True
    library.graph.broken.add("search_chunks")
    with pytest.raises(Exception, match="broken on purpose"):
        await library.retriever.hybrid(WS, QUESTION)
