#!/usr/bin/python3
"""Makes the open pack's shape model and triangles from ICT-FaceKit's head.

    make_shape.py HEAD.bin FOLDER      HEAD.bin: of ../train/convert_ict.py

Writes FOLDER/shape_68.txt (OpenFace's PDM format, 34 modes) and FOLDER/triangles_68.txt. README.md of
tools/open-pack says how and why.
"""
import pathlib
import sys

import numpy as np

MODES = 34
PEOPLE = 6000
# Angles that this model and OpenFace's call zero differ. About x: the head of ICT-FaceKit looks up by 5
# degrees when OpenFace says 0. About y: OpenFace's mean shape, made symmetric and seen from the front, is fitted
# by OpenFace's own model with a yaw of 1.7 degrees (1.63 to 1.70 at 0.6 to 2 px per mm); this model is
# turned to give the same answer.
TURN_X_DEG, TURN_Y_DEG = -5.0, -1.7

# Landmarks that expressions hardly move: what a pose is anchored on.
RIGID = [0, 1, 2, 3, 13, 14, 15, 16] + list(range(27, 36)) + [36, 39, 42, 45]
# The landmark on the other side of the face.
MIRROR = (list(range(16, -1, -1)) + list(range(26, 16, -1)) + [27, 28, 29, 30, 35, 34, 33, 32, 31] +
          [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40] +
          [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65])
FLIP = np.array([-1.0, 1.0, 1.0])

# How often a face shows a movement. Everything that is not named here: 5 %.
OFTEN = {"jawOpen": .35, "eyeBlink": .22, "mouthLowerDown": .2, "mouthPucker": .12, "mouthFunnel": .1}
USUAL = .2
USUAL_MOVEMENTS = ("browInnerUp browOuterUp browDown eyeWide cheekSquint eyeSquint noseSneer mouthUpperUp mouthSmile "
                   "mouthDimple mouthFrown mouthStretch mouthPress mouthShrugLower mouthShrugUpper").split()


def read_head(path):
    """Mean (68 x 3), identity modes and expression shapes (each k x 68 x 3), names; mm, x right, y down,
    z away from the camera."""
    data = path.read_bytes()
    if data[:8] != b"AURHEAD1":
        sys.exit(f"{path}: expected a head of convert_ict.py, found something else")
    vertices, triangles, identities, expressions = np.frombuffer(data, "<i4", 4, 8)
    at = 24
    mean = np.frombuffer(data, "<f4", 3 * vertices, at).reshape(-1, 3)
    at += 12 * vertices + 12 * triangles
    landmarks = np.frombuffer(data, "<i4", 68, at)
    at += 4 * 68
    shapes = np.frombuffer(data, "<f4", 3 * vertices * (identities + expressions), at)
    shapes = shapes.reshape(-1, vertices, 3)
    at += 12 * vertices * (identities + expressions)
    names = [data[at + 32 * i:at + 32 * (i + 1)].rstrip(b"\0").decode() for i in range(expressions)]

    axes = 10 * np.array([1.0, -1.0, -1.0])  # from cm, y up, z towards the camera
    mean, shapes = mean[landmarks] * axes, shapes[:, landmarks] * axes
    return mean, shapes[:identities], shapes[identities:], names


def sample_expression(names, random):
    """Weights of the expression shapes of one face."""
    weights = np.zeros(len(names))
    for movement in sorted({name.removesuffix("_L").removesuffix("_R") for name in names}):
        chance = OFTEN.get(movement, USUAL if movement in USUAL_MOVEMENTS else .05)
        if random.random() >= chance:
            continue
        amount = random.beta(1.3, 1.6)
        tilt = .15 * random.standard_normal() if random.random() < .5 else 0.0
        for name, side in ((movement, 0.0), (movement + "_L", 1.0), (movement + "_R", -1.0)):
            if name in names:
                weights[names.index(name)] = amount * np.clip(1 + side * tilt, 0, 1.6)
    return weights


def turn_onto(shape, target):
    """The shape, moved and turned (not scaled) so that its rigid points lie on the target's."""
    centre, goal = shape[RIGID].mean(0), target[RIGID].mean(0)
    u, _, vt = np.linalg.svd((shape[RIGID] - centre).T @ (target[RIGID] - goal))
    rotation = u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt
    return (shape - centre) @ rotation + goal


def make_pdm(head):
    mean, identities, expressions, names = head
    random = np.random.default_rng(11)
    people = np.array([mean + np.tensordot(random.standard_normal(len(identities)), identities, 1) +
                       np.tensordot(sample_expression(names, random), expressions, 1)
                       for _ in range(PEOPLE)])
    middle = people.mean(0)
    for _ in range(3):
        turned = np.array([turn_onto(person, middle) for person in people])
        middle = turned.mean(0)
    # Every face counts together with its mirror image, so mean and variances are symmetric.
    middle = (middle + middle[MIRROR] * FLIP) / 2
    centre = middle.mean(0)
    middle -= centre
    turned -= centre
    away = np.concatenate([turned - middle, turned[:, MIRROR] * FLIP - middle]).reshape(-1, 204)
    variances, vectors = np.linalg.eigh(away.T @ away / len(away))
    variances, vectors = variances[::-1], vectors[:, ::-1]
    print(f"{MODES} modes: {100 * variances[:MODES].sum() / variances.sum():.2f} % of the variance, "
          f"{np.sqrt(variances[MODES:].sum() / 68):.2f} mm per landmark left")
    vectors = vectors[:, :MODES]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), range(MODES)])
    return middle, vectors.reshape(68, 3, MODES), variances[:MODES]


def triangulate(points):
    """Delaunay triangles of points in the plane (Bowyer and Watson)."""
    points = np.concatenate([points, [[-1e5, -1e5], [1e5, -1e5], [0, 1e5]]])
    n = len(points) - 3
    triangles = [(n, n + 1, n + 2)]

    def encloses(triangle, p):
        (ax, ay), (bx, by), (cx, cy) = points[list(triangle)] - points[p]
        d = np.linalg.det([[ax, ay, ax * ax + ay * ay], [bx, by, bx * bx + by * by], [cx, cy, cx * cx + cy * cy]])
        return d > 0

    for p in range(n):
        hit = [t for t in triangles if encloses(t, p)]
        edges = [(t[k], t[(k + 1) % 3]) for t in hit for k in range(3)]
        triangles = [t for t in triangles if t not in hit]
        triangles += [(a, b, p) for a, b in edges if (b, a) not in edges]
    return [t for t in triangles if max(t) < n]


def rotation(x_deg, y_deg):
    (cx, cy), (sx, sy) = np.cos(np.radians([x_deg, y_deg])), np.sin(np.radians([x_deg, y_deg]))
    return (np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @
            np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]]))


def write_pdm(path, mean, modes, variances):
    def planar(a):
        return np.moveaxis(a, 1, 0).reshape(204, -1)

    def matrix(out, values, digits):
        out.write(f"{values.shape[0]}\n{values.shape[1]}\n6\n")
        for row in values:
            out.write(" ".join(f"{value:.{digits}f}" for value in row) + "\n")

    with open(path, "w") as out:
        out.write("# Shape model of 68 landmarks made from ICT-FaceKit (LICENSE-ICT-FaceKit.txt) by tools/open-pack/shape\n"
                  "# mm, x right, y down, z away from the camera; all x, all y, all z\n"
                  f"# The symmetric mean is turned by {TURN_X_DEG} degrees about x, then {TURN_Y_DEG} about y\n"
                  "# The mean values\n")
        matrix(out, planar(mean), 4)
        out.write("# The modes, one per column\n")
        matrix(out, planar(modes), 6)
        out.write("# Their variances\n")
        matrix(out, variances[None], 5)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    mean, modes, variances = make_pdm(read_head(pathlib.Path(sys.argv[1])))
    triangles = triangulate(mean[:, :2])
    turn = rotation(TURN_X_DEG, TURN_Y_DEG)
    write_pdm(folder / "shape_68.txt", mean @ turn.T, np.einsum("ab,ibj->iaj", turn, modes), variances)
    with open(folder / "triangles_68.txt", "w") as out:
        out.write(f"{len(triangles)}\n3\n4\n")
        out.writelines(f"{a} {b} {c}\n" for a, b, c in sorted(triangles))
    print(f"{len(triangles)} triangles, outer eye corners {np.linalg.norm(mean[36] - mean[45]):.1f} mm apart")


if __name__ == "__main__":
    main()
