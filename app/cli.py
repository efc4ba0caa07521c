"""``veripath``: the command line."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from app import review_commands, token_commands
from app.client import FILES_PER_REQUEST, connected, expand, service_url
from app.console import (
    follow_job,
    print_json,
    show_answer,
    show_differences,
    show_job,
    show_merges,
    show_replaced,
)
from app.home import write_privately
from app.settings import load_settings
from graph.errors import ConfigurationError, InvalidInput, VeripathError

if TYPE_CHECKING:
    from app.local.graph_care import Care  # the graph's drivers load with the commands that need them

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Veripath: documents become one graph; answers can be followed back to the page.",
)
app.add_typer(token_commands.app, name="token")
app.add_typer(review_commands.app)
console = Console()
_errors = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@app.command()
def up(
    samples: Annotated[bool, typer.Option(help="Upload the bundled documents and ask about them.")] = False,
    engine: Annotated[bool, typer.Option(help="Start vLLM, for decoded paths.")] = True,
    once: Annotated[bool, typer.Option(help="Stop when the samples are answered.")] = False,
) -> None:
    """Start everything on this machine and keep serving; Ctrl-C stops what was started."""
    from app.local.tour import run

    run(load_settings(), console, samples=samples, engine=engine, once=once)


@app.command()
def serve() -> None:
    """Run the service alone, in the foreground; Neo4j and the engine are where the settings say."""
    from app.api import serve as serve_http

    write_privately()
    serve_http(load_settings())


@app.command()
def worker() -> None:
    """Run an ingestion worker apart from the service, on the same ledger."""
    from app.worker import run

    write_privately()
    run(load_settings())


@app.command()
def install() -> None:
    """Fetch all that the local parts need (jars, engine environment, model), so that a start is quick."""
    from app.local.stack import Stack

    Stack(load_settings()).install(progress=console.print)


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, globs; zip and tar are unpacked.")],
    wait: Annotated[bool, typer.Option(help="Follow the job until the graph has it.")] = True,
    json_: Json = False,
) -> None:
    """Upload documents and follow them into the graph."""
    files = expand(paths)
    if not files:
        raise InvalidInput("no files found there: name files, folders or globs")
    begun, jobs = time.monotonic(), []
    with connected() as client:
        for first in range(0, len(files), FILES_PER_REQUEST):
            accepted = client.upload(files[first : first + FILES_PER_REQUEST])
            job = accepted["job_id"]
            replaced = [each for each in accepted["items"] if each["replaced"]]
            if not json_:
                show_replaced(replaced, console)
            if wait:
                state = follow_job(client, job, _errors)
                if not json_:
                    show_job(state, console, time.monotonic() - begun)
            else:
                state = accepted
                if not json_:
                    console.print(f"job {job}: {len(accepted['items'])} documents accepted")
            jobs.append({**state, "replaced": replaced})
    if json_:
        print_json({"jobs": jobs})
    if any(item["status"] == "failed" for state in jobs for item in state["items"]):
        raise typer.Exit(1)


@app.command()
def reread(
    wait: Annotated[bool, typer.Option(help="Follow the job until the graph has it.")] = True,
    json_: Json = False,
) -> None:
    """Read documents again that would be read otherwise now, as after an upgrade of Veripath."""
    begun = time.monotonic()
    with connected() as client:
        begin = client.post("/documents/reread", {})
        job = begin["job_id"]
        state = follow_job(client, job, _errors) if job and wait else begin
    if json_:
        print_json(state)
    elif job is None:
        console.print("every document is read as it would be now")
    elif wait:
        show_job(state, console, time.monotonic() - begun)
    else:
        console.print(f"job {job}: {begin['documents']} documents are read again")
    if job and wait and state["status"] != "done":
        raise typer.Exit(1)


@app.command()
def ask(
    question: str,
    mode: Annotated[str, typer.Option(help="auto, hybrid, graph, vector or paths.")] = "auto",
    as_of: Annotated[str | None, typer.Option(help="The graph as it was valid then: 2019, 2019-05.")] = None,
    top_k: Annotated[int, typer.Option(help="How many passages and paths to weigh.")] = 8,
    max_hops: Annotated[int, typer.Option(help="Longest path, in facts: 1 to 3.")] = 2,
    reasoning: Annotated[
        str, typer.Option(help="What the model decides inside the graph: paths, walk or entities.")
    ] = "paths",
    answer: Annotated[str, typer.Option(help="extractive, or generative: a model writes.")] = "extractive",
    instructions: Annotated[
        str | None, typer.Option(help="Tone, language and format of a generative answer.")
    ] = None,
    include_inferred: Annotated[
        bool, typer.Option(help="Let facts answer that only follow from what is stated.")
    ] = False,
    json_: Json = False,
) -> None:
    """Ask a question; the answer comes with its path, quotes and conflicts, or with why there is none."""
    body: dict[str, Any] = {"query": question, "mode": mode, "top_k": top_k, "answer": answer}
    body |= {"max_hops": max_hops, "reasoning": reasoning, "include_inferred": include_inferred}
    body |= {"as_of": as_of} if as_of is not None else {}
    body |= {"instructions": instructions} if instructions is not None else {}
    with connected() as client:
        told = client.post("/query", body)
    if json_:
        print_json(told)
    else:
        show_answer(question, told, console)


@app.command()
def merges(
    entity: Annotated[str | None, typer.Argument(help="Why is this entity one? By any of its ids.")] = None,
    status: Annotated[
        str | None, typer.Option(help="merged, grey (it waits), namesakes or separated.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many to show: 1 to 200.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Go on where the page before ended.")] = None,
    json_: Json = False,
) -> None:
    """What was taken for one thing, what waits for a word, and why; with --json also how to change it."""
    path = "/merges" if entity is None else f"/graph/entities/{entity}/merges"
    with connected() as client:
        page = client.get(path, status=status, limit=limit, cursor=cursor)
    if json_:
        print_json(page)
    else:
        show_merges(page, console)


@app.command()
def ontology(
    set_: Annotated[Path | None, typer.Option("--set", help="Set this TOML file as the ontology.")] = None,
    proposed: Annotated[bool, typer.Option(help="With what the workspace's facts say of it.")] = False,
    json_: Json = False,
) -> None:
    """The ontology in force as TOML; set one from a file, and the documents are read again."""
    with connected() as client:
        if set_ is None:
            found = client.get("/ontology/proposed" if proposed else "/ontology")
        else:
            try:
                text = set_.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise InvalidInput(f"{set_} cannot be read as a text file: {error}") from error
            found = client.post("/decisions", {"ruling": {"kind": "change_ontology", "text": text}})
    if json_:
        print_json(found)
    elif set_ is None:
        typer.echo(found["text"])
    else:
        job = found["job_id"]
        console.print(f"decision {found['id']}" + (f", job {job} reads the documents again" if job else ""))


@app.command()
def status(json_: Json = False) -> None:
    """What runs, what is ready and what is missing."""
    settings = load_settings()
    with connected(settings) as client:
        ready = client.readiness()
        jobs = client.get("/jobs")["jobs"]
    if json_:
        print_json({"readiness": ready, "jobs": jobs})
        return
    console.print(
        f"service {ready['status']} at {service_url(settings)}, workspace {escape(ready['workspace'])}"
    )
    for name, part in ready["parts"].items():
        mark = "[green]ok[/green]     " if part["ok"] else "[red]missing[/red]"
        console.print(f"  {mark} {name}: {escape(part['detail'])}")
    for job in jobs[:5]:
        told = ", ".join(f"{n} {state}" for state, n in job["counts"].items() if n)
        console.print(f"  job {job['id']}: {job['status']} ({told})")


@app.command()
def doctor(json_: Json = False) -> None:
    """What is installed and reachable, and how to mend what is not."""
    from app.local.doctor import examine

    findings = examine(load_settings())
    if json_:
        print_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            mark = "[green]ok  [/green]" if finding.ok else "[red]mend[/red]"
            console.print(f"{mark} {finding.name}: {finding.detail}")
    if not all(finding.ok for finding in findings if finding.required):
        raise typer.Exit(1)


@app.command("verify-graph")
def verify_graph(
    repair: Annotated[bool, typer.Option("--repair", help="Undo what was changed by hand.")] = False,
    json_: Json = False,
) -> None:
    """Compare the graph in Neo4j with the ledger; exit code 1 while they differ."""
    from app.local.graph_care import verify_graph as verify

    write_privately()
    _tell(verify(load_settings(), repair=repair), json_)


@app.command("rebuild-graph")
def rebuild_graph(json_: Json = False) -> None:
    """Clear the graph in Neo4j, write it anew from the ledger, and verify it."""
    from app.local.graph_care import rebuild_graph as rebuild

    write_privately()
    _tell(rebuild(load_settings()), json_)


@app.command()
def down(json_: Json = False) -> None:
    """Stop every local part of this home, whichever command started it."""
    from app.local.stack import Stack

    stopped = Stack(load_settings()).stop_all()
    if json_:
        print_json({"stopped": stopped})
    else:
        console.print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json_: Json = False,
) -> None:
    """Stop the local parts and delete their data: ledger, documents, graph. Downloads are kept."""
    from app.local.stack import reset as reset_stack

    settings = load_settings()
    if json_ and not yes:
        raise InvalidInput("a script says --yes to delete all documents and the graph")
    if not yes and not typer.confirm(f"Delete all documents and the graph in {settings.home}?"):
        raise typer.Exit(1)
    reset_stack(settings)
    if json_:
        print_json({"emptied": str(settings.home), "kept": str(settings.cache)})
    else:
        console.print(f"{settings.home} is empty; downloads in {settings.cache} are kept")


def _tell(care: "Care", json_: bool) -> None:
    if json_:
        print_json(care.as_json())
    else:
        show_differences(care.found, care.left, console, repaired=care.repaired)
    if not care.left.sound:
        raise typer.Exit(1)


def main() -> None:
    """Run a command; an error of the tree is one sentence and exit code 1 or 2, never a stack trace.

    With ``--json`` it is an object on standard output, like every other result.
    """
    try:
        app()
    except VeripathError as error:
        if "--json" in sys.argv:
            print_json({"error": type(error).__name__, "detail": str(error)})
        else:
            _errors.print(f"[red]{type(error).__name__}[/red]: {escape(str(error))}", highlight=False)
        sys.exit(2 if isinstance(error, ConfigurationError | InvalidInput) else 1)


if __name__ == "__main__":
    main()
