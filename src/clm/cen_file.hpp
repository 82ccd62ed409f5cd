// Reader of CEN patch experts (spec clnf.md section 2.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/file.hpp"
#include "clm/patch_experts.hpp"

namespace auriga {

enum class Activation { sigmoid, relu, identity };

struct CenLayer {
  Activation activation{};
  int inputs = 0, outputs = 0;
  std::vector<float> bias;     // outputs
  std::vector<float> weights;  // outputs x inputs
};

// A network from 1 and the 121 pixels of a patch, column by column, to one value.
struct CenExpert {
  std::vector<CenLayer> layers;  // none: the mirrored expert serves, or the landmark is not seen
  double confidence = 0;
};

struct CenFile {
  double training_scale = 0;
  std::vector<std::array<double, 3>> centres;  // of the views, rad
  std::vector<std::uint8_t> visible;           // views x landmarks
  std::vector<int> mirror_landmark;            // of every landmark
  std::vector<int> mirror_view;                // of every view
  std::vector<CenExpert> experts;              // views x landmarks
};

// A file whose experts are read when they are wanted: all together have hundreds of megabytes, of
// which a frontal face needs a fifth. Any number of threads may use one.
class CenSource {
 public:
  // Reads and checks the whole file, and keeps its outline. Throws Error(model) when the file is
  // missing, cut short, not finite, or when layers do not fit together.
  explicit CenSource(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return file_.path(); }
  // All but the numbers of the layers: bias and weights are empty.
  const CenFile& outline() const { return outline_; }
  // experts[index] with its numbers. Throws Error(model) when the file was written to since it was
  // opened, or cannot be read.
  CenExpert expert(std::size_t index) const;

 private:
  SteadyFile file_;
  std::vector<std::size_t> begins_;  // bytes of the experts, and of the end
  CenFile outline_;
};

// All of a file at once. Throws as CenSource.
CenFile read_cen_file(const std::filesystem::path& file);

}  // namespace auriga
