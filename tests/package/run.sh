#!/usr/bin/env bash
# Installs auriga into a folder of its own, builds examples/embedding against it and runs its programs.
#   run.sh BUILD_FOLDER SOURCE_FOLDER TEST_DATA
set -eu
build=$1 source=$2 data=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/prefix" >"$folder/log" || { cat "$folder/log"; exit 1; }
cmake -S "$source/examples/embedding" -B "$folder/build" -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_BUILD_TYPE=Release >"$folder/log" ||
  { cat "$folder/log"; exit 1; }
cmake --build "$folder/build" >"$folder/log" || { cat "$folder/log"; exit 1; }

fail() { echo "$1"; cat "$folder/out" "$folder/error" 2>/dev/null; exit 1; }
"$folder/prefix/bin/auriga" --version | grep -q '^auriga [0-9]' || fail "the installed command does not run"
for file in man/man1/auriga.1 man/man1/auriga-extract.1 bash-completion/completions/auriga \
  zsh/site-functions/_auriga fish/vendor_completions.d/auriga.fish; do
  [ -s "$folder/prefix/share/$file" ] || fail "not installed: share/$file"
done
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$folder/prefix" -name auriga_c.pc)")
# shellcheck disable=SC2046
cc "$source/examples/c/smile.c" $(pkg-config --cflags --libs auriga_c) -Wl,-rpath,"$(pkg-config --variable=libdir auriga_c)" \
  -o "$folder/smile_c" || fail "examples/c does not build against what is installed"
status=0
"$folder/build/smile" "$source/examples/demo.mp4" "$folder" 2>"$folder/error" || status=$?
[ $status = 4 ] && grep -q 'no model pack' "$folder/error" || fail "expected exit code 4 without models, found $status"

ffmpeg -v error -nostdin -i "$source/examples/demo.mp4" -frames:v 60 "$folder/%03d.ppm"
cp "$source/examples/demo.mp4" "$folder/a.mp4"
cp "$source/examples/demo.mp4" "$folder/b.mp4"
for models in "$folder/prefix/share/auriga/models" "$data/models"; do
  [ -d "$models" ] || { echo "not here: $models; the examples were not run with it"; continue; }
  "$folder/build/smile" "$source/examples/demo.mp4" "$models" >"$folder/out"
  tail -1 "$folder/out" | grep -q '^90 frames, a face in 90$' || fail "smile: unexpected output"
  "$folder/smile_c" "$source/examples/demo.mp4" "$models" >"$folder/out_c"
  cmp "$folder/out" "$folder/out_c" || fail "the smile of C is not that of C++"
  "$folder/build/push" "$models" "$folder"/0*.ppm >"$folder/out"
  [ "$(grep -c 'AU12 now' "$folder/out")" = 60 ] || fail "push: expected a value for each of 60 frames"
  tail -1 "$folder/out" | grep -q '^60 rows, AU12 at most [1-5]' || fail "push: unexpected final values"
  "$folder/build/live" "$models" "$source/examples/demo.mp4" >"$folder/out"
  grep -q 's  smile [0-5]' "$folder/out" || fail "live: expected the smile as it happens"
  "$folder/build/many" "$models" "$folder/a.mp4" "$folder/b.mp4" >"$folder/out"
  [ "$(grep -c ': 90 frames, a face in 90$' "$folder/out")" = 2 ] || fail "many: unexpected output"
  cmp "$folder/a.mp4.csv" "$folder/b.mp4.csv" || fail "many: the tables differ"
done
