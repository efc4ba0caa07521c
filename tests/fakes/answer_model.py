"""An ``AnswerModel`` that writes what it is told to, in small pieces, and remembers what it was asked."""

from collections.abc import AsyncGenerator, Callable, Sequence

from graph.errors import VeripathError
from retrieval.ports import ChatMessage, ReplyPiece

Reply = str | VeripathError | Callable[[Sequence[ChatMessage]], str]


class FakeAnswerModel:
    """Gives ``replies`` in order; an error among them is raised before the first piece, or, where
    ``breaks_after`` is set, after so many characters."""

    def __init__(self, *replies: Reply, context: int | None = None, cut: bool = False) -> None:
        self.model_id = "fake-writer"
        self.asked: list[list[ChatMessage]] = []
        self.max_tokens: list[int] = []
        self.breaks_after: tuple[int, VeripathError] | None = None
        self.closed = 0
        self._replies = list(replies)
        self._context = context
        self._cut = cut

    async def context_tokens(self) -> int | None:
        return self._context

    async def write(
        self, messages: Sequence[ChatMessage], *, max_tokens: int
    ) -> AsyncGenerator[ReplyPiece, None]:
        self.asked.append(list(messages))
        self.max_tokens.append(max_tokens)
        reply = self._replies.pop(0)
        if isinstance(reply, VeripathError):
            raise reply
        text = reply if isinstance(reply, str) else reply(messages)
        try:
            for start in range(0, len(text), 3):
                if self.breaks_after is not None and start >= self.breaks_after[0]:
                    raise self.breaks_after[1]
                yield ReplyPiece(text[start : start + 3])
            yield ReplyPiece("", 100, 20, cut=self._cut)
        finally:
            self.closed += 1


def source_number(messages: Sequence[ChatMessage], words: str) -> int:
    """The number of the source that holds ``words`` in a prompt."""
    lines = messages[-1].content.splitlines()
    return next(int(line[1:].partition("]")[0]) for line in lines if line.startswith("[") and words in line)
