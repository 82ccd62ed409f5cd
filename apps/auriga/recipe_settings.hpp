// What options set of a recipe and a session: the members, and the names, of the structures of the
// same name in auriga/engine.hpp, auriga/session.hpp and auriga/run.hpp, which cannot be included
// beside auriga/extract.hpp because both declare Setup and ClmOptions. Where a program is written
// over these headers, their structures serve and this file goes.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auriga/extract.hpp"

namespace auriga::app {

struct Folders {
  std::vector<std::filesystem::path> models;
  std::filesystem::path cache;
  bool accept_altered = false;
};

struct RecipeChoice {
  std::string preset, detector, landmarker, au;
  bool all_aus = false;
  std::filesystem::path landmarks_csv;
  ClmOptions clm;
  bool validate = false;
  std::string device = "auto";
  std::string predictor = "batched";
};

struct SessionOptions {
  int faces = 1;
  bool calibrate = true;
  bool static_aus = false;
  int redetect_every = 0;
  std::optional<std::array<float, 2>> focal_px, centre_px;
};

struct Threads {
  int workers = 0;
  int batches_in_flight = 0;
};

ExtractOptions to_extract_options(const Folders& folders, const RecipeChoice& recipe,
                                  const SessionOptions& session, const Threads& threads);

}  // namespace auriga::app
