"""Frame by frame, as from a camera: python live.py VIDEO

A camera's frames come from OpenCV in the same form: session.push(frame, time.monotonic() - begin)."""

import sys

import auriga

engine = auriga.Engine(preset="open")
with auriga.stream(sys.argv[1], engine=engine) as frames, auriga.Session(engine) as session:
    for frame in frames:
        for row in session.push(frame.image, frame.timestamp):
            if row.success and row.action_units["AU12_r"] > 1:
                print(f"{row.timestamp:.2f} s: smile, head turned by {row.pose[4]:.2f} rad")
    final = session.finish()
print(f"final: AU12 up to {final['AU12_r'].max():.2f}")
