#include "frame_sides.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

struct Midline {
  double x = 0, y = 0;    // a point of it, px
  double nx = 1, ny = 0;  // unit vector across, to the right of the picture
};

// From the middle between the inner ends of the brows to the chin.
Midline midline_of(const Landmarks& landmarks) {
  const auto at = [](float v) { return static_cast<double>(v); };
  Midline line;
  line.x = (at(landmarks.x[21]) + at(landmarks.x[22])) / 2;
  line.y = (at(landmarks.y[21]) + at(landmarks.y[22])) / 2;
  const double dx = at(landmarks.x[8]) - line.x, dy = at(landmarks.y[8]) - line.y;
  const double length = std::sqrt(dx * dx + dy * dy);
  if (length > 0 && std::isfinite(length)) {
    line.nx = dy / length;
    line.ny = -dx / length;
  }
  return line;
}

// `bgr` with the half on one side of the line (sign 1: beyond it to the right) on both. Bilinear;
// the edge of the picture continues.
void mirror(const ImageView& bgr, const Midline& line, int sign, Image& out) {
  out.resize(bgr.width, bgr.height, 3);
  const auto last_x = static_cast<double>(bgr.width - 1);
  const auto last_y = static_cast<double>(bgr.height - 1);
  for (int y = 0; y < bgr.height; ++y) {
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < bgr.width; ++x, to += 3) {
      const double across = (x - line.x) * line.nx + (y - line.y) * line.ny;
      if (across * sign >= 0) {
        std::copy_n(bgr.row(y) + std::ptrdiff_t{3} * x, 3, to);
        continue;
      }
      const double px = std::clamp(x - 2 * across * line.nx, 0.0, last_x);
      const double py = std::clamp(y - 2 * across * line.ny, 0.0, last_y);
      const int ix = static_cast<int>(px), iy = static_cast<int>(py);
      const double fx = px - ix, fy = py - iy;
      const std::uint8_t* above = bgr.row(iy);
      const std::uint8_t* below = bgr.row(std::min(iy + 1, bgr.height - 1));
      const int left = 3 * ix, right = 3 * std::min(ix + 1, bgr.width - 1);
      for (int c = 0; c < 3; ++c) {
        const double upper = above[left + c] * (1 - fx) + above[right + c] * fx;
        const double lower = below[left + c] * (1 - fx) + below[right + c] * fx;
        to[c] = static_cast<std::uint8_t>(upper * (1 - fy) + lower * fy + 0.5);
      }
    }
  }
}

SessionOptions options_of_sides(SessionOptions options) {
  options.calibrations.clear();
  options.split_people = std::nullopt;
  options.watch_turn = false;
  options.needs = {};
  return options;
}

// Of the rows of a session the first of each frame.
class RowsOfFrames : public FinalUnits::Rows {
 public:
  RowsOfFrames(FinalUnits units, std::vector<std::int64_t> rows)
      : units_(std::move(units)), rows_(std::move(rows)) {}
  std::size_t size() const override { return rows_.size(); }
  void read(std::size_t row, std::span<double> intensities,
            std::span<double> presences) const override {
    if (rows_[row] >= 0)
      return units_.read(static_cast<std::size_t>(rows_[row]), intensities, presences);
    std::fill(intensities.begin(), intensities.end(), 0.0);
    std::fill(presences.begin(), presences.end(), 0.0);
  }

 private:
  FinalUnits units_;
  std::vector<std::int64_t> rows_;  // -1: none
};

class FrameSides : public Sink {
 public:
  FrameSides(std::unique_ptr<Sink> table, const Engine& engine, const SessionOptions& options)
      : table_(std::move(table)),
        sides_{Side(engine, options_of_sides(options)), Side(engine, options_of_sides(options))} {}

  Needs needs() const override {
    Needs needs = table_->needs();
    needs.sides = false;
    needs.picture = true;
    return needs;
  }
  void begin(const StreamInfo& stream, const Setup& setup) override {
    units_ = stream.units;
    table_->begin(stream, setup);
  }
  void row(const FaceRow& row) override {
    rows_.push_back({row.result.success, midline_of(row.result.landmarks)});
    table_->row(row);
  }
  void frame(const FrameView& frame) override {
    table_->frame(frame);
    for (const Row& row : rows_)
      for (const std::size_t half : {std::size_t{0}, std::size_t{1}}) {
        FrameView seen = frame;
        seen.missing |= !row.followed;
        if (!seen.missing) {
          mirror(frame.bgr, row.midline, half == 0 ? -1 : 1, mirrored_);
          seen.bgr = mirrored_;
        }
        Side& side = sides_[half];
        const auto told = static_cast<std::int64_t>(side.session.push(seen).size());
        side.rows.push_back(told > 0 ? side.told : -1);
        side.told += told;
      }
    rows_.clear();
  }
  std::vector<Written> finish(const FinalUnits& units) override {
    std::vector<FinalUnits> both;
    for (Side& side : sides_)
      both.emplace_back(
          units_, std::make_shared<RowsOfFrames>(side.session.finish(), std::move(side.rows)));
    return table_->finish(FinalUnits(units.names(), nullptr, std::move(both)));
  }
  void publish() override { table_->publish(); }

 private:
  struct Row {
    bool followed = false;
    Midline midline;
  };
  struct Side {
    Side(const Engine& engine, const SessionOptions& options) : session(engine, options) {}
    Session session;
    std::int64_t told = 0;           // rows of the session so far
    std::vector<std::int64_t> rows;  // of the session, by row of the table
  };

  std::unique_ptr<Sink> table_;
  Side sides_[2];  // by half of the picture
  UnitNames units_;
  std::vector<Row> rows_;  // of the frame that is handed over
  Image mirrored_;
};

}  // namespace

std::unique_ptr<Sink> make_frame_sides(std::unique_ptr<Sink> table, const Engine& engine,
                                       const SessionOptions& options) {
  return std::make_unique<FrameSides>(std::move(table), engine, options);
}

}  // namespace auriga::app
