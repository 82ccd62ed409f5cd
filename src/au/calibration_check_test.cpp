#include "au/calibration_check.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

namespace auriga {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Calibration learnt() {
  Calibration calibration;
  calibration.estimator = "open-0.2";
  calibration.landmarker = "mesh";
  calibration.models = "0123456789abcdef0123";
  return calibration;
}

TEST(Mismatch, IsNoneForWhatItWasLearntWith) {
  EXPECT_EQ(mismatch(learnt(), {"open-0.2", "mesh", "0123456789abcdef0123"}, "baseline.json"), "");
}

TEST(Mismatch, NamesWhatDiffers) {
  EXPECT_EQ(mismatch(learnt(), {"openface-2.2", "clnf", "0123456789abcdef0123"}, "baseline.json"),
            "baseline.json was learnt with open-0.2 on mesh, this run uses openface-2.2 on clnf; "
            "use what it was learnt with, or learn the person again");
  EXPECT_THAT(mismatch(learnt(), {"open-0.2", "pfld", "0123456789abcdef0123"}, "b"),
              HasSubstr("open-0.2 on mesh, this run uses open-0.2 on pfld"));
  EXPECT_THAT(mismatch(learnt(), {"open-0.3", "mesh", "0123456789abcdef0123"}, "b"),
              HasSubstr("open-0.2 on mesh, this run uses open-0.3 on mesh"));
  EXPECT_THAT(mismatch(learnt(), {"open-0.2", "mesh", "0123456789abFdef0123"}, "b"),
              AllOf(HasSubstr("other model files of open-0.2"), HasSubstr("0123456789ab..."),
                    Not(HasSubstr("cdef"))));
  EXPECT_THAT(mismatch({}, {"open-0.2", "mesh", ""}, "b"),
              HasSubstr("with (not named) on (not named)"));
}

std::string message(const auto& check) {
  try {
    check();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::usage);
    return e.what();
  }
  return "";
}

TEST(RequireNumbers, NamesTheFirstThatIsNone) {
  EXPECT_EQ(message([] { require_numbers("geometry", {1, -2}, 2); }), "");
  EXPECT_THAT(message([] {
                require_numbers("geometry", {1, -2}, 3);
              }),
              HasSubstr("expected 3 values of geometry, found 2"));
  EXPECT_THAT(message([] {
                require_numbers("geometry", {1, std::nan("")}, 2);
              }),
              AllOf(HasSubstr("expected geometry[1] to be a number"), HasSubstr("nan")));
  EXPECT_THAT(message([] { require_numbers("geometry", {INFINITY}, 1); }), HasSubstr("found inf"));
}

TEST(RequireNamedNumbers, NamesWhatIsMissingUnknownOrInDisorder) {
  const std::vector<std::string> needed = {"a", "c"}, known = {"a", "b", "c"};
  const auto check = [&](const std::vector<std::pair<std::string, double>>& values) {
    return message([&] { require_named_numbers("features", values, needed, known); });
  };
  EXPECT_EQ(check({{"a", 1}, {"c", 2}}), "");
  EXPECT_EQ(check({{"a", 1}, {"b", 0}, {"c", 2}}), "");
  EXPECT_THAT(check({{"a", 1}, {"b", 2}}), HasSubstr("expected features with 'c'"));
  EXPECT_THAT(check({}), HasSubstr("expected features with 'a'"));
  EXPECT_THAT(check({{"a", 1}, {"c", 2}, {"d", 3}}), HasSubstr("found 'd'"));
  EXPECT_THAT(check({{"c", 1}, {"a", 2}}), HasSubstr("found 'a' after 'c'"));
  EXPECT_THAT(check({{"a", 1}, {"a", 2}, {"c", 2}}), HasSubstr("found 'a' after 'a'"));
  EXPECT_THAT(check({{"a", 1}, {"c", std::nan("")}}), HasSubstr("features 'c' to be a number"));
}

}  // namespace
}  // namespace auriga
