#include "expression_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace auriga::training {
namespace {

// Units that are one expression shape.
struct Direct {
  std::string_view unit;
  const char* shape;
  double gain;  // of the shape at full intensity
};
constexpr std::array kDirect = {
    Direct{"01", "browInnerUp", 1}, Direct{"02", "browOuterUp", 1},
    Direct{"04", "browDown", 1},    Direct{"05", "eyeWide", 1},
    Direct{"06", "cheekSquint", 1}, Direct{"07", "eyeSquint", 1},
    Direct{"09", "noseSneer", 1},   Direct{"10", "mouthUpperUp", 1},
    Direct{"12", "mouthSmile", .9}, Direct{"14", "mouthDimple", .9},
    Direct{"15", "mouthFrown", 1},  Direct{"20", "mouthStretch", .9},
    Direct{"23", "mouthPress", 1},
};
// Movements without a unit here, and how often they happen.
constexpr std::array<std::pair<const char*, double>, 10> kOthers = {{{"mouthPucker", .12},
                                                                     {"mouthFunnel", .10},
                                                                     {"jawForward", .05},
                                                                     {"jawLeft", .05},
                                                                     {"jawRight", .05},
                                                                     {"mouthLeft", .06},
                                                                     {"mouthRight", .06},
                                                                     {"mouthRollLower", .06},
                                                                     {"mouthRollUpper", .06},
                                                                     {"mouthShrugUpper", .05}}};
constexpr float kMostShape = 1.25f;

}  // namespace

ExpressionSampler::ExpressionSampler(const HeadModel& head) : head_(head) {}

Expression ExpressionSampler::neutral() const {
  Expression expression;
  expression.shapes.resize(head_.expression_names.size());
  return expression;
}

Expression ExpressionSampler::sample(RandomStream& random) const {
  Expression face = neutral();
  using Sides = std::array<double, 2>;
  const auto one = [&](const char* shape, double v) {
    face.shapes[static_cast<std::size_t>(head_.expression(shape))] += static_cast<float>(v);
  };
  const auto both = [&](const std::string& shape, const Sides& v) {
    one((shape + "_L").c_str(), v[kLeft]);
    one((shape + "_R").c_str(), v[kRight]);
  };
  // About the beta distribution of 1.3 and 1.6: all strengths, few at the ends.
  const auto strength = [&] {
    const double u = random.uniform();
    return std::clamp(
        .62 * u + .38 * (random.uniform() + random.uniform()) / 2 + .08 * (random.uniform() - .5),
        .02, 1.);
  };
  constexpr std::array kDensities = {.08, .2, .35};
  const double density = kDensities[static_cast<std::size_t>(random.below(3))];
  // Most faces are about even; some show an expression on one side more, or only there.
  const auto sides = [&](double v) {
    const double kind = random.uniform();
    if (kind < .45) {
      return Sides{v, v};
    }
    if (kind < .85) {
      const double tilt = .15 * random.normal();
      return Sides{v * std::clamp(1 + tilt, 0., 1.5), v * std::clamp(1 - tilt, 0., 1.5)};
    }
    const double less = random.uniform(0, .6);
    return random.chance(.5) ? Sides{v, v * less} : Sides{v * less, v};
  };

  std::array<Sides, kUnits.size()> units{};
  const auto at = [&](std::string_view name) -> Sides& {
    return units[static_cast<std::size_t>(unit(name))];
  };
  const auto on = [](const Sides& s) { return s[kLeft] + s[kRight] > 0; };
  const auto times = [](const Sides& s, double v) { return Sides{s[0] * v, s[1] * v}; };
  for (const Direct& direct : kDirect) {
    if (random.chance(density)) {
      at(direct.unit) = sides(strength());
      both(direct.shape, times(at(direct.unit), direct.gain));
    }
  }
  const auto raise = [&](std::string_view name, const Sides& to) {
    Sides& s = at(name);
    s = {std::max(s[0], to[0]), std::max(s[1], to[1])};
  };
  // What comes together in people: a smile lifts the cheeks, the inner brow takes the outer along.
  if (on(at("12")) && random.chance(.6)) {
    const Sides v = times(at("12"), random.uniform(.4, 1));
    raise("06", v);
    both("cheekSquint", times(v, .7));
  }
  if (on(at("01")) && random.chance(.5)) {
    const Sides v = times(at("01"), random.uniform(.5, 1));
    raise("02", v);
    both("browOuterUp", v);
  }
  if (on(at("06"))) {
    both("cheekRaiser", times(at("06"), random.uniform(0, .5)));
    both("eyeSquint", times(at("06"), .25));
  }
  if (on(at("23"))) {
    const double v = (at("23")[0] + at("23")[1]) / 2 * random.uniform(.1, .5);
    one("mouthRollLower", v);
    one("mouthRollUpper", v);
  }
  if (random.chance(density)) {
    const double v = strength();
    at("17") = {v, v};
    one("mouthShrugLower", v);
    one("mouthShrugUpper", v * random.uniform(0, .6));
  }
  double jaw = 0;
  if (random.chance(.35)) {
    const double v = strength() * (random.chance(.5) ? .25 : .7);
    at("26") = {v, v};
    jaw = v * .7;
    one("jawOpen", jaw);
  }
  if (random.chance(.2)) {
    both("mouthLowerDown", sides(strength()));
  }
  if (random.chance(.22)) {
    const double v = random.chance(.5) ? 1. : strength();
    at("45") = {v, v};
    both("eyeBlink", at("45"));
  }
  for (const auto& [shape, probability] : kOthers) {
    if (random.chance(probability)) {
      one(shape, strength() * .8);
    }
  }
  if (random.chance(.05)) {
    both("cheekPuff", sides(strength() * .6));
  }
  if (jaw > 0 && random.chance(.15)) {
    one("mouthClose", jaw * random.uniform());
  }
  const double vertical = random.uniform();
  if (vertical < .2) {
    const double v = strength();
    both("eyeLookDown", {v, v});
  } else if (vertical < .3) {
    const double v = strength();
    both("eyeLookUp", {v, v});
  }
  const double horizontal = random.uniform();
  if (horizontal < .4) {
    const bool left = horizontal < .2;
    const double v = strength();
    one(left ? "eyeLookOut_L" : "eyeLookOut_R", v);
    one(left ? "eyeLookIn_R" : "eyeLookIn_L", v);
  }

  for (float& shape : face.shapes) {
    shape = std::min(shape, kMostShape);
  }
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    for (const Side side : {kLeft, kRight}) {
      face.units[side][i] = static_cast<float>(5 * std::min(units[i][side], 1.));
    }
  }
  return face;
}

}  // namespace auriga::training
