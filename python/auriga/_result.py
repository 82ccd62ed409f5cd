"""Results of `auriga.extract`."""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from . import _auriga
from ._errors import UsageError
from ._options import in_python_words, options_of, path_text
from ._stream import Engine
from ._table import Table, read_table

if TYPE_CHECKING:
    import numpy as np

Progress = Callable[[str, int, int], object]
Path = str | os.PathLike[Any]

_POLL_S = 0.01
_POINTS = 68


class Result:
    """What became of one input. Immutable.

    Where the input failed, everything but `path`, `error` and `ok` raises that error. `skipped`:
    its complete results were there (`out_dir=`); numbers are then those of the file, with its
    digits.
    """

    def __init__(
        self, path: str, outcome: _auriga.Outcome | None, error: BaseException | None = None
    ) -> None:
        self.path = path
        self.error = error
        self._held = outcome

    @property
    def ok(self) -> bool:
        """Whether there are results."""
        return self.error is None

    @property
    def _outcome(self) -> _auriga.Outcome:
        if self.error is not None:
            raise self.error
        assert self._held is not None
        return self._held

    @property
    def skipped(self) -> bool:
        """Whether an earlier run had made the results."""
        return self._outcome.skipped

    @property
    def table_file(self) -> str | None:
        """The table that was written; None without `out_dir=` or `output=`."""
        return self._outcome.table_file or None

    @functools.cached_property
    def frames(self) -> Table:
        """All columns that a table of these options has, a row for each frame and face."""
        if self._outcome.skipped:
            return read_table(self._outcome.table_file)
        return Table(self._outcome.table())

    def __len__(self) -> int:
        return len(self.frames)

    @functools.cached_property
    def action_units(self) -> Table:
        """The columns AUxx_r (0..5) and AUxx_c (0 or 1); final values, as in the table."""
        return self.frames.select([name for name in self.frames.columns if _is_unit(name)])

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """What happened, as the command's manifest has it: input, options, models, counts, times."""
        manifest: dict[str, Any] = json.loads(self._outcome.manifest)
        return manifest

    @property
    def warnings(self) -> list[str]:
        """What may make the numbers other than one expects, in Python's words."""
        return [in_python_words(text) for text in self.manifest["warnings"]]

    @property
    def complete(self) -> bool:
        """Whether the whole input was read without damage."""
        return bool(self.manifest["status"] == "complete")

    @property
    def landmarks(self) -> np.ndarray[Any, Any]:
        """Rows x 68 x 2, px: x to the right, y down; iBUG order. Shares the memory of `frames`."""
        return self._array(["x_", "y_"], _POINTS, "_2Dfp")

    @property
    def landmarks_3d(self) -> np.ndarray[Any, Any]:
        """Rows x 68 x 3, mm, camera coordinates."""
        return self._array(["X_", "Y_", "Z_"], _POINTS, "_3Dfp")

    @property
    def pose(self) -> np.ndarray[Any, Any]:
        """Rows x 6: place of the head (mm: right, down, away), turn (rad: pitch, yaw, roll)."""
        names = [f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz"]
        return self._columns(names, "pose")

    @property
    def gaze(self) -> np.ndarray[Any, Any]:
        """Rows x 6: unit vectors (x, y, z) of the eye on the left of the picture and of the other."""
        return self._columns([f"gaze_{eye}_{axis}" for eye in "01" for axis in "xyz"], "gaze")

    @property
    def gaze_angle(self) -> np.ndarray[Any, Any]:
        """Rows x 2, rad: where both eyes look, to the right of the picture and down."""
        return self._columns(["gaze_angle_x", "gaze_angle_y"], "gaze")

    def _columns(self, names: list[str], option: str) -> np.ndarray[Any, Any]:
        self._require(names[0], option)
        view = None if self.skipped else self._outcome.view(names[0], len(names), 1)
        return self.frames.stack(names) if view is None else view

    def _array(self, stems: list[str], count: int, option: str) -> np.ndarray[Any, Any]:
        self._require(f"{stems[0]}0", option)
        view = None if self.skipped else self._outcome.view(f"{stems[0]}0", count, len(stems))
        if view is not None:
            return view
        import numpy as np

        planes = [self.frames.stack([f"{stem}{i}" for i in range(count)]) for stem in stems]
        return np.stack(planes, axis=2)

    def _require(self, column: str, option: str) -> None:
        if column not in self.frames:
            raise UsageError(
                f"{self.path}: expected columns {column} ..., found none: they were not asked for "
                f"({option}=True, or no columns at all for all that there are), or these models do "
                "not have them"
            )

    def save(self, path: Path) -> None:
        """Writes the table, byte for byte that of the command, and its manifest beside it.

        The folder has to exist; both appear complete or not at all. Raises OutputError.
        """
        name = path_text(path)
        if self._outcome.skipped:
            raise UsageError(
                f"{self.path}: its table is there, {self._outcome.table_file}; copy that, or run "
                "it with resume=False"
            )
        self._outcome.save(name)

    def to_pandas(self) -> Any:
        """`frames` as a pandas.DataFrame."""
        return self.frames.to_pandas()

    def to_polars(self) -> Any:
        """`frames` as a polars.DataFrame."""
        return self.frames.to_polars()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frames.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        if self.error is not None:
            return f"<auriga.Result of {self.path}: {type(self.error).__name__}: {self.error}>"
        return f"<auriga.Result of {self.path}: {len(self)} rows>"


def _is_unit(name: str) -> bool:
    return len(name) == 6 and name.startswith("AU") and name[4:] in ("_r", "_c")


class _Teller:
    """Tells whoever wants to know how far inputs are."""

    def __init__(self, progress: bool | Progress) -> None:
        self._call: Progress | None = None
        self._line: _Line | None = None
        if progress is True:
            self._line = _Line()
            self._call = self._line.show
        elif callable(progress):
            self._call = progress
        elif progress not in (False, None):
            raise UsageError(
                "progress= expects True, False or a function of path, frames and expected frames, "
                f"found {progress!r}"
            )
        self._told: dict[int, int] = {}

    def tell(self, number: int, path: str, job: _auriga.Job) -> None:
        if self._call is None:
            return
        frames, expected = job.progress()
        if self._told.get(number) != frames:
            self._told[number] = frames
            self._call(path, frames, expected)

    def end(self) -> None:
        if self._line is not None:
            self._line.end()


class _Line:
    """A line on standard error, rewritten on a terminal some times a second."""

    def __init__(self) -> None:
        self._next = 0.0
        self._open = False

    def show(self, path: str, frames: int, expected: int) -> None:
        now = time.monotonic()
        if now < self._next or sys.stderr is None or not sys.stderr.isatty():
            return
        self._next = now + 0.2
        share = f" ({100 * frames // expected} %)" if expected else ""
        print(f"\r{os.path.basename(path)}: {frames} frames{share}\x1b[K", end="", file=sys.stderr)
        self._open = True

    def end(self) -> None:
        if self._open and sys.stderr is not None:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        self._open = False


class Results(Iterator[Result]):
    """Results of several inputs in their order, computed when they are asked for.

    With `jobs=` that many inputs are under way at a time, ahead of the one that is asked for.
    `close()`, also at the end of a `with`, ends those. One thread at a time.
    """

    def __init__(self, extraction: _auriga.Extraction | None, progress: bool | Progress) -> None:
        self._extraction = extraction
        self._count = 0 if extraction is None else len(extraction)
        self._teller = _Teller(progress)
        self._jobs: dict[int, _auriga.Job] = {}
        self._next = 0

    def __len__(self) -> int:
        """Number of inputs, those that have been given out included."""
        return self._count

    @property
    def paths(self) -> list[str]:
        """The inputs."""
        return [] if self._extraction is None else list(map(self._extraction.path, range(self._count)))

    @property
    def notes(self) -> list[str]:
        """What of the inputs was left out or named otherwise than one might expect."""
        notes = [] if self._extraction is None else self._extraction.notes
        return [in_python_words(note) for note in notes]

    def __iter__(self) -> Results:
        return self

    def __next__(self) -> Result:
        number, extraction = self._next, self._extraction
        if extraction is None or number >= self._count:
            self._teller.end()
            raise StopIteration
        try:
            for ahead in range(number, min(number + extraction.jobs, self._count)):
                if ahead not in self._jobs:
                    self._jobs[ahead] = _auriga.Job(extraction, ahead)
            # Python handles signals between these calls, and raises what their handlers do.
            while not self._jobs[number].wait(_POLL_S):
                for one, job in self._jobs.items():
                    self._teller.tell(one, extraction.path(one), job)
            self._teller.tell(number, extraction.path(number), self._jobs[number])
        except BaseException:
            self.close()
            raise
        self._next += 1
        path = extraction.path(number)
        try:
            return Result(path, self._jobs.pop(number).result())
        except Exception as error:
            return Result(path, None, error)

    def close(self) -> None:
        """Ends inputs that are under way; they leave nothing behind. There are no more results."""
        for job in self._jobs.values():
            job.cancel()
        while self._jobs:
            _, job = self._jobs.popitem()
            while not job.wait(60.0):
                pass
        self._next = self._count
        self._teller.end()

    def __enter__(self) -> Results:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@overload
def extract(
    source: Path,
    *,
    engine: Engine | None = None,
    progress: bool | Progress = False,
    **options: Any,
) -> Result: ...


@overload
def extract(
    source: Sequence[Path],
    *,
    engine: Engine | None = None,
    progress: bool | Progress = False,
    **options: Any,
) -> Results: ...


def extract(
    source: Path | Sequence[Path],
    *,
    engine: Engine | None = None,
    progress: bool | Progress = False,
    **options: Any,
) -> Result | Results:
    """Action units, landmarks and head pose of a video, a picture or a folder of pictures.

    `source`: one input, for a `Result`; or a list of them, for `Results`, which yield a `Result`
    each in their order as they are asked for, `jobs=` at a time. In a list whatever the command
    takes may stand: folders of videos, patterns, @FILE.

    `options`: those of the command `auriga extract`, as keywords (`auriga.options()` lists them):
    `preset="open"`, `split_people=False`, `workers=2`, `multi_face=3`. `engine`: models that are
    loaded; without it they are loaded anew. Without `out_dir=` (or `output=`, for one input) no
    file is written. With it the command's files are, and inputs whose complete results are there
    are left out, unless `resume=False`.

    `progress`: True for a line on a terminal, or a function that is called in this thread with
    path, frames so far and frames expected (0: not known). What it raises ends the run; so does
    Ctrl-C. An interrupted run leaves no files.

    Returns with the interpreter free for other threads meanwhile. Raises UsageError for options,
    ModelError, MachineError; for one input InputError and OutputError, too. Any thread.
    """
    known = options_of("extract")
    many = not isinstance(source, (str, bytes, os.PathLike))
    if isinstance(source, (str, bytes, os.PathLike)):
        inputs = [path_text(source, "source")]
    else:
        try:
            inputs = [path_text(one, "source") for one in source]
        except TypeError:
            raise UsageError(f"source expects a path or a list of paths, found {source!r}") from None
    given = known.given(options)
    if not inputs:
        return Results(None, progress)
    if engine is not None:
        _refuse_engine_options(options, engine)
    if ("out_dir" in options or "output" in options) and options.get("resume") is None:
        given += known.given({"resume": True})
    extraction = _auriga.Extraction(inputs, given, engine._loaded if engine is not None else None)
    results = Results(extraction, progress)
    if many:
        return results
    if len(results) != 1:
        results.close()
        raise UsageError(
            f"{inputs[0]}: expected one input, found {len(results)}; "
            "auriga.extract([path]) yields a result for each"
        )
    with results:
        result = next(results)
    if result.error is not None:
        raise result.error
    return result


def _refuse_engine_options(options: dict[str, Any], engine: Engine) -> None:
    if not isinstance(engine, Engine):
        raise UsageError(f"engine= expects an auriga.Engine, found {engine!r}")
    for name in options:
        if name in options_of("engine").rows and options[name] is not None:
            raise UsageError(
                f"{name}= is a matter of the engine; give it to auriga.Engine({name}=...), or leave "
                "engine= out"
            )
