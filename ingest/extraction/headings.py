"""What the heading of a column, or the key of a "Key: value" line, means in the words of the ontology."""

import re
from dataclasses import dataclass

from graph.epochs.wording import forms
from graph.ontology import THING, Ontology
from graph.relations import RelationType
from graph.types import Value, ValueKind

ROLE, SINCE, UNTIL, AT, NAME, NUMBER, ID = "role", "since", "until", "at", "name", "number", "id"
_SPECIAL = {
    **dict.fromkeys(("role", "post", "position", "title", "function", "office", "job title", "job"), ROLE),
    **dict.fromkeys(
        ("since", "from", "start", "in office since", "appointed", "joined", "start date", "valid from"),
        SINCE,
    ),
    **dict.fromkeys(("until", "to", "end", "end date", "left", "valid to"), UNTIL),
    **dict.fromkeys(("year", "as of", "date", "period", "financial year", "fiscal year"), AT),
    **dict.fromkeys(("name", "full name", "person", "entity"), NAME),
    **dict.fromkeys(("id", "identifier", "no", "nr", "#", "number", "rank", "row"), NUMBER),
}
# What a heading's words mean where "<heading> of" is not already a phrase of the ontology.
_PHRASES: dict[str, tuple[str, ...]] = {
    "headquarters": ("headquarter in",),
    "head office": ("headquarter in",),
    "hq": ("headquarter in",),
    "seat": ("headquarter in",),
    "based in": ("base in",),
    "location": ("locate in",),
    "city": ("locate in",),
    "town": ("locate in",),
    "country": ("locate in",),
    "place": ("locate in",),
    "region": ("locate in",),
    "province": ("locate in",),
    "county": ("locate in",),
    "district": ("locate in",),
    "located in": ("locate in",),
    "founded": ("found in", "found on"),
    "founded in": ("found in", "found on"),
    "established": ("establish in",),
    "foundation": ("found in",),
    "incorporated": ("incorporate in",),
    "founded by": ("founder of",),
    "founders": ("founder of",),
    "founder": ("founder of",),
    "opened": ("open in",),
    "opening": ("open in",),
    "commissioned": ("commission in", "open in"),
    "completed": ("complete in", "open in"),
    "in operation since": ("open in",),
    "employees": ("employ",),
    "number of employees": ("employ",),
    "staff": ("employ",),
    "headcount": ("employ",),
    "workforce": ("employ",),
    "people": ("employ",),
    "capacity": ("capacity of",),
    "installed capacity": ("capacity of",),
    "output": ("capacity of",),
    "revenue": ("revenue of",),
    "turnover": ("revenue of",),
    "sales": ("revenue of",),
    "cost": ("cost of",),
    "budget": ("cost of",),
    "price": ("cost of",),
    "population": ("population of",),
    "inhabitants": ("population of",),
    "parent": ("subsidiary of",),
    "parent company": ("subsidiary of",),
    "owned by": ("owner of",),
    "owner": ("owner of",),
    "operated by": ("operator of",),
    "operator": ("operator of",),
    "designed by": ("designer of",),
    "designer": ("designer of",),
    "architect": ("architect of",),
    "built by": ("builder of",),
    "builder": ("builder of",),
    "contractor": ("builder of",),
    "made by": ("maker of",),
    "maker": ("maker of",),
    "manufacturer": ("manufacturer of",),
    "led by": ("leader of",),
    "lead": ("leader of",),
    "employer": ("work for",),
    "company": ("work for",),
    "organisation": ("work for",),
    "organization": ("work for",),
    "affiliation": ("work for",),
    "works for": ("work for",),
    "born": ("bear on", "bear in"),
    "date of birth": ("bear on",),
    "birthplace": ("bear in",),
    "place of birth": ("bear in",),
    "born in": ("bear in",),
    "died": ("die on",),
    "studied at": ("study at",),
    "university": ("study at",),
    "alma mater": ("study at",),
    "education": ("study at",),
    "lives in": ("live in",),
    "residence": ("live in",),
    "home": ("live in",),
    "reports to": ("report to",),
    "member of": ("member of",),
    "spouse": ("spouse of",),
    "chair": ("chair of",),
    "funded by": ("fund",),
    "sponsor": ("fund",),
    "funder": ("fund",),
    "partner": ("partner of",),
    "supplier": ("supplier of",),
    "supplied by": ("supplier of",),
}
_FROM_ROW = frozenset(
    {
        "headquarter in", "base in", "locate in", "found in", "found on", "establish in",
        "incorporate in", "open in", "commission in", "complete in", "employ", "capacity of",
        "revenue of", "cost of", "population of", "subsidiary of", "work for", "bear on", "bear in",
        "die on", "study at", "live in", "report to", "member of",
    }
)  # fmt: skip
_EXPECTED = {
    "subsidiary of": "Organization", "headquarter in": "Place", "base in": "Place", "locate in": "Place",
    "bear in": "Place", "live in": "Place", "work for": "Organization", "study at": "Organization",
    "member of": "Organization", "report to": "Person", "spouse of": "Person", "leader of": "Person",
    "architect of": "Person", "operator of": "Organization", "chair of": "Person", "founder of": "Person",
}  # fmt: skip
_SUBJECTS = {
    **dict.fromkeys(("company", "organisation", "organization", "firm"), "Organization"),
    **dict.fromkeys(("utility", "operator", "supplier", "subsidiary"), "Organization"),
    **dict.fromkeys(("site", "facility", "plant", "park", "wind farm", "station", "bridge"), "Facility"),
    **dict.fromkeys(("person", "director", "member", "employee", "researcher"), "Person"),
    **dict.fromkeys(("project", "programme"), "Project"),
    **dict.fromkeys(("product", "model", "turbine", "device"), "Product"),
    **dict.fromkeys(("city", "town", "place", "village", "port", "region"), "Place"),
}  # fmt: skip
_IDENTIFIED = _SUBJECTS | dict.fromkeys(("staff", "student", "patient", "player", "user"), "Person")
_IS_ID = re.compile(r"(.+) (?:id|identifier)")
_POSTS = frozenset(
    ["chief executive", "ceo", "chairman", "president", "director", "managing director", "chairwoman"]
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """``special`` is ROLE, SINCE, UNTIL, AT, NAME, NUMBER (which only counts rows), ID or empty; then
    ``phrases`` are to be looked up in the ontology. ``forward``: the row's thing is the head of what they
    mean. ``identifies``: the type of things that an ID is of.

    ``known``: enough to take a line with this key for a statement, or a row of such headings for a header.
    """

    special: str = ""
    phrases: tuple[str, ...] = ()
    forward: bool = False
    known: bool = False
    identifies: str | None = None


NOTHING = Meaning(NUMBER)


class Headings:
    """Meanings under one ontology, each found once.

    A heading means what is listed here; else the post or quality that it names ("director" of); else the
    relation type that bears its words ("born on", WORKS_FOR) or has a form of them for a phrase ("employed
    by"); and "composed by" turns round what "compose" means.
    """

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._found: dict[str, Meaning] = {}
        self._named = {name.lower().replace("_", " "): r for name, r in ontology.relation_types.items()}
        self._types = {name.lower(): name for name in ontology.entity_types if name != THING}
        self._bare = {word for phrase in ontology.phrase_index for word in phrase.split()}
        self._last = {phrase.rsplit(" ", 1)[-1] for phrase in ontology.phrase_index if " " in phrase}

    def meaning(self, heading: str) -> Meaning:
        """Of a heading in lower case."""
        found = self._found.get(heading)
        if found is None:
            found = self._found[heading] = self._read(heading)
        return found

    def subject_type(self, heading: str) -> str | None:
        """The type of the things that such a column names."""
        return _SUBJECTS.get(heading) or self._types.get(heading)

    def expected(self, meaning: Meaning) -> str | None:
        """The type of what stands in such a column's cells."""
        listed = [_EXPECTED[p] for p in meaning.phrases if p in _EXPECTED]
        if not listed and meaning.known:
            ends = [r.tails if meaning.forward else r.heads for r in self.relations(meaning)]
            listed = [kinds[0] for kinds in ends if len(kinds) == 1]
        return listed[0] if listed else None

    def relations(self, meaning: Meaning) -> list[RelationType]:
        """The types that its phrases mean, the most telling first."""
        index = self._ontology.phrase_index
        return [self._ontology.relation_types[index[p]] for p in meaning.phrases if p in index]

    def meant(self, meaning: Meaning, tail: int | Value) -> RelationType | None:
        """The first of them that takes such a tail: a literal of this kind, or a thing."""
        for relation in self.relations(meaning):
            if tail.kind in relation.values if isinstance(tail, Value) else relation.tails:
                return relation
        return None

    def is_single(self, meaning: Meaning) -> bool:
        """Whether such a cell tells one thing at a time of what its row is about."""
        found = self.relations(meaning)[:1]
        return any(r.functional if meaning.forward else r.inverse_functional for r in found)

    def is_dated(self, meaning: Meaning) -> bool:
        """Whether a date in such a cell is what the row says, not a number or when it was so."""
        return any(ValueKind.DATE in relation.values for relation in self.relations(meaning))

    def _read(self, heading: str) -> Meaning:
        if heading in _SPECIAL:
            return Meaning(_SPECIAL[heading], known=True)
        if heading in _PHRASES:
            phrases = _PHRASES[heading]
            return Meaning("", phrases, not _FROM_ROW.isdisjoint(phrases), True)
        if is_id := _IS_ID.fullmatch(heading):
            kind = _IDENTIFIED.get(is_id[1]) or self._types.get(is_id[1])
            return Meaning(ID, identifies=kind) if kind else NOTHING
        index, of = self._ontology.phrase_index, f"{heading} of"
        if of not in index and heading.endswith("s") and f"{heading[:-1]} of" in index:
            of = f"{heading[:-1]} of"
        if of not in index:
            if (relation := self._named.get(heading)) is not None and relation.phrases:
                return Meaning("", relation.phrases[:1], True, " " in heading)
            first, _, last = heading.rpartition(" ")
            if first and (last == "by" or last in self._last):
                for form in forms(heading, self._bare):
                    if form.text in index:
                        return Meaning("", (form.text,), not form.turned, True)
        return Meaning("", (of,) if heading else (), False, heading in _POSTS)
