#include "sinks/details.hpp"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/sinks.hpp"

#include "files/atomic_file.hpp"

namespace auriga {

std::string details_text(const Details& details) {
  std::string text;
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}:{}\n", label, value);
  };
  const auto flag = [&](const char* label, ColumnGroup group) {
    text += fmt::format("{}: {}\n", label, (details.groups & group) != 0 ? 1 : 0);
  };
  const Camera& camera = details.camera;
  line("Input", details.input);
  line("Input full path", details.input_full_path);
  line("Camera parameters",
       fmt::format("{:g},{:g},{:g},{:g}", camera.fx, camera.fy, camera.cx, camera.cy));
  line("Output HOG", details.hog);
  line("Output video", details.video);
  line("Output image", details.picture);
  line("Output aligned directory", details.aligned_folder);
  line("Output csv", details.csv);
  flag("Gaze", kGazeColumns);
  flag("AUs", kAuColumns);
  flag("Landmarks 2D", kLandmarks2dColumns);
  flag("Landmarks 3D", kLandmarks3dColumns);
  flag("Pose", kPoseColumns);
  flag("Shape parameters", kShapeColumns);
  return text;
}

namespace {

namespace fs = std::filesystem;

class DetailsSink : public Sink {
 public:
  DetailsSink(fs::path file, const DetailsSinkOptions& options)
      : path_(std::move(file)),
        input_(options.input),
        picture_(options.drawn_picture.filename().string()) {
    details_.input = options.input;
    details_.hog = options.hog.filename().string();
    details_.video = options.tracked_video.filename().string();
    details_.aligned_folder = options.aligned.filename().string();
    details_.csv = options.table.filename().string();
    details_.groups = options.groups;
  }

  void begin(const StreamInfo& stream, const Setup& setup) override {
    details_.camera = stream.camera;
    if (!setup.has_gaze) details_.groups &= ~kGazeColumns;
    if (stream.still && !picture_.empty()) {
      details_.video.clear();
      details_.picture = picture_;
    }
    std::error_code failed;
    const fs::path full = input_.is_absolute() ? input_ : fs::canonical(input_, failed);
    if (!failed) details_.input_full_path = full.string();
  }

  std::vector<Written> finish(const FinalUnits&) override {
    file_.emplace(path_);
    file_->write(details_text(details_));
    return {file_->complete()};
  }

  void publish() override { file_->commit(); }

 private:
  fs::path path_, input_;
  std::string picture_;
  Details details_;
  std::optional<AtomicFile> file_;
};

}  // namespace

std::unique_ptr<Sink> make_details_sink(fs::path file, const DetailsSinkOptions& options) {
  return std::make_unique<DetailsSink>(std::move(file), options);
}

}  // namespace auriga
