"""The package as a guest: signals, forks, the end of the interpreter, what it opens and how soon it is there."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import textwrap

import pytest
from conftest import DEMO, REPOSITORY, command, ffmpeg, python


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A video that takes some seconds."""
    file = tmp_path_factory.mktemp("media") / "long.mp4"
    ffmpeg("-stream_loop", "19", "-i", str(DEMO), "-c", "copy", "-an", str(file))
    return str(file)


def run(code: str, timeout: float = 200, **environment: str) -> str:
    done = python(textwrap.dedent(code), environment=environment, timeout=timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ctrl_c_ends_within_a_frame(long: str, tmp_path: pathlib.Path) -> None:
    out = run(f"""
        import auriga, os, signal, threading, time
        engine = auriga.Engine(preset="open")
        interrupted = []
        def interrupt():
            interrupted.append(time.process_time())
            os.kill(os.getpid(), signal.SIGINT)
        threading.Timer(0.5, interrupt).start()
        try:
            auriga.extract({long!r}, engine=engine, out_dir={str(tmp_path)!r})
        except KeyboardInterrupt:
            print(time.process_time() - interrupted[0])
        # And the engine is as it was.
        assert auriga.extract({str(DEMO)!r}, engine=engine).complete
    """)
    # Of all threads: the batches of frames under way, of which the whole video has 225.
    assert float(out) < 1
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_a_list(long: str) -> None:
    out = run(f"""
        import auriga, os, signal, threading
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            for result in auriga.extract([{long!r}, {str(DEMO)!r}], preset="open", jobs=2):
                pass
        except KeyboardInterrupt:
            print("interrupted", threading.active_count())
    """)
    assert out.split()[0] == "interrupted"


def test_the_interpreter_ends_with_jobs_under_way(long: str) -> None:
    out = run(f"""
        import auriga
        results = iter(auriga.extract([{str(DEMO)!r}, {long!r}], preset="open", jobs=2))
        next(results)
        print("left")
    """)
    assert out == "left\n"


def test_the_interpreter_ends_with_everything_open(long: str) -> None:
    run(f"""
        import auriga, threading
        engine = auriga.Engine(preset="open")
        stream = auriga.stream({long!r}, engine=engine)
        frame = next(stream)
        session = auriga.Session(engine)
        session.push(frame.image, 0.0)
        result = auriga.extract({str(DEMO)!r}, engine=engine)
        threading.Thread(target=lambda: auriga.extract({long!r}, engine=engine), daemon=True).start()
    """)


FORKED = """
    import auriga, os, sys, threading
    engine = auriga.Engine(preset="open")
    session = auriga.Session(engine)
    stream = auriga.stream({demo!r}, engine=engine)
    frame = next(stream)
    session.push(frame.image, 0.0)
    results = auriga.extract([{demo!r}, {pictures!r}], engine=engine, jobs=2)
    next(results)
    child = os.fork()
    if child == 0:
        failed = 0
        for use in (
            lambda: auriga.extract({demo!r}),
            lambda: auriga.extract({demo!r}, engine=engine),
            lambda: next(results),
            lambda: session.push(frame.image, 1.0),
            session.finish,
            lambda: next(stream),
            lambda: engine.picture(frame.image),
            lambda: auriga.Engine(preset="open"),
            lambda: auriga.Session(engine),
            lambda: auriga.stream({demo!r}, engine=engine),
        ):
            try:
                use()
            except auriga.MachineError as error:
                assert "spawn" in str(error)
                failed += 1
        session.close()
        stream.close()
        assert failed == 10, failed
        sys.exit(7)  # with all that is torn down then
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7, status
    session.push(frame.image, 1.0)
    assert len(next(results)) == 5
"""


def test_a_fork_after_use_is_refused(pictures: str) -> None:
    run(FORKED.format(demo=str(DEMO), pictures=pictures))


def test_processes_of_multiprocessing(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
        import multiprocessing, sys
        import auriga

        def rows(path):
            return len(auriga.extract(path, preset="open", workers=1))

        if __name__ == "__main__":
            # Nothing has been used so far: a fork is as good as any other start.
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(rows, [{str(DEMO)!r}] * 2))
            auriga.extract({str(DEMO)!r}, preset="open")
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(rows, [{str(DEMO)!r}]))
            with multiprocessing.get_context("fork").Pool(1) as pool:
                try:
                    pool.map(rows, [{str(DEMO)!r}])
                except auriga.MachineError as error:
                    print("refused")
        """)
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.stdout == "[90, 90]\n[90]\nrefused\n", done.stdout + done.stderr


def test_no_file_but_the_results(tmp_path: pathlib.Path) -> None:
    folders = {name: tmp_path / name for name in ("tmp", "home", "here", "out")}
    for folder in folders.values():
        folder.mkdir()
    code = f"""
        import os
        os.environ.pop("CI", None)
        os.environ.pop("ORT_DISABLE_TELEMETRY", None)
        os.chdir({str(folders["here"])!r})
        import auriga
        auriga.extract({str(DEMO)!r}, preset="open", no_cache=True).save({str(folders["out"] / "t.csv")!r})
    """
    run(code, TMPDIR=str(folders["tmp"]), HOME=str(folders["home"]), XDG_CACHE_HOME=str(folders["home"]))
    left = sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file())
    assert left == ["out/t.csv", "out/t.manifest.json"]


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_no_name_is_looked_up_and_nothing_else_opened_for_writing(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "calls"
    code = f"import auriga; auriga.extract({str(DEMO)!r}, preset='open').save({str(tmp_path / 't.csv')!r})"
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "ORT_DISABLE_TELEMETRY")}
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=%network,open,openat,creat,mkdir,rename,unlink", "-o",
         str(log), sys.executable, "-c", code],
        capture_output=True, text=True, env=environment, timeout=120, check=False,
    )
    if done.returncode != 0 and "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    calls = log.read_text()
    assert "demo.mp4" in calls
    assert not re.search(r"socket\(AF_INET|connect\(|sendto\(", calls)
    assert "resolv.conf" not in calls and "/etc/hosts" not in calls
    cache = os.environ["XDG_CACHE_HOME"]
    for line in calls.splitlines():
        opened = re.search(r'(?:open|openat|creat)\(.*?"([^"]*)"(.*)', line)
        if opened and re.search(r"O_(WRONLY|RDWR|CREAT)", opened.group(2)) and "ENOENT" not in line:
            file = opened.group(1)
            assert file.startswith((str(tmp_path), cache, "/dev/")), line


def test_the_command_comes_along(tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auriga", "extract", str(DEMO), "--preset", "open", "-o",
         str(tmp_path / "t.csv")],
        capture_output=True, text=True, timeout=200, check=False,
        env={k: v for k, v in os.environ.items() if k != "AURIGA_MODELS"},
    )
    assert done.returncode == 0, done.stderr
    assert "done" in done.stdout
    theirs = command("extract", str(DEMO), "--preset", "open", "-o", str(tmp_path / "u.csv"))
    assert theirs.returncode == 0
    assert (tmp_path / "t.csv").read_bytes() == (tmp_path / "u.csv").read_bytes()
    for arguments in (["--help"], ["extract", "--help"], ["nonsense"], ["extract", "/missing.mp4"]):
        ours = subprocess.run(
            [sys.executable, "-m", "auriga", *arguments],
            capture_output=True, text=True, timeout=200, check=False,
        )
        theirs = command(*arguments)
        assert (ours.returncode, ours.stdout, ours.stderr) == (
            theirs.returncode, theirs.stdout, theirs.stderr)


def test_open_models_come_along(tmp_path: pathlib.Path) -> None:
    """Found in the package's folder, without a word in the environment."""
    code = "import auriga; print(auriga.Engine().setup['models'][0][0])"
    out = run(code, AURIGA_MODELS="", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path))
    assert "auriga/_models/open/" in out


def test_models(tmp_path: pathlib.Path) -> None:
    import auriga

    (opened,) = [pack for pack in auriga.models.list() if pack["name"] == "open"]
    assert opened["used"] and opened["folder"]
    assert [pack["sound"] for pack in auriga.models.verify() if pack["name"] == "open"] == [True]
    assert auriga.models.path()["installed_to"].startswith(os.environ["XDG_DATA_HOME"])
    installed = auriga.models.import_(REPOSITORY / "build/open-pack", to=tmp_path)
    assert [pack["name"] for pack in installed] == ["open"]
    with pytest.raises(auriga.ModelError, match='models= expects'):
        auriga.models.list(models="/nowhere")
    with pytest.raises(auriga.UsageError, match="accept_licence=True"):
        auriga.models.fetch("openface", to=tmp_path)
    with pytest.raises(auriga.UnknownOption, match="folder="):
        auriga.models.fetch("openface", folder="/x")


def test_import_takes_little_time() -> None:
    code = "import time, resource; a = time.process_time(); import auriga; print(time.process_time() - a)"
    times = [float(run(code)) for _ in range(5)]
    assert statistics.median(times) < 0.15
    assert run("import sys, auriga; print('numpy' in sys.modules)") == "False\n"
