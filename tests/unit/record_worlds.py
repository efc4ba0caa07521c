"""Small seeded tables of things that exist nowhere, written by hands with habits of their own."""

import random
from collections.abc import Sequence

from graph.epochs.tables import Record

_MAKERS = ["Arvo", "Belloni", "Cadmir", "Dunwich", "Esker", "Fjordal", "Gantry", "Halvor", "Ionix", "Jarrow"]
_KINDS = ["kettle", "lamp", "speaker", "drill", "printer", "camera", "heater", "scanner"]
_COLOURS = ["black", "white", "silver", "red", "blue"]
_PRAISE = ["quiet", "light", "strong", "small"]
_GIVEN = ["Ada", "Boris", "Clara", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Karla"]
_FAMILY = ["Abel", "Brandt", "Costa", "Duval", "Ebert", "Fontana", "Grieg", "Hahn", "Ito", "Kovac", "Lund"]
_STREETS = ["Mill", "Church", "Station", "Garden", "Harbour", "Orchard", "Castle", "Bridge"]
Gold = set[tuple[str, str]]


def products(seed: int, size: int = 120, missing: float = 0.3) -> tuple[list[Record], Gold]:
    """Two shops' lists: one writes codes joined and long descriptions, the other apart and short ones."""
    rng = random.Random(seed)
    records, gold = [], set()
    for n in range(size):
        maker, kind, colour = rng.choice(_MAKERS), rng.choice(_KINDS), rng.choice(_COLOURS)
        letters, digits = "".join(rng.choices("KTRXW", k=3)), rng.randint(100, 999)
        price = rng.randint(20, 900)
        kept = [rng.random() > missing / 2, rng.random() > missing / 2]
        if kept[0]:
            told = f"{maker} {colour} {kind} {letters}{digits}/ {rng.choice(_PRAISE)} "
            told += f"design/ {rng.randint(1, 5)} year guarantee/ {colour} finish"
            name = f"{maker} {colour.title()} {kind} - {letters}{digits}"
            records.append(Record(f"a{n}", "a", {"name": name, "description": told, "price": str(price)}))
        if kept[1]:
            name = f"{maker} {letters}-{digits} {kind}" + rng.choice(["", f" ({colour})"])
            records.append(Record(f"b{n}", "b", {"name": name, "price": f"${price * 0.97:.2f}"}))
        if all(kept):
            gold.add((f"a{n}", f"b{n}"))
    return records, gold


def offers(seed: int, size: int = 250, both: int = 12) -> tuple[list[Record], Gold]:
    """Two markets of used machines, much of which looks alike; few are offered at both."""
    rng = random.Random(seed)
    records, gold = [], set()
    for n in range(2 * size - both):
        maker, kind, colour = rng.choice(_MAKERS[:6]), rng.choice(_KINDS), rng.choice(_COLOURS)
        watts, year, hours = rng.randint(1, 9) * 100, str(rng.randint(1995, 2015)), rng.randint(1, 80) * 100
        price, place = rng.randint(2, 40) * 10, rng.choice(_STREETS)
        told = {"name": f"{maker} {kind} {watts}W", "year": year, "colour": colour, "place": place}
        told |= {"hours": str(hours), "price": f"{price} EUR"}
        brief = {"name": f"{maker} {kind}" + rng.choice((f" {watts}W", "")), "year": year}
        brief |= {
            "colour": rng.choice((colour, "")),
            "hours": f"{hours} h",
            "place": place,
            "price": str(price),
        }
        if n < size:
            records.append(Record(f"a{n}", "a", told))
        if n >= size - both:
            records.append(Record(f"b{n}", "b", brief))
        if size - both <= n < size:
            gold.add((f"a{n}", f"b{n}"))
    return records, gold


def customers(seed: int, size: int = 250, both: int = 16) -> tuple[list[Record], Gold]:
    """Two registers with few people in common; names and streets are common, much is missing or mistyped."""
    rng = random.Random(seed)
    records, gold = [], set()
    for n in range(2 * size - both):
        born = f"{rng.randint(1940, 2002)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
        person = {"given": rng.choice(_GIVEN), "family": rng.choice(_FAMILY), "born": born}
        person["street"] = f"{rng.randint(1, 99)} {rng.choice(_STREETS)} Street"
        sources = ("a" if n < size else "") + ("b" if n >= size - both else "")
        for source in sources:
            told = {name: _slip(text, rng) if rng.random() < 0.15 else text for name, text in person.items()}
            told["born"] = born
            told |= {name: "" for name in ("given", "street", "born") if rng.random() < 0.12}
            records.append(Record(f"{source}{n}", source, told))
        if len(sources) == 2:
            gold.add((f"a{n}", f"b{n}"))
    return records, gold


def spares(seed: int, size: int = 420) -> tuple[list[Record], Gold]:
    """Two dealers' spare parts: the number tells; one dealer tells it of two thirds."""
    rng = random.Random(seed)
    records, gold = [], set()
    for n in range(size):
        kind, maker, year = rng.choice(_KINDS), rng.choice(_MAKERS), rng.randint(1985, 2014)
        number, price = f"{rng.randint(100, 999)}-{rng.randint(10000, 99999)}", rng.randint(500, 30000) / 100
        side = rng.random()
        if side < 0.65:
            told = {"title": f"{kind} part for {maker} {year}", "number": number, "price": f"{price:.2f}"}
            records.append(Record(f"a{n}", "a", told))
        if side > 0.35:
            told = {"title": f"{maker} {kind}" + rng.choice((f" {year}", "")), "price": f"{price * 1.02:.2f}"}
            told["number"] = number.replace("-", " ") if rng.random() < 0.66 else ""
            records.append(Record(f"b{n}", "b", told))
        if 0.35 < side < 0.65:
            gold.add((f"a{n}", f"b{n}"))
    return records, gold


def people(seed: int, size: int = 80) -> tuple[list[Record], Gold]:
    """One register that repeats itself: exact twins, slips of the pen, initials, moved commas."""
    rng = random.Random(seed)
    records: list[Record] = []
    gold = set()
    for n in range(size):
        given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
        street, born = f"{rng.randint(1, 99)} {rng.choice(_STREETS)} Street", str(rng.randint(1930, 2005))
        copies = []
        for k in range(rng.choice((1, 1, 2, 3, 4))):
            name = rng.choice(
                (f"{given} {family}", f"{given} {family}", f"{family}, {given}", f"{given[0]}. {family}")
            )
            place = street if rng.random() < 0.7 else _slip(street, rng)
            copies.append(Record(f"{n}.{k}", "register", {"name": name, "address": place, "born": born}))
        records += copies
        gold |= _pairs(copies)
    return records, gold


def firms(seed: int, size: int = 120) -> tuple[list[Record], Gold]:
    """One list of nothing but names, three words each, that repeats itself with slips; many share a word."""
    rng = random.Random(seed)
    parts = sorted({f"{rng.choice(_FAMILY)}{rng.choice(_KINDS)}" for _ in range(60)})
    names = {f"{rng.choice(parts)} {rng.choice(parts)} {rng.choice(['works', 'group'])}" for _ in range(size)}
    records: list[Record] = []
    gold: Gold = set()
    for name in sorted(names):
        ids = []
        for _ in range(rng.choice([1, 1, 2, 3])):
            written = _slip(name, rng) if rng.random() < 0.4 else name
            records.append(Record(f"r{len(records):04}", "t", {"name": written}))
            ids.append(records[-1].id)
        gold |= {(a, b) for a in ids for b in ids if a < b}
    return records, gold


def instalments(seed: int, size: int = 30) -> tuple[list[Record], Gold]:
    """One list of what a number alone tells apart; another hand tells some of it again."""
    rng = random.Random(seed)
    records: list[Record] = []
    gold: Gold = set()
    series = sorted(
        {f"{rng.choice(_PRAISE)} {rng.choice(_STREETS)} {rng.choice(_KINDS)}" for _ in range(size)}
    )
    for name in series:
        for part in range(1, rng.randint(3, 12)):
            records.append(Record(f"r{len(records):04}", "t", {"name": f"{name.title()} Part {part}"}))
            if rng.random() < 0.4:
                again = f"{name.upper()}, pt. {part:02}"
                records.append(Record(f"r{len(records):04}", "t", {"name": again}))
                gold.add((records[-2].id, records[-1].id))
    return records, gold


def reissues(seed: int, size: int = 400) -> tuple[list[Record], Gold]:
    """Two lists of nothing but titles, some of one word; the second adds what the first never says."""
    rng = random.Random(seed)
    parts = _COLOURS + _PRAISE + _KINDS + _STREETS + _GIVEN + _FAMILY
    syllables = ["ba", "vo", "gri", "dom", "sta", "no", "lev", "mir", "pet", "ru", "fi", "zo"]
    parts = parts + ["".join(rng.choices(syllables, k=3)) for _ in range(200)]
    records, gold = [], set()
    for n in range(size):
        title = " ".join(rng.choices(parts, k=rng.choice((1, 2, 3, 4)))).title()
        records.append(Record(f"a{n}", "a", {"title": title}))
        if rng.random() < 0.6:
            added = rng.choice(("{} (Gold Pressing 1997)", "{} - Radio Edit", "La {}", "{}"))
            records.append(Record(f"b{n}", "b", {"title": added.format(title)}))
            gold.add((f"a{n}", f"b{n}"))
        else:
            title = " ".join(rng.choices(parts, k=rng.choice((2, 3, 4)))).title()
            records.append(Record(f"b{n}", "b", {"title": title}))
    return records, gold


_RUSSIAN = str.maketrans("abvgdezijklmnoprstuf", "абвгдезийклмнопрстуф")


def towns(seed: int, size: int = 100) -> tuple[list[Record], Gold]:
    """Two registers of places, the second in Cyrillic."""
    rng = random.Random(seed)
    syllables = ["ba", "vo", "gri", "dom", "sta", "no", "lev", "mir", "pet", "ru", "fi", "zo"]
    names = sorted({"".join(rng.choices(syllables, k=4)) for _ in range(size)})
    records = [Record(f"a{n}", "a", {"name": name.title()}) for n, name in enumerate(names)]
    records += [
        Record(f"b{n}", "b", {"name": name.translate(_RUSSIAN).title()}) for n, name in enumerate(names)
    ]
    return records, {(f"a{n}", f"b{n}") for n in range(len(names))}


def albums(seed: int, size: int = 500, doubles: float = 0.06) -> tuple[list[Record], Gold]:
    """One list of records of few artists; few are entered twice."""
    rng = random.Random(seed)
    artists = [f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}" for _ in range(size // 6)]
    nouns = _COLOURS + _PRAISE + _KINDS + _STREETS
    records, gold = [], set()
    for n in range(size):
        artist, title = rng.choice(artists), " ".join(rng.sample(nouns, rng.choice((1, 2, 3)))).title()
        tracks = [" ".join(rng.sample(nouns, rng.choice((1, 2)))) for _ in range(6)]
        year, genre = str(rng.randint(1970, 2003)), rng.choice(("Rock", "Pop", "Blues", "Jazz", "Folk"))
        for k in range(1 + (rng.random() < doubles)):
            written = [_slip(text, rng) if k and rng.random() < 0.2 else text for text in (artist, title)]
            told = {"artist": written[0], "title": written[1], "tracks": " | ".join(tracks)}
            told |= {"genre": genre if rng.random() < 0.6 else "", "year": year if rng.random() < 0.7 else ""}
            records.append(Record(f"{n}.{k}", "list", told | {"shelf": rng.choice((genre, "misc"))}))
            if k:
                gold.add((f"{n}.0", f"{n}.1"))
    return records, gold


def households(seed: int, size: int = 110) -> tuple[list[Record], Gold]:
    """One register of families: a name, a street and a telephone are shared by several people."""
    rng = random.Random(seed)
    records, gold = [], set()
    for n in range(size):
        home = {"family": rng.choice(_FAMILY), "street": f"{rng.randint(1, 220)} {rng.choice(_STREETS)} Road"}
        home["phone"] = f"{rng.randint(200, 999)}-{rng.randint(1000, 9999)}"
        for given in rng.sample(_GIVEN, rng.choice((1, 2, 2, 3))):
            born = f"{rng.randint(1930, 2010)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
            copies = []
            for k in range(rng.choice((1, 1, 1, 2, 2, 3))):
                told = {"given": given, "born": born} | home
                told = {name: _slip(text, rng) if rng.random() < 0.1 else text for name, text in told.items()}
                told |= {name: "" for name in ("born", "street", "phone") if rng.random() < 0.15}
                copies.append(Record(f"{n}.{given}.{k}", "register", told))
            records += copies
            gold |= _pairs(copies)
    return records, gold


def contacts(seed: int, size: int = 220) -> tuple[list[Record], Gold]:
    """One address book: few names and towns, so that it is the telephone, all digits, that tells people
    apart; those of one town begin alike."""
    rng = random.Random(seed)
    records: list[Record] = []
    gold: Gold = set()
    for n in range(size):
        town = rng.randrange(4)
        person = {"given": rng.choice(_GIVEN), "family": rng.choice(_FAMILY), "town": _STREETS[town]}
        person["phone"] = f"{310 + 7 * town}55{rng.randint(0, 29999):05}"
        copies = []
        for k in range(rng.choice((1, 1, 1, 2, 3))):
            told = {name: _slip(text, rng) if rng.random() < 0.08 else text for name, text in person.items()}
            told |= {"phone": ""} if rng.random() < 0.1 else {}
            copies.append(Record(f"{n}.{k}", "book", told))
        records += copies
        gold |= _pairs(copies)
    return records, gold


def places(seed: int, size: int = 160) -> tuple[list[Record], Gold]:
    """One gazetteer of many hands: most tell no kind, or one of their own, so that few pairs agree in all."""
    rng = random.Random(seed)
    syllables = ["ba", "vo", "gri", "dom", "sta", "no", "lev", "mir", "pet", "ru", "fi", "zo"]
    names = ["".join(rng.choices(syllables, k=3)).title() for _ in range(2 * size // 3)]
    records: list[Record] = []
    gold: Gold = set()
    for n in range(size):
        name, region = rng.choice(names), rng.choice(_COLOURS)
        at = {"north": rng.uniform(25, 60), "east": rng.uniform(-120, 20)}
        copies = []
        for k in range(rng.choice((1, 1, 2, 3, 4))):
            told = {"name": rng.choice((name, name, f"{name}, {region}", f"{name} ({region})"))}
            off = rng.choice((0.0005, 0.01, 0.05))
            told |= {axis: f"{v + rng.uniform(-off, off):.{rng.choice((2, 4))}f}" for axis, v in at.items()}
            told["kind"] = rng.choice(("settlement", "city", "town", ""))
            copies.append(Record(f"{n}.{k}", "gazetteer", told))
        records += copies
        gold |= _pairs(copies)
    return records, gold


def works(seed: int, size: int = 50) -> tuple[list[Record], Gold]:
    """Citations by many hands; half the works came out twice, at a meeting and in a journal: two things."""
    rng = random.Random(seed)
    records: list[Record] = []
    gold = set()
    for n in range(size):
        subject = f"{rng.choice(_COLOURS)} {rng.choice(_PRAISE)} {rng.choice(_KINDS)}s"
        title = f"{subject} of {rng.choice(_STREETS)}"
        authors = [(rng.choice(_GIVEN), rng.choice(_FAMILY)) for _ in range(rng.randint(1, 3))]
        year = rng.randint(1980, 2005)
        for edition in range(rng.choice((1, 2))):
            series, first = f"{rng.choice(_STREETS)} {('Symposium', 'Journal')[edition]}", rng.randint(1, 600)
            pages, said = f"{first}-{first + rng.randint(5, 30)}", str(year + 2 * edition)
            copies = []
            for k in range(rng.choice((1, 2, 3, 5, 12))):
                by = " and ".join(rng.choice((f"{g} {f}", f"{g[0]}. {f}")) for g, f in authors)
                fields = {"author": by, "title": title if rng.random() < 0.7 else _slip(title, rng)}
                fields["venue"] = series if rng.random() < 0.5 else f"{series[:3]}. {series.split()[1][:4]}."
                fields |= {"year": said, "pages": pages if rng.random() < 0.7 else ""}
                copies.append(Record(f"{n}.{edition}.{k}", "works", fields))
            records += copies
            gold |= _pairs(copies)
    return records, gold


def catalogues(seed: int, size: int = 170) -> tuple[list[Record], Gold]:
    """One list into which three libraries' were poured, each with a hand of its own; some works came out
    again, and the libraries repeat themselves."""
    rng = random.Random(seed)
    syllables = ["ba", "vo", "gri", "dom", "sta", "no", "lev", "mir", "pet", "ru", "fi", "zo"]
    records: list[Record] = []
    gold: Gold = set()
    for n in range(size):
        title = " ".join("".join(rng.choices(syllables, k=2)) for _ in range(rng.choice((2, 3)))).title()
        given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
        for edition in range(rng.choice((1, 2, 3))):
            year, pages, maker = rng.randint(1960, 2012), rng.randint(90, 800), rng.choice(_MAKERS)
            copies = []
            for k in range(rng.choice((1, 1, 2, 3))):
                told = title if rng.random() < 0.85 else _slip(title, rng)
                brief = str(pages) if rng.random() < 0.6 else ""
                initial = f"{given[0]}. {family}"
                hands = (
                    (told, f"{family}, {given}", f"{maker} Press", str(year), f"{pages} p."),
                    (told.upper(), f"{given} {family}", maker, f"({year})", brief),
                    (f"{told} / by {initial}", initial, f"{maker} Press ({year})", "", f"pp. {pages}"),
                )
                names = ("title", "author", "publisher", "year", "pages")
                copies.append(
                    Record(f"{n}.{edition}.{k}", "list", dict(zip(names, rng.choice(hands), strict=True)))
                )
            records += copies
            gold |= _pairs(copies)
    return records, gold


def f1(pairs: Sequence[tuple[Record, Record]], gold: Gold) -> float:
    made = {tuple(sorted((a.id, b.id))) for a, b in pairs}
    hits = len(made & {tuple(sorted(pair)) for pair in gold})
    return 2 * hits / (len(made) + len(gold))


def _pairs(copies: Sequence[Record]) -> Gold:
    """Of copies of one thing, each with those before it."""
    return {(x.id, y.id) for i, y in enumerate(copies) for x in copies[:i]}


def _slip(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
