// Pictures as sources of frames.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "auriga/source.hpp"

namespace auriga {

// The pictures of a folder by their names, without hidden ones and its sub-folders. Throws
// Error(input) when the folder is missing, not a folder, or holds no picture.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder,
                                               PictureOrder order);

// The pictures of a list in the given order, as frames at timestamp 0 and nominal 30 fps, each at
// its own size, turned by its EXIF orientation and then by `rotate` degrees clockwise (0, 90, 180,
// 270). For a picture that read_image refuses there is a frame that is `missing`, and the source is
// partial. Throws Error(input) when the list is empty or no picture in it can be read.
std::unique_ptr<Source> open_image_sequence(std::vector<std::filesystem::path> files,
                                            int rotate = 0);
std::unique_ptr<Source> open_image_sequence(const std::filesystem::path& folder,
                                            PictureOrder order = PictureOrder::natural,
                                            int rotate = 0);

// One picture as one frame, turned likewise; its description is "picture". Throws what read_image
// throws.
std::unique_ptr<Source> open_picture(const std::filesystem::path& file, int rotate = 0);

}  // namespace auriga
