"""The one error tree.

    VeripathError
    ├── TransientError                 retry it: the same call may succeed later
    │   ├── StoreUnavailable           ledger or graph store out of reach, deadlock, time-out
    │   ├── ServiceUnavailable         a client's service is out of reach or says to retry
    │   ├── EngineUnavailable          the language-model server is out of reach or overloaded
    │   ├── ParserUnavailable          the parsing server was lost in the middle of a document, twice
    │   └── StaleWrite                 a compare-and-set lost: read again, then retry
    └── TerminalError                  do not retry: the same call fails again
        ├── InvalidInput               the caller's request or bytes are wrong
        │   ├── UnsupportedFormat      no loader for these bytes
        │   ├── UnreadableDocument     a loader exists, the bytes are damaged, locked or empty
        │   └── LimitExceeded          size, member, ratio, depth, time or count limit
        ├── NotFound                   no such thing in this workspace
        ├── AlreadyExists              the same key with other content (idempotency, names)
        ├── NotAuthenticated           no token, or an unknown one
        ├── NotPermitted               a known principal without the right
        ├── QuoteMismatch              a claim whose quote is not the text at its span
        ├── OntologyError              an ontology that contradicts itself
        ├── IntegrityError             stored bytes or rows do not match their hash or digest
        ├── ConfigurationError         settings or the machine cannot run what was asked
        └── DecodingError              constrained decoding failed, closed
            ├── UnknownTrie            the engine does not hold this trie
            ├── TokenizerMismatch      the trie was built for another tokenizer
            ├── InvalidTrie            arrays that are not a trie
            └── OutsideTrie            an output that is no path of the trie

Messages are sentences for the person who can act on them. HTTP codes live in ``app.errors`` alone;
stores and adapters translate their drivers' exceptions into this tree at their edge.
"""


class VeripathError(Exception):
    """Root of the tree; never raised itself."""


class TransientError(VeripathError):
    """Worth retrying unchanged."""


class StoreUnavailable(TransientError):
    """The ledger or the graph store did not answer, or asked for a retry."""


class ServiceUnavailable(TransientError):
    """The service did not answer its client, or asked for a retry."""


class EngineUnavailable(TransientError):
    """The language-model server did not answer."""


class ParserUnavailable(TransientError):
    """The parsing server was lost; the document may be sound."""


class StaleWrite(TransientError):
    """Another writer moved the position first."""


class TerminalError(VeripathError):
    """Retrying unchanged cannot help."""


class InvalidInput(TerminalError):
    """The request or its bytes are wrong."""


class UnsupportedFormat(InvalidInput):
    """No loader reads this format."""


class UnreadableDocument(InvalidInput):
    """Damaged, encrypted or empty bytes."""


class LimitExceeded(InvalidInput):
    """A stated limit was passed."""


class NotFound(TerminalError):
    """Nothing with this id in the caller's workspace."""


class AlreadyExists(TerminalError):
    """The key is taken by other content."""


class NotAuthenticated(TerminalError):
    """No valid token."""


class NotPermitted(TerminalError):
    """The principal lacks the right."""


class QuoteMismatch(TerminalError):
    """A quote that is not the text at its span."""


class OntologyError(TerminalError):
    """The ontology contradicts itself."""


class IntegrityError(TerminalError):
    """Stored data does not match its hash, digest or constraint."""


class ConfigurationError(TerminalError):
    """Settings or the machine cannot run this."""


class DecodingError(TerminalError):
    """Constrained decoding failed, closed."""


class UnknownTrie(DecodingError):
    """The engine holds no trie of this id."""


class TokenizerMismatch(DecodingError):
    """Trie and engine use different tokenizers."""


class InvalidTrie(DecodingError):
    """The arrays are no valid trie."""


class OutsideTrie(DecodingError):
    """An output that is no path of its trie."""
