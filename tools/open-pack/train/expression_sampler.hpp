// Faces of made-up people: who they are, what their muscles do, how they are seen.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "head_model.hpp"
#include "random_stream.hpp"

namespace auriga::training {

inline constexpr std::array<std::string_view, 17> kUnits = {"01", "02", "04", "05", "06", "07",
                                                            "09", "10", "12", "14", "15", "17",
                                                            "20", "23", "25", "26", "45"};

// Index in kUnits.
constexpr int unit(std::string_view name) {
  for (int i = 0; i < static_cast<int>(kUnits.size()); ++i) {
    if (kUnits[static_cast<std::size_t>(i)] == name) {
      return i;
    }
  }
  return -1;
}

enum Side { kLeft, kRight };  // of the person

struct Expression {
  std::vector<float> shapes;  // activation of each expression shape of the head model
  // Intensities 0..5 per side. AU25 is 0 here: it is told from the gap between the lips.
  std::array<std::array<float, kUnits.size()>, 2> units{};
};

class ExpressionSampler {
 public:
  // `head` must outlive the sampler.
  explicit ExpressionSampler(const HeadModel& head);

  Expression neutral() const;
  // Few to many units at once, each of any strength, some stronger on one side; besides what talks,
  // looks around and has no unit of its own. Throws Error(model) when the head lacks a shape.
  Expression sample(RandomStream& random) const;

 private:
  const HeadModel& head_;
};

}  // namespace auriga::training
