#!/usr/bin/env python3
"""Puts the libraries of a package's tree into a wheel: complete_wheel.py WHEEL TREE FOLDER

WHEEL has the extension module auriga/_auriga*.so, built with the toolchain of scripts/packaging/libraries; the libraries of
TREE/lib/auriga go to auriga/_lib, where the module then looks for them first, and TREE/LICENSES to the licences of the wheel. The
result, in FOLDER, says that it needs glibc 2.31, which is checked of the module here and of the libraries by check-tree, and has the same
bytes for the same input.
"""

import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

GLIBC = "manylinux_2_31_x86_64"
MOST = 40_000_000

EVERYWHERE = {
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "ld-linux-x86-64.so.2",
    "libgcc_s.so.1",
}


def check(module: pathlib.Path, inside: set[str]) -> None:
    """Ends the program if the module needs a glibc after 2.31 or a library that is neither inside nor everywhere."""
    symbols = subprocess.run(["objdump", "-T", module], check=True, capture_output=True, text=True).stdout
    headers = subprocess.run(["objdump", "-p", module], check=True, capture_output=True, text=True).stdout
    newest = max((tuple(map(int, v.split("."))) for v in re.findall(r"GLIBC_([0-9.]+[0-9])", symbols)), default=(0,))
    missing = set(re.findall(r"NEEDED +(\S+)", headers)) - EVERYWHERE - inside
    if newest > (2, 31):
        sys.exit(f"complete_wheel: {module.name} needs glibc {'.'.join(map(str, newest))}, more than 2.31")
    if missing:
        sys.exit(f"complete_wheel: {module.name} needs {', '.join(sorted(missing))}, which are not inside")


def main() -> None:
    wheel, tree, folder = map(pathlib.Path, sys.argv[1:])
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        root = pathlib.Path(temporary)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(root)
        (information,) = root.glob("*.dist-info")
        modules = list(root.glob("auriga/_auriga*.so"))
        if len(modules) != 1:
            sys.exit(f"complete_wheel: {wheel}: expected one auriga/_auriga*.so, found {len(modules)}")
        libraries = root / "auriga/_lib"
        for found in list(root.rglob("libonnxruntime.so*")):
            found.unlink()
        libraries.mkdir(exist_ok=True)
        for library in sorted((tree / "lib/auriga").iterdir()):
            (libraries / library.name).write_bytes(library.read_bytes())
        check(modules[0], {library.name for library in libraries.iterdir()})
        subprocess.run(["strip", "--strip-unneeded", modules[0]], check=True)
        subprocess.run(["patchelf", "--set-rpath", "$ORIGIN/_lib", modules[0]], check=True)
        licences = information / "licenses"
        licences.mkdir(exist_ok=True)
        for licence in sorted((tree / "LICENSES").iterdir()):
            (licences / licence.name).write_bytes(licence.read_bytes())

        python, abi, _ = wheel.stem.split("-")[-3:]
        about = information / "WHEEL"
        text = re.sub(r"(?m)^Tag: .*\n?", "", about.read_text()).rstrip("\n")
        text = re.sub(r"(?m)^Root-Is-Purelib: .*$", "Root-Is-Purelib: false", text)
        tags = "".join(f"Tag: {one}-{abi}-{GLIBC}\n" for one in python.split("."))
        about.write_text(f"{text}\n{tags}")

        record = information / "RECORD"
        names = sorted(
            path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path != record
        )
        rows = []
        for name in names:
            content = (root / name).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            rows.append(f"{name},sha256={digest},{len(content)}\n")
        record_name = record.relative_to(root).as_posix()
        record.write_text("".join(rows) + f"{record_name},,\n")

        name = "-".join(wheel.stem.split("-")[:-1]) + f"-{GLIBC}.whl"
        target = folder / name
        unfinished = root / "unfinished.whl"
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for one in [*names, record_name]:
                entry = zipfile.ZipInfo(one, (2020, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                executable = os.access(root / one, os.X_OK)
                entry.external_attr = (0o100755 if executable else 0o100644) << 16
                archive.writestr(entry, (root / one).read_bytes())
        size = unfinished.stat().st_size
        if size > MOST:
            sys.exit(f"complete_wheel: {name}: {size / 1e6:.1f} MB, more than {MOST / 1e6:.0f} MB")
        os.replace(unfinished, target)
    print(f"{target}: {size / 1e6:.1f} MB")


main()
