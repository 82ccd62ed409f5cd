// Videos as a source of frames.
#pragma once

#include <filesystem>
#include <memory>

#include "auriga/source.hpp"

namespace auriga {

// Opens the best video stream of a file and decodes its first frame. Frames come in presentation
// order, turned as the container's display matrix says and by `options.rotate`, with timestamps in
// seconds since the start of the file, which is that of its earliest stream, that never decrease.
// BGR values of frames with square pixels are those of libswscale with SWS_BICUBIC, as OpenCV's
// VideoCapture has them. Frames hold the decoder's memory until they are converted, filled again or
// released, also beyond the life of the source.
//
// Damage: packets that cannot be decoded are passed over, frames that the decoder had to patch are
// delivered; both make the source partial, and so do a file that ends clearly before its header
// says and packets before the first key frame. A frame that the end of the file cuts is not
// delivered.
//
// `options.threads`: see there; VideoPictures says how frames and status come not to depend on it.
// To decode beside the analysis, use ReadAhead.
//
// Throws Error(input), which names the file, when it is missing, a folder, not a regular file, not
// a video (also: sound only, a single picture, cover art), of an unknown codec, or without any
// decodable frame. Nothing but `file` itself is ever opened: playlists and references to other
// files are refused. `options.fps` is not looked at: open_source() resamples.
std::unique_ptr<Source> open_video(const std::filesystem::path& file,
                                   const SourceOptions& options = {});

}  // namespace auriga
