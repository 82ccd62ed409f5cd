"""Events that `auriga summary --events` writes, read back by readers of other programs' forms."""

from __future__ import annotations

import csv
import pathlib

import pytest

from conftest import command

# Of AU12: frames, counted from 1, and seconds. AU45 overlaps with both.
EVENTS = {"AU12": [(6, 10, 0.2, 0.4), (26, 30, 1.0, 1.2)], "AU45": [(8, 27, 0.28, 1.08)], "AU04": []}
STEP = 0.04
FRAMES = 50


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """25 frames a second with the events above."""
    file = tmp_path_factory.mktemp("events") / "s01.csv"
    rows = ["frame,face_id,timestamp,success," + ",".join(f"{unit}_r" for unit in EVENTS)]
    for frame in range(1, FRAMES + 1):
        values = [
            "2.5" if any(first <= frame <= last for first, last, _, _ in events) else "0" for events in EVENTS.values()
        ]
        rows.append(f"{frame},0,{(frame - 1) * STEP:.3f},1,{','.join(values)}")
    file.write_text("\n".join(rows) + "\n")
    return file


def written(table: pathlib.Path, ending: str) -> pathlib.Path:
    file = table.with_name("events" + ending)
    done = command("summary", str(table), "--events", str(file))
    assert done.returncode == 0, done.stderr
    return file


def test_elan(table: pathlib.Path) -> None:
    elan = pytest.importorskip("pympi.Elan", reason="needs pympi-ling (./dev setup)")
    file = elan.Eaf(str(written(table, ".eaf")))
    assert sorted(file.get_tier_names()) == sorted(EVENTS)
    for unit, events in EVENTS.items():
        found = sorted(file.get_annotation_data_for_tier(unit))
        assert [(one[0], one[1]) for one in found] == [(round(1000 * b), round(1000 * e)) for _, _, b, e in events]
        for (first, last, _, _), one in zip(events, found):
            assert f"frames {first}-{last} " in one[2]


def test_praat(table: pathlib.Path) -> None:
    parselmouth = pytest.importorskip("parselmouth", reason="needs praat-parselmouth (./dev setup)")
    grid = parselmouth.read(str(written(table, ".TextGrid")))
    call = parselmouth.praat.call
    assert call(grid, "Get number of tiers") == len(EVENTS)
    assert grid.xmin == 0 and grid.xmax == pytest.approx(FRAMES * STEP)
    for number, (unit, events) in enumerate(sorted(EVENTS.items()), 1):
        assert call(grid, "Get tier name", number) == unit
        count = call(grid, "Get number of intervals", number)
        found, last = [], 0.0
        for k in range(1, count + 1):
            begin = call(grid, "Get start time of interval", number, k)
            end = call(grid, "Get end time of interval", number, k)
            assert begin == pytest.approx(last) and end > begin
            last = end
            if call(grid, "Get label of interval", number, k):
                found.append((begin, end))
        assert last == pytest.approx(FRAMES * STEP)
        assert found == [pytest.approx((begin, end)) for _, _, begin, end in events]


def test_subtitles(table: pathlib.Path) -> None:
    pysrt = pytest.importorskip("pysrt", reason="needs pysrt (./dev setup)")
    lines = pysrt.open(str(written(table, ".srt")), error_handling=2)  # ERROR_RAISE
    bounds = sorted({round(1000 * t) for events in EVENTS.values() for _, _, b, e in events for t in (b, e)})
    for line in lines:
        begin, end = line.start.ordinal, line.end.ordinal
        assert begin in bounds and end == bounds[bounds.index(begin) + 1]
        shown = {text.split()[0] for text in line.text.split("\n")}
        middle = (begin + end) / 2000
        assert shown == {unit for unit, events in EVENTS.items() for _, _, b, e in events if b <= middle < e}


def test_boris(table: pathlib.Path) -> None:
    with written(table, ".boris.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for unit, events in EVENTS.items():
        of_unit = [row for row in rows if row["Behavior"] == unit]
        assert [row["Behavior type"] for row in of_unit] == ["START", "STOP"] * len(events)
        times = [float(row["Time"]) for row in of_unit]
        assert times == [pytest.approx(t) for _, _, b, e in events for t in (b, e)]
        assert [int(row["Image index"]) for row in of_unit] == [f for a, b, _, _ in events for f in (a, b)]
    assert [float(row["Time"]) for row in rows] == sorted(float(row["Time"]) for row in rows)


def test_events_as_tasks(table: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """What is written for BORIS is read as tasks again."""
    numbers = tmp_path / "numbers.csv"
    done = command("summary", str(table), "-o", str(numbers), "--tasks", str(written(table, ".boris.csv")))
    assert done.returncode == 0, done.stderr
    with numbers.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["task"], int(row["frames"])) for row in rows] == [("AU12", 5), ("AU45", 20), ("AU12", 5)]
    assert all(row["AU12_present"] == "1.0000" for row in rows if row["task"] == "AU12")
