"""What goes wrong, by kind. Messages name the file, what was expected, what was found, what to do."""

from __future__ import annotations


class Error(Exception):
    """Of this library; its kinds are below. `exit_code` is that of the command for the same."""

    exit_code = 1


class UsageError(Error, ValueError):
    """An option or a call that does not exist, contradicts another one or is out of range."""

    exit_code = 2


class UnknownOption(UsageError, TypeError):
    """A keyword that no option has."""


class InputError(Error):
    """A video, a picture, an array or a table cannot be read."""

    exit_code = 3


class ModelError(Error):
    """A model file is missing, truncated, altered or of the wrong shape."""

    exit_code = 4


class OutputError(Error):
    """A result cannot be written."""

    exit_code = 5


class MachineError(Error):
    """A limit of the machine or of the process: memory, threads, files; a fork."""

    exit_code = 6


_KINDS: dict[int, type[Error]] = {
    kind.exit_code: kind for kind in (UsageError, InputError, ModelError, OutputError, MachineError)
}


def of_code(code: int, message: str) -> Error:
    """The error for an exit code of the command, its message in Python's words."""
    from ._options import in_python_words

    return _KINDS.get(code, Error)(in_python_words(message))
