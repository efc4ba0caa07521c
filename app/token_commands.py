"""``veripath token``: who may use the service, and for which workspace."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from app.console import print_json
from app.home import write_privately
from app.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Tokens and workspaces: who may use the service, and for what.")
console = Console()
_notes = Console(stderr=True)  # standard output gets the secret alone, for $(...)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@app.callback()
def _begin() -> None:
    write_privately()  # the ledger may be made here


@app.command()
def create(
    role: Annotated[
        Literal["reader", "writer", "admin"],
        typer.Option(help="A reader asks, a writer also uploads, an admin also decides."),
    ],
    workspace: Annotated[
        str | None, typer.Option(help="Made where there is none; by default VERIPATH_WORKSPACE.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Whose it is; decisions bear it. By default the role.")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="12h, 30d, 8w, or a date; by default never.")] = None,
    json_: Json = False,
) -> None:
    """Make a token, and its workspace where there is none. The secret is shown this once."""
    from app.tokens import expiry, issue
    from graph.ledger.tokens import Role

    settings = load_settings()
    ends = None if expires is None else expiry(expires, datetime.now(UTC))
    own = settings.workspace if workspace is None else workspace
    made, new = issue(settings, own, Role(role), name=name or role, expires_at=ends)
    if json_:
        print_json({**made.as_json(), "new_workspace": new})
        return
    console.print(made.secret, markup=False, highlight=False, soft_wrap=True)
    whose = f"{role} of {'the new ' if new else ''}workspace {own!r}, id {made.token.id.hex()}"
    _notes.print(f"{whose}; keep it now, it cannot be shown again", markup=False, highlight=False)


@app.command("list")
def list_(
    workspace: Annotated[str | None, typer.Option(help="Its tokens only; by default all.")] = None,
    json_: Json = False,
) -> None:
    """Every token without its secret, the revoked and expired too."""
    from app.tokens import issued

    found = issued(load_settings(), workspace)
    if json_:
        print_json({"tokens": [each.as_json() for each in found]})
        return
    table = Table("workspace", "name", "role", "state", "created", "id", box=None, pad_edge=False)
    for each in found:
        token = each.token
        created = f"{token.created_at:%Y-%m-%d}"
        table.add_row(each.workspace, token.name, token.role.value, each.state, created, token.id.hex())
    console.print(table)


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its id, as `veripath token list` shows it.")],
    json_: Json = False,
) -> None:
    """Refuse a token from now on."""
    from app.tokens import revoke as revoke_token

    found = revoke_token(load_settings(), token)
    if json_:
        print_json({"revoked": found.token.id.hex(), "workspace": found.workspace, "name": found.token.name})
    else:
        console.print(
            f"revoked: {found.token.name}, {found.token.role.value} of workspace {found.workspace!r}"
        )
