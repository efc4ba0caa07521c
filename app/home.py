"""The folder of all that must not be lost: usable, and what is written there its owner's alone."""

import os
from pathlib import Path
from tempfile import TemporaryFile

from graph.errors import ConfigurationError


def open_home(home: Path) -> Path:
    """``home``, made where there is none; ConfigurationError naming VERIPATH_HOME where it cannot be used."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"VERIPATH_HOME: nothing can be kept in {home} ({error.strerror or error}); "
            "set it to a folder that you may write to"
        ) from error
    return home


def write_privately() -> None:
    """From now on nobody else can read what this process makes, in a home that may have been open to all."""
    os.umask(0o077)
