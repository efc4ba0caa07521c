"""``veripath calibrate``, ``adjudicate``, ``propose-links``, ``links``, ``follow`` and ``verify``: what is
learnt from the evidence, what a model is asked about it, and whether the graph is what it makes."""

import time
from typing import Annotated, Any

import typer
from rich.console import Console

from app.client import Client, connected
from app.console import follow_job, print_json, show_job, show_learnt, show_links, show_verified

app = typer.Typer()
console = Console()
_errors = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Wait = Annotated[bool, typer.Option(help="Follow the job until the graph has it.")]


@app.command()
def calibrate(
    adopt: Annotated[
        bool, typer.Option(help="Adopt what was learnt: the graph is fused anew by it.")
    ] = False,
    json_: Json = False,
) -> None:
    """Learn from all live evidence, without labels, an epoch; nothing changes until it is adopted."""
    with connected(timeout=3600.0) as client:
        with _errors.status("learning from all live evidence"):
            learnt = client.post("/epochs/calibrate", {})
        decision = None
        if adopt:
            ruling = {"kind": "adopt_epoch", "epoch": learnt["epoch"]}
            decision = client.post("/decisions", {"ruling": ruling, "reason": "veripath calibrate"})["id"]
    if json_:
        print_json({**learnt, "decision": decision})
        return
    console.print(
        f"epoch {learnt['epoch']}: {learnt['rare_words']} rare words, {len(learnt['sources'])} sources, "
        f"{len(learnt['phrases'])} phrases, traits of {len(learnt['traits'])} relations"
    )
    show_learnt(learnt, console)
    if decision is None:
        console.print("adopt it with: veripath calibrate --adopt")
    else:
        console.print(f"adopted by decision {decision}; POST /decisions/{decision}/revert takes it back")


@app.command()
def adjudicate(
    max_questions: Annotated[int, typer.Option(help="The most that is asked: 1 to 2000.")] = 100,
    wait: Wait = True,
    json_: Json = False,
) -> None:
    """Let the language model judge the pairs that wait and the conflicts that tie, each once."""
    with connected() as client:
        begun = client.post("/merges/adjudicate", {"max_questions": max_questions})
        more = "more wait: the same command goes on with them" if begun["more"] else ""
        _run(client, begun, begun["questions"], "questions", more, wait=wait, json_=json_)


@app.command("propose-links")
def propose_links(
    max_neighbourhoods: Annotated[int, typer.Option(help="The most that the model is shown: 1 to 500.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Go on where the call before ended.")] = None,
    min_consistency: Annotated[float, typer.Option(help="Least share of wordings that agree.")] = 0.5,
    min_plausibility: Annotated[float, typer.Option(help="Least share of corrupted links beaten.")] = 0.5,
    wait: Wait = True,
    json_: Json = False,
) -> None:
    """Let the language model propose links that no document states; answers leave them out by default."""
    body = {"max_neighbourhoods": max_neighbourhoods, "cursor": cursor}
    least = {"min_consistency": min_consistency, "min_plausibility": min_plausibility}
    with connected() as client:
        begun = client.post("/links/propose", {**body, **least})
        following = begun["next_cursor"]
        more = f"more entities with: --cursor {following}" if following else ""
        _run(client, begun, begun["neighbourhoods"], "neighbourhoods", more, wait=wait, json_=json_)


@app.command()
def links(
    limit: Annotated[int, typer.Option(help="How many to show: 1 to 1000.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Go on where the page before ended.")] = None,
    json_: Json = False,
) -> None:
    """The links that a model proposed, with their scores, how each stands and why."""
    with connected() as client:
        page = client.get("/links", limit=limit, cursor=cursor)
    if json_:
        print_json(page)
    else:
        show_links(page, console)


@app.command()
def follow(job: Annotated[str, typer.Argument(help="Its id.")], json_: Json = False) -> None:
    """Follow a job until it ends; Ctrl-C stops the watching, not the job."""
    with connected() as client:
        _follow(client, job, "items", json_=json_)


@app.command()
def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Make anew what the evidence denies.")] = False,
    json_: Json = False,
) -> None:
    """Fuse all evidence from nothing and compare the ledger's graph with it; exit code 1 while they differ.

    `veripath verify-graph` holds Neo4j to the ledger in its turn.
    """
    with connected(timeout=3600.0) as client, _errors.status("fusing all live evidence from nothing"):
        found = client.post("/graph/digest/verify", {"repair": repair})
    if json_:
        print_json(found)
    else:
        show_verified(found, console)
    if not found["sound"]:
        raise typer.Exit(1)


def _run(
    client: Client, begun: dict[str, Any], count: int, what: str, more: str, *, wait: bool, json_: bool
) -> None:
    job = begun["job_id"]
    if more and not json_:
        console.print(more)
    if job is not None and wait:
        _follow(client, job, what, json_=json_)
    elif json_:
        print_json(begun)
    else:
        console.print(f"job {job}: {count} {what}" if job else f"no {what} to ask about")


def _follow(client: Client, job: str, what: str, *, json_: bool) -> None:
    begun = time.monotonic()
    try:
        state = follow_job(client, job, _errors, what)
    except KeyboardInterrupt:
        _errors.print(f"job {job} goes on; see it with: veripath follow {job}")
        raise typer.Exit(130) from None
    if json_:
        print_json(state)
    else:
        show_job(state, console, time.monotonic() - begun, what)
    if state["status"] != "done":
        raise typer.Exit(1)
