"""Tables in memory and in files: NumPy, Arrow, data frames, summaries."""

from __future__ import annotations

import ctypes
import gc
import pathlib
import weakref
from typing import Any

import numpy as np
import pytest
from conftest import SHARED, command

import auriga

# A consumer of Arrow's C stream interface, written from its specification.


class Schema(ctypes.Structure):
    pass


class Array(ctypes.Structure):
    pass


class Stream(ctypes.Structure):
    pass


Schema._fields_ = [
    ("format", ctypes.c_char_p), ("name", ctypes.c_char_p), ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64), ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(Schema))), ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(Schema))), ("private", ctypes.c_void_p),
]  # fmt: skip
Array._fields_ = [
    ("length", ctypes.c_int64), ("null_count", ctypes.c_int64), ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64), ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))), ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(Array))), ("private", ctypes.c_void_p),
]  # fmt: skip
Stream._fields_ = [
    ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Schema))),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Array))),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(Stream))),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(Stream))), ("private", ctypes.c_void_p),
]  # fmt: skip

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def stream_of(capsule: object) -> Any:
    address = _pointer(capsule, b"arrow_array_stream")
    return ctypes.cast(ctypes.c_void_p(address), ctypes.POINTER(Stream))


def values_of(kind: bytes, array: Any) -> Any:
    assert array.null_count == 0 and array.offset == 0
    rows = array.length
    if kind in (b"l", b"g", b"f"):
        number: Any = {b"l": ctypes.c_int64, b"g": ctypes.c_double, b"f": ctypes.c_float}[kind]
        assert array.n_buffers == 2
        return list(ctypes.cast(array.buffers[1], ctypes.POINTER(number))[:rows])
    if kind == b"b":
        octets = ctypes.cast(array.buffers[1], ctypes.POINTER(ctypes.c_uint8))
        return [bool(octets[i // 8] >> (i % 8) & 1) for i in range(rows)]
    assert kind == b"U" and array.n_buffers == 3
    offsets = ctypes.cast(array.buffers[1], ctypes.POINTER(ctypes.c_int64))
    return [
        ctypes.string_at(array.buffers[2] + offsets[i], offsets[i + 1] - offsets[i]).decode()
        for i in range(rows)
    ]


def read_arrow(table: Any, release_children_first: bool = False) -> dict[str, Any]:
    capsule = table.__arrow_c_stream__()
    stream = stream_of(capsule)
    schema, array, end = Schema(), Array(), Array()
    assert stream.contents.get_schema(stream, ctypes.byref(schema)) == 0
    assert schema.format == b"+s"
    assert stream.contents.get_next(stream, ctypes.byref(array)) == 0
    assert stream.contents.get_next(stream, ctypes.byref(end)) == 0 and not end.release
    stream.contents.release(stream)
    assert not stream.contents.release
    del capsule, table
    gc.collect()
    columns = {}
    for i in range(schema.n_children):
        child = schema.children[i].contents
        columns[child.name.decode()] = values_of(child.format, array.children[i].contents)
    if release_children_first:
        for one in (schema, array):
            for i in range(one.n_children):
                one.children[i].contents.release(one.children[i])
    schema.release(ctypes.byref(schema))
    array.release(ctypes.byref(array))
    assert not schema.release and not array.release
    return columns


@pytest.mark.parametrize("release_children_first", [False, True])
def test_arrow(pictures: str, engine: auriga.Engine, release_children_first: bool) -> None:
    result = auriga.extract(pictures, engine=engine, pose=True, aus=True)
    columns = read_arrow(result, release_children_first)
    assert list(columns) == result.frames.columns
    for name in result.frames:
        if name == "file":
            assert columns[name] == result.frames[name]
        else:
            np.testing.assert_array_equal(columns[name], result.frames[name], err_msg=name)
    assert columns["file"][2] == "3.png"


def test_an_arrow_stream_that_nobody_reads(result: auriga.Result) -> None:
    for _ in range(100):
        result.frames.__arrow_c_stream__()
    gc.collect()


def test_arrow_outlives_the_table(short: str, engine: auriga.Engine) -> None:
    result = auriga.extract(short, engine=engine)
    expected = result.frames["x_5"].tolist()
    capsule = result.frames.__arrow_c_stream__()
    gone = weakref.ref(result)
    del result
    gc.collect()
    assert gone() is None

    class Kept:
        def __arrow_c_stream__(self) -> object:
            return capsule

    assert read_arrow(Kept())["x_5"] == expected


def test_data_frames(result: auriga.Result) -> None:
    pandas = pytest.importorskip("pandas")
    frame = result.to_pandas()
    assert list(frame.columns) == result.frames.columns and len(frame) == 90
    assert frame["success"].dtype == bool
    pandas.testing.assert_frame_equal(frame[["AU12_r"]], result.action_units.to_pandas()[["AU12_r"]])


def test_polars(result: auriga.Result) -> None:
    pytest.importorskip("polars")
    frame = result.to_polars()
    assert frame.columns == result.frames.columns and frame["x_3"].to_list() == result.frames["x_3"].tolist()


@pytest.mark.parametrize("library", ["pandas", "polars", "matplotlib"])
def test_libraries_that_are_not_there(
    result: auriga.Result, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, library, None)
    call: dict[str, Any] = {
        "pandas": result.to_pandas,
        "polars": result.to_polars,
        "matplotlib": lambda: auriga.plot(result),
    }
    with pytest.raises(ImportError, match=f"pip install {library}"):
        call[library]()


def test_a_table(result: auriga.Result) -> None:
    frames = result.frames
    assert "x_0" in frames and "nothing" not in frames and 3 not in frames
    assert list(frames) == frames.columns == frames.keys()
    for name in ("nothing", 3, None, ""):
        with pytest.raises(KeyError):
            frames[name]  # type: ignore[index]
    some = frames.select(["frame", "AU12_r"])
    assert some.columns == ["frame", "AU12_r"]
    assert np.shares_memory(some["AU12_r"], frames["AU12_r"])
    with pytest.raises(auriga.UsageError, match="no column 'nothing'"):
        frames.select(["nothing"])
    late = frames.where(frames["timestamp"] > 1)
    assert 0 < len(late) < 90 and (late["timestamp"] > 1).all() and late["success"].dtype == bool
    assert len(frames.where([False] * 90)) == 0
    with pytest.raises(auriga.UsageError, match="mask of 90 rows"):
        frames.where([True])
    assert frames.stack(["x_0", "x_1"]).shape == (90, 2)
    assert "90 rows" in repr(frames)


TABLES = {
    "openface": "frame, face_id, timestamp, confidence, success, x_0, AU12_r, AU12_c\n1, 0, 0.0, 0.98, 1, 10.5, 1.25, 1\n2, 0, 0.04, 0.1, 0, 0, 0, 0\n",
    "semicolons": "frame;face_id;timestamp;confidence;success;x_0;AU12_r;AU12_c\r\n1;0;0,0;0,98;1;10,5;1,25;1\r\n2;0;0,04;0,1;0;;;\r\n",
    "pyfaceau": "frame,timestamp,success,AU12_r\n0,0.0,True,1.25\n1,0.04,False,\n",
    "R": '"","frame","success","AU12_r"\n"1",1,1,1.25\n"2",2,0,NA\n',
}


@pytest.mark.parametrize("dialect", TABLES)
def test_tables_of_all_dialects(dialect: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(TABLES[dialect])
    table = auriga.read_table(file)
    assert len(table) == 2 and table["success"].tolist() == [True, False]
    assert table["frame"].dtype == np.int64 and table["AU12_r"][0] == 1.25
    if dialect != "openface":
        assert np.isnan(table["AU12_r"][1])
    assert not any(name.startswith(" ") or name == "" for name in table)


def test_tables_that_are_none(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "table.csv"
    for text, found in (
        ("frame,success,AU12_r\n1,1,much\n", r"line 2: column \"AU12_r\""),
        ("frame,success\none,1\n", r"line 2: column \"frame\""),
        ("frame,success\n1\n", "line 2"),
        ("", "table.csv"),
    ):
        file.write_text(text)
        with pytest.raises(auriga.InputError, match=found):
            auriga.read_table(file)
    with pytest.raises(auriga.InputError):
        auriga.read_table(tmp_path / "missing.csv")
    with pytest.raises(auriga.UsageError):
        auriga.read_table(3)  # type: ignore[call-overload]


def test_a_golden_table() -> None:
    tables = sorted(SHARED.glob("golden/**/*.csv"))[:20]
    if not tables:
        pytest.skip("needs ../shared/golden")
    for table in tables:
        try:
            assert len(auriga.read_table(table).columns) > 1
        except auriga.InputError as error:
            assert str(table) in str(error)


def test_a_table_of_sides(short: str, tmp_path: pathlib.Path) -> None:
    table = tmp_path / "face.csv"
    done = command("extract", short, "-o", str(table), "--preset", "open", "--sides", "--quiet")
    assert done.returncode == 0, done.stderr
    sides = auriga.read_table(tmp_path / "face_sides.csv")
    assert len(sides) == len(auriga.read_table(table)) == 12
    for name in ("AU12_left_r", "AU12_right_r", "AU45_left_c", "brow_height_difference_mm", "mouthSmileLeft"):
        assert sides[name].dtype == np.float64, name
        assert np.isfinite(sides[name]).all(), name
    assert set(sides["yaw_quality"]) <= {"green", "yellow", "red", "beyond"}
    difference = sides["brow_height_left_mm"] - sides["brow_height_right_mm"]
    np.testing.assert_allclose(sides["brow_height_difference_mm"], difference, atol=0.0101)


def test_summary_and_comparison(result: auriga.Result, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "table.csv"
    result.save(file)
    shown = auriga.summary(file)
    assert shown["faces"][0]["rows"] == 90
    of_result = auriga.summary(result)
    for one in (shown, of_result):
        one.pop("table", None)
        one.pop("file", None)
    assert shown["faces"] == of_result["faces"]
    assert command("summary", str(file), "--json").returncode == 0
    same = auriga.compare(file, result, tolerance=0)
    assert same["agree"] is True
    (tmp_path / "table.marks.csv").write_text("kind,first_frame,last_frame\nexclude,1,30\n")
    assert auriga.summary(file)["frames_excluded"] == 30
    assert auriga.compare(file, result)["rows_matched"] == 60
    assert "frames_excluded" not in auriga.summary(file, marks=False)
    assert auriga.compare(file, result, marks=False)["rows_matched"] == 90
    with pytest.raises(auriga.InputError):
        auriga.summary(tmp_path / "missing.csv")


def test_plot(result: auriga.Result) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    assert len(auriga.plot(result).lines) == 5
    assert len(auriga.plot(result, ["AU06", "AU12_r"]).lines) == 2
