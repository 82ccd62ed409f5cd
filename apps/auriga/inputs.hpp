// What `auriga extract` is asked to read, and where the results go.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auriga::app {

struct Input {
  std::string path;  // of a video, a picture, or a folder of pictures
  bool picture = false;
  std::filesystem::path table;  // below the folder for results, e.g. clip.csv
};

// A part of the inputs: every `count`-th, beginning with the `index`-th.
struct Shard {
  int index = 1, count = 1;  // 1 <= index <= count
};
// "2/8". Throws Error(usage) for anything else.
Shard parse_shard(std::string_view text);

// Folders with video files stand for these, in the order of their names; other folders are
// sequences of pictures. `keep_folders`: tables lie as deep below the folder for results as their
// inputs below the folder that all inputs have in common. Throws Error(usage) when two inputs have
// the same table.
std::vector<Input> find_inputs(const std::vector<std::string>& given, bool keep_folders);

// Whether it is opened as a video: no folder and not named like a picture.
bool is_video_input(const std::filesystem::path& path);

// Of all inputs those of the shard.
std::vector<Input> inputs_of(const Shard& shard, std::vector<Input> inputs);

}  // namespace auriga::app
