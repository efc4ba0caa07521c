"""The bundled documents through the real service, Neo4j and vLLM: the manifest's questions, and others."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from neo4j import GraphDatabase

from app.local.vllm import LocalVllm
from tests.e2e.running import Api, RunningService
from tests.fixtures.neo4j import Neo4jServer

SAMPLES = Path(__file__).parents[2] / "app" / "samples"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))
QUESTIONS: list[dict[str, Any]] = MANIFEST["questions"]

# Not in the manifest, and asked in other words, so that nothing can be fitted to it.
MORE: list[dict[str, Any]] = [
    {"question": "Who founded Cavern Systems?", "answer_any": ["Pieter Brandt"]},
    {"question": "Where was Tomas Reyes born?", "answer_any": ["Carrick Bay"]},
    {"question": "Who runs Halcyon Power?", "answer_any": ["Julia Marsh"]},
    {"question": "Where is the Tidal Energy Council based?", "answer_any": ["Haverfield"]},
    {"question": "Who is the director of the Northern Harbour Authority?", "answer_any": ["Elias Moore"]},
    {"question": "Who is married to Jonas Marsh?", "answer_any": ["Anna Vance"]},
    {"question": "Who designed the Kestrel 4?", "answer_any": ["Leila Haddad"]},
    {"question": "When was Anna Vance born?", "answer_any": ["12 August 1971", "1971-08-12"]},
    {"question": "What is the budget of the Aurora bridge?", "status": "abstained"},
    {"question": "Who chairs Mercury Shipping?", "status": "abstained"},
]


@pytest.fixture(scope="module")
def api(
    tmp_path_factory: pytest.TempPathFactory, neo4j_server: Neo4jServer, vllm_server: LocalVllm
) -> Iterator[Api]:
    """The samples, uploaded in one call and done."""
    service = RunningService(
        tmp_path_factory.mktemp("samples") / "home",
        neo4j_server,
        VERIPATH_WORKSPACE="samples",
        VERIPATH_LLM_BASE_URL=vllm_server.base_url,
        VERIPATH_LLM_API_KEY=vllm_server.api_key,
        VERIPATH_LLM_MODEL=vllm_server.model_name,
    )
    service.start()
    try:
        with service.client() as api:
            files = {path.name: path.read_bytes() for path in sorted((SAMPLES / "documents").iterdir())}
            job = api.ended(api.upload(files)["job_id"])
            assert job["status"] == "done", job
            yield api
    finally:
        service.stop()


def check(answer: dict[str, Any], entry: dict[str, Any]) -> None:
    assert answer["status"] == entry.get("status", "answered"), answer["answer"] or answer["reason"]
    if answer["status"] == "abstained":
        assert answer["reason"]
        return
    assert any(text in answer["answer"] for text in entry["answer_any"]), answer["answer"]
    assert answer["citations"]
    if "cites_any" in entry:
        cited = {citation["uri"].removeprefix("upload:") for citation in answer["citations"]}
        assert cited & set(entry["cites_any"]), cited
    if entry.get("conflict"):
        assert answer["conflicts"]


@pytest.mark.parametrize("entry", QUESTIONS + MORE, ids=lambda entry: entry["question"])
def test_a_question_is_answered_from_the_right_documents_or_not_at_all(
    api: Api, entry: dict[str, Any]
) -> None:
    fields = {"as_of": entry["as_of"]} if "as_of" in entry else {}
    answer = api.ask(entry["question"], **fields)
    check(answer, entry)
    for citation in answer["citations"]:
        content = api.http.get(
            f"/documents/{citation['document_id']}/content",
            params={"highlight": f"{citation['start']}-{citation['end']}"},
        )
        assert content.status_code == 200 and "<mark" in content.text


@pytest.mark.parametrize(
    "entry", [e for e in QUESTIONS if e["shows"] == "multi-hop"], ids=lambda entry: entry["question"]
)
def test_paths_are_decoded_inside_the_trie_and_are_chains_of_accepted_facts(
    api: Api, entry: dict[str, Any]
) -> None:
    answer = api.ask(entry["question"], mode="paths")
    decoded = [path for path in answer["paths"] if path["decoded"]]
    assert decoded, answer["notices"]
    for path in decoded:
        check_chain(path)


def check_chain(path: dict[str, Any]) -> None:
    at = path["start"]
    for step in path["steps"]:
        fact = step["fact"]
        assert fact["status"] == "accepted" and fact["polarity"]
        assert at == (fact["head"] if step["forward"] else fact["tail"])
        at = fact["tail"] if step["forward"] else fact["head"]


@pytest.mark.parametrize("reasoning", ["walk", "entities"])
@pytest.mark.parametrize(
    "question", ["Where was the chief executive of Borealis Energy born?", "Who founded Tidewater Turbines?"]
)
def test_what_the_model_walks_or_names_stands_in_the_ledger(api: Api, reasoning: str, question: str) -> None:
    """The packaged model chooses poorly, so nothing is asked of its taste: each step is a fact with claims
    whose quotes are the documents' own, each path begins at what the question names and revisits nothing."""
    answer = api.ask(question, reasoning=reasoning, mode="paths")
    told = answer["decoding"]
    assert told["reasoning"] == reasoning and told["strategy"] == "search", told
    assert told["exact"] or (reasoning == "walk" and "each hop was chosen by itself" in told["reason"]), told
    assert told["considered"] > 1
    decoded = [path for path in answer["paths"] if path["decoded"]]
    assert decoded or (reasoning == "entities" and "none" in answer["reason"] + " ".join(answer["notices"]))
    named = {entity["id"] for entity in answer["entities"]}
    for path in decoded:
        check_chain(path)
        assert path["start"] in named and path["steps"]
        reached = [step["fact"]["tail" if step["forward"] else "head"] for step in path["steps"]]
        assert len({path["start"], *reached}) == len(path["steps"]) + 1
        for step in path["steps"]:
            fact = api.http.get(f"/graph/facts/{step['fact']['id']}").raise_for_status().json()
            assert fact["status"] == "accepted" and fact["claims"]
            assert {k: fact[k] for k in ("head", "relation", "tail")} == {
                k: step["fact"][k] for k in ("head", "relation", "tail")
            }
            for claim in fact["claims"]:
                cited = claim["citation"]
                content = api.http.get(
                    f"/documents/{cited['document_id']}/content",
                    params={"highlight": f"{cited['start']}-{cited['end']}"},
                )
                assert content.status_code == 200 and "<mark" in content.text
    metrics = api.http.get("/metrics").text
    assert "veripath_decoded_outside_trie 0.0" in metrics


@pytest.mark.parametrize(
    "question",
    [
        "Who founded Tidewater Turbines?",
        "What is the capacity of Selwyn Tidal Park?",
        "What is Project Meridian about?",
    ],
)
def test_a_written_answer_says_nothing_that_it_does_not_cite(api: Api, question: str) -> None:
    """The packaged model writes poorly, so nothing is asked of its prose: only of what leaves."""
    body = {"query": question, "answer": "generative", "instructions": "One short sentence.", "stream": True}
    streamed = api.http.post("/query", json=body, headers={"accept": "application/x-ndjson"})
    events = [json.loads(line) for line in streamed.text.splitlines() if line]
    answer = events[-1]["data"]
    assert events[-1]["event"] == "done" and answer["style"] == "generative", answer["notices"]
    assert answer["usage"]["sources"] and answer["usage"]["prompt_tokens"] > 300
    assert answer["usage"]["completion_tokens"] and answer["timings"]["write"]
    sentences = [each["data"] for each in events if each["event"] == "sentence"]
    assert "".join(sentence["text"] for sentence in sentences) == answer["answer"]
    assert bool(sentences) == (answer["status"] == "answered") and bool(answer["reason"]) != bool(sentences)
    known = {citation["number"] for citation in answer["citations"]}
    for sentence in sentences:
        marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", sentence["text"])}
        assert marks and marks <= known


def test_a_follow_up_is_understood_from_the_conversation(api: Api) -> None:
    first = api.ask("Who is the chief executive of Borealis Energy?")
    history = [
        {"role": "user", "content": "Who is the chief executive of Borealis Energy?"},
        {"role": "assistant", "content": first["answer"]},
    ]
    answer = api.ask("Where was he born?", conversation_history=history)
    assert answer["question"] == "Where was Tomas Reyes born?" and "Carrick Bay" in answer["answer"]


def test_every_sample_is_live_and_every_format_is_there(api: Api) -> None:
    documents = api.http.get("/documents", params={"limit": 100}).json()["documents"]
    assert len(documents) == len(list((SAMPLES / "documents").iterdir())) >= 20
    assert all(document["live"] for document in documents)
    assert len({document["media_type"] for document in documents}) == 5


def test_names_of_one_thing_are_one_entity(api: Api) -> None:
    found = api.http.get("/graph/entities", params={"q": "Borealis Energy AG"}).json()["entities"]
    borealis = [e for e in found if {"Borealis", "Borealis Energy"} & {e["name"], *e["aliases"]}]
    assert len(borealis) == 1, borealis


def test_homonyms_stay_apart(api: Api) -> None:
    found = api.http.get("/graph/entities", params={"q": "Marsh"}).json()["entities"]
    names = {e["name"] for e in found}
    assert {"Julia Marsh", "Jonas Marsh"} <= names


def test_the_saved_queries_show_something_of_the_samples(api: Api, neo4j_server: Neo4jServer) -> None:
    text = (SAMPLES.parents[1] / "docs/browser/queries.cypher").read_text(encoding="utf-8")
    names = dict(re.findall(r"(?m)^:param (\w+) => '(.*)'$", text)) | {"workspace": "samples"}
    queries = re.split(r"\n{2,}", re.sub(r"(?m)^(//|:param).*$", "", text).strip())
    assert len(queries) == 7
    with GraphDatabase.driver(neo4j_server.uri, auth=(neo4j_server.user, neo4j_server.password)) as driver:
        for query in queries:
            assert driver.execute_query(query, names).records, query
