"""All videos of a folder, two at a time, to tables that a second run need not make again:
python many_videos.py FOLDER RESULTS"""

import sys

import auriga

failed = 0
for result in auriga.extract([sys.argv[1]], out_dir=sys.argv[2], jobs=2):
    if result.ok:
        print(f"{result.path}: {'there' if result.skipped else 'done'}, {len(result)} rows")
    else:
        print(result.error, file=sys.stderr)
        failed += 1
sys.exit(failed > 0)
