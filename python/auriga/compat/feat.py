"""py-feat's calls: `from auriga.compat.feat import Detector`. Needs pandas.

`Detector().detect(...)` returns a frame with the columns of OpenFace's table, which py-feat knows
(its `read_openface`), and what its own detectors add: `input`, face boxes, `approx_time`. Where
py-feat is installed the frame is its `Fex`, so that `baseline`, `downsample`, `clean`, `distance`,
`rectification` and plots are py-feat's; else it is a pandas.DataFrame with `.aus`, `.poses`,
`.landmarks`, `.gazes`, `.faceboxes`, `.inputs`, `.sampling_freq`.

Two things are not py-feat's: action units are intensities 0..5 (AUxx_r) and presences (AUxx_c),
and there are no emotions. Several faces (`multi_face=`) are rows of one table; functions of py-feat
that go by rows want one face: `frame[frame.face_id == 0]`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from .._result import Result, extract
from .._stream import Engine
from ._ignored import ignore

try:
    import pandas
except ImportError as error:
    raise ImportError("auriga.compat.feat needs pandas: pip install pandas") from error

__all__ = ["Detector", "Fex"]

_WHY = "auriga has models of its own; give it options of auriga.extract instead, e.g. preset="
_MODELS = (
    "face_model", "landmark_model", "au_model", "emotion_model", "facepose_model", "identity_model",
    "device", "n_jobs", "verbose",
)  # fmt: skip
_BOX = ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore"]


def _named(frame: Any, *beginnings: str) -> list[str]:
    return [name for name in frame.columns if name.startswith(beginnings)]


def _groups(frame: Any) -> dict[str, list[str]]:
    """Columns under the names that py-feat has for such groups."""
    return {
        "au_columns": [name for name in _named(frame, "AU") if name[-2:] in ("_r", "_c")],
        "facepose_columns": _named(frame, "pose_"),
        "landmark_columns": _named(frame, "x_", "y_"),
        "gaze_columns": _named(frame, "gaze_"),
        "facebox_columns": _BOX,
    }


class Fex(pandas.DataFrame):  # type: ignore[misc]
    """A frame of results, where py-feat is not installed. Parts of it are of the same class."""

    _metadata = ["sampling_freq"]
    sampling_freq: float | None = None

    @property
    def _constructor(self) -> Any:
        return Fex

    @property
    def aus(self) -> Any:
        """AUxx_r, 0..5, and AUxx_c, 0 or 1."""
        return self[_groups(self)["au_columns"]]

    @property
    def poses(self) -> Any:
        """pose_Tx .. pose_Tz, mm, and pose_Rx .. pose_Rz, rad."""
        return self[_groups(self)["facepose_columns"]]

    @property
    def landmarks(self) -> Any:
        """x_0 .. x_67, y_0 .. y_67, px."""
        return self[_groups(self)["landmark_columns"]]

    @property
    def gazes(self) -> Any:
        """gaze_0_x .. gaze_angle_y."""
        return self[_groups(self)["gaze_columns"]]

    @property
    def faceboxes(self) -> Any:
        """Around the landmarks, px, and the confidence."""
        return self[_BOX]

    @property
    def inputs(self) -> Any:
        """The file that each row is about."""
        return self["input"]


def _fex(frame: Any, path: str, sampling_freq: float) -> Any:
    try:
        from feat.data import Fex as TheirFex
    except ImportError:
        ours = Fex(frame)
        ours.sampling_freq = sampling_freq
        return ours
    return TheirFex(
        frame, filename=path, sampling_freq=sampling_freq, detector="OpenFace", **_groups(frame)
    )


def _frame(result: Result) -> tuple[Any, float]:
    frame = result.to_pandas()
    if "face" in frame.columns:  # of a picture
        frame = frame.rename(columns={"face": "face_id"})
        frame.insert(0, "frame", 1)
    landmarks = result.landmarks
    low, high = landmarks.min(axis=1), landmarks.max(axis=1)
    box = pandas.DataFrame(
        {
            "FaceRectX": low[:, 0],
            "FaceRectY": low[:, 1],
            "FaceRectWidth": high[:, 0] - low[:, 0],
            "FaceRectHeight": high[:, 1] - low[:, 1],
            "FaceScore": result.frames["confidence"],
        }
    )
    frame = pandas.concat([frame, box], axis=1)
    frame["input"] = result.path
    if "timestamp" in frame.columns:
        seconds = frame["timestamp"]
        frame["approx_time"] = [f"{int(s) // 60:02d}:{s % 60:06.3f}" for s in seconds]
    return frame, float(result.manifest["input"]["fps"] or 0)


class Detector:
    """Faces, landmarks, head poses, gaze and action units, as py-feat's of that name.

    `options`: those of `auriga.Engine`; py-feat's names of models are ignored, which is said once.
    """

    def __init__(self, **options: Any) -> None:
        ignore("Detector", [name for name in options if name in _MODELS], _WHY)
        self._engine = Engine(**{k: v for k, v in options.items() if k not in _MODELS})

    def detect(self, inputs: str | os.PathLike[str] | Sequence[Any], **options: Any) -> Any:
        """The frame of one input or of several, one below the other.

        `inputs`: videos and pictures. `options`: those of `auriga.extract`; py-feat's (`data_type`,
        `batch_size`, `skip_frames` ...) are ignored, which is said once. Raises auriga.Error.
        """
        from .._options import options_of

        known = set(options_of("extract").names()) | {"progress"}
        ignore("detect", [name for name in options if name not in known], _WHY)
        chosen = {name: value for name, value in options.items() if name in known}
        if "progress_bar" in options:
            chosen.setdefault("progress", bool(options["progress_bar"]))
        several = [inputs] if isinstance(inputs, (str, os.PathLike)) else list(inputs)
        results: Iterable[Result] = extract(several, engine=self._engine, **chosen)
        frames, rates, paths = [], [], []
        for result in results:
            if result.error is not None:
                raise result.error
            frame, rate = _frame(result)
            frames.append(frame)
            rates.append(rate)
            paths.append(result.path)
        if not frames:
            return Fex()
        whole = pandas.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        return _fex(whole, paths[0], rates[0])

    def detect_video(self, video: Any, **options: Any) -> Any:
        """As `detect`."""
        return self.detect(video, **options)

    def detect_image(self, image: Any, **options: Any) -> Any:
        """As `detect`."""
        return self.detect(image, **options)
