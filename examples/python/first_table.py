"""A table of a video, and what it says: python first_table.py VIDEO [TABLE.csv]"""

import sys

import auriga

result = auriga.extract(sys.argv[1], preset="open")
for warning in result.warnings:
    print("warning:", warning)
followed = result.frames["success"]
print(f"{len(result)} frames, face followed in {followed.mean():.0%}")
for name in ("AU06_r", "AU12_r"):
    values = result.frames[name][followed]
    print(f"{name}: mean {values.mean():.2f}, peak {values.max():.2f}")
if len(sys.argv) > 2:
    result.save(sys.argv[2])
