// Looks at made scenes as tracking does it, with what was said of them and how right they were.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "face_scenes.hpp"

namespace auriga::accuracy {

// How landmarks were found: by the face mesh, by PFLD, or by the mesh and replayed from a table.
enum class Landmarks68 { mesh, pfld, table };
std::string name_of(Landmarks68 landmarks);

struct Look {
  std::string portrait, kind;
  double degree = 0;
  bool detected = false;  // begun with at the detector's box; else looked for where the face is
  bool right = false;     // landmark_error <= kRight; never where there is no face
  double confidence = 0;  // that the landmarks are right
  double presence = 0;    // of the mesh: that there is a face
  std::array<double, 8> terms{};  // of landmark_confidence.cpp, the whole share outside
};

// Not thread-safe. Throws auriga::Error where a model is missing.
class Looker {
 public:
  // The face mesh needs the open pack alone; `test_data` is for PFLD, RetinaFace and OpenFace's
  // shape model.
  Looker(Landmarks68 landmarks, const std::filesystem::path& open_pack,
         const std::filesystem::path& test_data);
  ~Looker();

  // The widest face of a picture, or that at a place, with landmarks as looks that settle find
  // them; without a name where there is none.
  Portrait portrait(const std::string& name, ImageView picture);
  Portrait portrait(const std::string& name, ImageView picture, const FacePlace& place);

  // At every scene of framed(portrait, seed), where the face is and where the detector finds it;
  // not those without landmarks.
  std::vector<Look> looks(const Portrait& portrait, std::uint32_t seed);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Area under the ROC curve of a confidence for being right, ties by half; NaN where all are or none
// is.
double area_under_curve(const std::vector<Look>& looks, double Look::*confidence);

struct Bin {
  std::size_t looks = 0;
  double confidence = 0, right = 0;  // means
};
// Tenths of the confidence.
std::array<Bin, 10> calibration(const std::vector<Look>& looks, double Look::*confidence);
// Mean |confidence - share right| over the bins, weighted by their looks.
double calibration_error(const std::array<Bin, 10>& bins);

bool is_good(const Look& look);  // a scene that makes nothing hard
double mean_confidence(const std::vector<Look>& looks, double Look::*confidence);

}  // namespace auriga::accuracy
