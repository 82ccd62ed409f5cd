#include "live_options.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "stop_signals.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSource = "Source";
constexpr const char* kValues = "Values";
constexpr const char* kSinks = "Where values go (any number at a time)";

Setting size(std::optional<int>& width, std::optional<int>& height) {
  Setting setting{OptionForm::text};
  setting.set = [&](const std::string& text) {
    int x = 0, y = 0, end = 0;
    if (std::sscanf(text.c_str(), "%5dx%5d%n", &x, &y, &end) != 2 ||
        static_cast<std::size_t>(end) != text.size() || x < 1 || y < 1)
      return false;
    width = x, height = y;
    return true;
  };
  setting.value = [&] { return width ? fmt::format("{}x{}", *width, *height) : std::string(); };
  return setting;
}

Setting port(std::optional<int>& to) {
  Setting setting{OptionForm::whole, {}, 0, 65535};
  setting.set = [&to](const std::string& text) {
    constexpr std::size_t kDigits = 5;
    constexpr int kMost = 65535;
    if (text.empty() || text.size() > kDigits ||
        text.find_first_not_of("0123456789") != std::string::npos || std::stoi(text) > kMost)
      return false;
    to = std::stoi(text);
    return true;
  };
  setting.value = [&to] { return to ? std::to_string(*to) : std::string(); };
  return setting;
}

OptionList source_options(LiveSettings& s) {
  return {
      {.flag = "INPUT",
       .group = "Options",
       .help = "A camera (/dev/video0), a video (as it is, every frame; with --realtime at its own "
               "speed), - (what another program writes to standard input: --raw, JPEG pictures or "
               "a video container), or the address of a camera (rtsp://, http://)",
       .setting = text(s.input)},
      {.flag = "--list",
       .group = kSource,
       .help = "Say which cameras there are, with their sizes and rates, and end",
       .setting = yes(s.list)},
      {.flag = "--realtime",
       .group = kSource,
       .help = "Play a video as if it were a camera: at its own speed, the newest frame wins",
       .setting = yes(s.realtime)},
      {.flag = "--retry",
       .group = kSource,
       .help = "A camera that is gone is waited for, and a source that has ended opened again",
       .setting = yes(s.retry)},
      {.flag = "--size",
       .group = kSource,
       .help = "Of the pictures of a camera, the nearest that it has (default: 640x480), or of "
               "--raw",
       .label = "WxH",
       .effect = Effect::result,
       .setting = size(s.width, s.height)},
      {.flag = "--rate",
       .group = kSource,
       .help = "Frames per second: of a camera at least so many if it can (default: 30); of --raw "
               "and of JPEG pictures their times are multiples of 1/N instead of those of their "
               "arrival",
       .effect = Effect::result,
       .setting = real(s.rate, 0.01)},
      {.flag = "--pixel-format",
       .group = kSource,
       .help = "Of a camera, as V4L2 names it: YUYV, MJPG .. (default: the best of those in which "
               "it reaches the rate)",
       .label = "NAME",
       .effect = Effect::result,
       .setting = text(s.pixels)},
      {.flag = "--raw",
       .group = kSource,
       .help = "Standard input has raw pictures, rows without gaps: bgr24, rgb24, gray, yuyv422, "
               "uyvy422, nv12, yuv420p; with --size",
       .label = "FORMAT",
       .effect = Effect::result,
       .setting = text(s.raw)},
      {.flag = "--seconds",
       .group = kSource,
       .help = "End after so many seconds of the source",
       .setting = real(s.seconds, 0)},
  };
}

OptionList value_options(LiveSettings& s) {
  return {
      {.flag = "--neutral",
       .group = kValues,
       .help = "The first N seconds with a face show its neutral face; values are against that "
               "from then on",
       .more = "The table of `-o` does not heed it ([live.md](live.md#neutral))",
       .effect = Effect::result,
       .setting = real(s.neutral_s, 0.1)},
      {.flag = "--commands",
       .group = kValues,
       .help = "Read commands from a FIFO, one a line: neutral, reset, quit; - is standard input",
       .label = "FIFO",
       .setting = text(s.commands)},
      {.flag = "--smooth",
       .group = kValues,
       .help = "Smooth intensities, head pose and gaze with a One-Euro filter",
       .more = "Off: values are as `Session::push` gives them. Never of the table",
       .effect = Effect::result,
       .setting = yes(s.smooth)},
      {.flag = "--smooth-cutoff",
       .group = kValues,
       .help = "Its cutoff at rest, Hz (default: 1)",
       .effect = Effect::result,
       .setting = real(s.smooth_cutoff_hz, 0.001)},
      {.flag = "--smooth-beta",
       .group = kValues,
       .help = "How much faster it follows what moves (default: 0.3)",
       .effect = Effect::result,
       .setting = real(s.smooth_beta, 0)},
  };
}

OptionList sink_options(LiveSettings& s) {
  return {
      {.flag = "--no-terminal",
       .group = kSinks,
       .help = "No bars on the terminal",
       .more = "Where standard error is none, there is a line every ten seconds instead",
       .setting = no(s.terminal)},
      {.flag = "--ndjson",
       .group = kSinks,
       .help = "Lines of JSON, one per frame and face, to a file, a FIFO or - (standard output)",
       .more = "A file loses nothing ([live.md](live.md#json))",
       .label = "FILE",
       .setting = texts(s.ndjson)},
      {.flag = "--ws",
       .group = kSinks,
       .help = "The same over WebSocket at this port; 0: one that is free, and it is said",
       .label = "PORT",
       .setting = port(s.ws)},
      {.flag = "--bind",
       .group = kSinks,
       .help = "Address of this machine at which --ws listens; others than the default let the "
               "network read",
       .label = "ADDRESS",
       .setting = text(s.ws_bind)},
      {.flag = "--origin",
       .group = kSinks,
       .help = "Pages of this origin may read --ws, too, besides those of this machine; e.g. "
               "https://lab.example",
       .label = "ORIGIN",
       .setting = texts(s.ws_origins)},
      {.flag = "--view",
       .group = kSinks,
       .help = "A page in the browser of this machine: picture, landmarks, the last minute",
       .more = "Its address, with a token, is printed; 127.0.0.1 and ::1 only, as `auriga view`",
       .setting = yes(s.view)},
      {.flag = "--view-port",
       .group = kSinks,
       .help = "Port of --view (default: any free one)",
       .label = "N",
       .setting = whole(s.view_port, 1, 65535, 0)},
      {.flag = "--osc",
       .group = kSinks,
       .help = "Open Sound Control over UDP, a bundle per frame",
       .label = "HOST:PORT",
       .setting = texts(s.osc)},
      {.flag = "--vmc",
       .group = kSinks,
       .help = "Virtual Motion Capture protocol: blend shapes by ARKit's names and the head",
       .label = "HOST:PORT",
       .setting = texts(s.vmc)},
      {.flag = "--zmq",
       .group = kSinks,
       .help = "ZeroMQ PUB at an endpoint, tcp://127.0.0.1:5570, in FACSvatar's messages; with > "
               "before it connects instead of binding",
       .label = "ENDPOINT",
       .setting = texts(s.zmq)},
      {.flag = "--lsl",
       .group = kSinks,
       .help = "Lab Streaming Layer: an outlet of this name",
       .label = "NAME",
       .setting = text(s.lsl)},
      {.flag = "--lsl-library",
       .group = kSinks,
       .help = "File of liblsl, where the system has none, e.g. that of pylsl",
       .label = "FILE",
       .setting = text(s.lsl_library)},
      {.flag = "-o,--output",
       .group = kSinks,
       .help = "At the end the table of final values, as if the frames had been a video, with a "
               "manifest, and how the values that were sent differ from them (NAME_online.csv)",
       .label = "FILE",
       .setting = text(s.extract.output)},
      {.flag = "--record",
       .group = kSinks,
       .help = "The video as seen, every frame at its own time (.mp4)",
       .label = "FILE",
       .setting = text(s.record)},
      {.flag = "--quiet",
       .group = kSinks,
       .help = "Nothing but errors on standard error",
       .setting = yes(s.extract.quiet)},
  };
}

void append(OptionList& to, OptionList rows) {
  std::move(rows.begin(), rows.end(), std::back_inserter(to));
}

}  // namespace

OptionList live_options(LiveSettings& s) {
  OptionList rows = source_options(s);
  append(rows, value_options(s));
  append(rows, sink_options(s));
  // Those of `auriga extract` but of its files.
  OptionList shared = rows_of(engine_options(s.extract),
                              {"--models", "--preset", "--detector", "--landmarker", "--au",
                               "--all-aus", "--landmark-model", "--wild", "--mended", "--validate",
                               "--accept-altered-models", "--device", "--predictor", "--no-cache"});
  append(shared, stream_options(s.extract));
  for (OptionRow& row : shared) row.group = "As in `auriga extract`";
  append(rows, std::move(shared));
  return rows;
}

void check(const LiveSettings& s) {
  const auto bad = [](const std::string& message) { throw Error(ErrorCode::usage, message); };
  if (s.input.empty())
    bad("auriga live expects a camera such as /dev/video0, a video, or - for standard input; "
        "`auriga live --list` says which cameras there are");
  const bool piped = s.input == "-";
  if (!s.raw.empty() && !piped) bad("--raw is for pictures on standard input: auriga live -");
  if (s.realtime && (piped || is_network_address(s.input)))
    bad("--realtime is for videos; what is not a file comes at its own speed anyway");
  if (s.commands == "-" && piped)
    bad("--commands - and the frames cannot both be standard input; name a FIFO for the commands");
  if (!s.smooth && (s.smooth_cutoff_hz || s.smooth_beta))
    bad("--smooth-cutoff and --smooth-beta have no use without --smooth");
  if (!s.ws && (s.ws_bind != "127.0.0.1" || !s.ws_origins.empty()))
    bad("--bind and --origin have no use without --ws");
  if (!s.view && s.view_port != 0) bad("--view-port has no use without --view");
  if (s.lsl.empty() && !s.lsl_library.empty()) bad("--lsl-library has no use without --lsl NAME");
  if (std::count(s.ndjson.begin(), s.ndjson.end(), "-") > 1)
    bad("--ndjson - is given twice; there is one standard output");
  if (!s.record.empty() && fs::path(s.record).extension() == ".avi")
    bad(s.record + ": --record writes MP4, in which every frame has its own time, found .avi");
  if (s.neutral_s && !s.extract.session.calibrate)
    bad("--neutral has no use where nobody is calibrated (--calibration none)");
}

bool is_camera(const LiveSettings& s) {
  std::error_code ignored;
  return s.input != "-" && !is_network_address(s.input) &&
         fs::status(s.input, ignored).type() == fs::file_type::character;
}

LiveFeed::Open opener(const LiveSettings& s) {
  using Stopped = std::function<bool()>;
  const auto or_signal = [](Stopped stopped) {
    return [stopped = std::move(stopped)] { return stop_requested() || stopped(); };
  };
  if (s.input == "-") {
    const PipeOptions pipe{s.raw, s.width.value_or(0), s.height.value_or(0), s.rate.value_or(0)};
    return [pipe, or_signal](Stopped stopped) {
      return open_pipe(STDIN_FILENO, pipe, or_signal(std::move(stopped)));
    };
  }
  if (is_network_address(s.input))
    return [address = s.input, or_signal](Stopped stopped) {
      return open_network_camera(address, or_signal(std::move(stopped)));
    };
  // A camera that is not plugged in yet is none, either.
  if (is_camera(s) || s.input.starts_with("/dev/video")) {
    CameraOptions camera;
    camera.width = s.width.value_or(camera.width);
    camera.height = s.height.value_or(camera.height);
    camera.fps = s.rate.value_or(camera.fps);
    camera.pixels = s.pixels;
    return [device = s.input, camera](const Stopped&) { return open_camera(device, camera); };
  }
  return [file = s.input, realtime = s.realtime](const Stopped&) {
    return open_live_file(file, realtime);
  };
}

OneEuroOptions one_euro_options(const LiveSettings& s) {
  OneEuroOptions options;
  options.min_cutoff_hz = s.smooth_cutoff_hz.value_or(options.min_cutoff_hz);
  options.beta = s.smooth_beta.value_or(options.beta);
  return options;
}

}  // namespace auriga::app
