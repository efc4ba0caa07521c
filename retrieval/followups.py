"""Questions that lean on what was said before: "Where was she born?", "And Halcyon Power?", "When was that?".

With a model the question is condensed by it. Without one, by rule: a pronoun stands for the last entity of
its kind, a lone name takes the place of the last question's name, a question without any name is about the
last question's. What is understood is told with the answer.
"""

import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from graph.types import WorkspaceId
from retrieval.checking import without_thinking
from retrieval.linking import Linker, unlinked_names
from retrieval.ports import AnswerModel
from retrieval.prompts import condense_messages
from retrieval.question import NOUN_TYPES, Wanted, understand
from retrieval.types import Topic, Turn
from retrieval.wording import content_stems, tokens_of

_TURNS = 6  # most of the conversation that is looked at
_TURN_CHARS = 600  # of each turn
_CONDENSED_CHARS, _CONDENSED_TOKENS = 400, 120
_PERSON, _PLACE = "Person", "Place"

_POSSESSIVES = {"his": _PERSON, "hers": _PERSON, "its": "", "their": ""}
_PRONOUNS = {"he": _PERSON, "him": _PERSON, "she": _PERSON, "it": "", "they": "", "them": "", "there": _PLACE}
_PRONOUN = re.compile(rf"\b({'|'.join([*_POSSESSIVES, *_PRONOUNS, 'her'])})\b", re.IGNORECASE)
_NOUN = re.compile(
    rf"\b(?:the|this|that) ({'|'.join(NOUN_TYPES)})\b(?! (?:that|which|who|of|in|at|from)\b)", re.I
)
_OPENING = re.compile(r"\A\s*(?:and|but|so|what about|how about|and what about)\b[\s,]*", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were) there\b|\bthere (?:is|are|was|were)\b|\bit (?:is|was) (?:true|that)\b", re.I
)


@dataclass(frozen=True, slots=True)
class _Known:
    """An entity of the conversation. ``answered``: an answer brought it up, the question before had not."""

    topic: Topic
    answered: bool


class FollowUps:
    def __init__(self, linker: Linker) -> None:
        self._linker = linker

    async def carried_over(self, workspace: WorkspaceId, text: str, history: Sequence[Turn]) -> str:
        """The question with what it leaves out, by rule. Unchanged where nothing fits."""
        known: list[_Known] = []  # the latest first
        last = ""
        asked: set[bytes] = set()
        for turn in recent(history):
            if turn.role == "user":
                last = await self._resolved(workspace, turn.content, last, known)
                topics = await self._linker.named(workspace, last)
                asked = {topic.entity.id for topic in topics}
                known = [_Known(topic, answered=False) for topic in topics] + known
            else:
                topics = await self._linker.named(workspace, turn.content)
                news = [_Known(t, answered=True) for t in topics if t.entity.id not in asked]
                known = news + known
        return await self._resolved(workspace, text, last, known)

    async def _resolved(self, workspace: WorkspaceId, text: str, last: str, known: Sequence[_Known]) -> str:
        if not known and not last:
            return text
        topics = await self._linker.named(workspace, text)
        question = understand(text, topics)
        names = unlinked_names(text, topics)
        if (topics or names) and last and not question.content and question.wanted is Wanted.ANYTHING:
            return await self._in_place_of(workspace, _OPENING.sub("", text), topics, last)
        replaced = _with_names(text, known)
        if replaced != text or topics or names:
            return replaced
        if not question.content and last:
            return f"{text.rstrip(' ?')}: {last}"
        about = next((each.topic.entity.name for each in known if not each.answered), None)
        return f"{text.rstrip(' ?')} ({about})?" if about else text

    async def _in_place_of(
        self, workspace: WorkspaceId, text: str, topics: Sequence[Topic], last: str
    ) -> str:
        """The last question, asked of the one that ``text`` names."""
        name = topics[0].mention if topics else text.strip(" ?.")
        former = await self._linker.named(workspace, last)
        alike = [t for t in former if topics and t.entity.type == topics[0].entity.type] or former
        if not alike:
            return text
        return re.sub(rf"\b{_spaced(alike[0].mention)}\b", lambda _: name, last, count=1, flags=re.IGNORECASE)


def recent(history: Sequence[Turn]) -> list[Turn]:
    """The end of a conversation, each turn cut."""
    return [Turn(turn.role, turn.content[:_TURN_CHARS]) for turn in history[-_TURNS:]]


@dataclass(frozen=True, slots=True)
class Condensed:
    """The model's wording; None where it adds what the conversation does not hold."""

    text: str | None
    prompt_tokens: int
    completion_tokens: int


async def condense(model: AnswerModel, text: str, history: Sequence[Turn]) -> Condensed:
    """The question as a model words it after reading the conversation; its errors as its port says."""
    said, prompt, completion = "", 0, 0
    turns = recent(history)
    async with aclosing(model.write(condense_messages(text, turns), max_tokens=_CONDENSED_TOKENS)) as pieces:
        async for piece in pieces:
            said += piece.text
            prompt, completion = prompt + piece.prompt_tokens, completion + piece.completion_tokens
    line = without_thinking(said).strip().strip('"')
    conversation = " ".join((text, *(turn.content for turn in turns)))
    usable = "\n" not in line and len(line) <= _CONDENSED_CHARS and not _adds(line, conversation)
    return Condensed(line if usable else None, prompt, completion)


def _adds(said: str, conversation: str) -> bool:
    """Whether a name or a number is there that nobody has mentioned, or nothing of what was asked."""
    known = {token.stem for token in tokens_of(conversation)}
    new = [token for token in tokens_of(said)[1:] if token.capital and token.stem not in known]
    return bool(new) or not content_stems(said) & content_stems(conversation)


def _with_names(text: str, known: Sequence[_Known]) -> str:
    """Pronouns and nouns such as "the company", replaced by the last entity of their kind."""

    def of_pronoun(match: re.Match[str]) -> str:
        word = match[1].lower()
        following = tokens_of(text[match.end() :])[:1]
        possessive = word in _POSSESSIVES or (word == "her" and bool(following) and not following[0].stop)
        name = _last(known, _POSSESSIVES.get(word, _PRONOUNS.get(word, _PERSON)))
        return match[0] if name is None else f"{name}'s" if possessive else name

    def of_noun(match: re.Match[str]) -> str:
        return _last(known, NOUN_TYPES[match[1].lower()]) or match[0]

    if _EXPLETIVE.search(text):
        return text
    return _NOUN.sub(of_noun, _PRONOUN.sub(of_pronoun, text))


def _last(known: Sequence[_Known], kind: str) -> str | None:
    """The latest of a type; of any but a person where ``kind`` is empty."""
    fitting = (
        each.topic.entity
        for each in known
        if (each.topic.entity.type == kind if kind else each.topic.entity.type != _PERSON)
    )
    return next((entity.name for entity in fitting), None)


def _spaced(name: str) -> str:
    """A name as a pattern: its words may be parted by any punctuation."""
    return r"[\W_]+".join(map(re.escape, name.split()))
