#include "tracking/scene_cuts.hpp"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracking/fake_scenery.hpp"

namespace auriga {
namespace {

using test::Scenery;
using testing::ElementsAre;
using testing::IsEmpty;

using PictureOf = std::function<Image(int frame)>;

std::vector<std::int64_t> cuts_in(int frames, const PictureOf& picture) {
  SceneCuts cuts;
  for (int i = 0; i < frames; ++i) cuts.add(picture(i), i, i / 30.0);
  cuts.finish();
  std::vector<std::int64_t> found;
  for (const SceneCut& cut : cuts.cuts()) {
    EXPECT_EQ(cut.timestamp_s, static_cast<double>(cut.frame) / 30);
    found.push_back(cut.frame);
  }
  EXPECT_EQ(cuts.count(), static_cast<std::int64_t>(found.size()));
  return found;
}

const Scenery kA(1), kB(2), kC(3);
const Scenery& one_of(int i) { return i == 0 ? kA : i == 1 ? kB : kC; }

// The scene shakes a little all along, as a hand-held camera does.
TEST(SceneCuts, AreFoundWhereTheSceneChanges) {
  const auto shot = [](int i) {
    return one_of(i / 20 % 3).picture(0.4 * std::sin(i), 0.4 * std::cos(2 * i));
  };
  EXPECT_THAT(cuts_in(100, shot), ElementsAre(20, 40, 60, 80));
  EXPECT_THAT(cuts_in(21, shot), ElementsAre(20)) << "in the last frame";
}

TEST(SceneCuts, AreFoundInSmallChangesOfAPictureThatStandsStill) {
  const auto slides = [](int i) {
    Image picture = kA.picture();
    if (i / 10 % 2 == 1) test::cover(picture, 60, 20, 60, 60, 128);
    return picture;
  };
  EXPECT_THAT(cuts_in(30, slides), ElementsAre(10, 20));
}

TEST(SceneCuts, AreNotFoundInWhatOnlyLooksLikeThem) {
  const std::vector<std::pair<std::string, PictureOf>> none = {
      {"nothing", [](int) { return kA.picture(); }},
      {"flash",
       [](int i) {
         return i == 20 || i == 21 ? kA.picture(0, 0, 0.6, 140) : kA.picture(0.1 * (i % 2));
       }},
      {"blinding flash", [](int i) { return kA.picture(0.1 * (i % 2), 0, 1, i == 20 ? 180 : 0); }},
      {"darker and lighter",
       [](int i) { return kA.picture(0, 0, 0.6 + 0.4 * std::cos(i * 0.15)); }},
      {"a lamp", [](int i) { return kA.picture(0.1 * (i % 2), 0, i < 30 ? 0.75 : 1.0); }},
      {"fade out and in",
       [](int i) { return kA.picture(0, 0, std::min(1.0, std::abs(i - 30) / 20.0)); }},
      {"dissolve",
       [](int i) {
         const double share = std::clamp((i - 20) / 20.0, 0.0, 1.0);
         Image from = kA.picture();
         const Image to = kB.picture();
         for (std::size_t k = 0; k < from.size_bytes(); ++k)
           from.data()[k] = Scenery::level((1 - share) * from.data()[k] + share * to.data()[k]);
         return from;
       }},
      {"slow pan", [](int i) { return kA.picture(2.0 * i, 0.5 * i); }},
      {"fast pan", [](int i) { return kA.picture(9.0 * i, 0); }},
      {"pan that begins", [](int i) { return kA.picture(i < 20 ? 0 : 12.0 * (i - 20), 0); }},
      {"somebody walks by",
       [](int i) {
         Image picture = kA.picture(0.1 * (i % 2));
         test::cover(picture, 8 * i - 100, 10, 40, 110, 30);
         return picture;
       }},
      {"far apart in time",
       [](int i) { return kA.picture(37.0 * i * (i + 1), 23.0 * i * (i + 2)); }},
      {"a hand before the camera",
       [](int i) {
         Image picture = kA.picture(0.1 * (i % 2));
         if (i >= 20 && i < 23) test::cover(picture, 20, 10, 110, 100, 90);
         return picture;
       }},
  };
  for (const auto& [name, picture] : none) EXPECT_THAT(cuts_in(60, picture), IsEmpty()) << name;
}

TEST(SceneCuts, BlackFramesAreNoPicture) {
  const auto gap = [](int i) {
    return i >= 20 && i < 30 ? kA.picture(0, 0, 0) : kA.picture(0.1 * (i % 2));
  };
  EXPECT_THAT(cuts_in(60, gap), IsEmpty());
  const auto between = [](int i) {
    return i >= 20 && i < 30 ? kA.picture(0, 0, 0) : one_of(i / 30).picture(0.1 * (i % 2));
  };
  EXPECT_THAT(cuts_in(60, between), ElementsAre(30));
}

TEST(SceneCuts, TellAtOnceWhatMayBeOne) {
  SceneCuts cuts;
  const auto add = [&](const Image& picture, int i) { return cuts.add(picture, i, 0); };
  EXPECT_FALSE(add(kA.picture(), 0).still);
  EXPECT_TRUE(add(kA.picture(), 1).still);
  EXPECT_FALSE(add(kA.picture(1, 1), 2).cut);
  const SceneCuts::Change change = add(kB.picture(), 3);
  EXPECT_TRUE(change.cut);
  EXPECT_TRUE(change.moved);
  EXPECT_THAT(cuts.cuts(), IsEmpty()) << "it may be a flash";
  EXPECT_FALSE(cuts.add({}, 4, 0).cut);
}

TEST(SceneCuts, SizeDoesNotMatter) {
  const auto grows = [](int i) {
    const Image large = Scenery(1).picture(0.1 * (i % 2));
    if (i < 20) return kA.picture(0.1 * (i % 2));
    Image twice(2 * large.width(), 2 * large.height(), 3);
    for (int y = 0; y < twice.height(); ++y)
      for (int x = 0; x < twice.width(); ++x)
        std::copy_n(large.row(y / 2) + x / 2 * 3, 3, twice.row(y) + 3 * x);
    return twice;
  };
  EXPECT_THAT(cuts_in(40, grows), IsEmpty());
}

}  // namespace
}  // namespace auriga
