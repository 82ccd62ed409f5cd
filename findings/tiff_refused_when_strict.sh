#!/usr/bin/env bash
# FFmpeg's TIFF decoder refuses the TIFF files that FFmpeg itself writes, once it is asked to be strict (-err_detect
# explode). One would expect the strict mode to refuse damage. For this decoder it also refuses every tag that it does
# not know, and the encoder of the same library writes such a tag: 296, ResolutionUnit, which TIFF 6.0 lists among the
# fields that each baseline file should have. With the checks of checksums and bit streams alone the file is read.
# Seen with FFmpeg 5.1.9 (Debian 12) and with 9.0.2 (imageio-ffmpeg 0.8.1).
# Why it matters here: the strict mode is how auriga tells damaged pictures of BMP, WebP, MJPEG, ProRes and DNxHD from
# sound ones. For TIFF it would refuse all of them, so a cut TIFF is found by what the decoder reports without it.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
python3 -m venv "$t/v"
"$t/v/bin/pip" -q --disable-pip-version-check install imageio-ffmpeg==0.8.1
ffmpeg=$("$t/v/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
"$ffmpeg" -version | head -1
"$ffmpeg" -v error -y -f lavfi -i testsrc2=size=64x48 -frames:v 1 "$t/own.tiff"
reads() { "$ffmpeg" -v quiet -err_detect "$1" -i "$t/own.tiff" -f null - && echo reads || echo refuses; }
tolerant=$(reads crccheck+bitstream+buffer) strict=$(reads explode)
echo "its own TIFF: with crccheck+bitstream+buffer it $tolerant it, with explode it $strict it"
[ "$tolerant" = reads ] && [ "$strict" = refuses ]
