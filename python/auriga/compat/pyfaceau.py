"""PyFaceAU's calls: `from auriga.compat.pyfaceau import OpenFaceProcessor`.

Tables are written in PyFaceAU's dialect (docs/cli.md, `dialect="pyfaceau"`). `OpenFaceProcessor`
and `process_videos` are that package's way since 1.4, MTCNN and CE-CLM: our preset `openface`, which
takes CLNF where CE-CLM's files are not there. `FullPythonAUPipeline` is its way up to 1.3,
RetinaFace and PFLD: our preset `pyfaceau`; so is an `OpenFaceProcessor` that is given the files of
these two. Models are looked for where auriga looks (auriga.models.path()), and where the arguments
point to.
"""

from __future__ import annotations

import os
import pathlib
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from .._errors import InputError, UsageError
from .._result import Result, extract
from .._stream import Engine
from ._ignored import ignore

__all__ = ["FullPythonAUPipeline", "OpenFaceProcessor", "process_videos"]

Progress = Callable[[int, int, float], object]
Path = str | os.PathLike[str]

_WHY = "auriga finds, verifies and runs its models by itself"
_OLD_MODELS = ("retinaface_model", "pfld_model")
_FOLDERS = ("weights_dir", "models_dir", "model_dir")


class _Processor:
    """An engine that is loaded when it is first used."""

    def __init__(self, preset: str, arguments: dict[str, Any], verbose: bool) -> None:
        self._options: dict[str, Any] = {"preset": preset}
        for name in _FOLDERS:
            folder = arguments.pop(name, None)
            if folder is not None and os.path.isdir(folder):
                self._options["models"] = folder
        given = [name for name, value in arguments.items() if value is not None]
        ignore(type(self).__name__, given, _WHY)
        self.verbose = verbose
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = Engine(**self._options)
        return self._engine

    def _process(self, video: Path, table: Path | None, progress: Progress | None) -> Result:
        begin = time.monotonic()

        def tell(_: str, frames: int, expected: int) -> None:
            assert progress is not None
            progress(frames, expected, frames / max(time.monotonic() - begin, 1e-9))

        where: dict[str, Any] = {}
        if table is not None:
            pathlib.Path(table).parent.mkdir(parents=True, exist_ok=True)
            where = {"output": table, "resume": False}
        result = extract(
            video,
            engine=self.engine,
            dialect="pyfaceau",
            progress=tell if progress is not None else self.verbose,
            **where,
        )
        if self.verbose:
            followed = int(result.frames["success"].sum())
            print(f"{os.fspath(video)}: {len(result)} frames, face followed in {followed}")
        return result


class OpenFaceProcessor(_Processor):
    """Videos to tables of 20 columns. Any number of videos, one at a time."""

    def __init__(self, *positional: Any, verbose: bool = False, **arguments: Any) -> None:
        old = [name for name in _OLD_MODELS if arguments.get(name) is not None]
        if positional and isinstance(positional[0], (str, os.PathLike)):
            arguments.setdefault("weights_dir", positional[0])
        ignore(type(self).__name__, old, _WHY)
        rest = {name: value for name, value in arguments.items() if name not in _OLD_MODELS}
        super().__init__("pyfaceau" if old else "openface", rest, verbose)

    def process_video(
        self,
        input_path: Path,
        output_path: Path | None = None,
        progress_callback: Progress | None = None,
        **arguments: Any,
    ) -> int:
        """Writes the table and returns the number of frames in which the face was followed.

        `progress_callback(done, total, fps)`: what it raises ends the run. Without `output_path`
        nothing is written. Raises auriga.Error.
        """
        ignore("process_video", arguments, _WHY)
        result = self._process(input_path, output_path, progress_callback)
        return int(result.frames["success"].sum())


def process_videos(
    directory_path: Path,
    specific_files: Iterable[str] | None = None,
    output_dir: Path | None = None,
    **arguments: Any,
) -> int:
    """Every video of a folder, or those of these names, each to a table named after it.

    Tables go to `output_dir`, else to a folder `processed` below `directory_path`. Returns the
    number of videos. A video that cannot be read is told and left out.
    """
    progress = arguments.pop("progress_callback", None)
    processor = OpenFaceProcessor(**arguments)
    folder = pathlib.Path(directory_path)
    if not folder.is_dir():
        raise UsageError(f"{folder}: expected a folder of videos, found none")
    target = pathlib.Path(output_dir) if output_dir is not None else folder / "processed"
    inputs = [folder] if specific_files is None else [folder / name for name in specific_files]
    done = 0
    for path in extract(inputs, engine=processor.engine, recursive=False).paths:
        video = pathlib.Path(path)
        try:
            processor.process_video(video, target / f"{video.stem}.csv", progress)
            done += 1
        except InputError as error:
            warnings.warn(f"left out: {error}", stacklevel=2)
    return done


class FullPythonAUPipeline(_Processor):
    """One video to a table, by RetinaFace and PFLD."""

    def __init__(self, *positional: Any, verbose: bool = True, **arguments: Any) -> None:
        if positional:
            ignore(type(self).__name__, [f"{len(positional)} paths of models"], _WHY)
        super().__init__("pyfaceau", arguments, verbose)

    def process_video(
        self,
        video_path: Path,
        output_csv: Path | None = None,
        max_frames: int | None = None,
        progress_callback: Progress | None = None,
    ) -> Any:
        """The table as a pandas.DataFrame, or as an auriga.Table where pandas is not installed.

        `max_frames` is ignored: action units are those of the whole video. Raises auriga.Error.
        """
        result = self._process(video_path, output_csv, progress_callback)
        if max_frames is not None:
            ignore("process_video", ["max_frames"], "the whole video is read")
        try:
            return result.to_pandas()
        except ImportError:
            return result.frames
