"""Sessions, streams and engines: frames one by one, and arrays of all kinds."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import auriga

Frames = list[tuple[float, Any]]


def test_push_and_finish_are_what_extract_gives(
    frames: Frames, engine: auriga.Engine, result: auriga.Result
) -> None:
    with auriga.Session(engine) as session:
        for time, image in frames:
            rows = session.push(image, time)
            assert len(rows) == 1
        assert session.frames == 90
        final = session.finish()
    for name in final:
        np.testing.assert_array_equal(final[name], result.frames[name])


def test_a_row(frames: Frames, engine: auriga.Engine, result: auriga.Result) -> None:
    with auriga.Session(engine, mesh=True, blendshapes=True) as session:
        (row,) = session.push(frames[0][1], frames[0][0])
    assert row.frame == 1 and row.face_id == 0 and row.success and 0 < row.confidence <= 1
    np.testing.assert_array_equal(row.landmarks, result.landmarks[0])
    np.testing.assert_array_equal(row.landmarks_3d, result.landmarks_3d[0])
    np.testing.assert_array_equal(row.pose, result.pose[0])
    assert row.gaze is not None and row.mesh is not None and row.blendshapes is not None
    np.testing.assert_array_equal(row.gaze.ravel(), result.gaze[0])
    assert row.gaze_angle is not None
    np.testing.assert_array_equal(row.gaze_angle, result.gaze_angle[0])
    assert row.shape.shape == (40,) and row.shape[0] == result.frames["p_scale"][0]
    assert row.mesh.shape == (478, 3) and len(row.blendshapes) == 52
    assert "AU12_r" in row.action_units and "AU12_c" in row.action_units


def test_stream_is_push(frames: Frames, demo: str, engine: auriga.Engine) -> None:
    with auriga.Session(engine) as session, auriga.stream(demo, engine=engine) as stream:
        for number, frame in zip(range(10), stream, strict=False):
            (pushed,) = session.push(frames[number][1], frames[number][0])
            assert frame.frame == number + 1
            np.testing.assert_array_equal(frame.rows[0].landmarks, pushed.landmarks)
            assert frame.rows[0].action_units == pushed.action_units
            assert frame.image.shape == (*frames[0][1].shape[:2], 3)


def test_a_stream_of_nothing(engine: auriga.Engine) -> None:
    with pytest.raises(auriga.InputError, match=r"missing\.mp4"):
        auriga.stream("/nowhere/missing.mp4", engine=engine)


def test_all_layouts_are_the_same_picture(frames: Frames, engine: auriga.Engine) -> None:
    image = np.ascontiguousarray(frames[0][1])
    wide = np.zeros((image.shape[0], image.shape[1] + 7, 3), np.uint8)
    wide[:, :-7] = image
    apart = np.zeros((image.shape[0], 2 * image.shape[1], 3), np.uint8)
    apart[:, ::2] = image
    four = np.dstack([image, image[:, :, :1]])
    layouts = {
        "contiguous": (image, "bgr"),
        "part of a wider one": (wide[:, :-7], "bgr"),
        "every second pixel": (apart[:, ::2], "bgr"),
        "bottom up": (image[::-1].copy()[::-1], "bgr"),
        "mirrored twice": (image[:, ::-1].copy()[:, ::-1], "bgr"),
        "channels of four": (four[:, :, :3], "bgr"),
        "Fortran's order": (np.asfortranarray(image), "bgr"),
        "rgb": (image[:, :, ::-1].copy(), "rgb"),
        "a view of rgb": (image[:, :, ::-1], "rgb"),
        "bgr as a view": (image[:, :, ::-1].copy()[:, :, ::-1], "bgr"),
        "a list": (image.tolist(), "bgr"),
        "memory": (memoryview(image), "bgr"),  # type: ignore[arg-type]
    }
    expected: Any = None
    for name, (array, order) in layouts.items():
        if name == "a list":
            array = np.asarray(array, dtype=np.uint8)
        with auriga.Session(engine) as session:
            (row,) = session.push(array, 0.0, order)
        if expected is None:
            expected = row.landmarks.copy()
        np.testing.assert_array_equal(row.landmarks, expected, err_msg=name)
    frozen = image.copy()
    frozen.flags.writeable = False
    with auriga.Session(engine) as session:
        np.testing.assert_array_equal(session.push(frozen, 0.0)[0].landmarks, expected)
    # Channels in the wrong order are another picture.
    with auriga.Session(engine) as session:
        assert not np.array_equal(session.push(image, 0.0, "rgb")[0].landmarks, expected)


@pytest.mark.parametrize(
    ("array", "found"),
    [
        (np.zeros((48, 64, 3), np.float32), "float32; multiply"),
        (np.zeros((48, 64, 3), np.float64), "float64"),
        (np.zeros((48, 64, 3), np.int8), "int8"),
        (np.zeros((48, 64, 3), np.uint16), "uint16"),
        (np.zeros((48, 64, 3), bool), "bool"),
        (np.zeros((48, 64), np.uint8), "48 x 64, a grey picture"),
        (np.zeros((48, 64, 4), np.uint8), "48 x 64 x 4"),
        (np.zeros((3, 48, 64), np.uint8), "3 x 48 x 64"),
        (np.zeros((2, 48, 64, 3), np.uint8), "2 x 48 x 64 x 3"),
        (np.zeros((0, 64, 3), np.uint8), "0 x 64 x 3, an empty one"),
        (np.zeros((48, 0, 3), np.uint8), "48 x 0 x 3, an empty one"),
        (np.zeros((0,), np.uint8), "found 0"),
        (np.lib.stride_tricks.as_strided(np.zeros(3, np.uint8), (1 << 17, 1, 3), (0, 3, 1)), "at most"),
        (np.array(["a"], object), "ndarray"),
        (None, "NoneType"),
        ("a picture", "str"),
        ({}, "dict"),
        (object(), "object"),
        (3, "int"),
        (b"abc", "found"),
        ([[1, 2], [3]], "list"),
    ],
    ids=str,
)
def test_other_arrays_are_refused(array: Any, found: str, engine: auriga.Engine) -> None:
    with auriga.Session(engine) as session:
        with pytest.raises(auriga.InputError) as caught:
            session.push(array, 0.0)
        assert found in str(caught.value)
        assert "height x width x 3 of uint8" in str(caught.value)
        assert session.frames == 0
    with pytest.raises(auriga.InputError):
        engine.picture(array)


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -float("inf")])
def test_times_are_numbers(time: float, frames: Frames, engine: auriga.Engine) -> None:
    with auriga.Session(engine) as session, pytest.raises(auriga.InputError, match="time of the"):
        session.push(frames[0][1], time)


def test_times_do_not_go_back(frames: Frames, engine: auriga.Engine) -> None:
    with auriga.Session(engine) as session:
        session.push(frames[0][1], 1.0)
        session.push(frames[0][1], 1.0)
        with pytest.raises(auriga.InputError, match="0.5 s after 1 s"):
            session.push(frames[0][1], 0.5)
        with pytest.raises(TypeError):
            session.push(frames[0][1], "later")  # type: ignore[arg-type]
        with pytest.raises(auriga.UsageError, match="order expects"):
            session.push(frames[0][1], 2.0, "grb")
        session.push(frames[0][1], 2.0)
        assert session.frames == 3


def test_frames_change_their_size(frames: Frames, engine: auriga.Engine) -> None:
    image = frames[0][1]
    with auriga.Session(engine) as session:
        for number, part in enumerate(
            [image, image[::2, ::2], image[:1, :1], image[:2, :300], image[:300, :1]] + 20 * [image]
        ):
            rows = session.push(part, number / 10)
            assert len(rows) == 1
        assert rows[0].success
        assert len(session.finish()) == 25


def test_a_picture(frames: Frames, engine: auriga.Engine) -> None:
    rows = engine.picture(frames[0][1])
    assert len(rows) == 1 and rows[0].success
    assert engine.picture(np.zeros((64, 64, 3), np.uint8)) == []
    assert engine.picture(np.zeros((1, 1, 3), np.uint8)) == []


def test_no_frames(engine: auriga.Engine) -> None:
    with auriga.Session(engine) as session:
        final = session.finish()
        assert len(final) == 0 and "AU12_r" in final and final["AU12_r"].shape == (0,)
        assert session.warnings == []
        with pytest.raises(auriga.UsageError):
            session.save_baseline("never.json")


def test_after_the_end(frames: Frames, engine: auriga.Engine) -> None:
    session = auriga.Session(engine)
    session.push(frames[0][1], 0.0)
    session.finish()
    with pytest.raises(auriga.UsageError, match="ended with finish"):
        session.push(frames[0][1], 1.0)
    with pytest.raises(auriga.UsageError, match="ended with finish"):
        session.finish()
    session.close()
    session.close()
    assert session.closed
    for use in (
        lambda: session.push(frames[0][1], 1.0),
        session.finish,
        lambda: session.warnings,
        lambda: session.save_baseline("never.json"),
    ):
        with pytest.raises(auriga.UsageError, match="closed"):
            use()
    without = auriga.Session(engine, final_units=False)
    without.push(frames[0][1], 0.0)
    with pytest.raises(auriga.UsageError, match="final_units=False"):
        without.finish()
    stream = auriga.stream
    with stream(__file__.replace("tests/test_session.py", "../examples/demo.mp4"), engine=engine) as opened:
        next(opened)
    assert list(opened) == []


def test_a_session_in_two_threads_at_once(frames: Frames, engine: auriga.Engine) -> None:
    session = auriga.Session(engine)
    refused: list[str] = []
    others: list[BaseException] = []
    start = threading.Barrier(4)

    def push() -> None:
        start.wait()
        for _ in range(60):
            try:
                session.push(frames[0][1], 1.0)
            except auriga.UsageError as error:
                refused.append(str(error))
            except BaseException as error:
                others.append(error)

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not others and refused
    assert "in use on another thread" in refused[0]
    assert session.frames + len(refused) == 240


def test_sessions_on_threads(frames: Frames, engine: auriga.Engine) -> None:
    def run(to: list[Any]) -> None:
        with auriga.Session(engine) as session:
            to.append([session.push(image, time)[0].landmarks.copy() for time, image in frames[:10]])

    expected: list[Any] = []
    run(expected)
    found: list[Any] = []
    threads = [threading.Thread(target=run, args=(found,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    for one in found:
        np.testing.assert_array_equal(one, expected[0])


def test_options_of_a_session(frames: Frames, engine: auriga.Engine, tmp_path: Any) -> None:
    with auriga.Session(engine, multi_face=3, fx=400, fy=400) as session:
        rows = session.push(frames[0][1], 0.0)
        assert len(rows) == 1
    with pytest.raises(auriga.UnknownOption):
        auriga.Session(engine, hog=True)
    with pytest.raises(auriga.UsageError, match="auriga.Engine"):
        auriga.Session(engine, preset="open")
    with auriga.Session(preset="open") as session:
        for time, image in frames[:30]:
            session.push(image, time)
        session.save_baseline(tmp_path / "person.json")
    with auriga.Session(engine, baseline=tmp_path / "person.json") as session:
        assert session.push(frames[0][1], 0.0)[0].success
    with pytest.raises(auriga.UsageError, match="expected an auriga.Engine"):
        auriga.Session(3)  # type: ignore[arg-type]


def test_what_an_engine_is(engine: auriga.Engine) -> None:
    assert engine.setup["preset"] == "open" and engine.setup["landmarker"] == "mesh"
    assert all(len(sha) == 64 for _, sha in engine.setup["models"])
