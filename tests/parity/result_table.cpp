#include "parity/result_table.hpp"

#include <cstddef>
#include <optional>
#include <vector>

#include "sinks/csv_writer.hpp"

namespace auriga::parity {
namespace {

namespace fs = std::filesystem;

CsvOptions columns_of(const StreamInfo& stream, TableMode mode) {
  CsvOptions options;
  options.mode = mode;
  options.aus = {stream.intensity_names, stream.presence_names};
  return options;
}

}  // namespace

ExtractOptions reference_options(const fs::path& data) {
  ExtractOptions options;
  options.model_folders = {data / "models"};
  options.preset = "openface";
  options.landmarker = "clnf";
  return options;
}

void write_video_table(Extractor& extractor, const fs::path& video, const fs::path& table) {
  std::optional<CsvWriter> csv;
  const VideoResult result = extractor.video(
      video, [&](const FaceInFrame& face) { csv->add(face.result); },
      [&](const StreamInfo& stream) {
        csv.emplace(table, columns_of(stream, TableMode::sequence));
      });
  std::vector<double> intensities(result.stream.intensity_names.size()),
      presences(result.stream.presence_names.size());
  csv->finish([&](std::size_t row) -> AuValues {
    result.action_units.read(row, intensities, presences);
    return {intensities, presences};
  });
}

void write_picture_table(Extractor& extractor, const fs::path& picture, const fs::path& table) {
  const PictureResult result = extractor.picture(picture);
  CsvWriter csv(table, columns_of(result.stream, TableMode::image));
  for (const PictureFace& face : result.faces) csv.add(face.result);
  csv.finish([&](std::size_t row) -> AuValues {
    return {result.faces[row].intensities, result.faces[row].presences};
  });
}

}  // namespace auriga::parity
