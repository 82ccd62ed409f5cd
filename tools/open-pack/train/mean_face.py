#!/usr/bin/python3
"""Makes the numbers of src/tracking/mean_face.cpp: the mean of rendered faces, brought to one shape.

    render_faces HEAD.bin --portraits FOLDER 60 77
    mean_face.py FOLDER models/open/shape_68.txt [FIRST]

Prints width, height, grey levels row by row, then x and y of the 68 landmarks, px. Portraits before FIRST (24) are left
out: confidences are fitted to them. Needs numpy and scipy.
"""
import pathlib
import sys

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import gaussian_filter, map_coordinates

WIDTH = 24  # px across the landmarks
MARGIN = 2  # px
MIRRORED = ([(i, 16 - i) for i in range(8)] + [(17 + i, 26 - i) for i in range(5)] +
            [(36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46), (31, 35), (32, 34), (48, 54), (49, 53),
             (50, 52), (59, 55), (58, 56), (60, 64), (61, 63), (67, 65)])


def mean_shape(file):
    lines = [line.split() for line in file.read_text().split("\n") if line and not line.startswith("#")]
    values = np.array([float(words[0]) for words in lines if len(words) == 1][3:3 + 204])
    points = np.stack([values[:68], values[68:136]], 1)
    points /= np.ptp(points[:, 0])
    other = np.arange(68)
    for a, b in MIRRORED:
        other[a], other[b] = b, a
    middle = (points[:, 0].min() + points[:, 0].max()) / 2
    return (points + np.stack([2 * middle - points[other, 0], points[other, 1]], 1)) / 2


def green(file):
    data = file.read_bytes()
    first, width, height = (int.from_bytes(data[at:at + 4], "little") for at in (10, 18, 22))
    rows = np.frombuffer(data, np.uint8, offset=first).reshape(height, -1)[:, :3 * width]
    return rows.reshape(height, width, 3)[::-1, :, 1].astype(float)


def main(folder, shape_file, first=24):
    shape = mean_shape(pathlib.Path(shape_file))
    width = WIDTH + 2 * MARGIN + 1
    left = (shape[:, 0].min() + shape[:, 0].max()) / 2 - (width - 1) / 2 / WIDTH
    top = shape[:, 1].min() - MARGIN / WIDTH
    height = int(np.ceil((shape[:, 1].max() + MARGIN / WIDTH - top) * WIDTH)) + 1
    y, x = np.mgrid[0:height, 0:width]
    places = np.stack([x.ravel() / WIDTH + left, y.ravel() / WIDTH + top], 1)
    faces = []
    for line in (pathlib.Path(folder) / "portraits.csv").read_text().split():
        name, *cells = line.split(",")
        if int(name.split(".")[0]) < int(first):
            continue
        landmarks = np.array(cells, float).reshape(2, 68).T
        picture = gaussian_filter(green(pathlib.Path(folder) / name), .45 * np.ptp(landmarks[:, 0]) / WIDTH)
        at = RBFInterpolator(shape, landmarks, kernel="thin_plate_spline", smoothing=.05)(places)
        grey = map_coordinates(picture, [at[:, 1], at[:, 0]], order=1, mode="nearest")
        faces.append((grey - grey.mean()) / grey.std())
    mean = np.mean(faces, 0).reshape(height, width)
    mean = (mean + mean[:, ::-1]) / 2
    print(width, height)
    for row in np.clip(np.round(128 + 70 * mean), 0, 255).astype(int):
        print(*row, sep=", ")
    for axis, begin in ((0, left), (1, top)):
        print(*(f"{value:.2f}" for value in (shape[:, axis] - begin) * WIDTH), sep=", ")


main(*sys.argv[1:])
