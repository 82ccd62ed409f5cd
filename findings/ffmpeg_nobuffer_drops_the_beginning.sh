#!/usr/bin/env bash
# `-fflags nobuffer` (AVFMT_FLAG_NOBUFFER), which every guide to low latency with FFmpeg recommends, does not only make
# reading quicker: all packets that libavformat has read to find out what the streams are, are thrown away. Decoding then
# begins at the next key frame. No message says so. Two seconds of H.264 with a key frame a second lose the first second;
# with one key frame nothing at all is left, and the exit code is 0.
# Seen with FFmpeg 5.1.9 (Debian 12) and with 9.0.2 (imageio-ffmpeg 0.8.1), from files and from pipes.
# Why it matters here: `auriga live -` reads containers from a pipe and wants them soon. With this flag it lost the
# beginning of every stream, and all of a short one, so that rows and frames of the sender did not belong together.
# It is without the flag.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
python3 -m venv "$t/v"
"$t/v/bin/pip" -q --disable-pip-version-check install imageio-ffmpeg==0.8.1
ffmpeg=$("$t/v/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
"$ffmpeg" -version | head -1
"$ffmpeg" -v error -f lavfi -i testsrc2=s=320x240:r=30:d=2 -c:v libx264 -g 30 "$t/two_key_frames.mkv"
"$ffmpeg" -v error -f lavfi -i testsrc2=s=320x240:r=30:d=2 -c:v libx264 -g 300 "$t/one_key_frame.mkv"
frames() { "$ffmpeg" -v warning "$@" -f framecrc - 2>>"$t/said" | grep -vc '^#' || true; }
for file in two_key_frames.mkv one_key_frame.mkv; do
  printf '%s: %s frames, from a pipe %s; with nobuffer %s, from a pipe %s\n' "$file" "$(frames -i "$t/$file")" \
    "$(frames -i - <"$t/$file")" "$(frames -fflags nobuffer -i "$t/$file")" "$(frames -fflags nobuffer -i - <"$t/$file")"
done | tee "$t/seen"
grep -q '^two_key_frames.mkv: 60 frames, from a pipe 60; with nobuffer 30, from a pipe 30$' "$t/seen"
grep -q '^one_key_frame.mkv: 60 frames, from a pipe 60; with nobuffer 0, from a pipe 0$' "$t/seen"
