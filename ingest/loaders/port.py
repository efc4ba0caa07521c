"""The port every format implements. The next format is one file and one line in ``ingest.loaders``."""

from dataclasses import dataclass
from typing import Protocol

from ingest.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of the bytes before a loader is chosen.

    ``extension`` is lower case with its dot, a hint and never proof. ``text`` is the decoded content,
    ``None`` when the bytes are binary. ``members`` are the file names of a zip container, else empty.
    """

    data: bytes
    extension: str
    text: str | None
    members: frozenset[str] = frozenset()


class Loader(Protocol):
    """One format. ``label`` names it in messages; ``extensions`` are its usual ones, the first preferred."""

    @property
    def label(self) -> str: ...

    @property
    def media_type(self) -> str: ...

    @property
    def extensions(self) -> tuple[str, ...]: ...

    def recognises(self, sample: Sample) -> bool:
        """Whether the content, not its name alone, is of this format."""
        ...

    def load(self, data: bytes, name: str) -> ParsedDocument:
        """Parse. ``name`` is used in messages and as the title of last resort.

        Raises ``UnreadableDocument`` for damaged, locked or empty content and ``LimitExceeded``.
        """
        ...
