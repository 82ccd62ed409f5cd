#include "clm/patch_experts.hpp"

#include <limits>
#include <string>

#include "auriga/error.hpp"

#include "clm/ccnf_experts.hpp"
#include "clm/cen_experts.hpp"
#include "clm/patch_experts_workspace.hpp"
#include "clm/svr_experts.hpp"

namespace auriga {

PatchWorkspace::PatchWorkspace() : buffers_(std::make_unique<Buffers>()) {}
PatchWorkspace::~PatchWorkspace() = default;
PatchWorkspace::PatchWorkspace(PatchWorkspace&&) noexcept = default;
PatchWorkspace& PatchWorkspace::operator=(PatchWorkspace&&) noexcept = default;

int PatchExperts::nearest_view(const EulerAngles& rotation_rad) const {
  int nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int view = 0; view < views(); ++view) {
    double squared = 0;
    for (int k = 0; k < 3; ++k) {
      const double off = static_cast<double>(rotation_rad[k]) - centres_[view][k];
      squared += off * off;
    }
    if (squared < least) {
      least = squared;
      nearest = view;
    }
  }
  return nearest;
}

std::span<const std::uint8_t> PatchExperts::visible(int view) const {
  const auto n = static_cast<std::size_t>(landmarks_);
  return std::span(visible_).subspan(static_cast<std::size_t>(view) * n, n);
}

std::vector<std::unique_ptr<PatchExperts>> read_patch_experts(
    PatchExpertKind kind, const std::vector<std::filesystem::path>& files,
    const PackedCache& cache) {
  std::vector<std::unique_ptr<PatchExperts>> scales;
  switch (kind) {
    case PatchExpertKind::svr:
      scales = read_svr_experts(files);
      break;
    case PatchExpertKind::ccnf:
      scales = read_ccnf_experts(files);
      break;
    case PatchExpertKind::cen:
      scales = read_cen_experts(files, cache);
      break;
  }
  for (std::size_t i = 1; i < scales.size(); ++i)
    if (scales[i]->landmarks() != scales[0]->landmarks())
      throw Error(ErrorCode::model, files[i].string() + ": expected patch experts of " +
                                        std::to_string(scales[0]->landmarks()) +
                                        " landmarks as in " + files[0].string() + ", found " +
                                        std::to_string(scales[i]->landmarks()) +
                                        "; use the files of one model together");
  return scales;
}

}  // namespace auriga
