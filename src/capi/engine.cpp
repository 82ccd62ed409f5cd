// Engines of the C interface, and what belongs to the whole library.
#include <cstdarg>
#include <memory>
#include <sstream>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/source.hpp"

#include "capi/handles.hpp"
#include "capi/structure.hpp"

namespace auriga::capi {

std::vector<std::string> lines(const char* text) {
  std::vector<std::string> all;
  std::istringstream in(text_or_empty(text));
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) all.push_back(line);
  return all;
}

namespace {

Engine load(const auriga_engine_options& options) {
  Folders folders;
  for (const std::string& folder : lines(options.models)) folders.models.emplace_back(folder);
  if (folders.models.empty())
    bad_usage("options.models is NULL or empty, expected folders with model packs, one a line");
  folders.cache = text_or_empty(options.cache);
  folders.accept_altered = options.accept_altered != 0;
  RecipeChoice choice;
  choice.preset = text_or_empty(options.preset);
  choice.detector = text_or_empty(options.detector);
  choice.landmarker = text_or_empty(options.landmarker);
  choice.au = text_or_empty(options.au);
  choice.landmarks_csv = text_or_empty(options.landmarks);
  if (options.device != nullptr) choice.device = options.device;
  choice.all_aus = options.all_units != 0;
  choice.validate = options.validate != 0;
  return Engine::load(folders, choice);
}

}  // namespace
}  // namespace auriga::capi

using namespace auriga::capi;

const char* auriga_version(void) { return auriga::version(); }

auriga_status auriga_take_ffmpeg_messages(void) {
  av_log_set_level(AV_LOG_QUIET);
  av_log_set_callback([](void* context, int level, const char*, va_list) {
    auriga::note_libav_message(context, level);
  });
  return AURIGA_OK;
}

auriga_status auriga_engine_load(const auriga_engine_options* options, auriga_engine** engine) {
  return guarded(__func__, [&] {
    required(engine, "engine") = nullptr;
    *engine = new auriga_engine{load(taken(required(options, "options"), "options"))};
  });
}

auriga_status auriga_engine_free(auriga_engine* engine) {
  delete engine;
  return AURIGA_OK;
}

auriga_status auriga_engine_setup(const auriga_engine* engine, auriga_setup* setup) {
  return guarded(__func__, [&] {
    const auriga::Setup& known = own_engine(engine).setup();
    give({.preset = known.preset.c_str(),
          .detector = known.detector.c_str(),
          .landmarker = known.landmarker.c_str(),
          .estimator = known.estimator.c_str(),
          .device = known.device_used.c_str(),
          .note = known.note.c_str(),
          .has_gaze = known.has_gaze,
          .has_mesh = known.has_mesh,
          .has_blendshapes = known.has_blendshapes,
          .splits_people = known.splits_people},
         required(setup, "setup"), "setup");
  });
}

auriga_status auriga_control_new(auriga_control** control) {
  return guarded(__func__, [&] {
    required(control, "control") = nullptr;
    *control = new auriga_control;
  });
}

auriga_status auriga_control_free(auriga_control* control) {
  delete control;
  return AURIGA_OK;
}

auriga_status auriga_control_cancel(auriga_control* control) {
  return guarded(__func__, [&] { required(control, "control").control.cancel(); });
}

auriga_status auriga_control_progress(const auriga_control* control, std::int64_t* frames,
                                      double* share) {
  return guarded(__func__, [&] {
    const auriga::Control& job = required(control, "control").control;
    required(frames, "frames") = job.frames();
    required(share, "share") = job.progress();
  });
}
