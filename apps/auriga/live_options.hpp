// What `auriga live` is told, and the list of options that tell it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auriga/live.hpp"

#include "extract_options.hpp"
#include "options.hpp"

namespace auriga::app {

struct LiveSettings {
  std::string input;  // a device, a file, "-" or the address of a camera
  bool list = false;
  bool realtime = false, retry = false;
  std::optional<int> width, height;  // --size; px
  std::optional<double> rate;        // frames per second
  std::string pixels;                // of a camera, e.g. MJPG
  std::string raw;                   // of a pipe, e.g. bgr24
  std::optional<double> seconds;     // then it ends

  std::optional<double> neutral_s;
  std::string commands;  // FIFO, or "-"
  bool smooth = false;
  std::optional<double> smooth_cutoff_hz, smooth_beta;

  bool terminal = true;
  std::vector<std::string> ndjson, osc, vmc, zmq;
  std::optional<int> ws;
  std::string ws_bind = "127.0.0.1";
  std::vector<std::string> ws_origins;
  std::string lsl, lsl_library;
  std::string record;
  bool view = false;  // a page in the browser
  int view_port = 0;  // 0: any that is free

  // Engine, session, and the table of -o: ExtractSettings::output, empty for none.
  ExtractSettings extract;
};

// They refer to `settings`.
OptionList live_options(LiveSettings& settings);

// Checks settings against each other. Throws Error(usage).
void check(const LiveSettings& settings);

// What opens the source that the settings name.
LiveFeed::Open opener(const LiveSettings& settings);
// Whether the source goes on without us.
bool is_camera(const LiveSettings& settings);
// With the options of smoothing.
OneEuroOptions one_euro_options(const LiveSettings& settings);

}  // namespace auriga::app
