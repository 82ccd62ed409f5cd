#!/usr/bin/env bash
# The same video has other pixels in OpenCV 4 than in OpenCV 5: VideoCapture of 4.12 takes full-range video for limited
# range, unless the pixel format has a name of its own for full range (yuvj420p, as MJPEG has). VP9, FFV1, AV1 and all
# formats of 10 bits have none, only a mark in each frame. There 4.12 stretches the middle and cuts off the ends: grey
# 32 becomes 18, 224 becomes 242, of 64 grey levels 56 are left. It gives no warning, and the file plays right in every
# player. 5.0 reads the mark.
# Seen with opencv-python-headless 4.12.0.88 and 5.0.0.93 on files of imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2).
# Why it matters here: auriga's pixels were defined as those of OpenCV's VideoCapture, which models of faces are trained
# and compared with. Two labels of eight frames changed with the range, so auriga honours it, as OpenCV 5 does and the
# OpenCV 4 in today's pipelines does not: numbers of full-range video differ between programs for this reason alone.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
for v in 4.12.0.88 5.0.0.93; do
  python3 -m venv "$t/$v"
  "$t/$v/bin/pip" -q --disable-pip-version-check install "opencv-python-headless==$v" imageio-ffmpeg==0.8.1
done
ffmpeg=$("$t/5.0.0.93/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
# A row of greys 0, 4, 8, ... 252.
make() { "$ffmpeg" -v error -y -f lavfi -i 'color=white:size=64x64:rate=5,format=gray,geq=lum=X*4' -frames:v 3 -vf "scale=in_range=pc:out_range=pc,format=$1" "${@:3}" "$t/$2"; }
make yuv420p ffv1.mkv -color_range pc -c:v ffv1
make yuv420p vp9.webm -color_range pc -c:v libvpx-vp9 -lossless 1
make yuvj420p mjpeg.avi -c:v mjpeg -q:v 1
cat >"$t/look.py" <<'P'
import sys, cv2
for name in sys.argv[1:]:
    ok, picture = cv2.VideoCapture(name).read()
    row = picture[32, :, 1]
    print(cv2.__version__, name.split('/')[-1], *row[::8].tolist(), 'levels:', len(set(row.tolist())))
P
for v in 4.12.0.88 5.0.0.93; do "$t/$v/bin/python" "$t/look.py" "$t/ffv1.mkv" "$t/vp9.webm" "$t/mjpeg.avi"; done | tee "$t/seen"
for name in ffv1.mkv vp9.webm; do
  grep -q "^4.* $name 0 18 55 93 130 167 204 242 levels: 56$" "$t/seen"
  grep -q "^5.* $name 0 32 64 96 128 160 192 224 levels: 64$" "$t/seen"
done
grep -q '^4.* mjpeg.avi .*levels: 64$' "$t/seen"
