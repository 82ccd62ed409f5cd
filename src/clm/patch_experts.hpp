// Patch experts: for every landmark, how much each place around it looks like that landmark (spec
// clnf.md sections 2, 3).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "auriga/image.hpp"

#include "clm/packed_cache.hpp"
#include "shape/rotation.hpp"

namespace auriga {

enum class PatchExpertKind { svr, ccnf, cen };  // CLM, CLNF, CE-CLM

// Side of the square patch that an expert looks at, px.
inline constexpr int kPatchSize = 11;
// Largest side of a response map. The largest in use is 15.
inline constexpr int kMostWindow = 31;

// Where to look. Response pixel (0, 0)-relative offsets (u, v) lie at landmark + [[a, -b], [b, a]]
// (u, v) in the picture.
struct SearchAreas {
  ImageView grey;                    // 8 bits, 1 channel; black beyond its border
  std::span<const float> landmarks;  // n x, then n y, px
  float a = 1, b = 0;                // similarity from the experts' frame to the picture, px per px
};

// Scratch memory of respond(), kept from call to call. One per thread.
class PatchWorkspace {
 public:
  PatchWorkspace();
  ~PatchWorkspace();
  PatchWorkspace(PatchWorkspace&&) noexcept;
  PatchWorkspace& operator=(PatchWorkspace&&) noexcept;
  struct Lane;
  struct Buffers;
  Buffers& buffers() { return *buffers_; }

 private:
  std::unique_ptr<Buffers> buffers_;
};

// The experts of one scale, for all views of the head and all n landmarks. Immutable to the eye:
// what is computed on first use (and kept) is guarded, so any number of threads may share one.
class PatchExperts {
 public:
  virtual ~PatchExperts() = default;

  PatchExpertKind kind() const { return kind_; }
  double training_scale() const { return training_scale_; }  // px per mm of the shape model
  int landmarks() const { return landmarks_; }
  int views() const { return static_cast<int>(centres_.size()); }

  // The view whose centre is nearest to the angles; of equally near ones the first.
  int nearest_view(const EulerAngles& rotation_rad) const;

  // n flags, 1 = the landmark is seen from this view.
  std::span<const std::uint8_t> visible(int view) const;
  // Of the expert; SVR: sum over its modalities.
  virtual double confidence(int view, int landmark) const = 0;

  // Response maps of the visible landmarks: n blocks of window x window values, row-major (row =
  // y). Blocks of invisible landmarks are not written. `window`: odd, 1..kMostWindow. CEN experts
  // share the work among the threads of the caller's arena (base/parallel.hpp). Throws Error(model)
  // when something that is made on first use cannot be made.
  virtual void respond(int view, int window, const SearchAreas& areas, std::span<float> responses,
                       PatchWorkspace& workspace) const = 0;

 protected:
  PatchExpertKind kind_{};
  double training_scale_ = 0;
  int landmarks_ = 0;
  std::vector<std::array<double, 3>> centres_;  // rad
  std::vector<std::uint8_t> visible_;           // views x n
};

// Reads the files of a detector, in their order, which is that of the scales. What belongs to the
// whole detector is taken from the last file, as in the reference: the edge components of CCNF, the
// mirror tables of CEN. Throws Error(model): missing, truncated, of other structure than described
// in the spec, not finite, or scales that do not agree in the number of landmarks. `cache`: where
// CEN experts are kept packed.
std::vector<std::unique_ptr<PatchExperts>> read_patch_experts(
    PatchExpertKind kind, const std::vector<std::filesystem::path>& files,
    const PackedCache& cache = {});

}  // namespace auriga
