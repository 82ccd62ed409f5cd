#include "detect/blazeface_boxes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/allocations.hpp"

namespace auriga {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

FaceBox box(float x, float y, float w, float h, float score = 0.5f) {
  FaceBox face;
  face.x = x;
  face.y = y;
  face.w = w;
  face.h = h;
  face.score = score;
  return face;
}

std::vector<float> numbers(const FaceBox& face) {
  std::vector<float> all{face.score, face.x, face.y, face.w, face.h};
  for (const Point2& point : face.points) all.insert(all.end(), {point.x, point.y});
  return all;
}

// The outputs of a network that sees nothing.
struct Outputs {
  explicit Outputs(const BlazeFaceAnchors& anchors)
      : boxes(static_cast<std::size_t>(anchors.count()) * 16),
        scores(static_cast<std::size_t>(anchors.count()), -100.0f) {}
  float* box(std::size_t anchor) { return boxes.data() + 16 * anchor; }
  std::vector<float> boxes, scores;
};

std::vector<FaceBox> decoded(const BlazeFaceAnchors& anchors, const Outputs& outputs,
                             const Letterbox& place, float threshold = 0.5f) {
  std::vector<FaceBox> faces;
  decode(anchors, outputs.boxes, outputs.scores, place, threshold, faces);
  return faces;
}

// MediaPipe's way: a list of anchors of all strides, shares of the input; the black border is cut
// off after that.
std::vector<Point2> listed_anchors(int input, const std::vector<int>& strides, int per_stride) {
  std::vector<Point2> anchors;
  for (std::size_t i = 0; i < strides.size();) {
    std::size_t next = i;
    while (next < strides.size() && strides[next] == strides[i]) ++next;
    const int cells = input / strides[i];
    for (int y = 0; y < cells; ++y) {
      for (int x = 0; x < cells; ++x) {
        for (std::size_t k = 0; k < (next - i) * static_cast<std::size_t>(per_stride); ++k) {
          anchors.push_back({(static_cast<float>(x) + 0.5f) / static_cast<float>(cells),
                             (static_cast<float>(y) + 0.5f) / static_cast<float>(cells)});
        }
      }
    }
    i = next;
  }
  return anchors;
}

TEST(BlazeFaceBoxes, AreAsManyAsTheNetworksGive) {
  EXPECT_EQ(BlazeFaceAnchors::short_range().count(), 896);
  EXPECT_EQ(BlazeFaceAnchors::full_range().count(), 2304);
}

TEST(BlazeFaceBoxes, AreThoseOfTheListedAnchors) {
  struct Case {
    BlazeFaceAnchors anchors;
    std::vector<Point2> listed;
    int width, height;
  };
  const std::vector<Point2> near = listed_anchors(128, {8, 16, 16, 16}, 2),
                            far = listed_anchors(192, {4}, 1);
  unsigned seed = 0;
  for (const auto& [anchors, listed, width, height] :
       {Case{BlazeFaceAnchors::short_range(), near, 640, 480},
        Case{BlazeFaceAnchors::short_range(), near, 31, 100},
        Case{BlazeFaceAnchors::full_range(), far, 480, 480},
        Case{BlazeFaceAnchors::full_range(), far, 1, 1},
        Case{BlazeFaceAnchors::full_range(), far, 4000, 3}}) {
    SCOPED_TRACE(testing::Message() << anchors.input << ": " << width << "x" << height);
    std::mt19937 random(++seed);
    std::uniform_real_distribution<float> number(-40, 60), odds(-3, 3);
    Outputs outputs(anchors);
    std::generate(outputs.boxes.begin(), outputs.boxes.end(), [&] { return number(random); });
    std::generate(outputs.scores.begin(), outputs.scores.end(), [&] { return odds(random); });
    const int side = std::max(width, height);
    const std::vector<FaceBox> found =
        decoded(anchors, outputs, Letterbox(width, height, side, anchors.input), 0.6f);

    ASSERT_EQ(listed.size(), outputs.scores.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < listed.size(); ++i) {
      const float* raw = outputs.box(i);
      const double score = 1 / (1 + std::exp(-outputs.scores[i]));
      if (score <= 0.6 || raw[2] <= 0 || raw[3] <= 0) continue;
      ASSERT_LT(count, found.size());
      const FaceBox& face = found[count++];
      // From a share of the input to px of the picture.
      const auto across = [&](double share) { return share * side - (side - width) / 2.0 - 0.5; };
      const auto down = [&](double share) { return share * side - (side - height) / 2.0 - 0.5; };
      // Shares of a side of `side` px in float.
      const double tolerance = 1e-6 * side + 1e-5;
      const double cx = listed[i].x + raw[0] / anchors.input,
                   cy = listed[i].y + raw[1] / anchors.input;
      EXPECT_NEAR(face.x + face.w / 2, across(cx), tolerance);
      EXPECT_NEAR(face.y + face.h / 2, down(cy), tolerance);
      EXPECT_NEAR(face.w, raw[2] / anchors.input * side, tolerance);
      EXPECT_NEAR(face.h, raw[3] / anchors.input * side, tolerance);
      EXPECT_NEAR(face.score, score, 1e-6);
      for (std::size_t p = 0; p < 5; ++p) {
        const float* point = raw + 4 + 2 * std::min<std::size_t>(p, 3);  // the mouth twice
        EXPECT_NEAR(face.points[p].x, across(listed[i].x + point[0] / anchors.input), tolerance);
        EXPECT_NEAR(face.points[p].y, down(listed[i].y + point[1] / anchors.input), tolerance);
      }
    }
    EXPECT_EQ(count, found.size());
    EXPECT_GT(count, 50u);
  }
}

TEST(BlazeFaceBoxes, AreAddedToThoseThatAreThere) {
  const BlazeFaceAnchors anchors = BlazeFaceAnchors::full_range();
  Outputs outputs(anchors);
  outputs.scores[7] = 1;
  outputs.box(7)[2] = outputs.box(7)[3] = 10;
  std::vector<FaceBox> faces{box(1, 2, 3, 4)};
  decode(anchors, outputs.boxes, outputs.scores, Letterbox(192, 192, 192, 192), 0.5f, faces);
  ASSERT_EQ(faces.size(), 2u);
  EXPECT_EQ(faces[0].w, 3);
  EXPECT_EQ(faces[1].w, 10);
}

TEST(BlazeFaceBoxes, AreAboveTheThreshold) {
  const BlazeFaceAnchors anchors = BlazeFaceAnchors::short_range();
  Outputs outputs(anchors);
  for (std::size_t i = 0; i < outputs.scores.size(); ++i)
    outputs.box(i)[2] = outputs.box(i)[3] = 10;
  outputs.scores[3] = 0;  // 0.5
  outputs.scores[4] = 1e-5f;
  outputs.scores[5] = 100;  // 1
  outputs.scores[6] = kNan;
  outputs.scores[7] = -kInfinity;
  outputs.scores[8] = kInfinity;
  outputs.scores[9] = -200;
  const Letterbox place(128, 128, 128, 128);
  const auto count = [&](float threshold) {
    return decoded(anchors, outputs, place, threshold).size();
  };
  EXPECT_EQ(count(0.5f), 3u);
  EXPECT_EQ(count(0.4999f), 4u);
  EXPECT_EQ(count(0.51f), 2u);
  EXPECT_EQ(count(1.0f), 0u);
  EXPECT_EQ(count(1.5f), 0u);
  EXPECT_EQ(count(kNan), 0u);
  // exp(-100) is a small float, exp(-200) and exp(-infinity) are 0, which no mean can weigh.
  EXPECT_EQ(count(0.0f), outputs.scores.size() - 3);
  EXPECT_EQ(count(-1.0f), outputs.scores.size() - 3);
}

TEST(BlazeFaceBoxes, ThatAreNoneAreDropped) {
  const BlazeFaceAnchors anchors = BlazeFaceAnchors::short_range();
  const Letterbox place(640, 480, 640, 128);
  Outputs good(anchors);
  good.scores[100] = 2;
  for (std::size_t i = 0; i < 16; ++i) good.box(100)[i] = 10;
  ASSERT_EQ(decoded(anchors, good, place).size(), 1u);
  for (std::size_t i = 0; i < 16; ++i) {
    for (const float bad : {kNan, kInfinity, -kInfinity, std::numeric_limits<float>::max()}) {
      Outputs outputs = good;
      outputs.box(100)[i] = bad;
      const bool is_ear = i >= 12;
      EXPECT_EQ(decoded(anchors, outputs, place).size(), is_ear ? 1u : 0u) << i << ": " << bad;
    }
  }
  for (const std::size_t i : {2u, 3u}) {
    for (const float bad : {0.0f, -0.0f, -5.0f}) {
      Outputs outputs = good;
      outputs.box(100)[i] = bad;
      EXPECT_EQ(decoded(anchors, outputs, place).size(), 0u) << i << ": " << bad;
    }
  }
}

TEST(BlazeFaceBoxes, OverlapIsAShareOfTheUnionOrOfTheSmaller) {
  EXPECT_FLOAT_EQ(intersection_over_union(box(0, 0, 10, 10), box(5, 0, 10, 10)), 1 / 3.0f);
  EXPECT_FLOAT_EQ(intersection_over_smaller(box(0, 0, 10, 10), box(5, 0, 10, 10)), 0.5f);
  EXPECT_FLOAT_EQ(intersection_over_union(box(0, 0, 10, 10), box(2, 2, 5, 5)), 0.25f);
  EXPECT_FLOAT_EQ(intersection_over_smaller(box(0, 0, 10, 10), box(2, 2, 5, 5)), 1);
  // Side by side, corner at corner, apart along one axis only.
  for (const FaceBox& apart : {box(10, 0, 10, 10), box(10, 10, 5, 5), box(0, 11, 10, 10),
                               box(-30, 0, 10, 10), box(2, 2, 0, 5), box(8, 8, -5, -5)}) {
    EXPECT_EQ(intersection_over_union(box(0, 0, 10, 10), apart), 0);
    EXPECT_EQ(intersection_over_smaller(box(0, 0, 10, 10), apart), 0);
    EXPECT_EQ(intersection_over_smaller(apart, box(0, 0, 10, 10)), 0);
  }
}

std::vector<FaceBox> random_boxes(unsigned seed, int count) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(-20, 120), side(5, 60), score(0.1f, 1);
  std::vector<FaceBox> boxes;
  for (int i = 0; i < count; ++i) {
    FaceBox face = box(place(random), place(random), side(random), side(random), score(random));
    for (Point2& point : face.points) point = {place(random), place(random)};
    boxes.push_back(face);
  }
  return boxes;
}

TEST(BlazeFaceBoxes, OverlapIsTheSameBothWaysAndAShare) {
  const std::vector<FaceBox> boxes = random_boxes(5, 40);
  for (const FaceBox& a : boxes) {
    EXPECT_NEAR(intersection_over_union(a, a), 1, 1e-5);  // x + w - x is not w in float
    for (const FaceBox& b : boxes) {
      const float of_union = intersection_over_union(a, b),
                  of_smaller = intersection_over_smaller(a, b);
      EXPECT_EQ(of_union, intersection_over_union(b, a));
      EXPECT_EQ(of_smaller, intersection_over_smaller(b, a));
      EXPECT_GE(of_union, 0);
      EXPECT_LE(of_union, of_smaller * 1.0001f);
      EXPECT_LE(of_smaller, 1.0001f);
    }
  }
}

std::vector<FaceBox> merged(std::vector<FaceBox> faces, float max_overlap) {
  std::vector<FaceBox> scratch{box(7, 7, 7, 7)};
  merge_overlapping(faces, max_overlap, scratch);
  return faces;
}

// All boxes of a group are marked, then averaged.
std::vector<FaceBox> plainly_merged(std::vector<FaceBox> faces, float max_overlap) {
  std::stable_sort(faces.begin(), faces.end(),
                   [](const FaceBox& a, const FaceBox& b) { return a.score > b.score; });
  std::vector<bool> used(faces.size());
  std::vector<FaceBox> result;
  for (std::size_t best = 0; best < faces.size(); ++best) {
    if (used[best]) continue;
    std::vector<double> sums(numbers(faces[best]).size());
    double weights = 0;
    for (std::size_t i = best; i < faces.size(); ++i) {
      if (used[i] || (i != best && intersection_over_union(faces[best], faces[i]) <= max_overlap))
        continue;
      used[i] = true;
      weights += faces[i].score;
      for (std::size_t k = 0; k < sums.size(); ++k)
        sums[k] += static_cast<double>(faces[i].score) * numbers(faces[i])[k];
    }
    const auto mean = [&](std::size_t k) { return static_cast<float>(sums[k] / weights); };
    FaceBox face = box(mean(1), mean(2), mean(3), mean(4), faces[best].score);
    for (std::size_t p = 0; p < 5; ++p) face.points[p] = {mean(5 + 2 * p), mean(6 + 2 * p)};
    result.push_back(face);
  }
  return result;
}

TEST(BlazeFaceBoxes, MergeAsThePlainVersionInAnyOrder) {
  for (const int count : {0, 1, 2, 3, 13, 63, 200}) {
    for (const float max_overlap : {0.0f, 0.3f, 0.7f, 1.0f}) {
      std::vector<FaceBox> faces = random_boxes(static_cast<unsigned>(count), count);
      const std::vector<FaceBox> expected = plainly_merged(faces, max_overlap),
                                 found = merged(faces, max_overlap);
      ASSERT_EQ(found.size(), expected.size()) << count;
      for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_THAT(numbers(found[i]),
                    testing::Pointwise(testing::FloatNear(1e-4f), numbers(expected[i])));
      EXPECT_TRUE(std::is_sorted(found.begin(), found.end(),
                                 [](const auto& a, const auto& b) { return a.score > b.score; }));
      // No two scores are equal, so the order says nothing.
      std::shuffle(faces.begin(), faces.end(), std::mt19937(3));
      const std::vector<FaceBox> shuffled = merged(faces, max_overlap);
      ASSERT_EQ(shuffled.size(), found.size());
      for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_EQ(numbers(shuffled[i]), numbers(found[i]));
    }
  }
}

TEST(BlazeFaceBoxes, MergeWithTheBestOnly) {
  // A chain: each overlaps its neighbours by 7 / 13, so the last one is no part of the first.
  const std::vector<FaceBox> faces =
      merged({box(0, 0, 10, 10, 0.9f), box(3, 0, 10, 10, 0.3f), box(6, 0, 10, 10, 0.8f)}, 0.5f);
  ASSERT_EQ(faces.size(), 2u);
  EXPECT_FLOAT_EQ(faces[0].x, 3 * 0.3f / 1.2f);
  EXPECT_EQ(faces[0].score, 0.9f);
  EXPECT_EQ(faces[1].x, 6);
}

TEST(BlazeFaceBoxes, OfEqualScoresTheFirstIsTheBetter) {
  const std::vector<FaceBox> faces =
      merged({box(0, 0, 10, 10), box(3, 0, 10, 10), box(6, 0, 10, 10), box(99, 0, 9, 9)}, 0.5f);
  ASSERT_EQ(faces.size(), 3u);
  EXPECT_EQ(faces[0].x, 1.5f);
  EXPECT_EQ(faces[1].x, 6);
  EXPECT_EQ(faces[2].x, 99);
}

TEST(BlazeFaceBoxes, AnOverlapOfTheThresholdIsKept) {
  EXPECT_EQ(merged({box(0, 0, 10, 1), box(0, 0, 5, 1)}, 0.5f).size(), 2u);
  EXPECT_EQ(merged({box(0, 0, 10, 1), box(0, 0, 6, 1)}, 0.5f).size(), 1u);
}

TEST(BlazeFaceBoxes, AreFoundWithoutAllocatingOnceThereWereSome) {
  const BlazeFaceAnchors anchors = BlazeFaceAnchors::short_range();
  Outputs outputs(anchors);
  for (std::size_t i = 0; i < 60; ++i) {
    outputs.scores[10 * i] = 1;
    outputs.box(10 * i)[2] = outputs.box(10 * i)[3] = 20;
  }
  std::vector<FaceBox> faces, scratch;
  long before = test::allocations();
  const auto find = [&] {
    faces.clear();
    decode(anchors, outputs.boxes, outputs.scores, Letterbox(128, 128, 128, 128), 0.5f, faces);
    merge_overlapping(faces, 0.3f, scratch);
  };
  find();
  find();
  EXPECT_GT(test::allocations(), before) << "the count does not work";
  before = test::allocations();
  find();
  EXPECT_EQ(test::allocations(), before);
  EXPECT_GT(faces.size(), 5u);
}

}  // namespace
}  // namespace auriga
