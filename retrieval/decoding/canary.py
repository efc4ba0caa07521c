"""A question that only a masked engine answers right, asked at start-up and by readiness checks."""

from graph.errors import DecodingError, OutsideTrie
from retrieval.decoding.ports import PathEngine
from retrieval.decoding.trie import build
from retrieval.ports import ChatMessage

_WORDS = ("canary -> sings in -> xylophone", "canary -> sings in -> quicksand", "canary")


async def check_mask(engine: PathEngine) -> None:
    """DecodingError unless the engine has the plugin and a hot, drawn output stays inside a tiny trie."""
    abilities = await engine.abilities()
    if not abilities.plugin or abilities.tokenizer is None:
        raise DecodingError("the engine serves without the KG-Trie plugin")
    tokens = abilities.tokenizer.encode([(word,) for word in _WORDS])
    trie, ends = build(tokens, tokenizer=abilities.tokenizer.hash, verbaliser=0)
    prompt = await engine.prompt_tokens([ChatMessage("user", "Count from one to ten.")])
    outputs = await engine.generate(prompt, trie, max_tokens=32, samples=2, temperature=2.0)
    if not outputs or any(trie.walk(output) not in ends for output in outputs):
        raise OutsideTrie("the engine left a tiny trie: its KG-Trie mask does not hold; do not serve from it")
