#!/usr/bin/env bash
# What scripts/open-pack does when npm or the converter fails, and when the pack is there. In a copy of the files that it needs, with
# an npm and a converter that only pretend; needs no network.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/scripts" "$folder/tools/open-pack" "$folder/bin"
cp "$repository/scripts/open-pack" "$folder/scripts/"
cp "$repository/LICENSE" "$folder/"
cp "$repository"/tools/open-pack/*.[ch]pp "$folder/tools/open-pack/"
mkdir -p "$folder/models"
cp -r "$repository/models/open" "$folder/models/"
cd "$folder"
export PATH=$folder/bin:$PATH

fail() { echo "FAILED: $*" >&2; cat output >&2; exit 1; }
pretend() { printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"; chmod +x "bin/$1"; }
# refused TEXT [options]: the script fails, says TEXT, and leaves no pack and no rest.
refused() {
  local text=$1; shift
  if scripts/open-pack "$@" >output 2>&1; then fail "no failure; expected: $text"; fi
  grep -qF -- "$text" output || fail "expected the message: $text"
  [ ! -e build/open-pack ] || fail "a pack was left behind"
  [ -z "$(find build -name '*.??????' -path 'build/*')" ] || fail "a temporary folder was left behind"
}

pretend npm 'exit 1'
refused 'npm could not fetch @mediapipe/face_mesh@0.4.1633559619; is the npm registry reachable? Nothing was installed'
[ ! -e build/deps/mediapipe ] || fail "networks were left behind"

pretend npm 'echo other >package.tgz; echo package.tgz'
refused 'is not the one pinned here'
[ ! -e build/deps/mediapipe ] || fail "networks were left behind"

sources() {
  mkdir -p build/deps/mediapipe
  touch build/deps/mediapipe/face_mesh_solution_packed_assets.data build/deps/mediapipe/face_detection_full_range.tflite
}
pretend npm 'exit 1'
sources
pretend converter 'echo half >"$4/half.onnx"; echo "the reason" >&2; exit 4'
refused 'the reason' --converter bin/converter
refused 'npm could not fetch' --converter bin/converter # the networks may have been damaged: fetched again

refused "unknown option '--converters'" --converters bin/converter

sources
pretend converter 'echo network >"$4/network.onnx"'
scripts/open-pack --converter bin/converter >output 2>&1 || fail "the pack was not made"
for file in network.onnx shape_68.txt action_units.json LICENSE NOTICE stamp; do [ -s "build/open-pack/$file" ] || fail "$file is missing"; done
grep -q '@mediapipe/face_detection@0.4.1646425229' build/open-pack/NOTICE || fail "the notice does not name the packages"

# The second time it needs neither npm nor the networks nor the converter.
rm -rf build/deps bin/converter
scripts/open-pack >output 2>&1 || fail "the pack was made a second time"
[ ! -s output ] || fail "the second time is not quiet"

# Another converter makes another pack.
echo '// changed' >>tools/open-pack/convert.cpp
sources
pretend converter 'echo other >"$4/other.onnx"'
scripts/open-pack --converter bin/converter >output 2>&1 || fail "the pack was not made again"
[ -e build/open-pack/other.onnx ] && [ ! -e build/open-pack/network.onnx ] || fail "the old pack stayed"
echo passed
