"""Engines, sessions and streams of frames."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from . import _auriga
from ._errors import UsageError
from ._options import in_python_words, options_of, path_text
from ._table import Table

Row = _auriga.Row


class Engine:
    """Models, loaded once. Immutable: any number of calls on any threads share one.

    `options`: those of `auriga.extract` that choose models and devices: `preset=`, `landmarker=`,
    `models=`, `device=` ... Raises UsageError for what does not exist, ModelError for missing or
    altered files.
    """

    def __init__(self, **options: Any) -> None:
        self._loaded = _auriga.load_engine(options_of("engine").given(options))
        self._setup = self._loaded.setup()

    @property
    def setup(self) -> dict[str, Any]:
        """What is used: preset, detector, landmarker, estimator, device, models with their hashes."""
        return dict(self._setup)

    def picture(self, image: Any, order: str = "bgr") -> list[Row]:
        """All faces of a picture, most certain first, with the static models.

        `image` and `order` as for `Session.push`. Any thread.
        """
        return self._loaded.picture(image, order)

    def __repr__(self) -> str:
        setup = self._setup
        return f"<auriga.Engine {setup['preset']}: {setup['landmarker']}, {setup['estimator']}>"


def _engine(engine: Engine | None, options: dict[str, Any]) -> tuple[Engine, dict[str, Any]]:
    """The engine, made of its options where none is given, and the other options."""
    of_engine = {name: options[name] for name in options if name in options_of("engine").names()}
    if engine is None:
        engine = Engine(**of_engine)
    elif not isinstance(engine, Engine):
        raise UsageError(f"expected an auriga.Engine, found {engine!r}")
    elif any(value is not None for value in of_engine.values()):
        name = next(iter(of_engine))
        raise UsageError(f"{name}= is a matter of the engine; give it to auriga.Engine({name}=...)")
    return engine, {name: options[name] for name in options if name not in of_engine}


class Session:
    """One stream of frames that a program pushes. One thread at a time.

    `engine`: an `Engine`, or none for one made of `options`. `options`: those of `auriga.extract`
    about people and camera: `multi_face=`, `split_people=`, `baseline=`, `fx=` ... `final_units`:
    keep what `finish()` needs, about 30 MB an hour. `mesh`, `blendshapes`: rows have them
    (preset open).
    """

    def __init__(
        self,
        engine: Engine | None = None,
        *,
        final_units: bool = True,
        mesh: bool = False,
        blendshapes: bool = False,
        **options: Any,
    ) -> None:
        self.engine, rest = _engine(engine, options)
        self._stream = _auriga.PushedStream(
            self.engine._loaded,
            options_of("stream").given(rest),
            bool(final_units),
            bool(mesh),
            bool(blendshapes),
        )
        # The extension's own, without a detour: a frame may take a millisecond.
        self.push = self._stream.push  # type: ignore[method-assign]

    def push(self, image: Any, timestamp: float, order: str = "bgr") -> list[Row]:
        """The next frame: a `Row` for each face, with action units as known now.

        `image`: height x width x 3, uint8, upright; `order`: "bgr" (OpenCV's) or "rgb". It may
        change its size. Arrays in BGR are not copied, and must not change during the call.
        `timestamp`: s, never decreasing. A session that follows one face gives one row, also
        where it has none (`success` False). Raises InputError for other arrays and times,
        UsageError after `finish()` or `close()` and while another thread pushes.
        """
        return self._stream.push(image, timestamp, order)

    def finish(self) -> Table:
        """Ends the stream: final action units of all rows, with frame, face_id, timestamp, success."""
        return Table(self._stream.finish())

    @property
    def frames(self) -> int:
        """Pushed so far."""
        return self._stream.frames

    @property
    def warnings(self) -> list[str]:
        """What may make the numbers so far other than one expects."""
        return [in_python_words(text) for text in self._stream.warnings()]

    def save_baseline(self, file: str | os.PathLike[Any], face_id: int = 0) -> None:
        """Writes what was learnt of a person, for `baseline=`. Raises UsageError while it is nothing."""
        self._stream.save_baseline(path_text(file, "file"), face_id)

    def close(self) -> None:
        """Gives models' buffers and rows back. Again: nothing."""
        self._stream.close()

    @property
    def closed(self) -> bool:
        return self._stream.closed

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Frame:
    """A frame of a source and its faces. `image`: height x width x 3, uint8, BGR, not writable."""

    def __init__(self, seen: _auriga.SeenFrame) -> None:
        self._seen = seen
        self.frame: int = seen.frame
        self.timestamp: float = seen.timestamp
        self.missing: bool = seen.missing
        self.rows: list[Row] = seen.take_rows()

    @property
    def image(self) -> Any:
        return self._seen.image

    def __repr__(self) -> str:
        return f"<auriga.Frame {self.frame} at {self.timestamp:.3f} s: {len(self.rows)} rows>"


class Stream(Iterator[Frame]):
    """Frames of a source one by one (`auriga.stream`). One thread at a time."""

    def __init__(self, read: _auriga.ReadStream) -> None:
        self._read = read

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Frame:
        seen = self._read.next()
        if seen is None:
            raise StopIteration
        return Frame(seen)

    def close(self) -> None:
        """Closes the source. Again: nothing."""
        self._read.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def stream(
    source: str | os.PathLike[Any],
    *,
    engine: Engine | None = None,
    mesh: bool = False,
    blendshapes: bool = False,
    **options: Any,
) -> Stream:
    """Frames of a video or a folder of pictures, each with its faces and action units as known then.

    Values are those of a program that sees one frame after the other; `auriga.extract` has the
    final ones. `options`: as for `Session`, and those of videos: `rotate=`, `fps=`, `pixels=` ...
    Raises InputError where there is nothing to decode.
    """
    engine, rest = _engine(engine, options)
    given = options_of("extract").given(rest)
    return Stream(
        _auriga.ReadStream(engine._loaded, path_text(source, "source"), given, mesh, blendshapes)
    )
