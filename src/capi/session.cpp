// Sessions of the C interface: frames in, rows and action units out.
#include <algorithm>
#include <array>
#include <cmath>

#include "auriga/calibration.hpp"

#include "capi/handles.hpp"
#include "capi/row.hpp"
#include "capi/structure.hpp"

namespace auriga::capi {
namespace {

constexpr int kMostSide_px = 32767;

void require_within(const char* name, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value < least || value > most)
    bad_usage(std::string(name) + " is " + std::to_string(value) + ", expected " +
              std::to_string(least) + " to " + std::to_string(most));
}

// x and y, or nothing for zeros.
std::optional<std::array<float, 2>> pair(const char* name, const double (&values)[2]) {
  if (values[0] == 0 && values[1] == 0) return std::nullopt;
  for (const double value : values)
    if (!(value > 0) || !std::isfinite(value))
      bad_usage(std::string(name) + " is " + std::to_string(values[0]) + ", " +
                std::to_string(values[1]) + ", expected two numbers above 0, or 0, 0");
  return std::array{static_cast<float>(values[0]), static_cast<float>(values[1])};
}

SessionOptions session_options(const auriga_session_options& options) {
  require_within("options.faces", options.faces, 0, 16);
  require_within("options.split_people", options.split_people, -1, 1);
  require_within("options.redetect_every", options.redetect_every, 0, INT32_MAX);
  SessionOptions all;
  all.still = options.still != 0;
  all.faces = options.faces == 0 ? 1 : options.faces;
  if (options.split_people != 0) all.split_people = options.split_people > 0;
  all.calibrate = options.no_calibration == 0;
  all.static_aus = options.static_units != 0;
  all.redetect_every = options.redetect_every;
  all.final_units = options.no_final_units == 0;
  all.needs.units_now = options.units_now != 0;
  all.needs.gaze = options.gaze != 0;
  all.needs.mesh = options.mesh != 0;
  all.needs.blendshapes = options.blendshapes != 0;
  all.needs.fhog = options.fhog != 0;
  all.needs.aligned = options.aligned != 0;
  all.focal_px = pair("options.focal_px", options.focal_px);
  all.centre_px = pair("options.centre_px", options.centre_px);
  for (const std::string& file : lines(options.calibrations))
    all.calibrations.push_back(read_calibration(file));
  return all;
}

FrameView frame_view(const auriga_session& session, const auriga_frame& frame) {
  const auto bad = [](const std::string& message) { throw Failure{AURIGA_INPUT, message}; };
  if (frame.width < 1 || frame.height < 1 || frame.width > kMostSide_px ||
      frame.height > kMostSide_px)
    bad("the frame has " + std::to_string(frame.width) + " x " + std::to_string(frame.height) +
        " px, expected 1 to " + std::to_string(kMostSide_px));
  if (frame.stride < std::int64_t{3} * frame.width)
    bad("frame.stride is " + std::to_string(frame.stride) + " bytes, expected 3 * width, " +
        std::to_string(3 * frame.width) + ", or more: 8 bits each of blue, green and red");
  if (!std::isfinite(frame.timestamp_s) || frame.timestamp_s < session.last_s)
    bad("frame.timestamp_s is " + std::to_string(frame.timestamp_s) +
        " s, expected no time before that of the frame before");
  return {.index = session.pushed,
          .timestamp_s = frame.timestamp_s,
          .bgr = {&required(frame.bgr, "frame.bgr"), frame.width, frame.height, 3,
                  static_cast<std::ptrdiff_t>(frame.stride)},
          .missing = frame.missing != 0};
}

const FinalUnits& final_units(auriga_session& session) {
  if (!session.final_units)
    bad_usage("the stream goes on; auriga_session_finish() ends it and tells its action units");
  return *session.final_units;
}

void give_name(const std::vector<std::string>& names, std::int32_t index, const char** name) {
  required(name, "name") = nullptr;
  if (index < 0 || static_cast<std::size_t>(index) >= names.size())
    bad_usage("index is " + std::to_string(index) + ", there are " + std::to_string(names.size()));
  *name = names[static_cast<std::size_t>(index)].c_str();
}

void require_room(const char* name, const double* to, std::int64_t size, std::int64_t rows,
                  std::size_t units) {
  if (to == nullptr && size == 0) return;
  const std::int64_t expected = rows * static_cast<std::int64_t>(units);
  if (to == nullptr || size != expected)
    bad_usage(std::string(name) + (to == nullptr ? " is NULL" : "") + " with room for " +
              std::to_string(size) + " numbers, expected " + std::to_string(expected) + ": " +
              std::to_string(rows) + " rows of " + std::to_string(units));
}

}  // namespace
}  // namespace auriga::capi

using namespace auriga::capi;

auriga_status auriga_session_new(const auriga_engine* engine, const auriga_session_options* options,
                                 auriga_session** session) {
  return guarded(__func__, [&] {
    required(session, "session") = nullptr;
    const auriga::SessionOptions known =
        session_options(options == nullptr ? auriga_session_options{} : taken(*options, "options"));
    *session = new auriga_session(own_engine(engine), known);
  });
}

auriga_status auriga_session_free(auriga_session* session) {
  return guarded(__func__, [&] {
    if (session == nullptr) return;
    if (session->busy.exchange(true, std::memory_order_acquire))
      throw Failure{AURIGA_BUSY, "the session is in use; it was not freed"};
    delete session;
  });
}

auriga_status auriga_session_unit_count(const auriga_session* session, std::int32_t* intensities,
                                        std::int32_t* presences) {
  return guarded(__func__, [&] {
    const auriga::UnitNames& units = required(session, "session").units;
    required(intensities, "intensities") = static_cast<std::int32_t>(units.intensities.size());
    required(presences, "presences") = static_cast<std::int32_t>(units.presences.size());
  });
}

auriga_status auriga_session_intensity_name(const auriga_session* session, std::int32_t index,
                                            const char** name) {
  return guarded(__func__,
                 [&] { give_name(required(session, "session").units.intensities, index, name); });
}

auriga_status auriga_session_presence_name(const auriga_session* session, std::int32_t index,
                                           const char** name) {
  return guarded(__func__,
                 [&] { give_name(required(session, "session").units.presences, index, name); });
}

auriga_status auriga_session_push(auriga_session* session, const auriga_frame* frame,
                                  std::int32_t* rows) {
  return guarded(__func__, [&] {
    const Use use(session);
    required(rows, "rows") = 0;
    const auriga_frame known = taken(required(frame, "frame"), "frame");
    const auriga::FrameView view = frame_view(*use, known);
    use->rows = {};
    use->rows = use->session.push(view);
    ++use->pushed;
    use->last_s = known.timestamp_s;
    *rows = static_cast<std::int32_t>(use->rows.size());
  });
}

auriga_status auriga_session_row(auriga_session* session, std::int32_t index, auriga_row* row) {
  return guarded(__func__, [&] {
    const Use use(session);
    if (index < 0 || static_cast<std::size_t>(index) >= use->rows.size())
      bad_usage("index is " + std::to_string(index) + ", the last frame pushed has " +
                std::to_string(use->rows.size()) + " rows");
    give(row_of(use->rows[static_cast<std::size_t>(index)]), required(row, "row"), "row");
  });
}

auriga_status auriga_session_finish(auriga_session* session, std::int64_t* rows) {
  return guarded(__func__, [&] {
    const Use use(session);
    required(rows, "rows") = 0;
    use->rows = {};
    if (!use->final_units) use->final_units = use->session.finish();
    *rows = static_cast<std::int64_t>(use->final_units->rows());
  });
}

auriga_status auriga_session_final_units(auriga_session* session, std::int64_t first,
                                         std::int64_t count, double* intensities,
                                         std::int64_t intensities_size, double* presences,
                                         std::int64_t presences_size) {
  return guarded(__func__, [&] {
    const Use use(session);
    const auriga::FinalUnits& units = final_units(*use);
    const auto rows = static_cast<std::int64_t>(units.rows());
    if (first < 0 || count < 0 || first > rows || count > rows - first)
      bad_usage(std::to_string(count) + " rows from row " + std::to_string(first) +
                " on, there are " + std::to_string(rows));
    const std::size_t told = use->units.intensities.size(), shown = use->units.presences.size();
    require_room("intensities", intensities, intensities_size, count, told);
    require_room("presences", presences, presences_size, count, shown);
    std::vector<double> one(told), other(shown);
    for (std::int64_t row = 0; row < count; ++row) {
      units.read(static_cast<std::size_t>(first + row), one, other);
      if (intensities != nullptr) intensities = std::copy(one.begin(), one.end(), intensities);
      if (presences != nullptr) presences = std::copy(other.begin(), other.end(), presences);
    }
  });
}

auriga_status auriga_session_save_calibration(auriga_session* session, std::int32_t face_id,
                                              const char* file) {
  return guarded(__func__, [&] {
    const Use use(session);
    required(file, "file");
    auriga::write_calibration(use->session.calibration(face_id), file);
  });
}
