"""Other packages' calls."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY, SHARED, command

import auriga
from auriga.compat import _ignored, pyfaceau


@pytest.fixture(autouse=True)
def _said_nothing_so_far() -> None:
    _ignored._said.clear()


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (SHARED / "models/openface-2.2").is_dir():
        pytest.skip("needs OpenFace's models in ../shared")
    monkeypatch.setenv("AURIGA_MODELS", str(SHARED / "models"))


def test_pipeline_of_retinaface_and_pfld(models: None, short: str, tmp_path: pathlib.Path) -> None:
    with pytest.warns(UserWarning, match="retinaface_model, use_calc_params ignored"):
        pipeline = pyfaceau.FullPythonAUPipeline(
            retinaface_model="weights/r.onnx", use_calc_params=True, verbose=False
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pyfaceau.FullPythonAUPipeline(retinaface_model="weights/r.onnx", use_calc_params=True)
    frame = pipeline.process_video(short, output_csv=tmp_path / "deep/out.csv")
    assert list(frame["frame"]) == list(range(12)) and len(list(frame)) == 20
    done = command("extract", short, "--preset", "pyfaceau", "--dialect", "pyfaceau", "-o",
                   str(tmp_path / "theirs.csv"), "--quiet")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "deep/out.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()


def test_processor(models: None, short: str, tmp_path: pathlib.Path) -> None:
    processor = pyfaceau.OpenFaceProcessor()
    told: list[tuple[int, int, float]] = []
    followed = processor.process_video(
        short, tmp_path / "a.csv", progress_callback=lambda *values: told.append(values)
    )
    assert followed == 12 and processor.engine.setup["preset"] == "openface"
    assert told[-1][0] == 12 and told[-1][2] > 0
    assert auriga.read_table(tmp_path / "a.csv")["frame"][0] == 0

    class Stop(Exception):
        pass

    def stop(*_: Any) -> None:
        raise Stop

    with pytest.raises(Stop):
        processor.process_video(short, tmp_path / "b.csv", stop)
    assert not (tmp_path / "b.csv").exists()
    with pytest.warns(UserWarning, match="pfld_model ignored"):
        old = pyfaceau.OpenFaceProcessor(pfld_model="x.onnx")
    assert old._options["preset"] == "pyfaceau"


def test_videos_of_a_folder(models: None, short: str, tmp_path: pathlib.Path) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    for name in ("a.mp4", "b.mp4"):
        (videos / name).write_bytes(pathlib.Path(short).read_bytes())
    (videos / "broken.mp4").write_text("no video")
    with pytest.warns(UserWarning, match=r"left out: .*broken\.mp4"):
        assert pyfaceau.process_videos(videos, output_dir=tmp_path / "out") == 2
    assert {one.name for one in (tmp_path / "out").glob("*.csv")} == {"a.csv", "b.csv"}
    assert pyfaceau.process_videos(videos, ["b.mp4"]) == 1
    assert {one.name for one in (videos / "processed").glob("*.csv")} == {"b.csv"}
    with pytest.raises(auriga.UsageError, match="expected a folder"):
        pyfaceau.process_videos(tmp_path / "nowhere")


def test_feat(short: str, pictures: str) -> None:
    pandas = pytest.importorskip("pandas")
    from auriga.compat import feat

    with pytest.warns(UserWarning, match="au_model, emotion_model ignored"):
        detector = feat.Detector(au_model="xgb", emotion_model="resmasknet", preset="open")
    with pytest.warns(UserWarning, match="data_type, batch_size ignored"):
        fex = detector.detect(short, data_type="video", batch_size=4)
    result = auriga.extract(short, preset="open")
    assert isinstance(fex, pandas.DataFrame) and len(fex) == 12
    assert fex.aus.shape == (12, 35) and fex.poses.shape == (12, 6)
    assert fex.landmarks.shape == (12, 136) and fex.gazes.shape[1] == 8
    np.testing.assert_array_equal(fex["AU12_r"], result.frames["AU12_r"])
    assert list(fex.faceboxes.columns)[:4] == ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight"]
    x, width = fex["FaceRectX"], fex["FaceRectWidth"]
    assert (x <= result.landmarks[:, :, 0].min(axis=1)).all() and (width > 50).all()
    assert fex.sampling_freq == result.manifest["input"]["fps"]
    assert set(fex.inputs) == {short} and fex["approx_time"][0] == "00:00.000"
    part = fex[fex["frame"] > 5]
    assert part.sampling_freq == fex.sampling_freq and len(part.aus) == len(part)
    both = detector.detect([short, pictures])
    assert len(both) == 17 and set(both.inputs) == {short, pictures}
    with pytest.raises(auriga.InputError):
        detector.detect("/missing.mp4")


def test_compat_is_not_imported_with_the_package() -> None:
    code = "import sys, auriga; print([m for m in sys.modules if m.startswith(('pandas', 'auriga.compat'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", ["first_table", "live", "many_videos"])
def test_examples(name: str, short: str, tmp_path: pathlib.Path) -> None:
    script = REPOSITORY / f"examples/python/{name}.py"
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.mp4").write_bytes(pathlib.Path(short).read_bytes())
    arguments = [str(tmp_path / "in"), str(tmp_path / "out")] if name == "many_videos" else [short]
    done = subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
