"""Facts and paths as plain sentences. A relation of another ontology is told by its own phrase."""

from collections.abc import Sequence

from graph.ports import FactRow, GraphPath
from graph.types import OVER, FactStatus, PartialDate, Value, ValueKind, in_words

_SENTENCES = {
    "WORKS_FOR": "{head} works for {tail}", "LEADS": "{head} leads {tail}", "CHAIRS": "{head} chairs {tail}",
    "FOUNDED": "{head} founded {tail}", "FOUNDED_ON": "{head} was founded {tail}",
    "OWNS": "{head} owns {tail}", "ACQUIRED": "{head} acquired {tail}",
    "SUBSIDIARY_OF": "{head} is a subsidiary of {tail}", "COMPETES_WITH": "{head} competes with {tail}",
    "PARTNER_OF": "{head} is a partner of {tail}", "SUPPLIES": "{head} supplies {tail}",
    "HEADQUARTERED_IN": "{head} is headquartered in {tail}", "LOCATED_IN": "{head} is located in {tail}",
    "BORN_IN": "{head} was born in {tail}", "BORN_ON": "{head} was born {tail}",
    "DIED_ON": "{head} died {tail}", "LIVES_IN": "{head} lives in {tail}",
    "STUDIED_AT": "{head} studied at {tail}", "MARRIED_TO": "{head} is married to {tail}",
    "PARENT_OF": "{head} is a parent of {tail}", "CHILD_OF": "{head} is a child of {tail}",
    "MEMBER_OF": "{head} is a member of {tail}", "REPORTS_TO": "{head} reports to {tail}",
    "MAKES": "{head} makes {tail}", "DESIGNED": "{head} designed {tail}", "BUILT": "{head} built {tail}",
    "OPERATES": "{head} operates {tail}", "AUTHOR_OF": "{head} is the author of {tail}",
    "FUNDS": "{head} funds {tail}", "OPENED_ON": "{head} opened {tail}",
    "EMPLOYEE_COUNT": "{head} employs {tail} people", "REVENUE": "{head} had revenue of {tail}",
    "CAPACITY": "{head} has a capacity of {tail}", "COST": "{head} cost {tail}",
    "POPULATION": "{head} has a population of {tail}",
}  # fmt: skip
_MONTHS = "January February March April May June July August September October November December".split()


_ENDED = (
    (" leads ", " led "), (" chairs ", " chaired "), (" owns ", " owned "), (" makes ", " made "),
    (" has ", " had "), (" is ", " was "), (" funds ", " funded "), (" supplies ", " supplied "),
    (" employs ", " employed "), (" lives ", " lived "), (" operates ", " operated "),
    (" works ", " worked "), (" reports ", " reported "), (" competes ", " competed "),
)  # fmt: skip


def has_sentence(fact: FactRow) -> bool:
    """Whether a relation can be told in words of ours; another's facts are better quoted."""
    return fact.relation in _SENTENCES


def sentence(fact: FactRow) -> str:
    """ "Anna Vance led Borealis Energy (2016 to 28 February 2023)": no full stop, no citation."""
    tail = value_text(fact.tail) if isinstance(fact.tail, Value) else fact.tail_name
    if isinstance(fact.tail, Value) and fact.tail.kind is ValueKind.DATE:
        tail = f"{'on' if fact.tail.text.count('-') == 2 else 'in'} {tail}"
    template = _SENTENCES.get(fact.relation, "{head}: {phrase}: {tail}")
    if fact.relation == "EMPLOYEE_COUNT" and isinstance(fact.tail, Value) and fact.tail.unit:
        template = "{head} employs {tail}"
    over = OVER in fact.qualifiers or fact.status is FactStatus.SUPERSEDED
    if over or fact.valid_to is not None:
        for now, then in _ENDED:
            template = template.replace(now, then)
    phrase = fact.phrase or fact.relation.lower().replace("_", " ")
    told = template.format(head=fact.head_name, tail=tail, phrase=phrase)
    if not fact.polarity:
        told = f"it is denied that {told}"
    details = [f"{name}: {text}" for name, text in fact.qualifiers if (name, text) != OVER]
    if over and fact.valid_to is None:
        details.insert(0, "no longer")
    if validity := _validity(fact):
        details.insert(0, validity)
    return f"{told} ({'; '.join(details)})" if details else told


def path_text(path: GraphPath) -> str:
    """The path's facts in the order walked, each a sentence."""
    return "; ".join(sentence(step.fact) for step in path.steps)


def value_text(value: Value) -> str:
    """As people write it: 2,400; 260 megawatts; about 500; 3 May 1962."""
    if value.kind is ValueKind.DATE:
        return date_text(PartialDate(value.text))
    text = in_words(value.text, _grouped) if value.kind is ValueKind.NUMBER else value.text
    return f"{text} {value.unit}" if value.unit else text


def _grouped(number: str) -> str:
    whole, point, fraction = number.partition(".")
    return f"{int(whole):,}{point}{fraction}" if whole.lstrip("-").isdigit() else number


def date_text(date: PartialDate) -> str:
    parts = date.split("-")
    if len(parts) == 1 or not all(part.isdigit() for part in parts) or not 1 <= int(parts[1]) <= 12:
        return date
    month = f"{_MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return month if len(parts) == 2 else f"{int(parts[2])} {month}"


def listed(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def start_text(fact: FactRow) -> str:
    """When a fact's validity began: "at the latest" where only a bound is known, "" where it has no start."""
    return _bound(fact.valid_from, fact.valid_from_implied)


def end_text(fact: FactRow) -> str:
    """When a fact's validity ended: "at the latest" where only a bound is known, "" where it has no end."""
    return _bound(fact.valid_to, fact.valid_to_implied)


def _bound(date: PartialDate | None, implied: bool) -> str:
    return f"{date_text(date)}{' at the latest' if implied else ''}" if date else ""


def _validity(fact: FactRow) -> str:
    start, end = start_text(fact), end_text(fact)
    if start and end:
        return end if start == end else f"{start} to {end}"
    if start:
        return f"since {start}"
    return f"until {end}" if end else ""
