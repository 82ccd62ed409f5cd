"""The command `auriga`, as it comes with the package."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command with the arguments of this process and returns its exit code."""
    from . import _auriga

    return _auriga.run_program(["auriga", *sys.argv[1:]])


def run() -> None:
    """The program `auriga` of the package."""
    sys.exit(main())
