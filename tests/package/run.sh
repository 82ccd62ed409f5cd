#!/usr/bin/env bash
# Installs auriga into a folder of its own, builds examples/embedding against it and runs both programs.
#   run.sh BUILD_FOLDER SOURCE_FOLDER TEST_DATA
set -eu
build=$1 source=$2 data=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/prefix" >"$folder/log" || { cat "$folder/log"; exit 1; }
cmake -S "$source/examples/embedding" -B "$folder/build" -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_BUILD_TYPE=Release >"$folder/log" ||
  { cat "$folder/log"; exit 1; }
cmake --build "$folder/build" >"$folder/log" || { cat "$folder/log"; exit 1; }

"$folder/prefix/bin/auriga" --version | grep -q '^auriga [0-9]' || { echo "the installed command does not run"; exit 1; }
status=0
"$folder/build/smile" "$source/examples/demo.mp4" "$folder" 2>"$folder/error" || status=$?
[ $status = 4 ] && grep -q 'no model pack' "$folder/error" || { echo "expected exit code 4 without models, found $status"; cat "$folder/error"; exit 1; }
if [ -d "$data/models" ]; then
  "$folder/build/smile" "$source/examples/demo.mp4" "$data/models" | tee "$folder/out" | tail -1 | grep -q '^90 frames, a face in 90$' ||
    { echo "unexpected output of the embedding example:"; cat "$folder/out"; exit 1; }
else
  echo "test data not here: the embedding example was not run on a video"
fi
