"""A surname that nothing else tells of is settled by what the texts are about, over the real service."""

import random
from typing import Any

import pytest

from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.tokens import Role, create_token
from graph.types import WorkspaceId
from tests.e2e.running import Api, RunningService

WS = WorkspaceId("contexts")
FAMILIES = ("Brandt", "Costa", "Duval", "Fontana", "Hansen", "Kovac", "Moretti", "Novak")
SUBJECTS = (
    ("tidal turbines", "seabed cables", "estuary barrages", "rotor blades", "ocean currents", "moorings"),
    ("soprano arias", "opera libretti", "orchestra rehearsals", "theatre costumes", "duets", "overtures"),
    ("vaccine trials", "blood antibodies", "tumour biopsies", "hospital wards", "infections", "placebos"),
    ("penalty kicks", "league matches", "football referees", "goalkeepers", "relegation", "midfielders"),
    ("bronze tombs", "pottery fragments", "temple ruins", "excavation trenches", "burial coins", "mosaics"),
    ("wheat harvests", "irrigation ditches", "cattle barns", "fertilisers", "orchards", "dairy herds"),
    ("appeal courts", "jury verdicts", "plaintiffs", "statutes", "cross-examination", "bail hearings"),
    ("compilers", "database servers", "encryption protocols", "kernel patches", "web browsers", "caches"),
)
SAYS = (
    "{p} spent years on {a} and {b}.",
    "{p} wrote a long report on {a}, {b} and {c}.",
    "{p} told reporters that {a} depend on {c}.",
    "{p} knows more of {b} than of {c}.",
)


def pages() -> dict[str, bytes]:
    """Of each family two, each with a subject: of the first three texts with the whole name and one with the
    surname alone, of the second two."""
    rng, found = random.Random(4), {}
    for n, family in enumerate(FAMILIES):
        for k, first in enumerate(("Anna", "Peter")):
            subject = SUBJECTS[(n + 3 * k) % len(SUBJECTS)]
            for i, who in enumerate((*[f"{first} {family}"] * (3 - k), *[family] * (1 - k))):
                told = [
                    says.format(p=who, **dict(zip("abc", rng.sample(subject, 3), strict=True)))
                    for says in rng.sample(SAYS, 3)
                ]
                found[f"{family} {first} {i}.txt"] = " ".join(told).encode()
    return found


def beside(api: Api, **then: Any) -> list[dict[str, Any]]:
    """All merges whose score contexts raised, with whom the two texts are of (``bearers``)."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        after = {"cursor": cursor} if cursor else {}
        response = api.http.get("/merges", params={"limit": 100, **then, **after})
        assert response.status_code == 200, response.text
        page = response.json()
        of = {r["id"]: r["citation"]["uri"].rpartition(" ")[0] for r in page["referents"]}
        found += [
            {**m, "bearers": [of[m["a"]], of[m["b"]]]}
            for m in page["merges"]
            if "context" in {c["feature"] for c in m["contributions"]}
        ]
        cursor = page["next_cursor"]
    return found


def test_alike_texts_settle_a_surname_once_calibrate_has_learnt_what_that_is_worth(
    service: RunningService,
) -> None:
    ledger = Ledger.open(f"sqlite:///{service.home / 'ledger.db'}")
    with ledger.write() as conn:
        create_workspace(conn, WS)
        secret, _ = create_token(conn, WS, "curator", Role.ADMIN)
    ledger.close()
    with service.client(secret) as api:
        assert api.ended(api.upload(pages())["job_id"])["status"] == "done"
        assert beside(api) == [], "an epoch that has learnt nothing of contexts is not moved by them"
        learnt = api.http.post("/epochs/calibrate", timeout=120).json()
        assert learnt["contexts"] and all(level["odds"] > 1 for level in learnt["contexts"])
        ruling = {"ruling": {"kind": "adopt_epoch", "epoch": learnt["epoch"]}}
        made = api.http.post("/decisions", json=ruling)
        assert made.status_code == 201, made.text
        merged = [m for m in beside(api, min_position=made.json()["id"]) if m["status"] == "merged"]
        right = [m for m in merged if m["bearers"][0] == m["bearers"][1]]
        assert len(right) >= 3 and len(right) > 2 * (len(merged) - len(right)), merged
        assert all(sum(c["amount"] for c in m["contributions"]) == pytest.approx(m["score"]) for m in merged)

        taken_back = api.http.post(f"/decisions/{made.json()['id']}/revert", json={})
        assert beside(api, min_position=taken_back.json()["id"]) == []
