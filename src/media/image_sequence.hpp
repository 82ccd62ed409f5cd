// Pictures as sources of frames.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "auriga/source.hpp"

namespace auriga {

// Whether the name ends like that of a picture: .jpg, .jpeg, .png in any case; .bmp, too, to be
// refused by name and not lost in silence.
bool is_picture_name(const std::filesystem::path& file);

// The pictures of a folder by their names, without its sub-folders, in the order of their paths as
// byte strings. Throws Error(input) when the folder is missing, not a folder, or holds no picture.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);

// The pictures of a list in the given order, as frames at timestamp 0 and nominal 30 fps, each at
// its own size, turned by its EXIF orientation and then by `rotate` degrees clockwise (0, 90, 180,
// 270). A picture that read_image refuses is passed over and makes the source partial.
// Throws Error(input) when the list is empty or no picture in it can be read.
std::unique_ptr<Source> open_image_sequence(std::vector<std::filesystem::path> files,
                                            int rotate = 0);
std::unique_ptr<Source> open_image_sequence(const std::filesystem::path& folder, int rotate = 0);

// One picture as one frame, turned likewise; its description is "picture". Throws what read_image
// throws.
std::unique_ptr<Source> open_picture(const std::filesystem::path& file, int rotate = 0);

}  // namespace auriga
