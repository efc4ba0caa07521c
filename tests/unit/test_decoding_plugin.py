"""The plugin outside vLLM: what it imports, which version it takes, which options it refuses."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from retrieval.decoding import plugin
from retrieval.decoding.serve import main, problem

_ALONE = """
import sys
from importlib.abc import MetaPathFinder

ALLOWED = {"numpy", "numba", "llvmlite", "retrieval", "graph"}

class Fence(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in ALLOWED and top not in sys.stdlib_module_names:
            raise ImportError(f"the plugin may not import {name}")

sys.meta_path.insert(0, Fence())
import retrieval.decoding.plugin, retrieval.decoding.endpoint
assert "numpy" not in sys.modules, "importing the plugin must not be able to fail"
import retrieval.decoding.grammar, retrieval.decoding.store
import retrieval.decoding.processor, retrieval.decoding.scoring
import retrieval.decoding.branches, retrieval.decoding.branch_scorer
import retrieval.decoding.cpu_drafts, retrieval.decoding.request_checks
assert "numba" not in sys.modules, "numba before vLLM's worker kills it"
from retrieval.decoding.matcher import START, Matcher
from retrieval.decoding.trie import build
trie, _ = build([(1, 2)], tokenizer=bytes(32), verbaliser=1)
assert Matcher(trie, 0).advance(START, 1) == 1
loaded = {name for name in sys.modules if name.startswith(("graph", "retrieval"))}
ours = {"plugin", "endpoint", "grammar", "processor", "scoring", "search", "store", "matcher", "trie"}
ours |= {"prefixes", "kernels", "branches", "branch_scorer", "cpu_drafts", "request_checks"}
shared = {"graph", "graph.errors", "retrieval", "retrieval.decoding"}
assert loaded <= shared | {f"retrieval.decoding.{each}" for each in ours}, loaded
"""


def test_it_imports_with_numpy_and_numba_alone() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", _ALONE], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_another_vllm_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "vllm_version", lambda: "0.33.0")
    with pytest.raises(RuntimeError, match=r"refuses 0\.33\.0: install vllm==0\.32\.0"):
        plugin.register()


def test_the_grammar_is_refused_without_its_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "vllm_version", lambda: plugin.VLLM_VERSION)
    monkeypatch.setenv("VLLM_PLUGINS", "kgtrie")
    with pytest.raises(RuntimeError, match="kgtrie_endpoint"):
        plugin.register()


def test_a_changed_hook_is_refused() -> None:
    def validate_tokens(self: object, tokens: object) -> None: ...

    with pytest.raises(RuntimeError, match="validate_tokens"):
        plugin.require_parameters(validate_tokens, ["self", "request", "spec_tokens"])


@pytest.mark.parametrize(
    ("option", "value"),
    [("ignore_eos", True), ("min_tokens", 1), ("stop", ["x"]), ("stop_token_ids", [5]),
     ("logit_bias", {5: 1.0}), ("bad_words", ["x"]), ("allowed_token_ids", []), ("thinking_token_budget", 0),
     ("trace_decode_token_ids", [1]), ("repetition_detection", object()), ("repetition_penalty", 1e-46)],
)  # fmt: skip
def test_options_that_beat_the_mask_are_named(option: str, value: object) -> None:
    assert plugin.refusals(SimpleNamespace(**{option: value})) == [option]
    assert (
        plugin.refusals(
            SimpleNamespace(
                ignore_eos=False, min_tokens=0, stop=[], stop_token_ids=None, repetition_penalty=0.9
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("given", "ours"),
    [({"grammar": "kgtrie:x"}, True), ({"grammar": "root ::= x"}, False), ({"json": {}}, False),
     (None, False), (SimpleNamespace(grammar="kgtrie:x"), True), (SimpleNamespace(grammar=None), False)],
)  # fmt: skip
def test_knows_its_own_grammars(given: object, ours: bool) -> None:
    assert plugin.is_kgtrie(given) is ours


def serve(monkeypatch: pytest.MonkeyPatch, folder: Path, **changed: str) -> str | None:
    """What is wrong with an engine that is right but for ``changed``."""
    environment = {"VLLM_PLUGINS": "kgtrie,kgtrie_endpoint", "KGTRIE_DIR": str(folder / "tries")} | changed
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return problem()


def test_the_entry_point_refuses_what_would_serve_without_a_mask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "vLLM, which is not installed" in str(serve(monkeypatch, tmp_path))
    monkeypatch.setattr(plugin, "vllm_version", lambda: plugin.VLLM_VERSION)
    assert serve(monkeypatch, tmp_path) is None
    assert "VLLM_PLUGINS=kgtrie,kgtrie_endpoint" in str(serve(monkeypatch, tmp_path, VLLM_PLUGINS="kgtrie"))
    assert "KGTRIE_DIR" in str(serve(monkeypatch, tmp_path, KGTRIE_DIR=""))
    assert "cannot run here" in str(serve(monkeypatch, tmp_path, KGTRIE_DIR="/dev/null/tries"))
    monkeypatch.setattr(plugin, "vllm_version", lambda: "0.33.0")
    with pytest.raises(SystemExit, match=r"refuses 0\.33\.0: install vllm==0\.32\.0"):
        main(["--model", "x"])
