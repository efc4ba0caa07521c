"""A real vLLM on this machine, started for the user with the packaged model and the KG-Trie plugin.

``home`` holds one server's log and tries; ``cache`` the environment and the model, which all
homes share. It listens on loopback only, asks for a key, survives the command that started it, and is adopted
by the next one.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import httpx

from app.local.engine import Engine, cuda_present, prepare_engine, require_memory
from app.local.processes import OwnedProcess, Progress, exclusive, port_is_free, require_free_port, silent
from graph.errors import ConfigurationError
from retrieval.decoding.plugin import BRANCHES, ENDPOINT_NAME, NAME

HOST = "127.0.0.1"
_CONTEXT = 2048  # tokens
_KV_CACHE_GIB = 1
_CPUINFO = Path("/proc/cpuinfo")


def bfloat16_in_hardware(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether this processor multiplies bfloat16 itself (x86: AVX512 or AMX, ARM: BF16; Linux alone says).

    Where it does not, vLLM emulates it: a quarter of float32's tokens a second on an AMD EPYC of Zen 3."""
    try:
        words = set(cpuinfo.read_text().split())
    except OSError:
        return False
    return not words.isdisjoint({"avx512_bf16", "amx_bf16", "bf16"})


class LocalVllm:
    """One local server. All calls block: use a thread from async code.

    ``drafts`` is the length of forced runs that are decoded in one step (jump-forward), 0 for none. None are
    drafted on a GPU, where exact search is by requests: vLLM 0.32's scores cannot be relied on while it
    speculates. ``options`` are more of vLLM's own.
    """

    def __init__(
        self,
        home: Path,
        cache: Path,
        *,
        port: int,
        api_key: str,
        model_name: str,
        drafts: int = 8,
        cuda: bool | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.home = home
        self.cache = cache
        self.port = port
        self.api_key = api_key
        self.model_name = model_name
        self.drafts = drafts
        self.cuda = cuda_present() if cuda is None else cuda
        self.options = options
        self.process = OwnedProcess("vLLM", home)

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}/v1"

    def install(self, *, progress: Progress = silent) -> Engine:
        """Fetch and convert what is missing; nothing is started."""
        if shutil.which("cc") is None and shutil.which("gcc") is None:
            raise ConfigurationError(
                "the inference engine needs a C compiler: install one (on Debian: apt install "
                "build-essential), or set VERIPATH_LLM_BASE_URL to a server that runs elsewhere"
            )
        self.cache.mkdir(parents=True, exist_ok=True)
        return prepare_engine(self.cache, cuda=self.cuda, progress=progress)

    def start(self, *, timeout: float = 600.0, progress: Progress = silent) -> bool:
        """Install what is missing, start or adopt the server, return when it is ready to answer.

        True if this call started it. ConfigurationError says what stands in the way, with the end of the
        log. That the mask holds is for ``retrieval.decoding.canary`` to show.
        """
        engine = self.install(progress=progress)
        busy = "another command is starting vLLM"
        self.home.mkdir(parents=True, exist_ok=True)
        with exclusive(self.home / "start.lock", busy, timeout=timeout, progress=progress):
            if self.process.pid() is None:
                require_memory()
                require_free_port(self.port, "VERIPATH_LLM_PORT", HOST)
                progress("starting vLLM")
            started = self.process.start(
                self._command(engine), cwd=self.home, env=self._environment(engine), progress=progress
            )
        self.process.wait_healthy(
            self.healthy,
            timeout=timeout,
            progress=progress,
            hint="Other programs may hold the memory that it needs.",
        )
        return started

    def stop(self) -> bool:
        """Stop the server if it is ours and runs. Registered tries stay on disk."""
        return self.process.stop()

    def healthy(self) -> bool:
        """Whether it serves, with the plugin and under our key. ConfigurationError when without them."""
        if port_is_free(self.port, HOST):
            return False
        headers = {"Authorization": f"Bearer {self.api_key}"}
        try:
            if not httpx.get(f"http://{HOST}:{self.port}/health", timeout=5.0).is_success:
                return False
            answer = httpx.get(f"{self.base_url}/kgtrie", headers=headers, timeout=5.0)
        except httpx.TransportError:
            return False
        if answer.status_code in (401, 404):
            raise ConfigurationError(
                f"what answers on port {self.port} is not our vLLM with its KG-Trie plugin: stop it, or set "
                "VERIPATH_LLM_PORT to another port"
            )
        return answer.is_success

    def _command(self, engine: Engine) -> list[str]:
        command = [
            str(engine.python), "-m", "vllm.entrypoints.cli.main", "serve", str(engine.model),
            "--served-model-name", self.model_name,
            "--host", HOST,
            "--port", str(self.port),
            "--max-model-len", str(_CONTEXT),
            "--max-num-seqs", "64",
            "--dtype", "bfloat16" if engine.cuda or bfloat16_in_hardware() else "float32",
            "--enforce-eager",
        ]  # fmt: skip
        if not engine.cuda:
            # a multiple of 32 it must be, and a small one wastes less of what requests share
            command += ["--block-size", "32", "--worker-extension-cls", BRANCHES]
        if self.drafts and not engine.cuda:
            # drafts come from the trie; the n-gram that starts a draft of vLLM's own is kept rare
            ngram = {"method": "ngram", "prompt_lookup_min": 8, "prompt_lookup_max": 8}
            speculation = {**ngram, "num_speculative_tokens": self.drafts}
            command += ["--speculative-config", json.dumps(speculation), "--no-async-scheduling"]
        return [*command, *self.options]

    def _environment(self, engine: Engine) -> dict[str, str]:
        return {
            "PYTHONPATH": str(engine.overlay),
            "VLLM_API_KEY": self.api_key,  # not in the command, which every user of the machine can read
            "VLLM_PLUGINS": f"{NAME},{ENDPOINT_NAME}",
            "KGTRIE_DIR": str(self.home / "tries"),
            "NUMBA_CACHE_DIR": str(self.cache / "numba"),
            "VLLM_CACHE_ROOT": str(self.cache / "vllm"),
            "VLLM_CPU_KVCACHE_SPACE": str(_KV_CACHE_GIB),
            # pinned to cores, it would fight with what else runs here for those while others idle
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            # one core is left to the others: threads that wait for each other suffer most on a busy machine
            "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) - 1)),
            "NUMBA_NUM_THREADS": "1",  # vLLM's n-gram proposer asks for one, and waits for all there are
            "VLLM_USE_V2_MODEL_RUNNER": "0",
            "VLLM_NO_USAGE_STATS": "1",
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "PYTHONDONTWRITEBYTECODE": "",  # else each start compiles vLLM's and torch's sources: a minute
        }
