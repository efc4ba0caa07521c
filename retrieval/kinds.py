"""What questions ask for by a noun ("which sport"), and the words that name one of it.

Kinds with few enough members to be listed; of others only the noun is known. A member is known by the stems
of its words, so that a footballer tells of football. A longer member tells more than one that it holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from retrieval.wording import stem, words_in

Members = Mapping[tuple[str, ...], str]  # the stems of a member's words, and how it is written


@dataclass(frozen=True, slots=True)
class Named:
    """A member at ``start`` to ``end``, code points of a text."""

    start: int
    end: int
    member: str


def members_of(nouns: Iterable[str]) -> Members:
    """Of all listed kinds that the ``nouns`` name; empty where none is listed."""
    stems = {stem(noun) for noun in nouns}
    return {
        tuple(stem(word) for _, word in words_in(member)): member
        for names, members in _LISTED.items()
        if stems & set(map(stem, names.split()))
        for member in members
    }


def named_in(text: str, members: Members) -> Iterator[Named]:
    """The members that a text names, left to right, of two that overlap the longer. O(words)."""
    longest = max(map(len, members), default=0)
    words = words_in(text)
    stems = [stem(word) for _, word in words]
    at = 0
    while at < len(words):
        for count in range(min(longest, len(words) - at), 0, -1):
            member = members.get(tuple(stems[at : at + count]))
            if member is not None:
                last, word = words[at + count - 1]
                yield Named(words[at][0], last + len(word), member)
                at += count - 1
                break
        at += 1


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(member.split()) for member in text.split(","))


_ARTS = """film, short film, feature film, documentary film, novel, novella, short story, play, musical,
        opera, ballet, album, studio album, live album, extended play, song, single, poem, poetry,
        painting, sculpture, mural, photograph, photography, book, comic, comic book, comic strip,
        graphic novel, manga, anime, television series, television film, television, radio, radio
        drama, podcast, magazine, newspaper, video game, board game, card game, web series, website,
        stage, theatre, print, drawing, watercolour, collage, fresco, ceramics"""
_LISTED: dict[str, tuple[str, ...]] = {
    "sport sports game": _listed(
        """football, american football, association football, australian rules football, canadian
        football, gaelic football, soccer, rugby, rugby union, rugby league, basketball, baseball,
        softball, cricket, ice hockey, field hockey, roller hockey, hockey, bandy, lacrosse,
        volleyball, beach volleyball, handball, netball, water polo, polo, hurling, camogie, shinty,
        kabaddi, tennis, table tennis, badminton, squash, golf, snooker, billiards, darts, bowls,
        bowling, curling, chess, draughts, poker, boxing, kickboxing, wrestling, sumo, sumo wrestling,
        judo, karate, taekwondo, fencing, mixed martial arts, archery, shooting, swimming, diving,
        rowing, canoeing, kayaking, sailing, surfing, cycling, athletics, track and field, running,
        marathon, triathlon, gymnastics, weightlifting, figure skating, speed skating, skiing, alpine
        skiing, cross-country skiing, ski jumping, biathlon, snowboarding, bobsleigh, luge,
        motorsport, auto racing, motorcycle racing, rallying, speedway, horse racing, equestrian, show
        jumping, croquet, skateboarding, climbing, mountaineering, orienteering"""
    ),
    "medium media format": _listed(_ARTS),
    "genre style music": _listed(
        """rock, hard rock, punk rock, indie rock, folk rock, progressive rock, alternative rock, pop,
        pop rock, indie pop, synthpop, electropop, k-pop, jazz, free jazz, blues, soul, funk, disco,
        gospel, country, country music, folk, folk music, reggae, ska, hip hop, rap, rhythm and blues,
        electronic, house, techno, trance, ambient, dance, metal, heavy metal, death metal, punk,
        grunge, classical, classical music, opera, latin, salsa, samba, comedy, black comedy, romantic
        comedy, drama, comedy-drama, melodrama, thriller, horror, science fiction, fantasy, crime,
        mystery, western, war, romance, adventure, action, animation, documentary, short film,
        biography, historical fiction, satire, musical, noir, film noir, superhero, fairy tale, non-
        fiction, baroque, gothic, gothic revival, romanesque, renaissance, neoclassical, greek
        revival, classical revival, colonial revival, tudor revival, queen anne, victorian,
        italianate, georgian, federal, art deco, art nouveau, modernist, modern, brutalist, bungalow,
        craftsman, impressionism, expressionism, cubism, surrealism"""
    ),
    "party affiliation": _listed(
        """republican, democratic, democrat, whig, federalist, democratic-republican, anti-jacksonian,
        jacksonian, know nothing, populist, libertarian, progressive, independent, green, labour,
        labor, conservative, tory, liberal, liberal democrat, social democratic, socialist, communist,
        christian democratic, unionist, nationalist, scottish national, fianna fáil, fine gael, sinn
        féin, new democratic, bloc québécois, indian national congress, bharatiya janata"""
    ),
    "profession occupation job career living": _listed(
        """actor, actress, architect, artist, astronaut, astronomer, athlete, author, banker, biologist,
        bishop, botanist, broadcaster, businessman, businesswoman, cardinal, cartoonist, chef,
        chemist, clergyman, coach, comedian, composer, conductor, criminal, cyclist, dancer, dentist,
        diplomat, director, doctor, economist, editor, engineer, entrepreneur, explorer, farmer, film
        director, footballer, general, geographer, geologist, historian, inventor, journalist, judge,
        jurist, lawyer, librarian, linguist, mathematician, merchant, model, musician, novelist,
        nurse, officer, painter, philosopher, photographer, physician, physicist, pianist, pilot,
        player, playwright, poet, politician, presenter, priest, producer, professor, psychologist,
        rapper, sailor, scholar, scientist, screenwriter, sculptor, singer, soldier, songwriter,
        statesman, surgeon, swimmer, teacher, theologian, translator, violinist, writer, zoologist"""
    ),
    "language tongue": _listed(
        """afrikaans, albanian, amharic, arabic, armenian, assamese, azerbaijani, basque, bengali,
        bulgarian, burmese, cantonese, catalan, chinese, croatian, czech, danish, dutch, english,
        estonian, filipino, finnish, french, galician, georgian, german, greek, gujarati, hausa,
        hebrew, hindi, hungarian, icelandic, igbo, indonesian, irish, italian, japanese, kannada,
        kazakh, khmer, korean, kurdish, latin, latvian, lithuanian, malay, malayalam, maltese,
        mandarin, marathi, mongolian, nepali, norwegian, odia, pashto, persian, polish, portuguese,
        punjabi, romanian, russian, sanskrit, serbian, sinhala, slovak, slovene, somali, spanish,
        swahili, swedish, tagalog, tamil, telugu, thai, tibetan, turkish, ukrainian, urdu, uzbek,
        vietnamese, welsh, yiddish, yoruba, zulu"""
    ),
    "instrument": _listed(
        """accordion, bagpipes, banjo, bass, bass guitar, bassoon, cello, clarinet, double bass, drum,
        drums, fiddle, flute, french horn, guitar, harmonica, harp, harpsichord, horn, keyboard, koto,
        lute, mandolin, oboe, organ, oud, percussion, piano, recorder, sarangi, sarod, saxophone,
        sitar, synthesizer, tabla, trombone, trumpet, tuba, ukulele, veena, vibraphone, viola, violin,
        vocals, xylophone, zither"""
    ),
    "position": _listed(
        """goalkeeper, defender, full-back, left-back, right-back, centre-back, centre-half, half-back,
        midfielder, winger, forward, striker, inside forward, centre forward, sweeper, quarterback,
        running back, fullback, wide receiver, tight end, offensive lineman, offensive tackle,
        defensive end, defensive tackle, linebacker, cornerback, safety, kicker, punter, guard, point
        guard, shooting guard, small forward, power forward, center, centre, pitcher, catcher,
        infielder, outfielder, first baseman, second baseman, third baseman, shortstop, goaltender,
        defenceman, defenseman, hooker, prop, lock, flanker, fly-half, scrum-half, batsman, bowler,
        all-rounder, wicket-keeper"""
    ),
    "institution": _listed(
        """university, college, academy, school, high school, secondary school, primary school, seminary,
        museum, library, hospital, institute, polytechnic, conservatory, gymnasium, bank, court,
        prison, monastery, foundation"""
    ),
    "religion denomination faith": _listed(
        """christian, catholic, roman catholic, protestant, anglican, episcopal, lutheran, methodist,
        baptist, presbyterian, orthodox, muslim, islam, sunni, shia, hindu, hinduism, buddhist,
        buddhism, jewish, judaism, sikh, sikhism, jain, jainism, shinto, taoism, atheist"""
    ),
}
