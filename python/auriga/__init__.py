"""Facial action units (FACS AUs), landmarks, head pose and gaze from video.

    >>> import auriga
    >>> result = auriga.extract("face.mp4")
    >>> result.frames["AU12_r"]      # NumPy
    >>> result.save("face.csv")      # OpenFace's table

What is computed is what the command `auriga` computes, to the byte. docs/python.md is the guide.
"""

from __future__ import annotations

import os as _os

from . import _auriga, models
from ._analysis import compare, plot, summary
from ._errors import (
    Error,
    InputError,
    MachineError,
    ModelError,
    OutputError,
    UnknownOption,
    UsageError,
)
from ._options import options
from ._result import Result, Results, extract
from ._stream import Engine, Frame, Row, Session, Stream, stream
from ._table import Table, read_table

__version__: str = _auriga.version

__all__ = [
    "Engine",
    "Error",
    "Frame",
    "InputError",
    "MachineError",
    "ModelError",
    "OutputError",
    "Result",
    "Results",
    "Row",
    "Session",
    "Stream",
    "Table",
    "UnknownOption",
    "UsageError",
    "compare",
    "extract",
    "models",
    "options",
    "plot",
    "read_table",
    "stream",
    "summary",
]

_auriga.set_packaged_models(_os.path.join(_os.path.dirname(_os.path.abspath(__file__)), "_models"))

import atexit as _atexit  # noqa: E402

_atexit.register(_auriga.end_of_interpreter)
