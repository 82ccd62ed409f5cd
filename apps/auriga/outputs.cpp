#include "outputs.hpp"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "appearance/fhog.hpp"
#include "drawing/overlay.hpp"
#include "files/atomic_file.hpp"
#include "files/manifest.hpp"
#include "sinks/details.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& table, const std::string& ending) {
  fs::path path = table;
  path.replace_extension();
  path += ending;
  return path;
}

CsvOptions csv_options(const OutputOptions& options, const StreamInfo& stream, TableMode mode) {
  CsvOptions csv;
  csv.dialect = options.dialect;
  csv.mode = mode;
  csv.groups = options.groups;
  csv.full_precision = options.full_precision;
  // The columns are always OpenFace's; an estimator that tells fewer action units leaves the others
  // empty.
  const UnitNames told = {stream.intensity_names, stream.presence_names};
  const auto within = [](const std::vector<std::string>& some,
                         const std::vector<std::string>& all) {
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
  };
  const UnitNames& usual = openface_aus();
  if (within(told.intensities, usual.intensities) && within(told.presences, usual.presences))
    csv.estimated_aus = told;
  else
    csv.aus = told;
  return csv;
}

}  // namespace

OutputPaths::OutputPaths(fs::path table)
    : csv(std::move(table)),
      hog(beside(csv, ".hog")),
      aligned(beside(csv, "_aligned")),
      tracked(beside(csv, ".avi")),
      mesh(beside(csv, "_mesh.csv")),
      details(beside(csv, "_of_details.txt")),
      manifest(manifest_path(csv)) {}

VideoOutputs::VideoOutputs(const OutputOptions& options, const OutputPaths& paths,
                           const StreamInfo& stream, const Setup& setup)
    : paths_(paths),
      csv_(paths.csv, csv_options(options, stream, TableMode::sequence)),
      intensities_(stream.intensity_names.size()),
      presences_(stream.presence_names.size()),
      frame_s_(options.frame_rate_timestamps ? 1 / (stream.fps > 0 ? stream.fps : 30) : 0),
      camera_(stream.camera),
      has_gaze_(setup.has_gaze) {
  if (options.hog) hog_.emplace(paths.hog);
  if (options.aligned)
    aligned_.emplace(paths.aligned, options.aligned_format, kFhogCrop, options.keep_failed_aligned);
  if (options.tracked) tracked_.emplace(paths.tracked, stream.fps, stream.width, stream.height);
  if (options.mesh) mesh_.emplace(paths.mesh);
}

void VideoOutputs::end_frame(ImageView bgr) {
  if (!tracked_) return;
  canvas_.resize(bgr.width, bgr.height, bgr.channels);
  for (int y = 0; y < bgr.height; ++y)
    std::copy_n(bgr.row(y), static_cast<std::size_t>(canvas_.stride()), canvas_.row(y));
  for (const FrameResult& face : drawn_) draw_face(canvas_, face, camera_, has_gaze_);
  drawn_.clear();
  tracked_->add(canvas_);
}

void VideoOutputs::add(const FaceInFrame& face) {
  if (frame_s_ > 0 && face.result.timestamp_s > 0) {
    row_ = face.result;
    row_.timestamp_s = static_cast<double>(row_.frame) * frame_s_;
    csv_.add(row_);
  } else {
    csv_.add(face.result);
  }
  if (hog_) hog_->add(face.fhog, face.result.success);
  if (aligned_)
    aligned_->add_frame(face.result.face_id, face.result.frame, face.aligned, face.result.success);
  if (mesh_) mesh_->add(face.result, face.mesh);
  if (tracked_) drawn_.push_back(face.result);
}

void VideoOutputs::finish(const ActionUnits& action_units) {
  std::vector<double> intensities(intensities_), presences(presences_);
  csv_.finish([&](std::size_t row) -> AuValues {
    action_units.read(row, intensities, presences);
    return {intensities, presences};
  });
  if (hog_) hog_->commit();
  if (aligned_) aligned_->finish();
  if (tracked_) tracked_->finish();
  if (mesh_) mesh_->finish();
}

void write_picture_outputs(const OutputOptions& options, const OutputPaths& paths,
                           const PictureResult& picture) {
  CsvWriter csv(paths.csv, csv_options(options, picture.stream, TableMode::image));
  std::optional<HogFile> hog;
  if (options.hog) hog.emplace(paths.hog);
  std::optional<AlignedFaces> aligned;
  if (options.aligned)
    aligned.emplace(paths.aligned, options.aligned_format, kFhogCrop, options.keep_failed_aligned);
  std::optional<MeshCsv> mesh;
  if (options.mesh) mesh.emplace(paths.mesh);
  for (const PictureFace& face : picture.faces) {
    csv.add(face.result);
    if (hog) hog->add(face.fhog, true);
    if (aligned) aligned->add_face(face.result.face_id, face.aligned, true);
    if (mesh) mesh->add(face.result, face.mesh ? &*face.mesh : nullptr);
  }
  csv.finish([&](std::size_t row) -> AuValues {
    return {picture.faces[row].intensities, picture.faces[row].presences};
  });
  if (hog) hog->commit();
  if (aligned) aligned->finish();
  if (mesh) mesh->finish();
}

void write_details(const OutputOptions& options, const OutputPaths& paths, const std::string& input,
                   const Camera& camera) {
  Details details;
  details.input = input;
  std::error_code failed;
  const fs::path full =
      fs::path(input).is_absolute() ? fs::path(input) : fs::canonical(input, failed);
  if (!failed) details.input_full_path = full.string();
  details.camera = camera;
  if (options.hog) details.hog = paths.hog.filename().string();
  if (options.tracked) details.video = paths.tracked.filename().string();
  if (options.aligned) details.aligned_folder = paths.aligned.filename().string();
  details.csv = paths.csv.filename().string();
  details.groups = options.groups;
  AtomicFile file(paths.details);
  file.write(details_text(details));
  file.commit();
}

std::vector<std::string> names_of(const OutputOptions& options, const OutputPaths& paths) {
  std::vector<std::string> names = {paths.csv.string()};
  if (options.hog) names.push_back(paths.hog.string());
  if (options.aligned) names.push_back(paths.aligned.string());
  if (options.tracked) names.push_back(paths.tracked.string());
  if (options.mesh) names.push_back(paths.mesh.string());
  if (options.details) names.push_back(paths.details.string());
  return names;
}

void require_own_names(const OutputOptions& options, const std::vector<PlannedResults>& planned,
                       const fs::path& summary) {
  std::map<fs::path, std::string> taken;  // and what it is
  const auto take = [&](const fs::path& path, const std::string& by) {
    const auto [other, is_new] = taken.try_emplace(fs::absolute(path).lexically_normal(), by);
    if (!is_new)
      throw Error(ErrorCode::usage,
                  fmt::format("{} cannot be both {} and {}; rename an input or choose another "
                              "folder for the results",
                              path.string(), other->second, by));
  };
  for (const PlannedResults& one : planned)
    taken.try_emplace(fs::absolute(one.input).lexically_normal(), "the input " + one.input);
  if (!summary.empty()) {
    take(summary, "the table of all inputs");
    take(fs::path(summary).replace_extension(".json"), "the table of all inputs");
  }
  for (const PlannedResults& one : planned) {
    for (const std::string& name : names_of(options, one.paths))
      take(name, "a result of " + one.input);
    take(one.paths.manifest, "a result of " + one.input);
  }
}

}  // namespace auriga::app
