# Records an outlet with pylsl, writes it as XDF and reads that with pyxdf: NAME SECONDS FILE. Prints JSON.
import json
import math
import struct
import sys
import time

import pylsl
import pyxdf

name, seconds, path = sys.argv[1], float(sys.argv[2]), sys.argv[3]
found = pylsl.resolve_byprop("name", name, timeout=seconds)
inlet = pylsl.StreamInlet(found[0])
info = inlet.info()
labels, channel = [], info.desc().child("channels").child("channel")
while channel.name() == "channel":
    labels.append([channel.child_value("label"), channel.child_value("unit")])
    channel = channel.next_sibling()
samples, ages, offsets = [], [], []
end = time.time() + seconds
while time.time() < end:
    sample, stamp = inlet.pull_sample(timeout=0.5)
    if sample is None:
        if samples:
            break
        continue
    samples.append((stamp, sample))
    ages.append(pylsl.local_clock() - stamp)
    if not offsets:
        offsets.append((pylsl.local_clock(), inlet.time_correction()))


# As the XDF specification has it: chunks of length, tag, content.
def chunk(tag, content):
    return b"\x08" + struct.pack("<QH", len(content) + 2, tag) + content


stream = struct.pack("<I", 1)
with open(path, "wb") as file:
    file.write(b"XDF:" + chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>'))
    file.write(chunk(2, stream + info.as_xml().encode()))
    body = stream + b"\x08" + struct.pack("<Q", len(samples))
    for stamp, sample in samples:
        body += b"\x08" + struct.pack("<d", stamp) + struct.pack("<%dd" % len(sample), *sample)
    file.write(chunk(3, body))
    for at, offset in offsets:
        file.write(chunk(4, stream + struct.pack("<dd", at, offset)))
    file.write(chunk(6, stream + b"<info><sample_count>%d</sample_count></info>" % len(samples)))
streams, _ = pyxdf.load_xdf(path)
one = streams[0]
print(json.dumps({
    "type": info.type(), "rate": info.nominal_srate(), "labels": labels, "ages": ages,
    "recorded": len(samples), "read": len(one["time_stamps"]),
    # What pyxdf makes of the times, against those of the source that are a channel.
    "times": [float(t - one["time_stamps"][0]) for t in one["time_stamps"]],
    "captured": [row[1] for row in one["time_series"].tolist()],
    "success": [row[4] for row in one["time_series"].tolist()],
    "lost_are_nan": all(math.isnan(v) for row in one["time_series"].tolist() if row[4] == 0 for v in row[6:]),
}))
