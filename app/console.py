"""What the command line shows a person: progress of a job, answers with their paths and quotes."""

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.client import Client

if TYPE_CHECKING:
    from graph.projection.verify import Verification

POLL_SECONDS = 0.4
_ROWS = 10  # of a table of what was learnt
ENDED = frozenset({"done", "failed", "cancelled"})


def print_json(value: Any) -> None:
    """A command's result for scripts; nothing else goes to standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def follow_job(client: Client, job: str, console: Console, what: str = "documents") -> dict[str, Any]:
    """Show a job until it ends; returns its last state. Ctrl-C stops the watching, not the job."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed}}/{{task.total}} {what}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("waiting", total=None)
        while True:
            state = client.get(f"/jobs/{job}")
            items = state["items"]
            ended = sum(item["status"] in ENDED for item in items)
            stages = Counter(item["stage"] for item in items if item["stage"] and item["status"] not in ENDED)
            description = ", ".join(f"{stage} {n}" for stage, n in sorted(stages.items())) or "waiting"
            progress.update(task, completed=ended, total=len(items), description=description)
            if state["status"] != "running":
                return state
            time.sleep(POLL_SECONDS)


def show_job(state: dict[str, Any], console: Console, seconds: float, what: str = "documents") -> None:
    counts = Counter(item["status"] for item in state["items"])
    told = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))
    console.print(f"{len(state['items'])} {what} in {seconds:.1f} s: {told}")
    for item in state["items"]:
        if item["error"]:
            console.print(f"  [red]{escape(item['filename'])}[/red]: {escape(item['error'])}")


def show_replaced(items: Sequence[dict[str, Any]], console: Console) -> None:
    """Which uploads took the place of another document: the same source was read before with other bytes."""
    for item in items:
        name, former = escape(item["filename"]), item["replaced"][:12]
        console.print(
            f"  [yellow]{name}[/yellow] replaces what {escape(item['uri'])} was (document {former}...)"
        )


def show_differences(
    found: "Verification", left: "Verification", console: Console, *, repaired: bool
) -> None:
    """What differed between graph and ledger, with examples, and what became of it."""
    if found.sound:
        console.print(f"[green]the graph is what the ledger says[/green]: {found.checked} rows compared")
        return
    console.print(
        f"{found.checked} rows compared: {found.missing} missing, {found.changed} changed, "
        f"{found.extra} extra, {found.strays} relationships that no fact put there"
    )
    for example in found.examples:
        console.print(f"  {escape(example)}")
    if left.sound:
        console.print("[green]mended[/green]: the graph is what the ledger says")
    elif not repaired:
        console.print("mend it with: veripath verify-graph --repair")
    else:
        console.print("[red]some differ still[/red]: write the graph anew with: veripath rebuild-graph")


def show_verified(found: dict[str, Any], console: Console) -> None:
    """Whether the ledger's rows are what its evidence makes, and of which tables they were not."""
    for each in found["tables"]:
        if not each["sound"]:
            told = ", ".join(f"{name} {each[name][:16]}" for name in ("kept", "of_rows", "of_evidence"))
            console.print(f"  [red]{each['table']}[/red]: {told}")
    if not found["sound"]:
        console.print("the rows are not what the evidence makes; make them anew: veripath verify --repair")
        return
    told = "[green]made anew[/green]" if found["repaired"] else "[green]sound[/green]"
    console.print(f"{told}: kept sums, stored rows and a fuse from nothing agree")
    console.print(f"digest {found['digest']} at position {found['position']}")


def show_answer(question: str, answer: dict[str, Any], console: Console) -> None:
    """The answer, the paths it stands on, its numbered quotes, and what contradicts it."""
    console.print()
    console.print(f"[bold]? {escape(question)}[/bold]")
    if answer["status"] == "abstained":
        console.print(f"  [yellow]No answer.[/yellow] {escape(answer['reason'])}")
    else:
        console.print(Padding(f"[green]{escape(answer['answer'])}[/green]", (0, 0, 0, 2)))
    for path in answer["paths"][:3]:
        how = "decoded" if path["decoded"] else "found"
        console.print(Padding(f"[cyan]path[/cyan] ({how}) {escape(path['text'])}", (0, 0, 0, 2)))
    for citation in answer["citations"]:
        console.print(Padding(_citation(citation), (0, 0, 0, 2)))
    for conflict in answer["conflicts"]:
        rivals = "; ".join(f"{r['text']} ({r['fact']['status']})" for r in conflict["rivals"])
        line = f"[magenta]conflict[/magenta] {escape(conflict['text'])} / {escape(rivals)}"
        console.print(Padding(line, (0, 0, 0, 2)))
    if decoding := answer.get("decoding"):
        told = f"decoded by {decoding['strategy']} among {decoding['considered']} choices" + (
            "" if decoding["exact"] else f", not exact: {decoding['reason']}"
        )
        console.print(Padding(f"[dim]{escape(told)}[/dim]", (0, 0, 0, 2)))
    for notice in answer["notices"]:
        console.print(Padding(f"[dim]{escape(notice)}[/dim]", (0, 0, 0, 2)))


def show_merges(page: dict[str, Any], console: Console) -> None:
    """Each pair with its score and why, then the documents that it was read from."""
    seen = {each["id"]: each for each in page["referents"]}
    if "entity" in page:
        made_of = f"{page['referent_count']} referents"
        console.print(f"[bold]{escape(page['name'])}[/bold] ({page['type']}): {made_of}")
    for merge in page["merges"]:
        author = merge["author"]
        whose = author["by"] if author["by"] == "matcher" else f"{author['by']} {author['name']}"
        names = " / ".join(escape(_first_name(seen[merge[end]])) for end in "ab")
        console.print(
            f"[cyan]{merge['status']}[/cyan] {merge['score']:.2f} {names} [dim]{escape(whose)}[/dim]"
        )
        for told in (merge["contributions"][0]["detail"], merge["because"], author["reason"]):
            if told:
                console.print(Padding(escape(told), (0, 0, 0, 2)))
        for end in "ab":
            context = " ".join(seen[merge[end]]["context"].split())
            console.print(Padding(f"[dim]{merge[end]} \u201c{escape(context)}\u201d[/dim]", (0, 0, 0, 2)))
    if not page["merges"]:
        console.print("no merges here")
    if page["next_cursor"]:
        console.print(f"more with: --cursor {page['next_cursor']}")


def show_links(page: dict[str, Any], console: Console) -> None:
    """Each proposed link with its scores, and how it stands."""
    for link in page["links"]:
        head, tail = (escape(link[end]["name"] or link[end]["referent"]) for end in ("head", "tail"))
        mark = "[cyan]inferred[/cyan]" if link["fact"] else "[dim]not there[/dim]"
        scores = f"consistency {link['consistency']:.2f}, plausibility {link['plausibility']:.2f}"
        console.print(f"{mark} {head} {link['relation']} {tail} ({scores})")
        told = f"decision {link['decision']} of {link['proposer']}: {link['because']}"
        console.print(Padding(f"[dim]{escape(told)}[/dim]", (0, 0, 0, 2)))
    if not page["links"]:
        console.print("no links were proposed; ask a model for some with: veripath propose-links")
    if page["next_cursor"]:
        console.print(f"more with: --cursor {page['next_cursor']}")


def show_learnt(learnt: dict[str, Any], console: Console) -> None:
    """What an epoch would change, a table a kind: what was not learnt is not shown."""
    trust = sorted(learnt["sources"].items(), key=lambda source: (source[1], source[0]))
    _show_some(
        console, "Sources, least trusted first", ("source", "trust"), [(s, f"{t:.2f}") for s, t in trust]
    )
    if trust:
        console.print(f"a source that is not known is trusted by {learnt['default_trust']:.2f}")
    guessed = [(relation, str(n)) for relation, n in sorted(learnt["false_values"].items())]
    _show_some(console, "Values that a wrong source chooses from", ("relation", "values"), guessed)
    phrases = [
        (p["phrase"], p["relation"] + (" (turned)" if p["turned"] else ""), f"{p['score']:.2f}")
        for p in sorted(learnt["phrases"], key=lambda p: (p["score"], p["phrase"]))
    ]
    _show_some(
        console, "Phrases that would be typed, least alike first", ("phrase", "relation", "alike"), phrases
    )
    traits = [(relation, ", ".join(found)) for relation, found in sorted(learnt["traits"].items())]
    _show_some(console, "Traits of relations", ("relation", "found to be"), traits)
    levels = [(f"{level['bits']} bits", f"x {level['odds']:.1f}") for level in learnt["contexts"]]
    _show_some(console, "Odds that two in doubt are one", ("contexts differ by", "odds"), levels)
    console.print(f"each neighbour or value that two documents share: odds x {learnt['shared']:.1f}")


def _show_some(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first rows as a table, and how many there are beyond; nothing where there are none."""
    if not rows:
        return
    table = Table(*columns, title=title, title_justify="left", box=None)
    for row in rows[:_ROWS]:
        table.add_row(*map(escape, row))
    console.print(table)
    if len(rows) > _ROWS:
        console.print(f"  and {len(rows) - _ROWS} more; all with --json")


def _first_name(referent: dict[str, Any]) -> str:
    return str(referent["names"][0] if referent["names"] else referent["type"])


def _citation(citation: dict[str, Any]) -> str:
    place = citation["uri"] + (f", page {citation['page']}" if citation["page"] else "")
    place += f", characters {citation['start']}-{citation['end']}"
    quote = " ".join(citation["quote"].split())
    return f"\\[{citation['number']}] \u201c{escape(quote)}\u201d [dim]{escape(place)}[/dim]"
