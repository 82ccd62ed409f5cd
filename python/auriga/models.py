"""Model packs: which are here, whether they are sound, how to get others.

Each function runs the command of that name (`python -m auriga models ...`) and returns what its
`--json` tells. Keywords are its options.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from ._errors import of_code
from ._options import options_of, path_text

__all__ = ["clean", "fetch", "import_", "list", "path", "verify"]


def _run(command: str, operands: tuple[str, ...], options: dict[str, Any]) -> Any:
    words = []
    for flag, value in options_of(f"models {command}").given({**options, "json": True}):
        words += [flag] if value == "yes" else [] if value == "no" else [flag, value]
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "auriga", "models", command, *words, *operands],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    text = done.stdout.decode(errors="replace").strip()
    if not text or done.returncode not in (0, 1, 4):
        said = done.stderr.decode(errors="replace").strip().removeprefix("auriga: ")
        raise of_code(done.returncode, said)
    return json.loads(text)


def list(**options: Any) -> Any:
    """Packs that are here or known: what is complete, what it enables, licences."""
    return _run("list", (), options)


def verify(**options: Any) -> Any:
    """Compares the SHA-256 of every file; `sound` tells of each pack whether all are as published."""
    return _run("verify", (), options)


def path(**options: Any) -> Any:
    """Where packs are looked for, and where `import_` and `fetch` install."""
    return _run("path", (), options)


def clean() -> Any:
    """Removes what is kept of models to begin faster."""
    return _run("clean", (), {})


def import_(source: str | os.PathLike[Any], **options: Any) -> Any:
    """Copies the files of packs out of an installation or a download, a folder or a ZIP file."""
    return _run("import", (path_text(source, "source"),), options)


def fetch(pack: str, **options: Any) -> Any:
    """Downloads a pack: "openface", or "open".

    Its licence has to be accepted (`accept_licence=True`); the error says which it is.
    """
    return _run("fetch", (path_text(pack, "pack"),), options)
