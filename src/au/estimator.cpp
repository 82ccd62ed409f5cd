#include "au/estimator.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "auriga/error.hpp"

namespace auriga {
namespace {

// Every frame by itself, as a still picture.
class UncalibratedPerson : public AuPerson {
 public:
  UncalibratedPerson(const AuEstimator& estimator, bool final_values)
      : estimator_(estimator), final_values_(final_values) {
    const UnitNames units = estimator.units();
    intensities_ = units.intensities.size();
    latest_.resize(intensities_ + units.presences.size());
  }

  void add(const AuEvidence& evidence, int i) override {
    if (evidence.ok(i))
      estimator_.still(evidence, i, std::span(latest_).first(intensities_),
                       std::span(latest_).subspan(intensities_));
    else
      std::fill(latest_.begin(), latest_.end(), 0.0);
    if (!final_values_) return;
    const auto at = static_cast<std::size_t>(frames_ % kChunkFrames);
    if (at == 0) chunks_.emplace_back(kChunkFrames * latest_.size());
    std::copy(latest_.begin(), latest_.end(),
              chunks_.back().begin() + static_cast<std::ptrdiff_t>(at * latest_.size()));
    ++frames_;
  }
  void now(std::span<double> intensities, std::span<double> presences) const override {
    copy(latest_, intensities, presences);
  }
  void finish() override {}
  std::int64_t rows() const override { return frames_; }
  void row(std::int64_t i, std::span<double> intensities,
           std::span<double> presences) const override {
    assert(i >= 0 && i < frames_);
    copy(std::span(chunks_[static_cast<std::size_t>(i / kChunkFrames)])
             .subspan(static_cast<std::size_t>(i % kChunkFrames) * latest_.size(), latest_.size()),
         intensities, presences);
  }
  Calibration calibration() const override {
    throw Error(ErrorCode::usage,
                "nothing is learnt of a person whose frames are judged one by one; leave the "
                "calibration on");
  }

 private:
  static constexpr std::int64_t kChunkFrames = 1024;

  void copy(std::span<const double> values, std::span<double> intensities,
            std::span<double> presences) const {
    assert(intensities.size() == intensities_ && presences.size() == latest_.size() - intensities_);
    std::copy_n(values.begin(), intensities_, intensities.begin());
    std::copy(values.begin() + static_cast<std::ptrdiff_t>(intensities_), values.end(),
              presences.begin());
  }

  const AuEstimator& estimator_;
  bool final_values_;
  std::size_t intensities_;
  std::vector<double> latest_;               // intensities, presences
  std::vector<std::vector<double>> chunks_;  // the same, frame by frame
  std::int64_t frames_ = 0;
};

}  // namespace

std::unique_ptr<AuPerson> AuEstimator::person(const AuPersonOptions& options) const {
  if (!options.calibrate) return std::make_unique<UncalibratedPerson>(*this, options.final_values);
  if (options.begin_with) check(*options.begin_with);
  return learning_person(options);
}

}  // namespace auriga
