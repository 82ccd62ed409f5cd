#!/usr/bin/python3
"""Trains the networks of the open estimator of action units.

    train.py FACES.bin... action_units.json      FACES.bin: of render_faces, with different seeds

Prints what the networks do on people that they were not trained on. README.md of tools/open-pack says how and why;
src/au/mesh/mesh_models.hpp describes the file.
"""
import json
import sys

import numpy as np

VERSION = "open-0.3"
# Of each action unit: the features that its movement changes; besides, how the head is turned. More of them follow
# renders better and people worse: with brow_slope and ibrow_mid, too, AU01 gains 0.02 there and loses 0.4 on a video.
INPUTS = {
    "AU01": "brow_in2 ibrow_in",
    "AU02": "brow_out brow_tail brow_mid ibrow_mid ibrow_out",
    "AU04": "brow_in brow_in2 brow_gap brow_gap2 lid_crease ibrow_in ibrow_mid ibrow_gap",
    "AU05": "lid_up eye_open",
    "AU06": "cheek_x cheek_y bag corner_w lid_lo",
    "AU07": "lid_lo eye_open bag lid_up",
    "AU09": "ala_y ala_w nose_sub brow_in2 nl_y ulip_side",
    "AU10": "ulip ulip_side nl_y ala_y",
    "AU12": "corner_w corner_y nl cheek_x",
    "AU14": "corner_w dimple_w corner_y gap",
    "AU15": "corner_rel corner_y dimple_w",
    "AU17": "chin llip chin_boss th_lo llip_in",
    "AU20": "corner_w corner_y corner_rel th_up th_lo",
    "AU23": "th_up th_lo gap llip",
    "AU25": "gap gap_side",
    "AU26": "chin llip gap",
    "AU45": "eye_open lid_up lid_lo lid_crease",
}
POSE = ["pitch", "yaw", "roll"]
# What measurements on videos of people support (docs/accuracy.md).
SUPPORTED = {"AU01", "AU02", "AU06", "AU12", "AU25", "AU45"}
# The neutral face of a clip is that of its calmest frames, from which a moving face is further than from the median that thresholds
# are chosen with: 0.4 told AU06 in frames of the demo that raise the brows; on clips of people both agree with OpenFace alike.
PRESENCE = {"AU06": 0.6}
# What a blendshape adds: MeshAuModel::Lift. Not trained.
LIFTS = {"AU01": ("browInnerUp", 6, 0.25), "AU02": ("browOuterUp", 6, 0.5)}

LIP_GAP_CM = .25  # that is one step of AU25
HIDDEN = 12
NETWORKS = 3
EPOCHS = 8        # more gain 0.003 on renders and lose on videos
BATCH = 128
RATE = 4e-3
DECAY = 1e-2
NOISE = .15       # standard deviation of what is added to the inputs, which have 1
TEST_SHARE = 6    # every sixth person is only for measuring
PRESENT = 1       # a unit counts as present in a render from this intensity on
DEAD_ZONE_AT = 75 # percentile of what the networks say to neutral faces


def read_faces(paths):
    """Columns, rows and for each row the number of the person, all files together."""
    columns, rows, people = None, [], []
    for path in paths:
        with open(path, "rb") as file:
            names = file.readline().decode(errors="replace").split()
            if names[:3] != ["person", "picture", "neutral"]:
                sys.exit(f"{path}: expected faces of render_faces, found something else")
            # Without what --meshes adds.
            used = names.index("mesh_x_0") if "mesh_x_0" in names else len(names)
            data = np.fromfile(file, "<f4")
            if data.size == 0 or data.size % len(names):
                sys.exit(f"{path}: expected rows of {len(names)} numbers, found part of one at the end; is it complete?")
            data = data.reshape(-1, len(names))[:, :used].copy()
        if columns not in (None, names[:used]):
            sys.exit(f"{path}: expected the columns of {paths[0]}, found others")
        columns = names[:used]
        people.append(data[:, 0].astype(int) + (people[-1].max() + 1 if people else 0))
        rows.append(data)
    return columns, np.concatenate(rows), np.concatenate(people)


class Faces:
    """What the networks see of each face (features minus the person's neutral ones) and shall say."""

    def __init__(self, columns, rows, people):
        def column(name):
            return rows[:, columns.index(name)]

        self.names = columns[columns.index("roll") + 1 + 2 * len(INPUTS):]
        features = rows[:, -len(self.names):].astype(np.float64)
        gap = column("lip_gap_cm").astype(np.float64)
        neutral = column("neutral") > 0
        units = np.stack([(column(f"{unit}_left") + column(f"{unit}_right")) / 2 for unit in INPUTS], 1).astype(np.float64)
        away, labels, kept = np.zeros_like(features), units, np.zeros(len(rows), bool)
        starts = np.flatnonzero(np.diff(people, prepend=-1))
        for start, end in zip(starts, np.append(starts[1:], len(rows))):
            at_rest = start + np.flatnonzero(neutral[start:end])
            for row in range(start, end):
                others = at_rest[at_rest != row]
                if len(others) < 2:
                    continue
                away[row] = features[row] - features[others].mean(0)
                labels[row, list(INPUTS).index("AU25")] = np.clip((gap[row] - gap[others].mean()) / LIP_GAP_CM, 0, 5)
                kept[row] = True
        self.away, self.labels, self.neutral = away[kept], labels[kept], neutral[kept]
        self.test = people[kept] % TEST_SHARE == 0
        self.rest = features[neutral].mean(0)


class Networks:
    """NETWORKS networks for each unit, all at once: the same steps on arrays with one more dimension.

    Inputs of a unit are padded with a constant 0, so that all have as many.
    """

    def __init__(self, inputs, random):
        self.inputs = inputs  # units x most inputs, indices; -1 for padding
        count = (inputs >= 0).sum(1)
        units, most = inputs.shape
        self.nets = units * NETWORKS
        self.unit = np.repeat(np.arange(units), NETWORKS)
        # As torch.nn.Linear begins.
        bound = 1 / np.sqrt(count[self.unit])[:, None, None]
        self.w1 = random.uniform(-1, 1, (self.nets, most, HIDDEN)) * bound
        self.w1[inputs[self.unit] < 0] = 0
        self.b1 = random.uniform(-1, 1, (self.nets, 1, HIDDEN)) * bound
        self.w2 = random.uniform(-1, 1, (self.nets, HIDDEN, 1)) / np.sqrt(HIDDEN)
        self.b2 = random.uniform(-1, 1, (self.nets, 1, 1)) / np.sqrt(HIDDEN)

    def gather(self, scaled):
        """n x features to units x n x most inputs."""
        padded = np.concatenate([scaled, np.zeros((len(scaled), 1))], 1)
        return np.moveaxis(padded[:, self.inputs], 1, 0)

    def forward(self, x):
        """nets x n x most inputs to nets x n x 1; keeps what backward() needs."""
        z = x @ self.w1 + self.b1
        gate = 1 / (1 + np.exp(-z))
        self.state = x, z, gate
        return (z * gate) @ self.w2 + self.b2

    def backward(self, error):
        """Gradients of sum(error * output) for each network."""
        x, z, gate = self.state
        hidden = error @ self.w2.transpose(0, 2, 1) * (gate * (1 + z * (1 - gate)))
        return [x.transpose(0, 2, 1) @ hidden, hidden.sum(1, keepdims=True),
                (z * gate).transpose(0, 2, 1) @ error, error.sum(1, keepdims=True)]

    def train(self, scaled, labels, random):
        """Least squares by Adam with decoupled weight decay; the rate falls to 0 along a cosine."""
        parameters = [self.w1, self.b1, self.w2, self.b2]
        means = [np.zeros_like(p) for p in parameters]
        squares = [np.zeros_like(p) for p in parameters]
        mask = (self.inputs >= 0)[self.unit][:, None, :]
        x, y = self.gather(scaled)[self.unit], labels.T[self.unit][:, :, None]
        step = 0
        for epoch in range(EPOCHS):
            rate = RATE * (1 + np.cos(np.pi * epoch / EPOCHS)) / 2
            order = random.permutation(len(scaled))
            for first in range(0, len(order) - BATCH + 1, BATCH):
                batch = order[first:first + BATCH]
                seen = x[:, batch]
                seen = seen + NOISE * random.standard_normal(seen.shape) * mask
                error = 2 * (self.forward(seen) - y[:, batch]) / BATCH
                step += 1
                for p, gradient, m, s in zip(parameters, self.backward(error), means, squares):
                    m += .1 * (gradient - m)
                    s += .001 * (gradient ** 2 - s)
                    p *= 1 - rate * DECAY
                    p -= rate * (m / (1 - .9 ** step)) / (np.sqrt(s / (1 - .999 ** step)) + 1e-8)

    def intensities(self, scaled):
        """n x units, 0..5."""
        out = self.forward(self.gather(scaled)[self.unit])[:, :, 0]
        return np.clip(out.reshape(-1, NETWORKS, len(scaled)).mean(1).T, 0, 5)


def inputs_of(names):
    lists = [[names.index(name) for name in text.split() + POSE] for text in INPUTS.values()]
    most = max(map(len, lists))
    return np.array([numbers + [-1] * (most - len(numbers)) for numbers in lists])


def f1(said, true):
    return 2 * (said & true).sum() / max(1, said.sum() + true.sum())


def best_threshold(values, true):
    """Of the intensity, from which on the unit is present: the one with the best F1."""
    candidates = np.round(np.arange(.05, 3.01, .05), 2)
    scores = [f1(values >= threshold, true) for threshold in candidates]
    return candidates[int(np.argmax(scores))], max(scores)


def number(value):
    return float(f"{value:.5g}")


def write(path, faces, scale, networks, dead_zones, thresholds):
    """Readable and small: a row of numbers is a line."""
    used = sorted(set(networks.inputs[networks.inputs >= 0]))
    lines = ["{", f' "version": {json.dumps(VERSION)},',
             ' "about": "Action units from the face mesh: see src/au/mesh/mesh_models.hpp for the format. Trained by tools/open-pack/train '
             'on renders of the face model ICT-FaceKit (LICENSE-ICT-FaceKit.txt).",']
    # A face that looks ahead is turned to neither side.
    rest = {faces.names[i]: 0. if faces.names[i] in ("yaw", "roll") else number(faces.rest[i]) for i in used}
    for key, values in (("scale", {faces.names[i]: number(scale[i]) for i in used}), ("neutral", rest)):
        lines.append(f' "{key}": {{')
        items = [f"{json.dumps(name)}: {value}" for name, value in values.items()]
        for first in range(0, len(items), 5):
            end = "," if first + 5 < len(items) else "},"
            lines.append("  " + ", ".join(items[first:first + 5]) + end)
    lines.append(' "units": [')
    for u, unit in enumerate(INPUTS):
        names = [faces.names[i] for i in networks.inputs[u] if i >= 0]
        lines.append(f'  {{"name": "{unit}", "experimental": {json.dumps(unit not in SUPPORTED)}, '
                     f'"dead_zone": {number(dead_zones[u])}, "presence_threshold": {number(PRESENCE.get(unit, thresholds[u]))},')
        if unit in LIFTS:
            blendshape, gain, quantile = LIFTS[unit]
            lines.append(f'   "lift": {{"blendshape": "{blendshape}", "gain": {gain}, "quantile": {quantile}}},')
        lines.append(f'   "inputs": {json.dumps(names)},')
        lines.append('   "networks": [')
        for k in range(NETWORKS):
            net = u * NETWORKS + k

            def row(values):
                return json.dumps([number(v) for v in values])

            lines.append('    {"weights1": [')
            weights = networks.w1[net, :len(names)].T
            lines += [f"     {row(w)}{',' if h + 1 < HIDDEN else '],'}" for h, w in enumerate(weights)]
            lines.append(f'     "bias1": {row(networks.b1[net, 0])},')
            lines.append(f'     "weights2": {row(networks.w2[net, :, 0])},')
            lines.append(f'     "bias2": {number(networks.b2[net, 0, 0])}}}{"," if k + 1 < NETWORKS else "]}"}' +
                         ("," if k + 1 == NETWORKS and u + 1 < len(INPUTS) else ""))
    lines += [" ]", "}"]
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    faces = Faces(*read_faces(sys.argv[1:-1]))
    learn = ~faces.test
    scale = np.maximum(faces.away[learn].std(0), 1e-6)
    scaled = faces.away / scale
    random = np.random.default_rng(1)
    networks = Networks(inputs_of(faces.names), random)
    networks.train(scaled[learn], faces.labels[learn], random)

    said, true = networks.intensities(scaled[faces.test]), faces.labels[faces.test]
    dead_zones = np.percentile(said[faces.neutral[faces.test]], DEAD_ZONE_AT, axis=0)
    said = np.clip(said - dead_zones, 0, 5)
    thresholds = []
    print(f"{learn.sum()} faces to learn from; on {faces.test.sum()} of other people:")
    print("| AU | r | mean difference | dead zone | threshold | F1 |\n|---|---|---|---|---|---|")
    for u, unit in enumerate(INPUTS):
        threshold, score = best_threshold(said[:, u], true[:, u] >= PRESENT)
        thresholds.append(threshold)
        print(f"| {unit} | {np.corrcoef(said[:, u], true[:, u])[0, 1]:.2f} | {np.abs(said[:, u] - true[:, u]).mean():.2f} | "
              f"{dead_zones[u]:.3f} | {threshold:.2f} | {score:.2f} |")
    write(sys.argv[-1], faces, scale, networks, dead_zones, thresholds)


if __name__ == "__main__":
    main()
