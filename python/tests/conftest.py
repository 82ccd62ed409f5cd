"""What the tests of the Python package share. CMake says where things are (environment)."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

import auriga

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("AURIGA_COMMAND", str(REPOSITORY / "build/release/auriga"))
SHARED = pathlib.Path(os.environ.get("AURIGA_TEST_DATA", REPOSITORY.parent / "shared"))
DEMO = REPOSITORY / "examples/demo.mp4"


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing of the user's is read or written."""
    home = tmp_path_factory.mktemp("home")
    for name, folder in (("HOME", home), ("XDG_DATA_HOME", home / "data")):
        os.environ[name] = str(folder)
    os.environ["XDG_CACHE_HOME"] = str(home / "cache")
    (home / "cache").mkdir()
    os.environ.pop("AURIGA_MODELS", None)
    os.environ["AURIGA_MODELS"] = str(REPOSITORY / "build/open-pack")


@pytest.fixture(scope="session")
def demo() -> str:
    """A video of 90 frames with a face."""
    return str(DEMO)


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The first 12 frames of the demo."""
    file = tmp_path_factory.mktemp("media") / "short.mp4"
    ffmpeg("-i", str(DEMO), "-frames:v", "12", "-an", "-c:v", "libx264", str(file))
    return str(file)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder of 5 pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    ffmpeg("-i", str(DEMO), "-frames:v", "5", str(folder / "%d.png"))
    return str(folder)


@pytest.fixture(scope="session")
def result(demo: str) -> auriga.Result:
    done: auriga.Result = auriga.extract(demo, preset="open")
    return done


@pytest.fixture(scope="session")
def engine() -> auriga.Engine:
    return auriga.Engine(preset="open")


@pytest.fixture(scope="session")
def openface_models() -> dict[str, Any]:
    """Options that find OpenFace's models, where they are there."""
    folder = SHARED / "models/openface-2.2"
    if not folder.is_dir():
        pytest.skip("needs OpenFace's models in ../shared")
    return {"models": SHARED / "models"}


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command `auriga`."""
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def frames(demo: str) -> list[tuple[float, Any]]:
    """Times and pictures of the demo."""
    with auriga.stream(demo, preset="open") as stream:
        return [(frame.timestamp, frame.image) for frame in stream]


def python(
    code: str, *, environment: dict[str, str] | None = None, timeout: float = 200
) -> subprocess.CompletedProcess[str]:
    """Runs a program in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
    )


def without_run(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest without what differs from run to run."""
    rest: dict[str, Any] = json.loads(json.dumps(manifest))
    for key in ("started_utc", "finished_utc", "seconds", "peak_memory_mb", "timings_ms", "workers"):
        rest.pop(key, None)
    for key in ("outputs", "written"):
        rest.pop(key, None)
    return rest

