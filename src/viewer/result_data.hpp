// A table of results as the viewer needs it: numbers over time in memory, the rest by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auriga/error.hpp"
#include "auriga/face.hpp"

#include "files/manifest.hpp"
#include "tables/row_reader.hpp"
#include "tables/summary.hpp"

namespace auriga {

// A column of numbers that is held in memory.
struct DataColumn {
  std::string name;
  // au_r, au_c, pose, gaze, confidence, success, blendshape, side, other
  std::string group;
  std::string unit, meaning;
  double least = 0, most = 0;  // the usual range, or the values' own
};

// The rows of one face, by ascending frame.
struct FaceRows {
  std::int64_t id = 0;
  std::vector<std::int64_t> frames;  // from 1
  std::vector<double> times;         // s, or numbers of frames where ResultData::timed() is false
  std::vector<char> success;
  std::vector<std::vector<float>> values;  // by column, by row; NaN: no number
  std::size_t rows_with_face = 0;

  // Where a row stands in the file.
  struct Place {
    std::uint64_t position;
    std::size_t line;
  };
  std::vector<Place> places;
};

// What of a face can be drawn over a frame.
struct OverlayParts {
  bool landmarks = false, head = false, gaze = false, eyes = false;
};

// A table of any dialect that RowReader reads. Action units, poses, gaze angles, confidence,
// blendshapes and up to 64 columns of others are held as float32; landmarks are read from the file
// when they are asked for, so that the file must stay where it is. All members may be called by
// several threads at a time.
class ResultData {
 public:
  // `size`: of the pictures; without it nothing is drawn that needs a camera. `sides`: the table of
  // left and right of the same run, whose action units and measures become columns of the group
  // side; empty: none. Throws Error(input) as RowReader, and for a table without rows.
  ResultData(const std::filesystem::path& table, std::optional<PictureExtent> size,
             const std::filesystem::path& sides = {});

  const std::vector<DataColumn>& columns() const { return columns_; }
  std::optional<std::size_t> find(std::string_view column) const;
  // The one with the most successful rows first.
  const std::vector<FaceRows>& faces() const { return faces_; }
  // nullptr: there is no such face.
  const FaceRows* face(std::int64_t id) const;
  // The action units, faces in the same order; without any unit where the table has none.
  const AuTable& units() const { return units_; }
  bool timed() const { return units_.timed; }
  OverlayParts overlay_parts() const { return parts_; }
  std::int64_t last_frame() const { return last_frame_; }
  // Bytes that it holds, about.
  std::size_t bytes() const { return bytes_; }

  // Of each range of frames, which are edges[i] to edges[i + 1] - 1, the least and the greatest
  // number of its rows with success: pairs, one after the other; NaN where there is none. Of
  // confidence and success all rows count. Edges ascend from 1 on.
  std::vector<float> ranges(const FaceRows& face, std::size_t column,
                            std::span<const std::int64_t> edges) const;
  // The edges of from..to (both count) in equal ranges, at most `points`: one frame per range where
  // there are no more than that. 1 <= from <= to < 2^40, 1 <= points < 2^20.
  static std::vector<std::int64_t> even_edges(std::int64_t from, std::int64_t to,
                                              std::size_t points);

  // Of each frame kOverlayValues numbers, NaN where there is none:
  //
  //   0, 1      success, confidence
  //   2..137    landmarks, px: x of all, y of all
  //   138..141  rectangle around them: x, y, width, height
  //   142..149  head: the place it is at in the picture, ends of its axes x, y, z, px
  //   150..157  gaze: of the eye on the left of the picture begin and end, px, then of the other
  //   158..269  landmarks of the eyes, px: x of all, y of all
  static constexpr std::size_t kOverlayValues = 270;
  static constexpr std::int64_t kMostOverlays = 600;  // frames at a time
  std::vector<float> overlay(const FaceRows& face, std::int64_t from, std::int64_t to) const;

  // The header of the table and its rows of these frames, all faces, as they stand in the file but
  // for their line ends, which are line feeds; of a compressed table with commas and the quotes
  // that they need.
  std::string rows_csv(std::int64_t from, std::int64_t to) const;

 private:
  struct Columns;
  void choose_columns();
  void read_rows();
  void read_sides(const std::filesystem::path& file);
  void find_ranges();
  void read_units();
  Error changed() const;
  void overlay_of_row(std::span<float> values) const;

  std::filesystem::path file_;
  std::optional<PictureExtent> size_;
  mutable std::mutex reading_;
  mutable RowReader rows_;
  std::uint64_t header_end_ = 0;
  std::vector<DataColumn> columns_;
  std::vector<std::size_t> sources_;  // columns of the file, by column
  std::vector<FaceRows> faces_;
  AuTable units_;
  OverlayParts parts_;
  std::int64_t last_frame_ = 0;
  std::size_t bytes_ = 0;
  // Columns of the file; empty: the table has them not all.
  std::optional<std::size_t> timestamp_, confidence_;
  std::vector<std::size_t> landmarks_, pose_, gaze_, eyes_px_, eyes_mm_;
};

}  // namespace auriga
