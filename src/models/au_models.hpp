// The linear action-unit models of an OpenFace pack: SVR intensities and SVM presences (spec
// au-core.md section 1).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/find_file.hpp"
#include "models/pdm.hpp"
#include "models/triangulation.hpp"

namespace auriga {

enum class AuKind { intensity, presence };  // SVR, SVM

// One linear model: score = (x - mean [- median]) . weights + bias.
struct AuModel {
  std::string name;  // e.g. AU01
  AuKind kind = AuKind::intensity;
  bool dynamic = false;         // the person's median is subtracted, too
  double cutoff = -1;           // dynamic SVR only; -1 = no offset
  std::vector<double> means;    // one per feature
  std::vector<double> weights;  // one per feature
  double bias = 0;
  double class_if_positive = 0;  // SVM only: emitted when score > 0
  double class_otherwise = 0;    // SVM only
};

// Reads one `.dat` file of the kinds 0, 1, 4, 5 (marker decides, never the name). `features` is the
// number of features expected (0 accepts any). Throws Error(model) naming file, byte offset,
// expected and found for: missing, truncated at any byte, trailing bytes, unknown or reserved
// marker, matrix type other than f64, wrong dimensions, non-finite number.
AuModel read_au_model(const std::filesystem::path& file, const std::string& au_name, int features);

// Everything the AU stage needs from a pack folder, as main_dynamic_svms.txt / main_static_svms.txt
// list it.
struct AuModelSet {
  std::vector<AuModel> models;  // in the order of the list file
  Pdm pdm;
  std::vector<Triangle> triangles;
  bool dynamic = false;                      // loaded from the dynamic list: calibration applies
  std::vector<std::filesystem::path> files;  // every file read, for hashing
};

// `list_file` is main_dynamic_svms.txt or main_static_svms.txt; `find` says where the files are
// that it names. Means of the first file of each bank (kind x dynamic) are used for the whole bank,
// as the reference does (au-core.md 1.4). Throws Error(model).
AuModelSet read_au_model_set(const std::filesystem::path& list_file, bool dynamic,
                             const FindFile& find = as_named);

// Asks `find` for all files that read_au_model_set() would read, and reads the lists only. What is
// wrong with them is passed over.
void find_au_model_set(const std::filesystem::path& list_file, const FindFile& find);

}  // namespace auriga
