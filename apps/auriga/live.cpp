// `auriga live`: action units of a camera or a stream as it happens.
#include "auriga/live.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "auriga/error.hpp"
#include "auriga/machine.hpp"
#include "auriga/sinks.hpp"

#include "commands.hpp"
#include "console.hpp"
#include "extraction.hpp"
#include "files/atomic_file.hpp"
#include "files/manifest.hpp"
#include "files/part_name.hpp"
#include "files/written_file.hpp"
#include "input_run.hpp"
#include "live_controls.hpp"
#include "live_online.hpp"
#include "live_options.hpp"
#include "live_run.hpp"
#include "live_terminal.hpp"
#include "own_names.hpp"
#include "process.hpp"
#include "resume.hpp"
#include "stop_signals.hpp"
#include "viewer/live_view.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

int list() {
  const std::vector<CameraInfo> cameras = list_cameras();
  if (cameras.empty()) fmt::print("no cameras: there is no /dev/video* that gives pictures\n");
  for (const CameraInfo& one : cameras) {
    fmt::print("{}  {}\n", one.device.string(), one.name);
    for (const std::string& mode : one.modes) fmt::print("  {}\n", mode);
  }
  return 0;
}

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// All that takes values, in the order of --help.
struct Outlets {
  std::vector<std::unique_ptr<LiveSink>> live;
  std::vector<std::unique_ptr<Sink>> results;  // the video, then the table
  int websocket_port = 0;

  std::vector<LiveSink*> live_sinks() const {
    std::vector<LiveSink*> all;
    for (const auto& one : live) all.push_back(one.get());
    return all;
  }
  std::vector<Sink*> result_sinks() const {
    std::vector<Sink*> all;
    for (const auto& one : results) all.push_back(one.get());
    return all;
  }
  // Nobody reads any more.
  bool all_gone() const {
    return results.empty() && !live.empty() &&
           std::all_of(live.begin(), live.end(), [](const auto& one) { return one->gone(); });
  }
};

fs::path online_path(const fs::path& table) {
  fs::path path = table;
  path.replace_extension();
  path += "_online.csv";
  return path;
}

void require_own_names(const LiveSettings& s, const Setup& setup) {
  OwnNames names;
  std::error_code ignored;
  if (fs::is_regular_file(s.input, ignored)) names.add_input(s.input, "the input " + s.input);
  for (const ReadFile& one : read_by(setup))
    names.add_input(one.path, one.what + " " + one.path.string());
  if (!s.extract.baseline.empty())
    names.add_input(s.extract.baseline, "--baseline " + s.extract.baseline.string());
  for (const std::string& one : s.ndjson)
    if (one != "-" && (!fs::exists(one, ignored) || fs::is_regular_file(one, ignored)))
      names.add_result(one, "--ndjson " + one);
  if (!s.record.empty()) names.add_result(s.record, "--record " + s.record);
  if (s.extract.output.empty()) return;
  const OutputPaths paths(s.extract.output);
  names.add_result(paths.csv, "the table");
  names.add_result(paths.manifest, "the manifest of the table");
  names.add_result(online_path(paths.csv), "the comparison beside the table");
}

Outlets make_outlets(const LiveSettings& s, const Setup& setup, LiveOrders& orders) {
  Outlets outlets;
  auto& live = outlets.live;
  // What comes on its own does not wait for a reader that is too slow.
  const bool newest_wins = s.realtime || is_camera(s) || is_network_address(s.input);
  for (const std::string& one : s.ndjson)
    live.push_back(make_ndjson_live_sink(one, {newest_wins, stop_requested}));
  if (s.ws) {
    auto server =
        make_websocket_live_sink({*s.ws, s.ws_bind, s.ws_origins, [&orders](std::string_view text) {
                                    // Whoever reads may not end it.
                                    const auto order = live_order(text);
                                    if (order && *order != LiveOrder::quit) orders.add(*order);
                                  }});
    outlets.websocket_port = server->port();
    live.push_back(std::move(server));
  }
  for (const std::string& one : s.osc) live.push_back(make_osc_live_sink(one));
  for (const std::string& one : s.vmc)
    live.push_back(make_vmc_live_sink(one, setup.has_blendshapes));
  for (const std::string& one : s.zmq) live.push_back(make_zmq_live_sink(one));
  if (!s.lsl.empty()) live.push_back(make_lsl_live_sink(s.lsl, s.lsl_library));
  AbandonedParts abandoned;
  if (!s.record.empty()) {
    abandoned.remove(s.record);
    outlets.results.push_back(make_tracked_video_sink(s.record, {.sound = {}, .drawn = false}));
  }
  if (!s.extract.output.empty()) {
    const OutputPaths paths(s.extract.output);
    for (const fs::path& path : {paths.csv, paths.manifest, online_path(paths.csv)})
      abandoned.remove(path);
    outlets.results.push_back(
        make_csv_sink(s.extract.output,
                      {.dialect = s.extract.outputs.dialect, .groups = s.extract.outputs.groups}));
  }
  return outlets;
}

// Rates and latencies of the last second or so.
class Recently {
 public:
  void add(double latency_ms) {
    const auto now = steady_clock::now();
    latest_.push_back({now, latency_ms});
    while (latest_.size() > 2 && now - latest_.front().at > std::chrono::seconds(2))
      latest_.pop_front();
  }
  double fps() const {
    if (latest_.size() < 2) return 0;
    return static_cast<double>(latest_.size() - 1) /
           std::chrono::duration<double>(latest_.back().at - latest_.front().at).count();
  }
  double latency_ms() const {
    if (latest_.empty()) return 0;
    std::vector<double> all;
    for (const One& one : latest_) all.push_back(one.latency_ms);
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    return *middle;
  }

 private:
  struct One {
    steady_clock::time_point at;
    double latency_ms;
  };
  std::deque<One> latest_;
};

std::string neutral_text(const LiveRun& run) {
  const std::string word = run.neutral();
  if (word == "running") return "learnt as frames come";
  if (word == "showing") return "SHOW YOUR NEUTRAL FACE";
  if (word == "shown") return "as it was shown";
  if (word == "given") return "that of --baseline";
  return "none";
}

class Live {
 public:
  Live(LiveSettings& settings, const OptionList& options) : s_(settings), options_(options) {}

  int run() {
    stop_on_signals();
    check(s_);
    complete(s_.extract);
    const Engine engine = Engine::load(s_.extract.folders, s_.extract.recipe);
    choose_columns(s_.extract, engine.setup());
    require_own_names(s_, engine.setup());
    begin_with_baseline(engine, s_.extract);
    outlets_ = make_outlets(s_, engine.setup(), orders_);
    const fs::path table = s_.extract.output;
    if (!table.empty()) online_.emplace(table.parent_path());

    LiveFeed feed(opener(s_), s_.retry);
    LiveRunOptions options;
    options.session = s_.extract.session;
    if (s_.smooth) options.smooth = one_euro_options(s_);
    options.neutral_s = s_.neutral_s;
    options.baseline = !s_.extract.baseline.empty();
    options.stream.format = feed.info().description;
    options.stream.fps = feed.info().fps > 0 ? feed.info().fps : 30;
    options.stream.average_fps = options.stream.fps;
    LiveRun run(engine, std::move(options), outlets_.live_sinks(), outlets_.result_sinks(),
                online_ ? &*online_ : nullptr);
    begin_manifest(engine.setup());
    if (s_.view) {
      LiveViewOptions page;
      page.port = s_.view_port;
      page.version = version();
      page.source = s_.input + ", " + feed.info().description;
      view_.emplace(page);
      complain("auriga: --view: {}\n", view_->address());
    }
    const steady_clock::time_point begin = steady_clock::now();
    {
      // Nothing but the values belongs on standard output.
      const bool shares = isatty(STDOUT_FILENO) != 0 &&
                          std::find(s_.ndjson.begin(), s_.ndjson.end(), "-") != s_.ndjson.end();
      LiveTerminal terminal(s_.terminal && !shares, s_.extract.quiet,
                            s_.input != "-" && s_.commands != "-", orders_);
      std::optional<LiveCommands> commands;
      if (!s_.commands.empty()) commands.emplace(s_.commands, orders_);
      greet(engine.setup(), feed, terminal);
      follow(feed, run, terminal);
      feed.stop();
      feed.join();
    }
    finish(feed, run, begin);
    return exit_code_;
  }

 private:
  void greet(const Setup& setup, const LiveFeed& feed, LiveTerminal& terminal) {
    if (terminal.draws()) return;
    terminal.say("auriga: " + feed.info().description);
    terminal.say(fmt::format("auriga: preset {}: {} + {}, action units {}", setup.preset,
                             setup.detector, setup.landmarker, setup.estimator));
    for (const auto& one : outlets_.live) terminal.say("auriga: sends: " + one->name());
  }

  void obey(LiveRun& run, LiveTerminal& terminal, bool& wanted) {
    while (const auto order = orders_.take()) {
      if (*order == LiveOrder::quit) wanted = false;
      if (*order == LiveOrder::reset) run.forget_neutral();
      if (*order != LiveOrder::neutral) continue;
      try {
        run.show_neutral();
      } catch (const Error& error) {
        terminal.say_error(std::string("auriga: ") + error.what());
      }
    }
  }

  void follow(LiveFeed& feed, LiveRun& run, LiveTerminal& terminal) {
    constexpr milliseconds kPatience{50};
    constexpr double kSilence_s = 3;
    bool wanted = true, silent = false;
    std::string trouble;
    Recently recently;
    steady_clock::time_point latest = steady_clock::now(), seen = latest;
    LiveFrame frame;
    while (wanted && !stop_requested() && !outlets_.all_gone()) {
      obey(run, terminal, wanted);
      LiveFeed::Got got = LiveFeed::Got::nothing;
      try {
        got = feed.next(frame, kPatience);
      } catch (const Error& error) {
        partial_reason_ = error.what();
        exit_code_ = std::max(exit_code_, static_cast<int>(error.code()));
        terminal.say_error(std::string("auriga: ") + error.what());
        return;
      }
      if (got == LiveFeed::Got::end) {
        ended_ = true;
        return;
      }
      if (got == LiveFeed::Got::frame) {
        if (s_.seconds && frame.captured_s >= *s_.seconds) {
          ended_ = true;
          return;
        }
        run.frame(frame);
        if (view_) view_->show(frame.view().bgr, run.packet(), run.stream().units);
        recently.add(run.packet().latency_ms);
        latest = steady_clock::now();
        if (!run.packet().faces.empty() && run.last_face_s() == run.latest_s()) seen = latest;
        silent = false;
      }
      if (const std::string news = run.news(); !news.empty()) terminal.say("auriga: " + news);
      for (; said_failures_ < run.failures().size(); ++said_failures_)
        terminal.say_error("auriga: " + run.failures()[said_failures_] +
                           "; it is left out from here on");
      if (const std::string now = feed.trouble(); now != trouble) {
        trouble = now;
        terminal.say("auriga: " + (now.empty() ? "it is there again" : now + "; waiting"));
      }
      if (!silent && trouble.empty() && seconds_since(latest) > kSilence_s) {
        silent = true;
        terminal.say(fmt::format("auriga: no frame for {:.0f} s; waiting", kSilence_s));
      }
      terminal.update(picture(feed, run, recently, latest, seen, trouble));
    }
  }

  LivePicture picture(const LiveFeed& feed, const LiveRun& run, const Recently& recently,
                      steady_clock::time_point latest, steady_clock::time_point seen,
                      const std::string& trouble) const {
    LivePicture p;
    const LivePacket& packet = run.packet();
    p.source = feed.info().description;
    p.frames = run.frames();
    p.lost = feed.lost();
    p.fps = recently.fps();
    p.latency_ms = recently.latency_ms();
    p.captured_s = packet.captured_s;
    p.waiting_s = seconds_since(latest);
    p.unseen_s = seconds_since(seen);
    p.trouble = trouble;
    p.neutral = neutral_text(run);
    for (const auto& one : outlets_.live) p.dropped.emplace_back(one->name(), one->dropped());
    for (const LiveFace& face : packet.faces) {
      if (!face.result.success) continue;
      p.face = true;
      const UnitNames& names = run.stream().units;
      for (std::size_t i = 0; i < names.intensities.size(); ++i)
        p.intensities.emplace_back(names.intensities[i], face.intensities[i]);
      for (std::size_t i = 0; i < names.presences.size(); ++i)
        if (face.presences[i] > 0) p.presences.push_back(names.presences[i]);
      p.pose = face.pose;
      p.gaze = face.gaze;
      break;
    }
    return p;
  }

  void begin_manifest(const Setup& setup) {
    describe_setup(setup, manifest_);
    manifest_.options = noted(options_);
    manifest_.workers = 1;
    manifest_.kernels = isa_word(isa_in_use());
    manifest_.started_utc = utc_now();
    std::error_code ignored;
    if (fs::is_regular_file(s_.input, ignored))
      identify_input(s_.input, manifest_);
    else
      manifest_.input.path = s_.input == "-" ? "standard input" : s_.input;
  }

  void describe_run(const LiveFeed& feed, LiveRun& run, double seconds) {
    describe_stream(run.stream(), manifest_);
    manifest_.input.frames_decoded = run.frames();
    manifest_.counts = {run.frames(), run.frames_with_face(), 0, run.rows(), run.rows_lost()};
    // A camera goes on for ever: where its user ends it is its end.
    const bool endless = is_camera(s_) || is_network_address(s_.input);
    if (partial_reason_.empty() && !ended_ && !endless)
      partial_reason_ = fmt::format("stopped on request after {} frames", run.frames());
    manifest_.complete = partial_reason_.empty();
    manifest_.partial_reason = partial_reason_;
    for (std::string& warning : feed.warnings()) manifest_.warnings.push_back(std::move(warning));
    for (std::string& warning : run.session().warnings())
      manifest_.warnings.push_back(std::move(warning));
    if (run.frames_with_face() == 0)
      manifest_.warnings.emplace_back("no face was found in any frame");
    manifest_.notes.push_back(
        fmt::format("live: rows are the frames that were analysed, at the times of their capture; "
                    "{} frames of the source were not",
                    feed.lost()));
    for (const auto& one : outlets_.live)
      if (one->dropped() > 0)
        manifest_.notes.push_back(
            fmt::format("{}: {} messages were dropped, since the receiver was "
                        "too slow or gone",
                        one->name(), one->dropped()));
    manifest_.warnings.insert(manifest_.warnings.end(), failures_.begin(), failures_.end());
    manifest_.input.facts = feed.facts();
    manifest_.neutral = run.session().neutral();
    manifest_.seconds = seconds;
    manifest_.finished_utc = utc_now();
    manifest_.peak_memory_mb = peak_memory_mb();
  }

  void finish(const LiveFeed& feed, LiveRun& run, steady_clock::time_point begin) {
    const FinalUnits units = run.finish();
    const fs::path table = s_.extract.output;
    std::vector<Sink*> finished;
    std::vector<Written> written;
    // Of no frame there is no table, and no video.
    if (run.frames() > 0)
      for (Sink* sink : run.results()) {
        try {
          for (Written& one : sink->finish(units)) written.push_back(std::move(one));
          finished.push_back(sink);
        } catch (const Error& error) {
          failed(error.what());
          if (s_.extract.quiet) complain("auriga: {}\n", error.what());
        }
      }
    const bool compared = run.frames() > 0 && online_ && run.compares();
    if (compared) {
      write_file(online_path(table), online_table(*online_, units));
      written.push_back(describe_file(online_path(table)));
    }
    for (std::size_t i = 0; i < run.failures().size(); ++i) {
      failed(run.failures()[i]);
      if (s_.extract.quiet && i >= said_failures_) complain("auriga: {}\n", run.failures()[i]);
    }
    describe_run(feed, run, seconds_since(begin));
    for (const Written& one : written) {
      manifest_.outputs.push_back(one.path.string());
      manifest_.warnings.insert(manifest_.warnings.end(), one.warnings.begin(), one.warnings.end());
    }
    manifest_.written = written;
    if (run.frames() > 0 && !table.empty()) write_manifest(manifest_, OutputPaths(table).manifest);
    for (Sink* sink : finished) sink->publish();
    if (run.frames() == 0 && !outlets_.results.empty()) {
      complain("auriga: {}: no frame came, so that there is nothing to write\n", s_.input);
      exit_code_ = std::max(exit_code_, static_cast<int>(ErrorCode::input));
    }
    if (s_.extract.quiet) return;
    complain("auriga: {} frames, face followed in {}, {} lost, {:.1f} s, peak memory {:.0f} MB\n",
             run.frames(), run.frames_with_face(), feed.lost(), seconds_since(begin),
             peak_memory_mb());
    for (const auto& one : outlets_.live)
      if (one->dropped() > 0)
        complain("auriga: {}: {} messages dropped\n", one->name(), one->dropped());
    for (const std::string& warning : manifest_.warnings)
      complain("auriga: warning: {}\n", warning);
    if (run.frames() == 0) return;
    if (compared) print_difference(units);
    for (const Written& one : written) complain("auriga: wrote {}\n", one.path.string());
  }

  void failed(const std::string& what) {
    failures_.push_back(what);
    exit_code_ = std::max(exit_code_, static_cast<int>(ErrorCode::output));
  }

  // Over all units together; the table has each.
  void print_difference(const FinalUnits& units) const {
    constexpr double kBegin_s = 10, kEver = 1e18;
    for (const auto& [words, from, to] :
         {std::tuple("in the first 10 s", 0.0, kBegin_s), {"later", kBegin_s, kEver}}) {
      double r = 0, with_r = 0, off = 0, intensities = 0, equal = 0, presences = 0;
      std::int64_t rows = 0;
      for (const OnlineAgreement& one : online_->compare(units, from, to)) {
        rows = one.rows;
        if (one.unit.ends_with("_c")) {
          equal += one.equal, ++presences;
          continue;
        }
        off += std::abs(one.mean_difference), ++intensities;
        if (one.r == one.r) r += one.r, ++with_r;
      }
      if (rows == 0) continue;
      complain(
          "auriga: sent against final values {}: {} rows, mean of the units: r {:.2f}, off by "
          "{:.2f}, presences equal {:.1f} %\n",
          words, rows, with_r > 0 ? r / with_r : 0, off / std::max(1.0, intensities),
          100 * equal / std::max(1.0, presences));
    }
  }

  LiveSettings& s_;
  const OptionList& options_;
  std::optional<LiveView> view_;
  LiveOrders orders_;  // outlives the sinks that give some
  Outlets outlets_;
  std::optional<OnlineValues> online_;
  RunManifest manifest_;
  bool ended_ = false;  // the source
  std::string partial_reason_;
  std::vector<std::string> failures_;  // of whoever takes values
  std::size_t said_failures_ = 0;      // those of the run that were said as they came
  int exit_code_ = 0;
};

int run(LiveSettings& settings, const OptionList& options) {
  if (settings.list) return list();
  return Live(settings, options).run();
}

}  // namespace

Command live_command() {
  const auto settings = std::make_shared<LiveSettings>();
  const OptionList options = live_options(*settings);
  return {"live", "Action units of a camera or a stream as it happens", options,
          [settings, options] { return run(*settings, options); }};
}

}  // namespace auriga::app
