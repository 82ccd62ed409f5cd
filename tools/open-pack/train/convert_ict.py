#!/usr/bin/python3
"""Writes ICT-FaceKit's head as one file for render_faces.

    convert_ict.py CHECKOUT OUT.bin     a checkout of https://github.com/ICT-VGL/ICT-FaceKit (MIT)
    convert_ict.py ict.npz OUT.bin      the same data as one numpy archive: V, tri, ids, ex, names, lm

OUT.bin, little-endian: "AURHEAD1"; int32 vertices, triangles, identity modes, expression shapes; float32
mean (vertices x 3, cm); int32 triangles (x 3); int32 landmarks (68, iBUG order); float32 identity modes and
expression shapes (each x vertices x 3); names of the shapes, 32 bytes each.
"""
import pathlib
import re
import sys

import numpy as np


def read_checkout(root):
    folder = root / "FaceXModel"
    neutral = folder / "generic_neutral_mesh.obj"
    if not neutral.is_file():
        sys.exit(f"{neutral}: expected a checkout of ICT-FaceKit, found no such file")

    def vertices(path):
        return np.array([line.split()[1:4] for line in path.read_bytes().split(b"\n")
                         if line.startswith(b"v ")], np.float64)

    mean = vertices(neutral)
    triangles = []
    for line in neutral.read_bytes().split(b"\n"):
        if line.startswith(b"f "):
            corners = [int(word.split(b"/")[0]) - 1 for word in line.split()[1:]]
            triangles += [[corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)]
    identities, expressions = [], {}
    for path in sorted(folder.glob("*.obj")):
        if path == neutral or path.stem.startswith("Pupil"):
            continue
        displacement = (vertices(path) - mean).astype(np.float32)
        if path.stem.startswith("identity"):
            identities.append(displacement)
        else:
            expressions[path.stem] = displacement
    readme = (root / "README.md").read_text(errors="replace")
    found = re.search(r"Multi-PIE 68 point facial landmarks indices:\s*([\d, ]+)", readme)
    if not found:
        sys.exit(f"{root / 'README.md'}: expected the indices of the 68 landmarks, found none")
    names = sorted(expressions)
    landmarks = [int(word) for word in found.group(1).split(",")]
    return mean, triangles, identities, [expressions[n] for n in names], names, landmarks


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    if source.is_dir():
        parts = read_checkout(source)
    else:
        data = np.load(source)
        parts = [data[key] for key in ("V", "tri", "ids", "ex", "names", "lm")]
    mean, triangles, identities, expressions, names, landmarks = parts
    with open(sys.argv[2], "wb") as out:
        out.write(b"AURHEAD1")
        np.array([len(mean), len(triangles), len(identities), len(expressions)], "<i4").tofile(out)
        np.asarray(mean, "<f4").tofile(out)
        np.asarray(triangles, "<i4").tofile(out)
        np.asarray(landmarks, "<i4").tofile(out)
        np.asarray(identities, "<f4").tofile(out)
        np.asarray(expressions, "<f4").tofile(out)
        for name in names:
            out.write(str(name).encode().ljust(32, b"\0")[:32])
    print(f"{sys.argv[2]}: {len(mean)} vertices, {len(identities)} identity modes, {len(names)} expression shapes")


if __name__ == "__main__":
    main()
