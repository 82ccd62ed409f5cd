"""What a script asks for that has no counterpart here is said once."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

_said: set[tuple[str, str]] = set()


def ignore(where: str, names: Iterable[str], why: str) -> None:
    """Warns of arguments that change nothing, each once in a process."""
    new = [name for name in names if (where, name) not in _said]
    _said.update((where, name) for name in new)
    if new:
        warnings.warn(f"{where}: {', '.join(new)} ignored: {why}", stacklevel=3)
