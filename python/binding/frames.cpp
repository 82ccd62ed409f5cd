#include "frames.hpp"

#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "auriga/calibration.hpp"
#include "auriga/error.hpp"
#include "auriga/session.hpp"
#include "auriga/source.hpp"

#include "engine.hpp"
#include "extraction.hpp"
#include "files/columns.hpp"
#include "host.hpp"
#include "pictures.hpp"
#include "table.hpp"

namespace auriga::python {
namespace {

namespace nb = nanobind;
using Floats = nb::ndarray<nb::numpy, const float>;

// A face in a frame, copied.
struct Row {
  FrameResult result;
  std::shared_ptr<const UnitNames> units;
  std::vector<double> intensities, presences;
  std::shared_ptr<const FaceMesh> mesh;
  std::shared_ptr<const Blendshapes> blendshapes;
  bool has_gaze = false;
};

Row copy_of(const FaceRow& row, const std::shared_ptr<const UnitNames>& units, bool has_gaze) {
  Row copy{row.result, units, {}, {}, {}, {}, has_gaze};
  copy.intensities.assign(row.intensities.begin(), row.intensities.end());
  copy.presences.assign(row.presences.begin(), row.presences.end());
  if (row.mesh != nullptr) copy.mesh = std::make_shared<const FaceMesh>(*row.mesh);
  if (row.blendshapes != nullptr)
    copy.blendshapes = std::make_shared<const Blendshapes>(*row.blendshapes);
  return copy;
}

// Planes of `count` numbers one behind the other as count x planes.
nb::object points(const float* data, std::size_t count, std::size_t planes, nb::handle owner) {
  const std::size_t shape[] = {count, planes};
  const std::int64_t strides[] = {1, static_cast<std::int64_t>(count)};
  return nb::cast(Floats(data, 2, shape, owner, strides));
}

nb::object numbers(const float* data, std::size_t count, nb::handle owner) {
  const std::size_t shape[] = {count};
  return nb::cast(Floats(data, 1, shape, owner));
}

nb::dict action_units(const Row& row) {
  nb::dict units;
  for (std::size_t i = 0; i < row.intensities.size(); ++i)
    units[(row.units->intensities[i] + std::string(kIntensityEnding)).c_str()] = row.intensities[i];
  for (std::size_t i = 0; i < row.presences.size(); ++i)
    units[(row.units->presences[i] + std::string(kPresenceEnding)).c_str()] = row.presences[i];
  return units;
}

nb::list list_of(std::vector<Row>&& rows) {
  nb::list list;
  for (Row& row : rows) list.append(nb::cast(std::move(row)));
  return list;
}

// Held by one caller at a time.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& taken, const char* what) : taken_(taken) {
    if (taken_.exchange(true))
      throw Error(ErrorCode::usage,
                  fmt::format("this {0} is in use on another thread, and takes one call at a time; "
                              "give each thread a {0} of its own, they can share an engine",
                              what));
  }
  ~Turn() { taken_ = false; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::atomic<bool>& taken_;
};

// What a session of frames is made with.
SessionOptions session_options(const LoadedEngine& loaded, const GivenOptions& given,
                               bool final_units, bool mesh, bool blendshapes) {
  app::ExtractSettings settings;
  const app::OptionList list = extract_options(settings);
  set_options(list, loaded.options);
  set_options(list, given);
  complete(settings);
  begin_with_baseline(loaded.engine, settings);
  const Setup& setup = loaded.engine.setup();
  SessionOptions options = settings.session;
  options.final_units = final_units;
  options.needs.units_now = true;
  options.needs.gaze = setup.has_gaze;
  options.needs.mesh = mesh;
  options.needs.blendshapes = blendshapes;
  if (mesh && !setup.has_mesh)
    throw Error(
        ErrorCode::usage,
        "--mesh needs the landmarker that finds it: --landmarker mesh (--preset open), not " +
            setup.landmarker);
  if (blendshapes && !setup.has_blendshapes)
    throw Error(ErrorCode::usage,
                "--blendshapes needs the face mesh and face_blendshapes.onnx of the model pack "
                "open: --landmarker mesh (--preset open), found " +
                    setup.landmarker);
  return options;
}

// A stream of frames that a program pushes.
class PushedStream {
 public:
  PushedStream(std::shared_ptr<const LoadedEngine> engine, const GivenOptions& given,
               bool final_units, bool mesh, bool blendshapes)
      : engine_(std::move(engine)), final_units_(final_units) {
    enter();
    session_.emplace(engine_->engine,
                     session_options(*engine_, given, final_units, mesh, blendshapes));
    units_ = std::make_shared<const UnitNames>(session_->units());
  }
  ~PushedStream() {
    if (!is_forked()) return;
    if (session_) new Session(std::move(*session_));
    new std::shared_ptr<const LoadedEngine>(std::move(engine_));
  }
  PushedStream(const PushedStream&) = delete;
  PushedStream& operator=(const PushedStream&) = delete;

  nb::list push(nb::handle array, double timestamp_s, const std::string& order) {
    enter();
    const Turn turn(taken_, "session");
    require_open();
    if (!std::isfinite(timestamp_s))
      throw Error(ErrorCode::input,
                  fmt::format("expected the time of the frame in seconds, found {}", timestamp_s));
    if (timestamp_s < last_s_)
      throw Error(ErrorCode::input,
                  fmt::format("expected times that never decrease, found {} s after {} s; begin a "
                              "session of its own for another stream",
                              timestamp_s, last_s_));
    const GivenPicture picture(array, channel_order(order), copy_);
    std::vector<Row> rows;
    {
      const Released release;
      const bool gaze = engine_->engine.setup().has_gaze;
      for (const FaceRow& row :
           session_->push({.index = frames_, .timestamp_s = timestamp_s, .bgr = picture.view()})) {
        rows.push_back(copy_of(row, units_, gaze));
        if (final_units_) keep(row.result);
      }
    }
    last_s_ = timestamp_s;
    ++frames_;
    return list_of(std::move(rows));
  }

  // The final values of all rows so far.
  Table finish() {
    enter();
    const Turn turn(taken_, "session");
    require_open();
    if (!final_units_)
      throw Error(ErrorCode::usage,
                  "expected a session that keeps what final values need, found "
                  "one with final_units=False");
    const Released release;
    const FinalUnits units = session_->finish();
    finished_ = true;
    return final_table(units);
  }

  void close() {
    if (is_forked()) return;
    const Turn turn(taken_, "session");
    const Released release;
    session_.reset();
  }
  bool closed() const { return !session_; }
  std::int64_t frames() const { return frames_; }

  std::vector<std::string> warnings() {
    enter();
    const Turn turn(taken_, "session");
    require_there();
    return session_->warnings();
  }

  void save_baseline(const FileText& file, int face_id) {
    enter();
    const Turn turn(taken_, "session");
    require_there();
    write_calibration(session_->calibration(face_id), file.path());
  }

 private:
  void require_there() const {
    if (!session_) throw Error(ErrorCode::usage, "this session is closed; make another one");
  }
  void require_open() const {
    require_there();
    if (finished_)
      throw Error(ErrorCode::usage,
                  "this session has ended with finish(); make another one for another stream");
  }

  void keep(const FrameResult& row) {
    keys_frame_.push_back(row.frame + 1);
    keys_face_.push_back(row.face_id);
    keys_time_.push_back(row.timestamp_s);
    keys_success_.push_back(row.success ? 1 : 0);
  }

  Table final_table(const FinalUnits& units) {
    const std::size_t rows = units.rows();
    const bool empty = engine_->engine.setup().lost_cells_empty;
    Columns columns;
    columns.add(std::string(kFrameColumn), ColumnType::whole);
    columns.whole.back() = keys_frame_;
    columns.add(std::string(kFaceIdColumn), ColumnType::whole);
    columns.whole.back() = keys_face_;
    columns.add(std::string(kTimestampColumn), ColumnType::real);
    columns.real.back() = keys_time_;
    columns.add(std::string(kSuccessColumn), ColumnType::truth);
    columns.truth.back() = keys_success_;
    const std::size_t first = columns.size();
    for (const std::string& unit : units_->intensities)
      columns.add(unit + std::string(kIntensityEnding), ColumnType::real);
    for (const std::string& unit : units_->presences)
      columns.add(unit + std::string(kPresenceEnding), ColumnType::real);
    for (std::size_t i = first; i < columns.size(); ++i) columns.real[i].assign(rows, std::nan(""));
    std::vector<double> intensities(units_->intensities.size()),
        presences(units_->presences.size());
    for (std::size_t row = 0; row < rows; ++row) {
      if (empty && keys_success_[row] == 0) continue;
      units.read(row, intensities, presences);
      for (std::size_t i = 0; i < intensities.size(); ++i)
        columns.real[first + i][row] = intensities[i];
      for (std::size_t i = 0; i < presences.size(); ++i)
        columns.real[first + intensities.size() + i][row] = presences[i];
    }
    return table_of(std::move(columns), rows);
  }

  std::shared_ptr<const LoadedEngine> engine_;
  bool final_units_;
  std::atomic<bool> taken_ = false;
  std::optional<Session> session_;
  std::shared_ptr<const UnitNames> units_;
  Image copy_;
  bool finished_ = false;
  std::int64_t frames_ = 0;
  double last_s_ = -std::numeric_limits<double>::infinity();
  std::vector<std::int64_t> keys_frame_, keys_face_;
  std::vector<double> keys_time_;
  std::vector<std::uint8_t> keys_success_;
};

// A frame of a source and its faces.
struct SeenFrame {
  std::int64_t index = 0;
  double timestamp_s = 0;
  bool missing = false;
  Image image;
  std::vector<Row> rows;
};

// A source that is followed frame by frame.
class ReadStream {
 public:
  ReadStream(std::shared_ptr<const LoadedEngine> engine, const std::string& path,
             const GivenOptions& given, bool mesh, bool blendshapes)
      : engine_(std::move(engine)) {
    enter();
    app::ExtractSettings settings;
    const app::OptionList list = extract_options(settings);
    set_options(list, engine_->options);
    set_options(list, given);
    complete(settings);
    source_ = open_source(path, settings.source);
    session_.emplace(engine_->engine, session_options(*engine_, given, false, mesh, blendshapes));
    units_ = std::make_shared<const UnitNames>(session_->units());
  }
  ~ReadStream() {
    if (!is_forked()) return;
    static_cast<void>(source_.release());
    if (session_) new Session(std::move(*session_));
    new std::shared_ptr<const LoadedEngine>(std::move(engine_));
  }
  ReadStream(const ReadStream&) = delete;
  ReadStream& operator=(const ReadStream&) = delete;

  // Nothing at the end.
  std::optional<SeenFrame> next() {
    enter();
    const Turn turn(taken_, "stream");
    if (!source_) return std::nullopt;
    const Released release;
    if (!source_->next(frame_)) {
      source_.reset();
      return std::nullopt;
    }
    SeenFrame seen{frame_.index, frame_.timestamp_s, frame_.missing, Image(frame_.bgr()), {}};
    const bool gaze = engine_->engine.setup().has_gaze;
    for (const FaceRow& row : session_->push({.index = frame_.index,
                              .timestamp_s = frame_.timestamp_s,
                              .bgr = seen.image.view(),
                              .missing = frame_.missing}))
      seen.rows.push_back(copy_of(row, units_, gaze));
    return seen;
  }
  void close() {
    if (is_forked()) return;
    const Turn turn(taken_, "stream");
    const Released release;
    source_.reset();
    session_.reset();
  }

 private:
  std::shared_ptr<const LoadedEngine> engine_;
  std::atomic<bool> taken_ = false;
  std::unique_ptr<Source> source_;
  std::optional<Session> session_;
  std::shared_ptr<const UnitNames> units_;
  Frame frame_;
};

nb::object image_of(nb::handle_t<SeenFrame> self) {
  const Image& image = nb::inst_ptr<SeenFrame>(self)->image;
  using Bytes = nb::ndarray<nb::numpy, const std::uint8_t>;
  const std::size_t shape[] = {static_cast<std::size_t>(image.height()),
                               static_cast<std::size_t>(image.width()), 3};
  return nb::cast(Bytes(image.data(), 3, shape, self));
}

void bind_row(nb::module_& module) {
  const auto row_of = [](nb::handle_t<Row> self) -> Row& { return *nb::inst_ptr<Row>(self); };
  nb::class_<Row>(module, "Row")
      .def_prop_ro("frame", [](const Row& row) { return row.result.frame + 1; })
      .def_prop_ro("face_id", [](const Row& row) { return row.result.face_id; })
      .def_prop_ro("timestamp", [](const Row& row) { return row.result.timestamp_s; })
      .def_prop_ro("confidence", [](const Row& row) { return row.result.confidence; })
      .def_prop_ro("success", [](const Row& row) { return row.result.success; })
      .def_prop_ro("action_units", action_units)
      .def_prop_ro("landmarks",
                   [=](nb::handle_t<Row> self) {
                     return points(row_of(self).result.landmarks.x.data(), kLandmarks, 2, self);
                   })
      .def_prop_ro("landmarks_3d",
                   [=](nb::handle_t<Row> self) {
                     return points(row_of(self).result.landmarks_3d_mm[0].data(), kLandmarks, 3,
                                   self);
                   })
      .def_prop_ro("pose",
                   [=](nb::handle_t<Row> self) {
                     return numbers(row_of(self).result.pose.translation_mm.data(), 6, self);
                   })
      .def_prop_ro(
          "gaze",
          [=](nb::handle_t<Row> self) -> nb::object {
            if (!row_of(self).has_gaze) return nb::none();
            const std::size_t shape[] = {2, 3};
            return nb::cast(Floats(row_of(self).result.gaze.direction[0].data(), 2, shape, self));
          })
      .def_prop_ro("gaze_angle",
                   [=](nb::handle_t<Row> self) -> nb::object {
                     if (!row_of(self).has_gaze) return nb::none();
                     return numbers(row_of(self).result.gaze.angle_rad.data(), 2, self);
                   })
      .def_prop_ro("shape",
                   [=](nb::handle_t<Row> self) {
                     return numbers(&row_of(self).result.shape.scale, 6 + kShapeModes, self);
                   })
      .def_prop_ro("mesh",
                   [=](nb::handle_t<Row> self) -> nb::object {
                     const auto& mesh = row_of(self).mesh;
                     return mesh ? points(mesh->x.data(), kMeshPoints, 3, self) : nb::none();
                   })
      .def_prop_ro("blendshapes", [](const Row& row) -> nb::object {
        if (!row.blendshapes) return nb::none();
        nb::dict shapes;
        for (std::size_t i = 0; i < row.blendshapes->size(); ++i)
          shapes[std::string(kBlendshapeNames[i]).c_str()] = (*row.blendshapes)[i];
        return shapes;
      });
  static_assert(sizeof(Landmarks) == 2 * kLandmarks * sizeof(float) &&
                sizeof(HeadPose) == 6 * sizeof(float) &&
                sizeof(ShapeFit) == (6 + kShapeModes) * sizeof(float) &&
                sizeof(FaceMesh) == 3 * kMeshPoints * sizeof(float));
}

}  // namespace

std::shared_ptr<const LoadedEngine> hold(Engine engine, const GivenOptions& options) {
  return {new LoadedEngine{std::move(engine), options}, [](const LoadedEngine* held) {
            if (!is_forked()) delete held;
          }};
}

std::shared_ptr<const LoadedEngine> load_engine(const GivenOptions& given) {
  enter();
  app::ExtractSettings settings;
  const app::OptionList list = extract_options(settings);
  set_options(list, given);
  complete(settings);
  return hold(Engine::load(settings.folders, settings.recipe), given);
}

void bind_engine(nb::module_& module) {
  nb::class_<LoadedEngine>(module, "LoadedEngine")
      .def_prop_ro("options", [](const LoadedEngine& engine) { return engine.options; })
      .def("setup",
           [](const LoadedEngine& loaded) {
             const Setup& setup = loaded.engine.setup();
             nb::dict facts;
             facts["preset"] = setup.preset;
             facts["detector"] = setup.detector;
             facts["landmarker"] = setup.landmarker;
             facts["estimator"] = setup.estimator;
             facts["device"] = setup.device_used;
             facts["note"] = setup.note;
             facts["has_gaze"] = setup.has_gaze;
             facts["has_mesh"] = setup.has_mesh;
             facts["has_blendshapes"] = setup.has_blendshapes;
             facts["experimental_action_units"] = nb::cast(setup.experimental_aus);
             facts["action_units_not_told"] = nb::cast(setup.untold_aus);
             nb::list models;
             for (const ModelFile& model : setup.models)
               models.append(nb::make_tuple(FileText(model.path.string()), model.sha256));
             facts["models"] = models;
             return facts;
           })
      .def(
          "picture",
          [](const LoadedEngine& loaded, nb::handle array, const std::string& order) {
            enter();
            Image copy;
            const GivenPicture picture(array, channel_order(order), copy);
            std::vector<Row> rows;
            {
              const Released release;
              const Faces faces = loaded.engine.picture(picture.view());
              const auto units = std::make_shared<const UnitNames>(faces.units());
              for (std::size_t i = 0; i < faces.size(); ++i)
                rows.push_back(copy_of(faces[i], units, loaded.engine.setup().has_gaze));
            }
            return list_of(std::move(rows));
          },
          nb::arg("image").none(), nb::arg("order") = "bgr");
  module.def(
      "load_engine",
      [](const GivenOptions& options) {
        return std::const_pointer_cast<LoadedEngine>(load_engine(options));
      },
      nb::call_guard<Released>());
}

void bind_frames(nb::module_& module) {
  bind_row(module);
  nb::class_<PushedStream>(module, "PushedStream")
      .def("__init__",
           [](PushedStream* self, const std::shared_ptr<LoadedEngine>& engine,
              const GivenOptions& options, bool final_units, bool mesh, bool blendshapes) {
             const Released release;
             new (self) PushedStream(engine, options, final_units, mesh, blendshapes);
           })
      .def("push", &PushedStream::push, nb::arg("image").none(), nb::arg("timestamp"),
           nb::arg("order") = "bgr")
      .def("finish", &PushedStream::finish)
      .def("close", &PushedStream::close)
      .def_prop_ro("closed", &PushedStream::closed)
      .def_prop_ro("frames", &PushedStream::frames)
      .def("warnings", &PushedStream::warnings)
      .def("save_baseline", &PushedStream::save_baseline);
  nb::class_<SeenFrame>(module, "SeenFrame")
      .def_prop_ro("frame", [](const SeenFrame& frame) { return frame.index + 1; })
      .def_ro("timestamp", &SeenFrame::timestamp_s)
      .def_ro("missing", &SeenFrame::missing)
      .def_prop_ro("image", image_of)
      .def("take_rows", [](SeenFrame& frame) { return list_of(std::move(frame.rows)); });
  nb::class_<ReadStream>(module, "ReadStream")
      .def("__init__",
           [](ReadStream* self, const std::shared_ptr<LoadedEngine>& engine, const FileText& path,
              const GivenOptions& options, bool mesh, bool blendshapes) {
             const Released release;
             new (self) ReadStream(engine, path, options, mesh, blendshapes);
           })
      .def("next",
           [](ReadStream& stream) -> nb::object {
             std::optional<SeenFrame> frame = stream.next();
             return frame ? nb::cast(std::move(*frame)) : nb::none();
           })
      .def("close", &ReadStream::close);
}

}  // namespace auriga::python
