"""What tables say, in short."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

from . import _auriga
from ._options import path_text

if TYPE_CHECKING:
    from ._result import Result


def _file_of(table: str | os.PathLike[Any] | Result, folder: str, name: str) -> str:
    from ._result import Result

    if not isinstance(table, Result):
        return path_text(table, "table")
    if table.table_file is not None:
        return table.table_file
    file = os.path.join(folder, name)
    table.save(file)
    return file


def summary(
    table: str | os.PathLike[Any] | Result,
    *,
    truth: str | os.PathLike[Any] | None = None,
    marks: bool = True,
) -> dict[str, Any]:
    """Action units of a table in short: how strong, how long, when; per face.

    `table`: a CSV file of any dialect, or a Result, which is put into a temporary file. `truth`: a
    table of true intensities to compare with. `marks`: whether frames that the marks file beside the
    table excludes are left out, as `frames_excluded` says then. Raises InputError.
    """
    with tempfile.TemporaryDirectory() as folder:
        text = _auriga.summary_json(
            _file_of(table, folder, "table.csv"), path_text(truth, "truth") if truth else "", marks
        )
    told: dict[str, Any] = json.loads(text)
    return told


def compare(
    a: str | os.PathLike[Any] | Result,
    b: str | os.PathLike[Any] | Result,
    *,
    tolerance: float | None = None,
    marks: bool = True,
) -> dict[str, Any]:
    """How far two tables agree, column by column. `tolerance`: the largest difference allowed.

    `marks`: whether frames that the marks file beside either table excludes are left out of both, as
    `left_out` says then.
    """
    with tempfile.TemporaryDirectory() as folder:
        text = _auriga.compare_json(
            _file_of(a, folder, "a.csv"), _file_of(b, folder, "b.csv"), tolerance, marks
        )
    told: dict[str, Any] = json.loads(text)
    return told


def plot(result: Any, units: list[str] | None = None, axes: Any = None) -> Any:
    """Intensities over time, a line per action unit; returns matplotlib's axes.

    `result`: a Result or a Table. `units`: e.g. ["AU06", "AU12"]; none: the five that are strongest
    at some time. `axes`: to draw into. Raises ImportError where matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as pyplot
    except ImportError as error:
        raise ImportError("auriga.plot needs matplotlib: pip install matplotlib") from error
    import numpy as np

    frames = getattr(result, "frames", result)
    names = [name for name in frames.columns if name.startswith("AU") and name.endswith("_r")]
    if units is None:
        names = [name for name in names if not np.isnan(frames[name]).all()]
        names = sorted(sorted(names, key=lambda name: -np.nanmax(frames[name]))[:5])
    else:
        names = [unit if unit.endswith("_r") else f"{unit}_r" for unit in units]
    times = frames["timestamp"] if "timestamp" in frames else np.arange(len(frames))
    if axes is None:
        axes = pyplot.subplots()[1]
    for name in names:
        axes.plot(times, frames[name], label=name[:4])
    axes.set_xlabel("s" if "timestamp" in frames else "row")
    axes.set_ylabel("intensity, 0..5")
    axes.set_ylim(0, 5)
    axes.legend()
    return axes
