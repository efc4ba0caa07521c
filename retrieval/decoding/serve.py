"""``python -m retrieval.decoding.serve ARGUMENTS``: check this engine, then become ``vllm serve ARGUMENTS``.

vLLM only logs a plugin that it cannot import, and would serve without the mask. So what the plugin needs is
tried first, and what is wrong is said in a sentence, before a model is loaded.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from retrieval.decoding import plugin

_OURS = {"vllm.general_plugins": plugin.NAME, "vllm.endpoint_plugins": plugin.ENDPOINT_NAME}


def problem() -> str | None:
    """What stands in the way of serving with the mask, and what to do; None when nothing does."""
    try:
        found = plugin.vllm_version()
    except RuntimeError as error:
        return str(error)
    if found != plugin.VLLM_VERSION:
        return plugin.other_version(found)
    for group, name in _OURS.items():
        if name not in entry_points(group=group).names:
            return f"the plugin {name} is not installed here: pip install --no-deps Veripath's wheel"
    missing = set(_OURS.values()) - set(os.environ.get("VLLM_PLUGINS", "").split(","))
    if missing:
        return f"vLLM would not load the plugin: set VLLM_PLUGINS={plugin.NAME},{plugin.ENDPOINT_NAME}"
    folder = os.environ.get("KGTRIE_DIR")
    if not folder:
        return "set KGTRIE_DIR to the folder in which the engine keeps its tries"
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for module in ("grammar", "store", "scoring", "kernels"):
            import_module(f"retrieval.decoding.{module}")
    except (OSError, ImportError) as error:
        return f"the plugin cannot run here: {error}"
    return None if os.access(folder, os.W_OK) else f"KGTRIE_DIR={folder} cannot be written to"


def main(arguments: Sequence[str]) -> None:
    """Does not return: vLLM takes this process over, or it ends with what is wrong."""
    wrong = problem()
    if wrong is not None:
        sys.exit(f"not serving: {wrong}")
    os.execvp("vllm", ["vllm", "serve", *arguments])  # noqa: S606, S607 - the arguments are the operator's


if __name__ == "__main__":
    main(sys.argv[1:])
