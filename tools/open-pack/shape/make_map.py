#!/usr/bin/python3
"""Makes the open pack's map from the face mesh to 68 landmarks, from pictures whose landmarks are known.

    make_map.py FACES.bin FOLDER      FACES.bin: of ../train/render_faces with --meshes

Writes FOLDER/mesh_to_68.txt. README.md of tools/open-pack says how and why.
"""
import pathlib
import sys

import numpy as np

POINTS = 478
TERMS = 14         # mesh points of a landmark
CANDIDATES = 60    # of which they are chosen: those that are nearest on average
# What a mesh point errs by on its own, as a share of the distance between the outer eye corners. It keeps weights
# small: a landmark shall not tremble more than the mesh does.
ERROR = .005
TEST_SHARE = 5     # every fifth person is only for measuring
LEFT_EYE, RIGHT_EYE = 33, 263  # outer corners


def read_faces(path):
    """Mesh (n x 478 x 2, px), landmarks (n x 68 x 2, px), number of the person (n)."""
    with open(path, "rb") as file:
        columns = file.readline().decode(errors="replace").split()
        if columns[:2] != ["person", "picture"] or columns[-1] != "landmark_y_67":
            sys.exit(f"{path}: expected faces of render_faces --meshes, found something else")
        rows = np.fromfile(file, "<f4")
    if rows.size == 0 or rows.size % len(columns):
        sys.exit(f"{path}: expected rows of {len(columns)} numbers, found part of one at the end; is it complete?")
    rows = rows.reshape(-1, len(columns))
    at = columns.index("mesh_x_0")
    mesh = np.stack([rows[:, at:at + POINTS], rows[:, at + POINTS:at + 2 * POINTS]], 2)
    return mesh, rows[:, -136:].reshape(-1, 68, 2), rows[:, 0]


def to_faces_own_size(mesh, landmarks):
    """Both in units of the distance between the outer eye corners, from the middle between them."""
    left, right = mesh[:, LEFT_EYE], mesh[:, RIGHT_EYE]
    middle = ((left + right) / 2)[:, None]
    size = np.linalg.norm(left - right, axis=1)[:, None, None]
    return (mesh - middle) / size, (landmarks - middle) / size


def weights_of(mesh, target):
    """Mesh points and their weights, which add up to 1: chosen one by one, each the one that helps most."""
    distance = np.linalg.norm(mesh - target[:, None], axis=2).mean(0)
    near = np.argsort(distance)[:CANDIDATES]
    # With the sum 1 the first point's weight follows from the others'.
    first, rest = near[0], near[1:]
    away = np.moveaxis(mesh[:, rest] - mesh[:, [first]], 1, 2).reshape(-1, len(rest)).astype(np.float64)
    wanted = (target - mesh[:, first]).reshape(-1).astype(np.float64)
    # Errors of the mesh are as good as more equations. (1 + I): the first point's error is in all columns.
    normal = away.T @ away + len(wanted) * ERROR ** 2 * (1 + np.eye(len(rest)))
    right = away.T @ wanted + len(wanted) * ERROR ** 2
    chosen = []
    for _ in range(TERMS - 1):
        best = None
        for k in set(range(len(rest))) - set(chosen):
            trial = chosen + [k]
            solution = np.linalg.solve(normal[np.ix_(trial, trial)], right[trial])
            gain = solution @ right[trial]
            if best is None or gain > best[0]:
                best = gain, k, solution
        chosen.append(best[1])
    weights = dict(zip((int(rest[k]) for k in chosen), best[2]))
    weights[int(first)] = 1 - best[2].sum()
    return weights


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    mesh, landmarks, person = read_faces(sys.argv[1])
    mesh, landmarks = to_faces_own_size(mesh, landmarks)
    test = person % TEST_SHARE == 0
    lines, errors = [], []
    for landmark in range(68):
        weights = weights_of(mesh[~test], landmarks[~test, landmark])
        at = sum(weight * mesh[test, point] for point, weight in weights.items())
        errors.append(np.linalg.norm(at - landmarks[test, landmark], axis=1).mean())
        # Rounded so that they still add up to 1.
        rounded = {point: round(weight, 6) for point, weight in weights.items()}
        largest = max(rounded, key=rounded.get)
        rounded[largest] += 1 - sum(rounded.values())
        lines += [f"{landmark} {point} {rounded[point]:.6f}\n" for point in sorted(rounded)]
    with open(pathlib.Path(sys.argv[2]) / "mesh_to_68.txt", "w") as out:
        out.write("# 68 landmarks (iBUG order, 0..67) as weighted sums of the 478 points of MediaPipe's attention face mesh.\n"
                  "# One term per line: landmark point weight. The weights of a landmark add up to 1.\n"
                  "# Made by tools/open-pack/shape from ICT-FaceKit (LICENSE-ICT-FaceKit.txt).\n")
        out.writelines(lines)
    parts = {"jaw": slice(0, 17), "brows": slice(17, 27), "nose": slice(27, 36), "eyes": slice(36, 48),
             "mouth": slice(48, 68), "all": slice(0, 68)}
    print(f"{(~test).sum()} faces; mean distance on {test.sum()} others, % of the distance between the outer eye corners: " +
          ", ".join(f"{name} {100 * np.mean(errors[part]):.2f}" for name, part in parts.items()))


if __name__ == "__main__":
    main()
