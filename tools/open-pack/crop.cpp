#include "crop.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace auriga::open_pack {
namespace {

using Shape = std::vector<std::int64_t>;

// Elements `begin` to before `end` of an axis.
struct Range {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};
using Box = std::vector<Range>;

Box whole(const Shape& shape) {
  Box box;
  for (const std::int64_t size : shape) box.push_back({0, size});
  return box;
}

Shape shape_of(const Box& box) {
  Shape shape;
  for (const Range& range : box) shape.push_back(range.size());
  return shape;
}

void widen(std::optional<Box>& box, const Box& by) {
  if (!box) box = by;
  for (std::size_t k = 0; k < by.size(); ++k)
    (*box)[k] = {std::min((*box)[k].begin, by[k].begin), std::max((*box)[k].end, by[k].end)};
}

class Cropper {
 public:
  Cropper(const TfliteNetwork& network, const std::vector<int>& kept)
      : network_(network), wanted_(network.tensors.size()) {
    for (const TfliteOperator& made : network.operators)
      if (made.code == kDequantize && made.inputs.size() == 1 && made.inputs[0] >= 0 &&
          made.outputs.size() == 1)
        stored_[made.outputs[0]] = made.inputs[0];
    for (const int tensor : kept) want(tensor, whole(at(tensor).shape));
    std::vector<std::vector<std::optional<Box>>> seen;
    for (auto made = network.operators.rbegin(); made != network.operators.rend(); ++made) {
      seen.push_back(outputs_of(*made));
      ask(*made);
    }
    // In order, nobody wants anything of an operator that has been asked.
    for (const TfliteOperator& made : network.operators) {
      is_in_order_ = is_in_order_ && outputs_of(made) == seen.back();
      seen.pop_back();
    }
  }

  CroppedNetwork cropped() {
    result_.network = network_;
    if (!is_in_order_) return std::move(result_);
    result_.network.operators.clear();
    for (std::size_t tensor = 0; tensor < wanted_.size(); ++tensor)
      if (wanted_[tensor]) result_.network.tensors[tensor].shape = shape_of(*wanted_[tensor]);
    for (const TfliteOperator& made : network_.operators) rewrite(made);
    return std::move(result_);
  }

 private:
  const TfliteTensor& at(int tensor) const {
    return network_.tensors[static_cast<std::size_t>(tensor)];
  }
  bool is_constant(int tensor) const {
    return tensor < 0 || !at(tensor).data.empty() || stored_.contains(tensor);
  }
  std::optional<Box>& wanted(int tensor) { return wanted_[static_cast<std::size_t>(tensor)]; }
  void want(int tensor, const Box& box) { widen(wanted(tensor), box); }

  // --- What of its operands an operator needs for a part of its output.

  // Constant integers of an operand.
  std::optional<std::vector<std::int32_t>> integers(const TfliteOperator& made,
                                                    std::size_t i) const {
    if (i >= made.inputs.size() || made.inputs[i] < 0) return {};
    const TfliteTensor& list = at(made.inputs[i]);
    if (list.type != kInt32 || list.data.empty() || list.data.size() % sizeof(std::int32_t) != 0)
      return {};
    std::vector<std::int32_t> values(list.data.size() / sizeof(std::int32_t));
    std::memcpy(values.data(), list.data.data(), list.data.size());
    return values;
  }

  // The parts of the calculated operands, by their place; nothing: the operator makes all of its
  // output or none.
  std::optional<std::map<std::size_t, Box>> parts(const TfliteOperator& made,
                                                  const Box& box) const {
    switch (made.code) {
      case kRelu:
      case kLogistic:
      case kNeg:
      case kSqrt:
      case kRsqrt:
        return of_each(made, box, 1);
      case kAdd:
      case kSub:
      case kMul:
      case kDiv:
      case kSquaredDifference:
        return of_each(made, box, 2);
      case kMean:
      case kSum:
        return of_reduction(made, box);
      case kTranspose:
        return of_transpose(made, box);
      case kConv2d:
        return of_product(made, box);
      case kStridedSlice:
        return of_slice(made, box);
      default:
        return {};
    }
  }

  std::optional<std::map<std::size_t, Box>> of_each(const TfliteOperator& made, const Box& box,
                                                    std::size_t operands) const {
    if (made.inputs.size() != operands) return {};
    const Box all = whole(at(made.outputs[0]).shape);
    std::map<std::size_t, Box> found;
    for (std::size_t i = 0; i < operands; ++i) {
      if (made.inputs[i] < 0) return {};
      const Shape& shape = at(made.inputs[i]).shape;
      if (shape.size() > box.size()) return {};
      Box part;
      for (std::size_t k = 0; k < shape.size(); ++k) {
        const std::size_t axis = box.size() - shape.size() + k;
        if (shape[k] != 1 && shape[k] != all[axis].size()) return {};
        part.push_back(shape[k] == 1 ? Range{0, 1} : box[axis]);
      }
      if (!is_constant(made.inputs[i]))
        found[i] = part;
      else if (part != whole(shape))
        return {};
    }
    return found;
  }

  std::optional<std::map<std::size_t, Box>> of_reduction(const TfliteOperator& made,
                                                         const Box& box) const {
    const auto axes = integers(made, 1);
    if (!axes || is_constant(made.inputs[0])) return {};
    const Shape& shape = at(made.inputs[0]).shape;
    if (shape.size() != box.size()) return {};
    Box part = box;
    for (const std::int64_t axis : *axes) {
      const auto k = static_cast<std::size_t>(
          axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis);
      if (k >= shape.size()) return {};
      part[k] = {0, shape[k]};
    }
    return {{{0, part}}};
  }

  std::optional<std::map<std::size_t, Box>> of_transpose(const TfliteOperator& made,
                                                         const Box& box) const {
    const auto axes = integers(made, 1);
    if (!axes || axes->size() != box.size() || is_constant(made.inputs[0])) return {};
    Box part(box.size());
    for (std::size_t k = 0; k < box.size(); ++k) {
      const auto axis = static_cast<std::size_t>((*axes)[k]);
      if (axis >= part.size() || part[axis].size() != 0) return {};
      part[axis] = box[k];
    }
    return {{{0, part}}};
  }

  // The stored constant behind an operand, if its rows can be taken apart.
  const TfliteTensor* rows(const TfliteOperator& made, std::size_t i, std::int64_t count) const {
    if (i >= made.inputs.size() || made.inputs[i] < 0) return nullptr;
    const auto stored = stored_.find(made.inputs[i]);
    const TfliteTensor& found = at(stored == stored_.end() ? made.inputs[i] : stored->second);
    if (found.data.empty() || found.is_sparse || found.shape.empty() || found.shape[0] != count ||
        found.data.size() % static_cast<std::size_t>(count) != 0)
      return nullptr;
    return &found;
  }

  std::optional<std::map<std::size_t, Box>> of_product(const TfliteOperator& made,
                                                       const Box& box) const {
    if (made.inputs.size() < 2 || is_constant(made.inputs[0]) || box.size() != 4) return {};
    const Shape &from = at(made.inputs[0]).shape, &to = at(made.outputs[0]).shape;
    const TfliteTensor* filters = rows(made, 1, to[3]);
    const bool has_offset = made.inputs.size() > 2 && made.inputs[2] >= 0;
    if (from.size() != 4 || !filters || filters->shape != Shape{to[3], 1, 1, from[3]} ||
        (has_offset && !rows(made, 2, to[3])))
      return {};
    for (std::size_t k = 0; k < 3; ++k)
      if (from[k] != to[k]) return {};  // strides
    return {{{0, {box[0], box[1], box[2], {0, from[3]}}}}};
  }

  std::optional<std::map<std::size_t, Box>> of_slice(const TfliteOperator& made,
                                                     const Box& box) const {
    const std::optional<Box> part = taken(made);
    if (!part || part->size() != box.size()) return {};
    Box moved;
    for (std::size_t k = 0; k < box.size(); ++k)
      moved.push_back({(*part)[k].begin + box[k].begin, (*part)[k].begin + box[k].end});
    return {{{0, moved}}};
  }

  // What a STRIDED_SLICE takes, if that is a plain part of a calculated tensor.
  std::optional<Box> taken(const TfliteOperator& made) const {
    constexpr int kBeginMask = 0, kEndMask = 1, kEllipsisMask = 2, kNewAxisMask = 3,
                  kShrinkMask = 4;
    const auto begins = integers(made, 1), ends = integers(made, 2), steps = integers(made, 3);
    if (!begins || !ends || !steps || is_constant(made.inputs[0]) || !made.options) return {};
    const Shape& shape = at(made.inputs[0]).shape;
    if (begins->size() != shape.size() || ends->size() != shape.size() ||
        steps->size() != shape.size())
      return {};
    const auto mask = [&](int field) { return made.options->scalar<std::int32_t>(field, 0); };
    if (mask(kEllipsisMask) != 0 || mask(kNewAxisMask) != 0 || mask(kShrinkMask) != 0) return {};
    Box box;
    for (std::size_t k = 0; k < shape.size(); ++k) {
      const auto place = [&](std::int64_t i) {
        return std::clamp<std::int64_t>(i < 0 ? i + shape[k] : i, 0, shape[k]);
      };
      const Range range{(mask(kBeginMask) >> k & 1) != 0 ? 0 : place((*begins)[k]),
                        (mask(kEndMask) >> k & 1) != 0 ? shape[k] : place((*ends)[k])};
      if ((*steps)[k] != 1 || range.size() < 1) return {};
      box.push_back(range);
    }
    if (shape_of(box) != at(made.outputs[0]).shape) return {};
    return box;
  }

  // What is wanted of its outputs so far.
  std::vector<std::optional<Box>> outputs_of(const TfliteOperator& made) const {
    std::vector<std::optional<Box>> found;
    for (const int tensor : made.outputs)
      found.push_back(wanted_[static_cast<std::size_t>(tensor)]);
    return found;
  }

  bool is_wanted(const TfliteOperator& made) const {
    return std::any_of(made.outputs.begin(), made.outputs.end(), [&](int tensor) {
      return wanted_[static_cast<std::size_t>(tensor)].has_value();
    });
  }

  void ask(const TfliteOperator& made) {
    if (!is_wanted(made)) return;
    if (made.outputs.size() == 1) {
      if (const auto found = parts(made, *wanted(made.outputs[0]))) {
        for (const auto& [i, box] : *found) want(made.inputs[i], box);
        return;
      }
    }
    for (const int tensor : made.outputs) want(tensor, whole(at(tensor).shape));
    for (const int tensor : made.inputs)
      if (tensor >= 0) want(tensor, whole(at(tensor).shape));
  }

  // --- The operators of the result.

  void rewrite(const TfliteOperator& made) {
    TfliteOperator now = made;
    const std::optional<Box> box =
        made.outputs.size() == 1 ? wanted(made.outputs[0]) : std::nullopt;
    const auto found = box ? parts(made, *box) : std::nullopt;
    if (found) {
      for (const auto& [i, part] : *found) now.inputs[i] = part_of(made, made.inputs[i], part);
      if (made.code == kStridedSlice) {
        same_[made.outputs[0]] = now.inputs[0];
        return;
      }
      if (made.code == kConv2d && (*box)[3].size() != at(made.outputs[0]).shape[3])
        for (std::size_t i = 1; i < std::min<std::size_t>(now.inputs.size(), 3); ++i)
          if (now.inputs[i] >= 0) now.inputs[i] = rows_of(made, i, (*box)[3]);
    } else {
      for (int& tensor : now.inputs)
        if (tensor >= 0) tensor = same(tensor);
    }
    result_.network.operators.push_back(std::move(now));
  }

  int same(int tensor) const {
    const auto found = same_.find(tensor);
    return found == same_.end() ? tensor : found->second;
  }

  // The tensor that has this part of another one, for the operator `user`.
  int part_of(const TfliteOperator& user, int tensor, const Box& part) {
    const Box& there = *wanted(tensor);
    if (part == there) return same(tensor);
    std::vector<std::int32_t> begins, ends;
    for (std::size_t k = 0; k < part.size(); ++k) {
      begins.push_back(static_cast<std::int32_t>(part[k].begin - there[k].begin));
      ends.push_back(static_cast<std::int32_t>(part[k].end - there[k].begin));
    }
    TfliteTensor to = at(tensor);
    to.shape = shape_of(part);
    TfliteOperator slice;
    slice.code = kStridedSlice;
    slice.name = "STRIDED_SLICE";
    slice.number = user.number;
    slice.inputs = {same(tensor), list(begins), list(ends),
                    list(std::vector<std::int32_t>(part.size(), 1))};
    slice.outputs = {add(to)};
    result_.network.operators.push_back(slice);
    return slice.outputs[0];
  }

  int rows_of(const TfliteOperator& made, std::size_t i, const Range& range) {
    TfliteTensor part = *rows(made, i, at(made.outputs[0]).shape[3]);
    const std::size_t row = part.data.size() / static_cast<std::size_t>(part.shape[0]);
    part.data = part.data.substr(static_cast<std::size_t>(range.begin) * row,
                                 static_cast<std::size_t>(range.size()) * row);
    part.shape[0] = range.size();
    return add(part);
  }

  int list(const std::vector<std::int32_t>& values) {
    std::string& raw = result_.constants.emplace_back(values.size() * sizeof(values[0]), '\0');
    std::memcpy(raw.data(), values.data(), raw.size());
    TfliteTensor tensor;
    tensor.shape = {static_cast<std::int64_t>(values.size())};
    tensor.type = kInt32;
    tensor.data = raw;
    return add(tensor);
  }

  int add(const TfliteTensor& tensor) {
    result_.network.tensors.push_back(tensor);
    return static_cast<int>(result_.network.tensors.size()) - 1;
  }

  const TfliteNetwork& network_;
  std::vector<std::optional<Box>> wanted_;  // of each tensor
  std::map<int, int> stored_;               // from the output of DEQUANTIZE to the constant
  std::map<int, int> same_;  // from the output of a slice that is left out to what it took
  bool is_in_order_ = true;  // no operator takes what a later one makes
  CroppedNetwork result_;
};

}  // namespace

CroppedNetwork without_unused_parts(const TfliteNetwork& network, const std::vector<int>& whole) {
  return Cropper(network, whole).cropped();
}

}  // namespace auriga::open_pack
