"""auriga.extract and its results."""

from __future__ import annotations

import json
import pathlib
import threading
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY, SHARED, command, ffmpeg, without_run

import auriga


def table_of_command(source: str, folder: pathlib.Path, *options: str) -> pathlib.Path:
    table = folder / "command.csv"
    done = command("extract", source, "-o", str(table), "--quiet", *options)
    assert done.returncode == 0, done.stderr
    return table


@pytest.mark.parametrize(
    ("keywords", "flags"),
    [
        ({}, []),
        ({"workers": 1, "au_static": True}, ["--workers", "1", "--au-static"]),
        ({"aus": True, "pose": True, "_2Dfp": True}, ["-aus", "-pose", "-2Dfp"]),
        ({"dialect": "pyfaceau"}, ["--dialect", "pyfaceau"]),
        ({"dialect": "openface-spaced", "blendshapes": True}, ["--dialect", "openface-spaced", "--blendshapes"]),
        ({"full_precision": True, "multi_face": 2}, ["--full-precision", "--multi-face", "2"]),
        ({"split_people": False, "rotate": 0, "fps": 10}, ["--no-split-people", "--rotate", "0", "--fps", "10"]),
        ({"fx": 500.5, "fy": 500.5}, ["--fx", "500.5", "--fy", "500.5"]),
    ],
)
def test_tables_are_those_of_the_command(
    short: str, tmp_path: pathlib.Path, keywords: dict[str, Any], flags: list[str]
) -> None:
    theirs = table_of_command(short, tmp_path, "--preset", "open", *flags)
    ours = tmp_path / "ours.csv"
    result = auriga.extract(short, preset="open", **keywords)
    result.save(ours)
    assert ours.read_bytes() == theirs.read_bytes()
    manifest = json.loads(theirs.with_suffix(".manifest.json").read_text())
    assert without_run(result.manifest) == without_run(manifest)
    saved = json.loads(ours.with_suffix(".manifest.json").read_text())
    assert saved["outputs"] == [str(ours)]
    assert saved["written"][0]["sha256"] == manifest["written"][0]["sha256"]


def test_lost_frames_are_nan_and_empty(tmp_path: pathlib.Path, demo: str) -> None:
    video = tmp_path / "lost.mp4"
    # A black second in the middle.
    ffmpeg("-i", demo, "-vf", "drawbox=t=fill:color=black:enable='between(t,0.5,1.5)'", "-frames:v", "60", "-an", str(video))
    theirs = table_of_command(str(video), tmp_path, "--preset", "open")
    result = auriga.extract(video, preset="open")
    result.save(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == theirs.read_bytes()
    lost = ~result.frames["success"]
    assert 5 < lost.sum() < 55
    assert np.isnan(result.landmarks[lost]).all() and not np.isnan(result.landmarks[~lost]).any()
    assert np.isnan(result.frames["AU12_r"][lost]).all()
    assert not np.isnan(result.frames["AU12_r"][~lost]).any()
    assert not np.isnan(result.frames["confidence"]).any()


@pytest.mark.parametrize("lost", ["empty", "zero", "last"])
def test_rows_that_are_not_sure_are_lost_as_in_the_table(tmp_path: pathlib.Path, demo: str, lost: str) -> None:
    """Half of the frames of the demo are surer than that."""
    options: dict[str, Any] = {"preset": "open", "lost": lost, "min_confidence": 0.9955, "every": 2}
    kept = auriga.extract(demo, **options)
    kept.save(tmp_path / "kept.csv")
    table = table_of_command(
        demo, tmp_path, "--preset", "open", "--lost", lost, "--min-confidence", "0.9955", "--every", "2"
    )
    assert (tmp_path / "kept.csv").read_bytes() == table.read_bytes()
    frames = kept.to_pandas()
    gone = frames[frames["success"] == 0]
    assert 0 < len(gone) < len(frames)
    if lost == "empty":
        assert gone["AU12_r"].isna().all()
    elif lost == "zero":
        assert (gone["AU12_r"] == 0).all() and (gone["x_30"] == 0).all()
    else:
        filled = frames["x_30"].where(frames["success"] == 1).ffill()
        assert filled.equals(frames["x_30"])


def test_openface_models(short: str, tmp_path: pathlib.Path, openface_models: dict[str, Any]) -> None:
    flags = ["--models", str(openface_models["models"]), "--preset", "openface", "--landmarker", "clnf"]
    theirs = table_of_command(short, tmp_path, *flags)
    result = auriga.extract(short, preset="openface", landmarker="clnf", **openface_models)
    result.save(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == theirs.read_bytes()


def test_columns_are_views_that_are_equal_to_the_table(
    result: auriga.Result, tmp_path: pathlib.Path
) -> None:
    frames = result.frames
    assert len(frames) == 90 and len(frames.columns) == 714
    first = frames["x_3"]
    assert first.dtype == np.float32 and first.flags["OWNDATA"] is False
    assert np.shares_memory(first, frames["x_3"])
    assert np.shares_memory(result.landmarks, first)
    assert result.landmarks.shape == (90, 68, 2)
    np.testing.assert_array_equal(result.landmarks[:, 3, 0], first)
    np.testing.assert_array_equal(result.landmarks[:, 67, 1], frames["y_67"])
    np.testing.assert_array_equal(result.landmarks_3d[:, 5, 2], frames["Z_5"])
    np.testing.assert_array_equal(result.pose[:, 4], frames["pose_Ry"])
    np.testing.assert_array_equal(result.gaze[:, 5], frames["gaze_1_z"])
    np.testing.assert_array_equal(result.gaze_angle[:, 1], frames["gaze_angle_y"])
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1
    assert frames["frame"].tolist() == list(range(1, 91))
    assert frames["success"].dtype == bool
    # What is read back from the file is the same, to its digits.
    result.save(tmp_path / "table.csv")
    table = auriga.read_table(tmp_path / "table.csv")
    assert table.columns == frames.columns
    for name in frames:
        np.testing.assert_allclose(table[name], frames[name], atol=0.06, equal_nan=True)


def test_arrays_outlive_what_they_come_from(short: str) -> None:
    landmarks = auriga.extract(short, preset="open").landmarks
    kept = landmarks.copy()
    for _ in range(3):
        auriga.extract(short, preset="open")
    np.testing.assert_array_equal(landmarks, kept)


def test_action_units_are_a_table(result: auriga.Result) -> None:
    units = result.action_units
    assert len(units.columns) == 35 and "AU12_r" in units and "frame" not in units
    assert set(np.unique(units["AU12_c"])) <= {0.0, 1.0}
    assert units["AU12_r"].max() > 1.0


def test_columns_that_were_not_asked_for(short: str) -> None:
    result = auriga.extract(short, preset="open", aus=True)
    with pytest.raises(auriga.UsageError, match="_2Dfp=True"):
        _ = result.landmarks
    with pytest.raises(KeyError):
        _ = result.frames["x_0"]


def test_a_picture_has_a_row_per_face(tmp_path: pathlib.Path, demo: str) -> None:
    picture = tmp_path / "face.png"
    ffmpeg("-i", demo, "-frames:v", "1", str(picture))
    theirs = table_of_command(str(picture), tmp_path, "--preset", "open")
    result = auriga.extract(picture, preset="open")
    result.save(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == theirs.read_bytes()
    assert result.frames.columns[:2] == ["face", "confidence"] and len(result) == 1


def test_pictures_of_a_folder_have_names(pictures: str, tmp_path: pathlib.Path) -> None:
    theirs = table_of_command(pictures, tmp_path, "--preset", "open")
    result = auriga.extract(pictures, preset="open")
    result.save(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == theirs.read_bytes()
    assert result.frames["file"] == [f"{i}.png" for i in range(1, 6)]


def test_several_faces(tmp_path: pathlib.Path) -> None:
    video = SHARED / "videos/multi_face.avi"
    if not video.exists():
        pytest.skip("needs the videos in ../shared")
    short = tmp_path / "multi.mp4"
    ffmpeg("-i", str(video), "-frames:v", "20", "-an", str(short))
    theirs = table_of_command(str(short), tmp_path, "--preset", "open", "--multi-face", "4")
    result = auriga.extract(short, preset="open", multi_face=4)
    result.save(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == theirs.read_bytes()
    faces = auriga.read_table(tmp_path / "ours.csv", by_face=True)
    assert len(faces) > 1 and sum(len(face) for face in faces.values()) == len(result)
    assert set(np.unique(faces[1]["face_id"])) == {1}


# Lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_list_is_lazy_and_in_order(
    short: str, pictures: str, engine: auriga.Engine, jobs: int, tmp_path: pathlib.Path
) -> None:
    missing = str(tmp_path / "missing.mp4")
    results = auriga.extract([short, missing, pictures], engine=engine, jobs=jobs)
    assert isinstance(results, auriga.Results) and len(results) == 3
    first = next(results)
    assert first.path == short and len(first) == 12
    failed = next(results)
    assert not failed.ok and failed.path == missing and isinstance(failed.error, auriga.InputError)
    for access in ("frames", "landmarks", "manifest", "warnings", "action_units"):
        with pytest.raises(auriga.InputError, match="missing.mp4"):
            getattr(failed, access)
    with pytest.raises(auriga.InputError):
        failed.save(tmp_path / "never.csv")
    assert len(next(results)) == 5
    with pytest.raises(StopIteration):
        next(results)


def test_a_list_that_is_left_early(
    short: str, demo: str, pictures: str, engine: auriga.Engine
) -> None:
    with auriga.extract([short, demo, pictures], engine=engine, jobs=2) as results:
        next(results)
    with pytest.raises(StopIteration):
        next(results)
    assert list(auriga.extract([])) == []


def test_folder_and_resume(short: str, pictures: str, engine: auriga.Engine, tmp_path: pathlib.Path) -> None:
    first = list(auriga.extract([short, pictures], engine=engine, out_dir=tmp_path))
    assert not any(one.skipped for one in first)
    table = pathlib.Path(first[0].table_file or "")
    assert table == tmp_path / "short.csv"
    before = table.stat().st_mtime_ns
    second = list(auriga.extract([short, pictures], engine=engine, out_dir=tmp_path))
    assert all(one.skipped for one in second) and table.stat().st_mtime_ns == before
    assert second[0].frames.columns == first[0].frames.columns
    np.testing.assert_allclose(second[0].landmarks, first[0].landmarks, atol=0.06)
    assert second[0].manifest == first[0].manifest
    third = auriga.extract(short, engine=engine, out_dir=tmp_path, resume=False)
    assert not third.skipped
    # As the command writes it, so that either can go on where the other ended.
    done = command("extract", short, "--preset", "open", "--out-dir", str(tmp_path), "--resume")
    assert "skipped" in done.stdout


def test_one_input_is_one(pictures: str, demo: str, tmp_path: pathlib.Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.mp4").symlink_to(demo)
    with pytest.raises(auriga.UsageError, match=r"found 2; auriga.extract\(\[path\]\)"):
        auriga.extract(tmp_path, preset="open")
    assert len(auriga.extract([tmp_path], preset="open")) == 2


def test_other_results_need_a_place(short: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(auriga.UsageError, match='out_dir="DIR" or output="FILE"'):
        auriga.extract(short, preset="open", hog=True)
    auriga.extract(short, preset="open", aligned=True, mesh=True, out_dir=tmp_path)
    assert {one.name for one in tmp_path.iterdir()} == {
        "short.csv", "short.manifest.json", "short_aligned", "short_mesh.csv"
    }


def test_nothing_is_written_without_a_place(
    short: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    auriga.extract(short, preset="open")
    assert list(tmp_path.iterdir()) == []


# Progress, threads, ends ----------------------------------------------------------------------


def test_progress_is_told_on_the_calling_thread(demo: str, engine: auriga.Engine) -> None:
    told: list[tuple[str, int, int]] = []
    threads = set()

    def note(path: str, frames: int, expected: int) -> None:
        told.append((path, frames, expected))
        threads.add(threading.get_ident())

    auriga.extract(demo, engine=engine, progress=note)
    assert told[-1] == (demo, 90, 90) and len(told) > 1
    assert [one[1] for one in told] == sorted(one[1] for one in told)
    assert threads == {threading.get_ident()}


def test_a_callback_that_raises_ends_the_run(
    demo: str, engine: auriga.Engine, tmp_path: pathlib.Path
) -> None:
    class Enough(Exception):
        pass

    def stop(path: str, frames: int, expected: int) -> None:
        raise Enough(f"at {frames}")

    with pytest.raises(Enough):
        auriga.extract(demo, engine=engine, progress=stop, out_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_threads_share_an_engine(short: str, engine: auriga.Engine) -> None:
    expected = auriga.extract(short, engine=engine).landmarks
    found: list[Any] = []

    def run() -> None:
        found.append(auriga.extract(short, engine=engine, workers=1).landmarks)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for one in found:
        np.testing.assert_array_equal(one, expected)


def test_the_interpreter_is_free_meanwhile(demo: str, engine: auriga.Engine) -> None:
    turns = 0
    done = threading.Event()

    def run() -> None:
        auriga.extract(demo, engine=engine, workers=1)
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    while not done.wait(0.002):
        turns += 1
    thread.join()
    assert turns > 20


def test_damage_is_told_as_by_the_command(demo: str, tmp_path: pathlib.Path) -> None:
    cut = tmp_path / "cut.mkv"
    ffmpeg("-i", demo, "-c", "copy", str(cut))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
    done = command("extract", str(cut), "-o", str(tmp_path / "c.csv"), "--preset", "open", "--quiet")
    assert done.returncode == 1
    result = auriga.extract(cut, preset="open")
    assert not result.complete
    manifest = json.loads((tmp_path / "c.manifest.json").read_text())
    assert without_run(result.manifest) == without_run(manifest)


def test_a_baseline(short: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "person.json"
    auriga.extract(short, preset="open", save_baseline=file, out_dir=tmp_path)
    with_baseline = auriga.extract(short, preset="open", baseline=file)
    theirs = table_of_command(short, tmp_path, "--preset", "open", "--baseline", str(file))
    with_baseline.save(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == theirs.read_bytes()


def test_saving_says_what_is_wrong(result: auriga.Result, tmp_path: pathlib.Path) -> None:
    with pytest.raises(auriga.OutputError, match="nowhere"):
        result.save(tmp_path / "nowhere/table.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(auriga.OutputError):
        result.save(tmp_path / "folder.csv")


def test_repository_is_where_the_tests_think() -> None:
    assert (REPOSITORY / "examples/demo.mp4").exists()
