"""The jars of the local Neo4j: fetched once by coordinate, and held to their pinned hashes at every start."""

import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from jgo.maven import Artifact, MavenContext

from app.local.processes import Progress, exclusive, silent
from graph.errors import ConfigurationError, IntegrityError

_DOWNLOADS_AT_ONCE = 8
_HTTP_TIMEOUT = 30  # seconds without a byte


@dataclass(frozen=True, slots=True)
class Jar:
    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def file(self) -> str:
        return "-".join(part for part in (self.artifact, self.version, self.classifier) if part) + ".jar"


def pinned_jars() -> tuple[Jar, ...]:
    """The lock's jars, in class-path order."""
    lock = tomllib.loads(files("app.local").joinpath("neo4j.lock.toml").read_text(encoding="utf-8"))
    return tuple(_jar(coordinate, digest) for coordinate, digest in lock["jars"].items())


def fetch_jars(
    cache: Path,
    *,
    jars: Sequence[Jar] | None = None,
    progress: Progress = silent,
    download: Callable[[Path, Jar], Path] | None = None,
) -> tuple[Path, ...]:
    """Paths of all pinned jars under ``cache``, in class-path order; what is missing or damaged is fetched.

    Two starters at once share one download. ConfigurationError when a jar cannot be fetched, IntegrityError
    when a freshly fetched one is not the pinned one.
    """
    wanted = pinned_jars() if jars is None else tuple(jars)
    fetch = _download if download is None else download
    busy = "another command is fetching Neo4j"
    with (
        exclusive(cache / "jars.lock", busy, timeout=900.0, progress=progress),
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
    ):
        intact = list(pool.map(lambda jar: _intact(_path(cache, jar), jar), wanted))
        missing = [jar for jar, good in zip(wanted, intact, strict=True) if not good]
        if missing:
            progress(f"fetching Neo4j: {len(missing)} of {len(wanted)} files (147 MB in all)")
        for done, _ in enumerate(pool.map(lambda jar: _fetch(cache, jar, fetch), missing), start=1):
            if done % 40 == 0 or done == len(missing):
                progress(f"fetched {done} of {len(missing)} files")
    return tuple(_path(cache, jar) for jar in wanted)


def _jar(coordinate: str, digest: str) -> Jar:
    group, artifact, version, *classifier = coordinate.split(":")
    return Jar(group, artifact, version, classifier[0] if classifier else "", digest)


def _path(cache: Path, jar: Jar) -> Path:
    return cache.joinpath("repository", *jar.group.split("."), jar.artifact, jar.version, jar.file)


def _intact(path: Path, jar: Jar) -> bool:
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == jar.sha256


def _fetch(cache: Path, jar: Jar, download: Callable[[Path, Jar], Path]) -> None:
    path = _path(cache, jar)
    path.unlink(missing_ok=True)  # damaged, or half of a download that was killed
    try:
        download(cache / "repository", jar)
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo says RuntimeError for 404
        path.unlink(missing_ok=True)
        raise ConfigurationError(
            f"cannot fetch {jar.file}, a part of Neo4j: {error}. Connect this machine to the internet "
            "(or set HTTPS_PROXY) and try again, or set NEO4J_URI to a Neo4j that runs elsewhere"
        ) from error
    if not _intact(path, jar):
        path.unlink(missing_ok=True)
        raise IntegrityError(
            f"{jar.file} was fetched but is not the pinned file (SHA-256 differs): the download was "
            "altered or cut; try again on another network, or set NEO4J_URI to a Neo4j that runs elsewhere"
        )


def _download(repository: Path, jar: Jar) -> Path:
    context = MavenContext(repo_cache=repository, timeout=_HTTP_TIMEOUT)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return Artifact(component, jar.classifier, "jar").resolve()
