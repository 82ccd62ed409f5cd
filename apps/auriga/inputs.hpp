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

struct Search {
  // Tables lie as deep below the folder for results as their inputs below the folder that all
  // inputs have in common.
  bool keep_folders = false;
  bool recursive = true;  // look into the folders that lie in a folder
};

struct FoundInputs {
  std::vector<Input> inputs;
  std::vector<std::string> notes;  // what was left out or named otherwise than one might expect
};

// What was given, one after the other:
// - @FILE: a list of what could be given here, a line each; empty lines and those that begin with #
//   are left out;
// - a pattern with * ? [ that is no name of a file: the names that it matches;
// - a folder: the videos in it and below it, or, where there are none, each folder in it and below
//   it (and itself) that holds pictures, as a sequence. In the order in which people count. Hidden
//   files and folders (.NAME, macOS's ._NAME) and results of earlier runs are left out. A link
//   whose target is missing is an input, to be reported as missing.
// - a file.
// Results of earlier runs (drawn videos, aligned faces: what a manifest beside them names, or an
// OpenFace _of_details.txt) are left out with a note unless such a file is all that was given; what
// was given twice counts once. Tables of a folder's videos lie as deep as these below it. Inputs
// whose tables would have one name get their endings into it (clip.mp4.csv, clip.webm.csv), and
// where that does not help the folders that tell them apart.
//
// Throws Error(usage) for a pattern without a match, Error(input) for a list that cannot be read.
FoundInputs find_inputs(const std::vector<std::string>& given, const Search& search);

// Whether it is opened as a video: no folder and not named like a picture.
bool is_video_input(const std::filesystem::path& path);

// Of all inputs those of the shard.
std::vector<Input> inputs_of(const Shard& shard, std::vector<Input> inputs);

}  // namespace auriga::app
