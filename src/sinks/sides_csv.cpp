// The table of the person's left and right as a sink.
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "files/atomic_file.hpp"
#include "files/columns.hpp"
#include "files/number_text.hpp"
#include "sides/blendshape_pairs.hpp"
#include "sides/side_distances.hpp"
#include "sinks/spool.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

// In spooled lines: where the action units belong, and whether there are cells for them.
constexpr char kUnits = '\t', kFull = '+', kEmpty = '-';
constexpr int kAuDecimals = 2;

class SidesSink : public Sink {
 public:
  SidesSink(fs::path table, const SidesSinkOptions& options)
      : path_(std::move(table)), options_(options) {}

  Needs needs() const override {
    return {.mesh = true, .blendshapes = true, .gaze = true, .sides = true};
  }

  void begin(const StreamInfo& stream, const Setup& setup) override {
    mode_ = stream.still ? TableMode::image : TableMode::sequence;
    blendshapes_ = setup.has_blendshapes;
    units_ = stream.units;
    names_ = side_column_names(mode_, stream.units, options_.affected.has_value(), blendshapes_);
    au_columns_ = 2 * (units_.intensities.size() + units_.presences.size());
    spool_.emplace(path_);
  }

  void row(const FaceRow& row) override {
    const FrameResult& result = row.result;
    line_.clear();
    cell_ = 0;
    for (const KeyColumn& key : key_columns(Dialect::openface, mode_))
      number(key.value(result), key.kind == CellKind::whole ? 0 : key.decimals);
    const double yaw = yaw_deg(result.shape);
    const YawQuality quality = yaw_quality(yaw);
    const bool followed = result.success || mode_ == TableMode::image;
    const bool told = followed && quality != YawQuality::beyond;
    const SideDistances sides = told ? side_distances(result) : SideDistances{};
    if (followed) {
      number(yaw, kSideDecimals);
      word(name_of(quality));
    } else {
      empty(2);
    }
    if (told) {
      number(sides.mm_per_px, kScaleDecimals);
      word(sides.iris_scale ? "iris" : "shape");
    } else {
      empty(2);
    }
    line_.push_back(kUnits);
    cell_ += au_columns_;
    for (std::size_t i = 0; i < kSideMeasures; ++i) measure(i, sides, told);
    if (blendshapes_) blendshapes(told ? row.blendshapes : nullptr);
    line_.push_back(told ? kFull : kEmpty);
    line_.push_back('\n');
    spool_->add(line_);
    ++rows_;
  }

  std::vector<Written> finish(const FinalUnits& units) override {
    const auto sides = units.sides();
    if (rows_ > 0 && (sides.size() != 2 || sides[0].rows() != rows_ || sides[1].rows() != rows_))
      throw Error(
          ErrorCode::usage,
          fmt::format("cannot write {}: expected final action units of both sides of {} "
                      "rows, found {} sides of {} rows; let the session keep final units",
                      path_.string(), rows_, sides.size(), sides.empty() ? 0 : sides[0].rows()));
    AtomicFile& file = file_.emplace(path_);
    std::string head;
    for (const std::string& name : names_) head += (head.empty() ? "" : ",") + name;
    file.write(head + '\n');
    spool_->rewind();
    std::array<std::vector<double>, 2> intensities, presences;
    for (const std::size_t half : {0, 1}) {
      intensities[half].resize(units_.intensities.size());
      presences[half].resize(units_.presences.size());
    }
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::string spooled(spool_->next_line());
      const std::size_t at = spooled.find(kUnits);
      line_.assign(spooled, 0, at);
      cell_ = key_columns(Dialect::openface, mode_).size() + kSideKeys.size();
      if (spooled.back() == kFull) {
        for (const std::size_t half : {0, 1})
          sides[half].read(row, intensities[half], presences[half]);
        for (const auto* const values : {&intensities, &presences})
          for (std::size_t i = 0; i < (*values)[0].size(); ++i)
            for (const PersonSide side : {PersonSide::left, PersonSide::right})
              number((*values)[half_of(side)][i], kAuDecimals);
      } else {
        empty(au_columns_);
      }
      line_.append(spooled, at + 1, spooled.size() - at - 2);
      line_.push_back('\n');
      file.write(line_);
    }
    return {file.complete()};
  }

  void publish() override { file_.value().commit(); }

 private:
  // The half of the picture that shows a side.
  std::size_t half_of(PersonSide side) const {
    return static_cast<std::size_t>((side == PersonSide::left) != options_.mirrored);
  }

  void measure(std::size_t i, const SideDistances& sides, bool told) {
    const SideMeasureColumns& columns = side_measures()[i];
    const std::size_t cells =
        3 + (columns.has_ratio ? (options_.affected ? std::size_t{2} : std::size_t{1}) : 0);
    if (!told) return empty(cells);
    const double left = sides.of[half_of(PersonSide::left)][i];
    const double right = sides.of[half_of(PersonSide::right)][i];
    number_or_empty(left, kSideDecimals);
    number_or_empty(right, kSideDecimals);
    number_or_empty(left - right, kSideDecimals);
    if (!columns.has_ratio) return;
    number_or_empty(side_ratio(left, right), kRatioDecimals);
    if (!options_.affected) return;
    const bool is_left = *options_.affected == PersonSide::left;
    number_or_empty(side_percent(is_left ? left : right, is_left ? right : left), 1);
  }

  void blendshapes(const Blendshapes* values) {
    for (std::size_t i = 0; i < kBlendshapes; ++i)
      for (const BlendshapePair& pair : blendshape_pairs()) {
        if (i != pair.left && i != pair.right) continue;
        const std::size_t other = i == pair.left ? pair.right : pair.left;
        if (values)
          number((*values)[options_.mirrored ? other : i], kBlendshapeDecimals);
        else
          empty(1);
      }
  }

  void begin_cell() {
    if (!line_.empty()) line_.push_back(',');
    ++cell_;
  }
  void empty(std::size_t cells) {
    line_.append(cells, ',');
    cell_ += cells;
  }
  void word(std::string_view text) {
    begin_cell();
    line_.append(text);
  }
  template <typename Number>
  void number(Number value, int decimals) {
    begin_cell();
    if (!std::isfinite(value))
      throw Error(ErrorCode::output,
                  fmt::format("cannot write {}: column {} of row {} is {}, expected a finite "
                              "number; this is a mistake in the program or in a model file, please "
                              "report it",
                              path_.string(), names_[cell_ - 1], rows_ + 1, value));
    if (options_.full_precision && decimals > 0)
      append_shortest(line_, value);
    else
      append_fixed(line_, value, decimals);
  }
  void number_or_empty(double value, int decimals) {
    if (std::isfinite(value))
      number(value, decimals);
    else
      empty(1);
  }

  fs::path path_;
  SidesSinkOptions options_;
  TableMode mode_ = TableMode::sequence;
  bool blendshapes_ = false;
  UnitNames units_;
  std::vector<std::string> names_;
  std::size_t au_columns_ = 0;
  std::optional<Spool> spool_;
  std::optional<AtomicFile> file_;
  std::string line_;
  std::size_t cell_ = 0;  // cells begun in line_
  std::size_t rows_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make_sides_sink(fs::path table, const SidesSinkOptions& options) {
  return std::make_unique<SidesSink>(std::move(table), options);
}

}  // namespace auriga
