"""Types: mypy over the package and these tests, and stubs that fit the extension."""

from __future__ import annotations

import ast
import inspect
import pathlib
import subprocess
import sys

import pytest

from auriga import _auriga

PACKAGE = pathlib.Path(_auriga.__file__).parent
SOURCES = pathlib.Path(__file__).resolve().parents[1]


def test_mypy(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("mypy")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(SOURCES / "mypy.ini"), "--cache-dir",
         str(tmp_path), "--python-version", f"3.{sys.version_info.minor}", "auriga", "tests"],
        capture_output=True, text=True, check=False, cwd=SOURCES,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def names_of(body: list[ast.stmt]) -> set[str]:
    names = set()
    for one in body:
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            names.add(one.name)
        elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            names.add(one.target.id)
    return names


def test_stubs_fit_the_extension() -> None:
    stubs = ast.parse((PACKAGE / "_auriga.pyi").read_text())
    assert names_of(stubs.body) == {name for name in dir(_auriga) if not name.startswith("__")}
    for one in stubs.body:
        if isinstance(one, ast.ClassDef):
            there = {
                name
                for name, _ in inspect.getmembers(getattr(_auriga, one.name))
                if not name.startswith("__")
            }
            assert {name for name in names_of(one.body) if not name.startswith("__")} == there
