from hashlib import sha256
from pathlib import Path

import pytest

from app.local.jars import Jar, fetch_jars, pinned_jars
from graph.errors import ConfigurationError, IntegrityError

GOOD = b"a jar"
JARS = [Jar("org.x", f"part{n}", "1.0", "", sha256(GOOD).hexdigest()) for n in range(3)]


class Mirror:
    """Serves ``content``, or fails with it."""

    def __init__(self, content: bytes | Exception) -> None:
        self.content = content
        self.asked: list[str] = []

    def __call__(self, repository: Path, jar: Jar) -> Path:
        self.asked.append(jar.artifact)
        if isinstance(self.content, Exception):
            raise self.content
        path = repository.joinpath(*jar.group.split("."), jar.artifact, jar.version, jar.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        return path


def test_fetches_once_and_only_what_is_damaged(tmp_path: Path) -> None:
    mirror = Mirror(GOOD)
    paths = fetch_jars(tmp_path, jars=JARS, download=mirror)
    assert [path.name for path in paths] == ["part0-1.0.jar", "part1-1.0.jar", "part2-1.0.jar"]
    assert fetch_jars(tmp_path, jars=JARS, download=mirror) == paths
    assert sorted(mirror.asked) == ["part0", "part1", "part2"]
    paths[1].write_bytes(b"half")
    paths[2].unlink()
    fetch_jars(tmp_path, jars=JARS, download=mirror)
    assert sorted(mirror.asked[3:]) == ["part1", "part2"]
    assert all(path.read_bytes() == GOOD for path in paths)


def test_an_altered_jar_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match=r"part0-1\.0\.jar was fetched but is not the pinned file"):
        fetch_jars(tmp_path, jars=JARS[:1], download=Mirror(b"evil"))
    assert not list(tmp_path.rglob("*.jar"))


@pytest.mark.parametrize("error", [ConnectionError("no route"), RuntimeError("not found")])
def test_no_network_is_a_sentence(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(ConfigurationError, match="Connect this machine to the internet"):
        fetch_jars(tmp_path, jars=JARS, download=Mirror(error))


def test_every_pinned_jar_has_a_hash() -> None:
    jars = pinned_jars()
    assert len(jars) > 200
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert len({jar.file for jar in jars}) == len(jars)
    assert {"neo4j", "neo4j-server", "neo4j-browser"} <= {jar.artifact for jar in jars}
