"""Options as keywords, and messages in the caller's words."""

from __future__ import annotations

import pathlib
import re
from typing import Any

import numpy as np
import pytest
from conftest import command

import auriga
from auriga._options import in_python_words, keyword, options_of


def test_keywords_are_the_commands_options() -> None:
    shown = command("extract", "--help").stdout
    flags = set(re.findall(r"^ +(?:-\w,)?(--[\w-]+)", shown, re.MULTILINE))
    console = {"--json", "--quiet", "--verbose", "--help"}
    console |= {"--isolate", "--isolate-memory", "--isolate-time"}  # processes of their own are the command's
    assert {keyword(flag) for flag in flags - console} == set(options_of("extract").rows)
    assert set(auriga.options()) == set(options_of("extract").rows)
    assert not any("--" in text for text in auriga.options().values())


@pytest.mark.parametrize(
    ("keywords", "given"),
    [
        ({"preset": "open"}, [("--preset", "open")]),
        ({"split_people": True}, [("--split-people", "yes")]),
        ({"split_people": False}, [("--no-split-people", "yes")]),
        ({"no_split_people": True}, [("--no-split-people", "yes")]),
        ({"cache": False}, [("--no-cache", "yes")]),
        ({"cache": True}, []),
        ({"recursive": np.bool_(False)}, [("--no-recursive", "yes")]),
        ({"hog": None, "workers": None}, []),
        ({"workers": np.int64(3)}, [("--workers", "3")]),
        ({"fps": 12}, [("--fps", "12.0")]),
        ({"fps": np.float32(12.5)}, [("--fps", "12.5")]),
        ({"rotate": 90}, [("--rotate", "90")]),
        ({"landmarks": pathlib.Path("a/b.csv")}, [("--landmarks", "a/b.csv")]),
        ({"_2Dfp": True}, [("-2Dfp", "yes")]),
    ],
    ids=str,
)
def test_values(keywords: dict[str, Any], given: list[tuple[str, str]]) -> None:
    assert options_of("extract").given(keywords) == given


def test_unknown_options_name_near_ones() -> None:
    with pytest.raises(TypeError, match="did you mean workers="):
        auriga.extract("x.mp4", worker=2)
    with pytest.raises(auriga.UsageError, match="did you mean preset="):
        auriga.Engine(presets="open")
    with pytest.raises(auriga.UsageError, match="there is no option quiet="):
        auriga.extract("x.mp4", quiet=True)


# Options that are wrong in every way that an option can be wrong, made from the list.


def wrong_values() -> list[tuple[str, Any]]:
    wrong: list[tuple[str, Any]] = []
    for name, row in options_of("extract").rows.items():
        values: list[Any] = [[], {}, object(), b"\xff", "zero\0byte", float("nan"), float("inf"), -1, 10**30, ""]
        if row["form"] == "flag":
            values += [1, 0, "yes", 2.5]
        elif row["form"] in ("whole", "real"):
            values += [True, "many", -(10**9), 0]
        else:
            values += [True, 3.5, "no such word", "/no/such/file"]
        wrong += [(name, value) for value in values]
    return wrong


def contradictions(folder: pathlib.Path) -> list[dict[str, Any]]:
    rows = options_of("extract").rows
    flags = [name for name, row in rows.items() if row["form"] == "flag"]
    values: dict[str, Any] = {
        "baseline": "person.json", "save_baseline": "person.json", "output": "a.xlsx", "shard": "3/2",
        "landmarks": "none.csv", "landmark_model": "none.txt", "multi_face": 3, "fx": 3.0, "cy": 3.0,
        "calibration": "none", "dialect": "pyfaceau", "landmarker": "pfld", "detector": "mtcnn",
        "au": "openface", "device": "cuda", "predictor": "sequential", "preset": "nonsense",
        "models": str(folder),
    }  # fmt: skip
    pairs = [{one: True, other: True} for one in flags for other in flags if one < other]
    pairs += [{one: values[one], other: values[other]} for one in values for other in values if one < other]
    return pairs + [{one: values[one], other: True} for one in values for other in flags]


def test_no_message_has_a_flag(
    short: str, engine: auriga.Engine, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    messages: list[tuple[Any, str]] = []

    def collect(source: str, **options: Any) -> None:
        try:
            auriga.extract(source, **options)
        except auriga.Error as error:
            messages.append((options, str(error)))

    # A pattern that matches nothing ends what is accepted before models are loaded.
    for name, value in wrong_values():
        collect("no-such-*", **{name: value})
    assert len(messages) > 400
    for pair in contradictions(tmp_path):
        collect("no-such-*", **pair)
    # What only an engine tells.
    single: list[dict[str, Any]] = [{name: True} for name, row in options_of("extract").rows.items() if row["form"] == "flag"]
    wrong_models: list[dict[str, Any]] = [
        {"detector": one, "landmarker": other, "au": au}
        for one in ("mtcnn", "blazeface", "x")
        for other in ("clnf", "pfld", "mesh", "x")
        for au in ("openface", "open", "x")
    ]
    for options in [*single, *wrong_models, {"preset": "x"}, {"device": "cuda:7"}, {"device": "x"}]:
        collect(str(tmp_path / "missing.mp4"), **options)
    others: list[dict[str, Any]] = [
        {"preset": "openface"}, {"multi_face": 17}, {"baseline": "x.csv"}, {"hog": True},
        {"landmarks": short}, {"save_baseline": tmp_path / "b.json", "output": "x.csv"},
    ]  # fmt: skip
    for options in others:
        collect(short, **options)
    with auriga.Session(engine) as session:
        for call in (
            lambda: auriga.Session(engine, multi_face=17),
            lambda: auriga.Session(engine, calibration="none", baseline="x"),
            lambda: auriga.Session(engine, fx=1.0),
            lambda: auriga.stream(short, engine=engine, fps=1e9),
            lambda: session.save_baseline(tmp_path / "never.json"),
        ):
            with pytest.raises(auriga.Error) as caught:
                call()
            messages.append((call, str(caught.value)))
    assert len(messages) > 1000
    for given, message in messages:
        assert "--" not in message, (given, message)
        assert not re.search(r"(?<![\w/.-])-[a-zA-Z]", message), (given, message)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("--preset open", 'preset="open"'),
        ("--landmarker clnf or ceclm (--preset openface) or mesh (--preset open)",
         'landmarker="clnf" or ceclm (preset="openface") or mesh (preset="open")'),
        ("the camera needs both of --fx and --fy", "the camera needs both of fx= and fy="),
        ("-gaze needs a landmarker", "gaze=True needs a landmarker"),
        ("-o names one table but there are 2 inputs; use --out-dir DIR",
         'output= names one table but there are 2 inputs; use out_dir="DIR"'),
        ("as with --rotate 90; --rotate 0 leaves it", "as with rotate=90; rotate=0 leaves it"),
        ("--baseline expects a file of --save-baseline", "baseline= expects a file of save_baseline="),
        ("with --no-split-people", "with split_people=False"),
        ("fewer --workers and --jobs", "fewer workers= and jobs="),
        ("`auriga models fetch open` or, in a source checkout, `./dev setup` gets it",
         'auriga.models.fetch("open") or, in a source checkout, `./dev setup` gets it'),
        ("`auriga models path` says where", "auriga.models.path() says where"),
        ("`auriga extract` writes", "auriga.extract() writes"),
        ("run the command again with --accept-licence", "call it again with accept_licence=True"),
        ("/a-b/c--d/--e.mp4 -1", "/a-b/c--d/--e.mp4 -1"),
        ("-2Dfp", "_2Dfp=True"),
        ("to get it: auriga models fetch openface\n  auriga models import DIR --pack openface-2.2",
         'to get it: auriga.models.fetch("openface")\nauriga.models.import_("DIR", pack="openface-2.2")'),
        ("--landmarker mesh works", 'landmarker="mesh" works'),
        ("unknown --preset 'x'; use open", "unknown preset='x'; use open"),
    ],
)
def test_words(said: str, meant: str) -> None:
    assert in_python_words(said) == meant


def test_error_kinds(tmp_path: pathlib.Path, short: str) -> None:
    with pytest.raises(auriga.InputError, match=r"missing\.mp4"):
        auriga.extract(tmp_path / "missing.mp4", preset="open")
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    with pytest.raises(auriga.InputError, match=r"text\.mp4"):
        auriga.extract(text, preset="open")
    with pytest.raises(auriga.ModelError, match="models= expects a folder"):
        auriga.extract(short, models=tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(auriga.OutputError):
        auriga.extract(short, preset="open", out_dir=tmp_path / "file")
    assert issubclass(auriga.UsageError, ValueError) and auriga.InputError.exit_code == 3


@pytest.mark.parametrize("source", [3, None, [3], {"a": 1}.values(), "a\0b", ["a\0b"]], ids=str)
def test_sources_that_are_none(source: Any) -> None:
    with pytest.raises(auriga.UsageError):
        auriga.extract(source)


def test_names_that_are_not_utf8(short: str, tmp_path: pathlib.Path) -> None:
    name = tmp_path / b"caf\xe9.mp4".decode("utf-8", "surrogateescape")
    name.write_bytes(pathlib.Path(short).read_bytes())
    result = auriga.extract(name, preset="open")
    assert result.path == str(name) and len(result) == 12
    result.save(name.with_suffix(".csv"))
    assert name.with_suffix(".csv").exists()
    (only,) = auriga.extract([name], preset="open")
    assert only.path == str(name)
