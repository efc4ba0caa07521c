"""Written answers: a model writes from numbered sources, and only what can be checked leaves.

Sentences are checked and cited as they are completed, so that they can be shown while the rest is written.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from graph.errors import EngineUnavailable
from retrieval.answer import abstention
from retrieval.checking import Checked, ReplyReader, SentenceChecker, declines
from retrieval.citing import CitationBook
from retrieval.phrasing import listed
from retrieval.ports import AnswerModel
from retrieval.prompts import MEMORY_MARK, answer_messages
from retrieval.question import Question
from retrieval.sources import Source, cite
from retrieval.types import Sentence

REPLY_TOKENS = 800  # longest reply
SOURCE_CHARS = 12_000  # most that the model is given to read, where it has room
_LEAST_REPLY_TOKENS = 200
_RULES_TOKENS = 480  # the prompt's own words, counted generously
_CHARS_A_TOKEN = 3  # English has four and more; names, numbers and other languages have fewer

Listener = Callable[[Sentence], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Room:
    """How much the model may read, in code points of sources, and write, in tokens."""

    source_chars: int
    reply_tokens: int


@dataclass(slots=True)
class Written:
    """``dropped`` are reasons, one a sentence that did not leave. ``declined``: it says it has no answer."""

    text: str = ""
    dropped: list[str] = field(default_factory=list)
    declined: bool = False
    from_memory: bool = False
    cut: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def why_not(self, question: Question) -> str:
        """Why nothing is left to say."""
        if self.declined:
            return f"The model found no answer in its sources. {abstention(question)}"
        if self.dropped:
            return f"Nothing that the model wrote could be held to its sources: {listed(self._reasons())}."
        return abstention(question)

    def notices(self) -> list[str]:
        told = []
        if self.text and self.dropped:
            told.append(
                f"{len(self.dropped)} sentences of the model were left out: {listed(self._reasons())}."
            )
        if self.cut:
            told.append("The model's reply was cut short; what stands was checked.")
        return told

    def _reasons(self) -> list[str]:
        return list(dict.fromkeys(self.dropped))[:3]


async def room_of(model: AnswerModel, asked: str) -> Room:
    """A small model gets fewer sources and a shorter reply; ``asked`` is all else that it reads."""
    context = await model.context_tokens()
    if context is None:
        return Room(SOURCE_CHARS, REPLY_TOKENS)
    reply = max(_LEAST_REPLY_TOKENS, min(REPLY_TOKENS, context // 5))
    left = context - reply - _RULES_TOKENS - len(asked) // _CHARS_A_TOKEN
    return Room(max(0, min(SOURCE_CHARS, left * _CHARS_A_TOKEN)), reply)


async def write(
    model: AnswerModel,
    question: str,
    sources: Sequence[Source],
    citations: CitationBook,
    *,
    instructions: str,
    from_memory: bool,
    reply_tokens: int,
    listener: Listener | None,
) -> Written:
    """Without a source nothing is asked, unless memory counts. The model's errors are raised only before its
    first sentence left; after it, they cut the answer."""
    written = Written()
    if not sources and not from_memory:
        return written
    messages = answer_messages(question, sources, instructions=instructions, from_memory=from_memory)
    reader = ReplyReader()
    checker = SentenceChecker(sources, from_memory=from_memory)
    reply = ""

    async def take(sentences: Sequence[str]) -> None:
        for sentence in sentences:
            await _take(checker.check(sentence), written, citations, listener)

    try:
        async with aclosing(model.write(messages, max_tokens=reply_tokens)) as pieces:
            async for piece in pieces:
                reply += piece.text
                written.declined |= not written.text and declines(reply)
                if not written.declined:
                    await take(reader.feed(piece.text))
                written.cut = piece.cut
                written.prompt_tokens += piece.prompt_tokens
                written.completion_tokens += piece.completion_tokens
    except EngineUnavailable:
        if not written.text:
            raise
        written.cut = True
    if not written.declined:
        await take(reader.rest(cut=written.cut))
    return written


async def _take(
    checked: Checked, written: Written, citations: CitationBook, listener: Listener | None
) -> None:
    """Cite a sentence, add it and tell it; or note why not."""
    if checked.refused:
        written.dropped.append(checked.refused)
        return
    known = len(citations.all())
    numbers: dict[int, None] = {}
    for source in checked.sources:
        numbers |= dict.fromkeys(await cite(source, checked.text, citations))
    if not numbers and not checked.memory:
        written.dropped.append("its quote is not in its document any more")
        return
    marks = MEMORY_MARK if checked.memory else "".join(f"[{number}]" for number in numbers)
    body = checked.text.rstrip(".")
    point = "." if checked.text.endswith(".") else ""
    text = f"{checked.lead if written.text else checked.lead.lstrip()}{body} {marks}{point}"
    written.text += text
    written.from_memory |= checked.memory
    if listener is not None:
        await listener(Sentence(text, citations.all()[known:]))
