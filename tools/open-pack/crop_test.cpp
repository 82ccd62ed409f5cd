#include "crop.hpp"

#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tiny_tflite_test.hpp"

namespace auriga::open_pack {
namespace {

using test::raw;
using test::Table;
using test::TinyTflite;
using testing::ElementsAre;
using Shape = std::vector<std::int64_t>;

class CropTest : public testing::Test {
 protected:
  // The second row of a tensor of three rows and four columns.
  int second_row(int from, const Table& options = Table().scalar(0, 0)) {
    const int to = network_.tensor("row", {1, 1, 1, 4});
    const int begin = network_.tensor("b", {4}, raw<std::int32_t>({0, 0, 1, 0}), 2);
    const int end = network_.tensor("e", {4}, raw<std::int32_t>({1, 1, 2, 4}), 2);
    const int step = network_.tensor("s", {4}, raw<std::int32_t>({1, 1, 1, 1}), 2);
    network_.add(45, {from, begin, end, step}, {to}, options);
    return to;
  }
  CroppedNetwork crop(int output) {
    bytes_ = network_.model({0}, {output});
    read_ = read_tflite("tiny.tflite", bytes_);
    return without_unused_parts(read_, {0, output});
  }
  static std::vector<std::int32_t> codes(const TfliteNetwork& network) {
    std::vector<std::int32_t> found;
    for (const TfliteOperator& made : network.operators) found.push_back(made.code);
    return found;
  }
  static Shape shape(const TfliteNetwork& network, int tensor) {
    return network.tensors[static_cast<std::size_t>(tensor)].shape;
  }

  TinyTflite network_;
  std::string bytes_;
  TfliteNetwork read_;
};

// The slice moves before the function; the input stays whole.
TEST_F(CropTest, CalculatesOnlyThePartThatIsTaken) {
  const int x = network_.tensor("x", {1, 1, 3, 4}), y = network_.tensor("y", {1, 1, 3, 4});
  network_.add(19, {x}, {y});
  const int row = second_row(y);
  const int z = network_.tensor("z", {1, 1, 1, 4});
  network_.add(14, {row}, {z});
  const CroppedNetwork cropped = crop(z);
  EXPECT_THAT(codes(cropped.network), ElementsAre(kStridedSlice, kRelu, kLogistic));
  EXPECT_EQ(shape(cropped.network, x), (Shape{1, 1, 3, 4}));
  EXPECT_EQ(shape(cropped.network, y), (Shape{1, 1, 1, 4}));
  EXPECT_EQ(cropped.network.operators[2].inputs[0], y);
  const TfliteOperator& slice = cropped.network.operators[0];
  std::int32_t begin[4];
  std::memcpy(begin, cropped.network.tensors[static_cast<std::size_t>(slice.inputs[1])].data.data(),
              sizeof(begin));
  EXPECT_THAT(begin, ElementsAre(0, 0, 1, 0));
}

// Of filters those go of whose channels none is taken.
TEST_F(CropTest, LeavesOutFilters) {
  const int x = network_.tensor("x", {1, 1, 4, 2}), y = network_.tensor("y", {1, 1, 4, 3}),
            t = network_.tensor("t", {1, 1, 3, 4});
  const int w = network_.half_constant({3, 1, 1, 2}, {1, 2, 3, 4, 5, 6});
  const int b = network_.tensor("b", {3}, raw<float>({7, 8, 9}));
  const int order = network_.tensor("axes", {4}, raw<std::int32_t>({0, 1, 3, 2}), 2);
  network_.add(3, {x, w, b}, {y}, Table().scalar(1, 1).scalar(2, 1));
  network_.add(39, {y, order}, {t});
  const CroppedNetwork cropped = crop(second_row(t));
  EXPECT_THAT(codes(cropped.network), ElementsAre(kDequantize, kConv2d, kTranspose));
  EXPECT_EQ(shape(cropped.network, y), (Shape{1, 1, 4, 1}));
  EXPECT_EQ(shape(cropped.network, t), (Shape{1, 1, 1, 4}));
  const std::vector<int>& operands = cropped.network.operators[1].inputs;
  const TfliteTensor &filters = cropped.network.tensors[static_cast<std::size_t>(operands[1])],
                     &offset = cropped.network.tensors[static_cast<std::size_t>(operands[2])];
  EXPECT_EQ(filters.shape, (Shape{1, 1, 1, 2}));
  EXPECT_THAT(widened(filters), ElementsAre(3, 4));
  EXPECT_EQ(offset.shape, (Shape{1}));
  EXPECT_THAT(widened(offset), ElementsAre(8));
}

// Each user of a tensor gets its part of what all of them need.
TEST_F(CropTest, KeepsWhatOthersNeed) {
  const int x = network_.tensor("x", {1, 1, 3, 4}), y = network_.tensor("y", {1, 1, 3, 4}),
            m = network_.tensor("m", {1, 1, 1, 4}), z = network_.tensor("z", {1, 1, 1, 4});
  const int axis = network_.tensor("axis", {1}, raw<std::int32_t>({2}), 2);
  network_.add(19, {x}, {y});
  const int row = second_row(y);
  network_.add(40, {y, axis}, {m}, Table().scalar(0, std::uint8_t{1}));
  network_.add(0, {row, m}, {z});
  const CroppedNetwork cropped = crop(z);
  EXPECT_EQ(shape(cropped.network, y), (Shape{1, 1, 3, 4}));
  EXPECT_THAT(codes(cropped.network), ElementsAre(kRelu, kStridedSlice, kMean, kAdd));
}

// A mean along other axes passes a part on, one along the same axis does not; nor does an operator
// that the pass does not know.
TEST_F(CropTest, StopsWhereAnElementDependsOnOthers) {
  for (const std::int32_t mean_axis : {3, 2}) {
    network_ = {};
    const int x = network_.tensor("x", {1, 1, 3, 4}), y = network_.tensor("y", {1, 1, 3, 4}),
              m = network_.tensor("m", {1, 1, mean_axis == 2 ? 1 : 3, mean_axis == 3 ? 1 : 4}),
              d = network_.tensor("d", {1, 1, 3, 4});
    const int axis = network_.tensor("axis", {}, raw<std::int32_t>({mean_axis}), 2);
    network_.add(19, {x}, {y});
    network_.add(40, {y, axis}, {m}, Table().scalar(0, std::uint8_t{1}));
    network_.add(41, {y, m}, {d});
    const CroppedNetwork cropped = crop(second_row(d));
    EXPECT_EQ(shape(cropped.network, d), (Shape{1, 1, 1, 4}));
    EXPECT_EQ(shape(cropped.network, y), (Shape{1, 1, mean_axis == 2 ? 3 : 1, 4}));
  }
  network_ = {};
  const int x = network_.tensor("x", {1, 1, 3, 4}), y = network_.tensor("y", {1, 1, 3, 4});
  network_.add(25, {x}, {y});
  const CroppedNetwork cropped = crop(second_row(y));
  EXPECT_THAT(codes(cropped.network), ElementsAre(25, kStridedSlice));
  EXPECT_EQ(shape(cropped.network, y), (Shape{1, 1, 3, 4}));
}

// The slice takes what is made behind it; the converter refuses that.
TEST_F(CropTest, LeavesANetworkThatIsNotInOrder) {
  const int x = network_.tensor("x", {1, 1, 3, 4}), y = network_.tensor("y", {1, 1, 3, 4}),
            z = network_.tensor("z", {1, 1, 3, 4});
  network_.add(19, {y}, {z});
  const int row = second_row(z);
  network_.add(19, {x}, {y});
  const CroppedNetwork cropped = crop(row);
  EXPECT_THAT(codes(cropped.network), ElementsAre(kRelu, kStridedSlice, kRelu));
  EXPECT_EQ(shape(cropped.network, z), (Shape{1, 1, 3, 4}));
}

// Without a slice, or with one that leaves axes out, nothing changes.
TEST_F(CropTest, LeavesOtherNetworksAlone) {
  const int x = network_.tensor("x", {1, 1, 3, 4}), y = network_.tensor("y", {1, 1, 3, 4});
  network_.add(19, {x}, {y});
  EXPECT_THAT(codes(crop(y).network), ElementsAre(kRelu));
  const CroppedNetwork cropped = crop(second_row(y, Table().scalar(4, 1)));
  EXPECT_THAT(codes(cropped.network), ElementsAre(kRelu, kStridedSlice));
  EXPECT_EQ(shape(cropped.network, y), (Shape{1, 1, 3, 4}));
}

}  // namespace
}  // namespace auriga::open_pack
