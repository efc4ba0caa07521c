"""What an HTTP request may not hold beside a kgtrie, because vLLM would drop the constraint without a word:
beam search ignores it, and a parser of tool calls or of reasoning may put its own in its place.

vLLM's API server calls these before any parameter of sampling is made; what is to be said of those is checked
in ``plugin``. Runs inside vLLM, which is imported by name.
"""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from retrieval.decoding.plugin import NAME, is_kgtrie, require_parameters


def check_requests() -> None:
    """Wraps vLLM's own functions, once in each API server. RuntimeError when they are not the known ones."""
    protocols = "vllm.entrypoints.openai"
    _refuse_beam_search(import_module(f"{protocols}.chat_completion.protocol").ChatCompletionRequest)
    _refuse_beam_search(import_module(f"{protocols}.completion.protocol").CompletionRequest)
    renderer: Any = import_module("vllm.renderers.online_renderer").OnlineRenderer
    for name in ("render_chat", "render_responses"):
        require_parameters(getattr(renderer, name), ["self", "request"], more=True)
        setattr(renderer, name, _without_tools(getattr(renderer, name)))


def _refused(what: str) -> Exception:
    errors: Any = import_module("vllm.exceptions")
    error: Exception = errors.VLLMValidationError(f"not allowed beside a kgtrie: {what}")
    return error


def _constrained(request: Any) -> bool:
    asked = request.structured_outputs
    return (asked is not None and is_kgtrie(asked)) or NAME in (request.vllm_xargs or {})


def _refuse_beam_search(request_type: Any) -> None:
    to_beam_search_params = request_type.to_beam_search_params

    def refuse(self: Any, *args: Any, **options: Any) -> Any:
        if _constrained(self):
            raise _refused("use_beam_search")
        return to_beam_search_params(self, *args, **options)

    request_type.to_beam_search_params = refuse


def _without_tools(render: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def checked(self: Any, request: Any, **options: Any) -> Any:
        if not _constrained(request):
            return await render(self, request, **options)
        if request.tools and request.tool_choice != "none":
            raise _refused("tools, unless tool_choice is none")
        asked = request.structured_outputs
        rendered = await render(self, request, **options)
        if request.structured_outputs != asked:
            raise _refused("this engine's parser, which constrains the output in its own way")
        return rendered

    return checked
