"""Words that tell what kind of thing a name is: the cues that correct a small NER model."""

import re
from collections.abc import Sequence

from graph.fusion.given_names import FEMALE_NAMES, MALE_NAMES

TITLES_MALE = frozenset({"mr", "sir", "lord", "herr", "monsieur", "king", "prince", "father"})
TITLES_FEMALE = frozenset({"ms", "mrs", "miss", "lady", "dame", "frau", "madame", "queen", "princess"})
TITLES = (
    TITLES_MALE
    | TITLES_FEMALE
    | frozenset(
        """dr prof professor captain capt judge justice senator governor mayor minister general colonel
major lieutenant commissioner inspector engineer president chancellor councillor ambassador
rev reverend bishop""".split()
    )
)

# Words of a post that NER glues to the name after them ("Borealis CEO Anna Vance").
POSTS = frozenset(
    """ceo cfo coo cto chairman chairwoman chair chairperson president director founder co-founder
cofounder spokesman spokeswoman spokesperson owner manager treasurer secretary architect chief
executive officer managing head""".split()
)

LEGAL_SUFFIXES = frozenset(
    """ag gmbh inc inc. ltd ltd. limited llc llp plc sa s.a. nv n.v. bv b.v. corp corp. corporation
co co. company se as asa ab oy oyj kg spa s.p.a. sarl pty kk a/s a.s. aps holding holdings
group sas""".split()
)

ORGANIZATION_HEADS = frozenset(
    """university college school academy institute ministry department board council committee
commission authority agency association society union federation party hospital laboratory
laboratories trust fund club foundation consortium alliance cooperative bank airlines airways
industries technologies systems shipping lines logistics partners ventures capital motors
pharmaceuticals insurance telecom media press courier gazette herald tribune times news
chronicle observer journal bureau office organisation organization corporation orchestra
brothers sons energy power turbines electric steel foods software networks railways robotics
marine instruments engineering dynamics solutions services labs studios records wire museum
utility utilities works aerospace semiconductors materials chemicals parliament court league
company group coastguard guard ltd community""".split()
)

FACILITY_HEADS = frozenset(
    """bridge tunnel plant station observatory harbour harbor terminal farm airport dam refinery mine
tower building stadium shipyard yard lighthouse castle canal pier dock docks reactor
substation depot mill factory quay barrier array cathedral church library theatre theater hall
viaduct reservoir warehouse campus park works pipeline port railway gallery hotel arena weir
waterworks""".split()
)

PLACE_HEADS = frozenset(
    """river lake mount mountain island islands isle bay sea ocean valley county province street road
avenue square peninsula strait fjord city hills coast cape delta district region gulf sound
straits estuary republic kingdom states channel firth creek point beach forest desert state""".split()
)
PLACE_FIRSTS = frozenset("lake mount cape isle river port fort san santa saint st st. new north".split())
SURNAMES = frozenset(  # among the heads above
    {"park", "hall", "church", "bridge", "port", "castle", "lake", "forest", "street", "bay", "dam", "mill"}
)
NAMESAKES = frozenset({"albert", "alexandra", "charlotte", "elizabeth", "florence", "victoria"})  # of places
PROJECT_HEADS = frozenset({"project", "programme", "program", "initiative"})
EVENT_HEADS = frozenset(
    """conference summit festival war exhibition expo cup olympics games championship symposium fair
storm hurricane earthquake congress strike election elections""".split()
)
WORK_HEADS = frozenset({"treaty", "act", "novel", "symphony", "report", "almanac", "directory", "directive"})

NOMINALS: dict[str, str] = {
    **dict.fromkeys(
        """company firm group utility manufacturer bank agency organisation organization institute
university board foundation authority council association operator business corporation
developer supplier charity union maker startup start-up start newspaper college consortium
subsidiary conglomerate""".split(),
        "Organization",
    ),
    **dict.fromkeys(
        """bridge tunnel plant station observatory harbour harbor terminal farm airport dam refinery mine
tower building stadium shipyard lighthouse castle canal pier dock reactor factory facility
site park array""".split(),
        "Facility",
    ),
    **dict.fromkeys(
        ["city", "town", "village", "island", "region", "country", "municipality", "port"], "Place"
    ),
    **dict.fromkeys(["project", "programme", "program"], "Project"),
    **dict.fromkeys(["turbine", "ship", "vessel", "device", "machine", "model"], "Product"),
    **dict.fromkeys(["book", "novel"], "Work"),
}

PERSON_NOUNS = frozenset(
    """engineer scientist physicist architect lawyer politician professor economist author writer
journalist banker entrepreneur businesswoman businessman executive chairman chairwoman founder
director manager oceanographer chemist biologist designer officer man woman actor actress
singer painter captain accountant researcher analyst historian geologist mathematician teacher
mayor minister president ceo cofounder""".split()
)
# One of these alone, capitalised or defined ("the Company"), tells which thing is meant in its own document
# only.
_TERMS = frozenset(
    """applicant agreement borrower buyer claimant client committee commission contract contractor
corp court customer defendant department employee employer fund government holder issuer
landlord lender licensee licensor management merger ministry note notes offering parent
parties partnership party plaintiff plan purchaser registrant respondent school seller
shareholder shareholders state tenant transaction trust vendor""".split()
)
ROLES = frozenset(NOMINALS) | PERSON_NOUNS | _TERMS
# What heads columns and rows of tables: "Total Net Sales" and "Three Months" are no names.
MEASURES = frozenset(
    """amount amounts billions day days ended gross hours income loss millions month months net per
percent period quarter quarters revenue revenues sales share shares subtotal sum thousands
total totals week weeks year years one two three four five six seven eight nine ten eleven
twelve""".split()
)
MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
FEMALE_NOUNS = frozenset(
    """woman wife mother daughter sister chairwoman businesswoman spokeswoman actress widow queen
aunt""".split()
)
MALE_NOUNS = frozenset(
    "man husband father son brother chairman businessman spokesman actor widower king uncle".split()
)

# Between given names and a surname, or before it where it stands alone: "van", "de la".
PARTICLES = frozenset(
    """af al av bin bint da de degli dei del della den der des di dos du el ibn la le ten ter van vom von zu
zum zur""".split()
)

_BARE_SUFFIXES = LEGAL_SUFFIXES - {"group", "holding", "holdings", "company", "co", "as", "se"}
_SMALL_WORDS = frozenset({"of", "the", "and", "for", "in", "de", "van", "der", "&", "on", "to"})

_PUNCTUATION = re.compile(r"[^\w&/+'’.-]+")


def words_of(name: str) -> list[str]:
    """Lower-case words of a name, possessive and surrounding punctuation dropped."""
    lowered = re.sub(r"['’]s$|['’]$", "", name.strip().lower())
    return [
        w for word in _PUNCTUATION.split(lowered) if (w := word.strip(".-'’/+")) or (w := word.strip("-'’/+"))
    ]


def parts_of(name: str) -> list[str]:
    """Its lower-case words, an article apart from what it is written to: of "al-Assad" "al" and "assad"."""
    parts: list[str] = []
    for word in words_of(name):
        article, hyphen, rest = word.partition("-")
        parts += [article, rest] if hyphen and rest and article in ("al", "el") else [word]
    return parts


def key_of(name: str) -> tuple[str, ...]:
    """A name's words as names of one document are compared: without "the" and legal suffixes."""
    words = parts_of(name)
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in _BARE_SUFFIXES:
        words = words[:-1]
    return tuple(words) or (name.lower(),)


def initials(words: tuple[str, ...]) -> str:
    """First letters of the weighty ones."""
    return "".join(word[0] for word in words if word not in _SMALL_WORDS)


def surname_of(words: Sequence[str]) -> tuple[str, ...]:
    """The last of a person's lower-case words with the particles before it: "de la renta"."""
    first = len(words) - 1
    while first > 0 and words[first - 1] in PARTICLES:
        first -= 1
    return tuple(words[first:])


def cue_type(name: str) -> str | None:
    """The type that a name's own words give it, or ``None``."""
    words = words_of(name)
    if not words:
        return None
    last, first = words[-1], words[0]
    if len(words) > 1:
        if last in LEGAL_SUFFIXES and (
            last not in ("as", "co", "se", "sa") or name.split()[-1].strip(".,").isupper() or last == "co"
        ):
            return "Organization"
        if first in PROJECT_HEADS | {"operation"} or last in PROJECT_HEADS:
            return "Project"
        if first in (
            "university",
            "bank",
            "ministry",
            "department",
            "institute",
            "board",
            "council",
            "society",
            "museum",
        ):
            return "Organization"
        if first == "port" and words[1] == "of":
            return "Facility"
        if last in EVENT_HEADS or first in ("hurricane", "storm"):
            return "Event"
        for heads, kind in (
            (FACILITY_HEADS - ORGANIZATION_HEADS, "Facility"),
            (ORGANIZATION_HEADS, "Organization"),
            (PLACE_HEADS, "Place"),
            (WORK_HEADS, "Work"),
        ):
            if last in heads:
                return kind
        if first in PLACE_FIRSTS:
            return "Place"
    return None


def may_be_person(name: str) -> bool:
    """Whether a name that ends as those of facilities and places do is a first name with a surname:
    "John Park", "Anna Bridge"."""
    words = words_of(name)
    if len(words) != 2 or words[0] in NAMESAKES:
        return False
    return words[1] in SURNAMES and gender_of(words[0]) is not None


def gender_of(first_name: str) -> str | None:
    """``f``, ``m`` or ``None`` for a first name that is not known or is both."""
    word = first_name.lower().rstrip(".")
    return "f" if word in FEMALE_NAMES else "m" if word in MALE_NAMES else None
