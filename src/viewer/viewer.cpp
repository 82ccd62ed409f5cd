#include "viewer/viewer.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "drawing/encode.hpp"
#include "files/manifest.hpp"
#include "files/part_name.hpp"
#include "files/table_name.hpp"
#include "media/frame_reader.hpp"
#include "tables/events.hpp"
#include "tables/quality.hpp"
#include "viewer/mark_tiers.hpp"
#include "viewer/marks_store.hpp"
#include "viewer/mesh_table.hpp"
#include "viewer/page_server.hpp"
#include "viewer/result_data.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

// Readers of videos that are kept open, each with its frames and threads.
constexpr std::size_t kMostReaders = 3;
constexpr int kJpegQuality = 90;
constexpr std::int64_t kMostPoints = 1 << 16;

// For <video>, by the ending of the file; empty: no browser plays it.
std::string_view video_type(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".mp4", "video/mp4"},   {".m4v", "video/mp4"},        {".mov", "video/mp4"},
      {".webm", "video/webm"}, {".mkv", "video/x-matroska"}, {".ogv", "video/ogg"}};
  for (const auto& [known, type] : kTypes)
    if (ending == known) return type;
  return {};
}

// A file to keep.
HttpReply download(std::string text, std::string_view type, const std::string& name) {
  HttpReply reply = text_reply(std::move(text), type);
  reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + name + "\"");
  return reply;
}

// Of a table without its ending, with letters and digits only, as it may stand in a header.
std::string plain_name(const StudyResult& result) {
  std::string name = table_stem(result.name).string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
  return name;
}

template <typename Number>
HttpReply numbers_reply(const std::vector<Number>& numbers) {
  HttpReply reply;
  reply.type = "application/octet-stream";
  reply.body.resize(numbers.size() * sizeof(Number));
  if (!numbers.empty()) std::memcpy(reply.body.data(), numbers.data(), reply.body.size());
  return reply;
}

struct FrameSpan {
  std::int64_t from, to;
};

FrameSpan span_in(const HttpRequest& request, std::int64_t most_frames) {
  constexpr std::int64_t kLast = 1'000'000'000'000;
  const std::int64_t from = number_in(request, "from", 1, kLast);
  const std::int64_t to = number_in(request, "to", from, kLast);
  if (to - from >= most_frames)
    throw Refusal{400, fmt::format("expected at most {} frames at a time", most_frames)};
  return {from, to};
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// How the frames of a request are cut into ranges (ResultData::ranges): from..to evenly, or from
// `from` on by their numbers of frames, in base 36 with points between.
std::vector<std::int64_t> edges_in(const HttpRequest& request) {
  const std::string_view widths = request.value("widths");
  if (widths.empty()) {
    const FrameSpan frames = span_in(request, std::int64_t{1} << 40);
    return ResultData::even_edges(
        frames.from, frames.to,
        static_cast<std::size_t>(number_in(request, "points", 1, kMostPoints, 2000)));
  }
  constexpr std::int64_t kLast = std::int64_t{1} << 40;
  std::vector<std::int64_t> edges{number_in(request, "from", 1, kLast)};
  for (const std::string_view word : split(widths, '.')) {
    std::int64_t width = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), width, 36);
    if (error != std::errc() || end != word.data() + word.size() || width < 1 ||
        width > kLast - edges.back())
      throw Refusal{400, "widths: expected numbers of frames in base 36 with points between"};
    edges.push_back(edges.back() + width);
  }
  return edges;
}

std::string header_text(const std::string& text) {
  std::string encoded;
  for (const unsigned char c : text)
    encoded +=
        std::isalnum(c) != 0 ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return encoded;
}

// What is known of a result once its table was read.
struct Digest {
  bool pending = true;
  std::string problem;
  std::size_t rows = 0, faces = 0, frames = 0;
  double seconds = 0;
  Json quality, events = Json::object();
  double followed = 0;
};

// Whether there is any number of it.
bool is_told(const AuTrack& unit) {
  const auto any = [](const std::vector<double>& values) {
    return std::any_of(values.begin(), values.end(),
                       [](double value) { return !std::isnan(value); });
  };
  return any(unit.intensity) || any(unit.presence);
}

// Beside the table.
fs::path index_path(const fs::path& table) { return beside_table(table, ".frames.index"); }

// Not a number is null.
Json real(double value) { return Json(value); }

Json json_of(const AuEvent& event) {
  return Json::object({{"unit", event.unit},
                       {"first", event.first},
                       {"last", event.last},
                       {"start_s", real(event.start_s)},
                       {"end_s", real(event.end_s)},
                       {"peak", real(event.peak)},
                       {"peak_frame", event.peak_frame},
                       {"peak_s", real(event.peak_s)}});
}

}  // namespace

struct Viewer::State {
  State(Study known, const ViewerOptions& given)
      : study(std::move(known)),
        options(given),
        digests(study.results.size()),
        server({given.port, given.read_only, "index.html"},
               [this](const HttpRequest& request) { return route(request); }) {
    AbandonedParts abandoned;
    for (const StudyResult& result : study.results) {
      marks.emplace_back(result.table);
      if (options.read_only) continue;
      abandoned.remove(marks.back().file());
      abandoned.remove(index_path(result.table));
    }
  }

  // A result that somebody looks at.
  struct Open {
    std::mutex mutex;
    std::shared_ptr<const ResultData> data;
    std::string data_problem;
    std::shared_ptr<FrameReader> reader;
    std::string reader_problem;
  };

  HttpReply route(const HttpRequest& request);
  HttpReply study_reply();
  HttpReply result_reply(std::size_t id);
  HttpReply data_reply(std::size_t id, std::string_view what, const HttpRequest& request);
  HttpReply video_reply(std::size_t id, const std::vector<std::string_view>& parts,
                        const HttpRequest& request);
  HttpReply frame_reply(std::size_t id, std::string_view name, const HttpRequest& request);
  HttpReply marks_reply(std::size_t id, const HttpRequest& request);
  HttpReply selection_reply(std::size_t id, const ResultData& data, const HttpRequest& request);
  HttpReply export_reply(std::size_t id, const ResultData& data, std::string_view what) const;
  Json json_of_marks(std::size_t id, const KnownMarks& known) const;
  Excluded excluded(std::size_t id) const;
  fs::path mesh_table(std::size_t id) const {
    return mesh_table_of(study.results[id].table, study.results[id].manifest);
  }

  std::shared_ptr<const ResultData> data_of(std::size_t id);
  std::shared_ptr<FrameReader> reader_of(std::size_t id);
  void digest_all();
  Digest digest_of(std::size_t id);

  const Study study;
  const ViewerOptions options;
  std::list<MarksStore> marks;  // by result

  std::mutex mutex;  // of what follows
  std::vector<Digest> digests;
  std::map<std::size_t, std::shared_ptr<Open>> open;
  std::list<std::size_t> data_order, reader_order;  // the one used last first

  std::atomic<bool> stopping{false};
  std::thread digesting;
  PageServer server;
};

HttpReply Viewer::State::route(const HttpRequest& request) {
  const std::vector<std::string_view> parts = split(std::string_view(request.path).substr(1), '/');
  const auto is = [&](std::size_t at, std::string_view word) {
    return at < parts.size() && parts[at] == word;
  };
  const bool put = request.method == "PUT";
  if (put && !(parts.size() == 4 && is(0, "api") && is(1, "results") && is(3, "marks")))
    return problem(405, "only marks can be written");
  if (request.path == "/api/study") return study_reply();
  if (request.path == "/api/alive") return json_reply(Json::object());
  const bool api = is(0, "api") && is(1, "results"), video = is(0, "v");
  const std::size_t at = api ? 2 : 1;
  if ((!api && !video) || parts.size() <= at) return problem(404, "there is nothing here");
  const auto id = whole_number(parts[at]);
  if (!id || *id < 0 || static_cast<std::size_t>(*id) >= study.results.size())
    return problem(404, "there is no result of this number");
  const auto result = static_cast<std::size_t>(*id);
  if (video) return video_reply(result, parts, request);
  if (parts.size() == 3) return result_reply(result);
  if (parts.size() != 4) return problem(404, "there is nothing here");
  if (is(3, "marks")) return marks_reply(result, request);
  return data_reply(result, parts[3], request);
}

HttpReply Viewer::State::study_reply() {
  Json results = Json::array();
  std::vector<Digest> known;
  {
    const std::lock_guard lock(mutex);
    known = digests;
  }
  for (std::size_t id = 0; id < study.results.size(); ++id) {
    const StudyResult& result = study.results[id];
    const Digest& digest = known[id];
    const Json& counts = result.manifest.at("counts");
    const bool read = !digest.pending && digest.problem.empty();
    const auto frames = read ? Json(digest.frames) : counts.at("frames");
    Json warnings = Json(result.warnings);
    if (!result.video_problem.empty()) warnings.add(result.video_problem);
    results.add(Json::object(
        {{"id", id},
         {"name", result.name},
         {"folder", result.folder},
         {"status", std::string(digest.problem.empty() ? name_of(result.status) : "failed")},
         {"problem", digest.problem.empty() ? result.problem : digest.problem},
         {"estimator", result.manifest.at("estimator")},
         {"frames", frames},
         {"rows", read ? Json(digest.rows) : counts.at("rows")},
         {"faces", read ? Json(digest.faces) : Json()},
         {"seconds", read ? Json(digest.seconds) : Json()},
         {"followed", read ? Json(digest.followed) : Json()},
         {"quality", digest.quality},
         {"warnings", warnings},
         {"video", !result.video.empty()},
         {"events", digest.events},
         {"pending", digest.pending}}));
  }
  return json_reply(Json::object({{"folder", study.folder},
                                  {"read_only", options.read_only},
                                  {"version", options.version},
                                  {"notes", Json(study.notes)},
                                  {"results", std::move(results)}}));
}

std::shared_ptr<const ResultData> Viewer::State::data_of(std::size_t id) {
  std::shared_ptr<Open> one;
  {
    const std::lock_guard lock(mutex);
    auto& slot = open[id];
    if (!slot) slot = std::make_shared<Open>();
    one = slot;
    data_order.remove(id);
    data_order.push_front(id);
  }
  const StudyResult& result = study.results[id];
  if (result.status == ResultStatus::failed) throw Refusal{409, result.problem};
  std::shared_ptr<const ResultData> data;
  {
    const std::lock_guard lock(one->mutex);
    if (!one->data && one->data_problem.empty()) {
      std::optional<PictureExtent> size = picture_size_of(result.table);
      try {
        one->data = std::make_shared<const ResultData>(
            result.table, size, written_beside(result.table, "_sides.csv", result.manifest));
      } catch (const Error& error) {
        one->data_problem = error.what();
      }
    }
    if (!one->data) throw Refusal{409, one->data_problem};
    data = one->data;
  }
  // Older ones go; whoever still uses them keeps them so long.
  const std::lock_guard lock(mutex);
  std::size_t bytes = 0;
  for (auto entry = data_order.begin(); entry != data_order.end();) {
    const std::shared_ptr<Open>& other = open[*entry];
    std::unique_lock held(other->mutex, std::try_to_lock);
    if (held && other->data) bytes += other->data->bytes();
    if (held && *entry != id && bytes > options.table_bytes) {
      other->data.reset();
      entry = data_order.erase(entry);
    } else {
      ++entry;
    }
  }
  return data;
}

std::shared_ptr<FrameReader> Viewer::State::reader_of(std::size_t id) {
  const StudyResult& result = study.results[id];
  if (result.video.empty()) throw Refusal{404, result.video_problem};
  std::shared_ptr<Open> one;
  std::vector<std::shared_ptr<FrameReader>> closing;  // outside of the lock
  {
    const std::lock_guard lock(mutex);
    auto& slot = open[id];
    if (!slot) slot = std::make_shared<Open>();
    one = slot;
    reader_order.remove(id);
    reader_order.push_front(id);
    while (reader_order.size() > kMostReaders) {
      const std::shared_ptr<Open>& other = open[reader_order.back()];
      std::unique_lock held(other->mutex, std::try_to_lock);
      if (!held) break;
      closing.push_back(std::move(other->reader));
      reader_order.pop_back();
    }
  }
  const std::lock_guard lock(one->mutex);
  if (!one->reader && one->reader_problem.empty()) {
    try {
      FrameReaderOptions how;
      how.source = result.video_options;
      how.source.threads = 2;
      how.cache_bytes = options.frame_bytes;
      how.index_file = options.read_only ? fs::path() : index_path(result.table);
      one->reader = std::make_shared<FrameReader>(result.video, how);
    } catch (const Error& error) {
      one->reader_problem = error.what();
    }
  }
  if (!one->reader) throw Refusal{409, one->reader_problem};
  return one->reader;
}

HttpReply Viewer::State::result_reply(std::size_t id) {
  const StudyResult& result = study.results[id];
  const std::shared_ptr<const ResultData> data = data_of(id);
  Json json = Json::object({{"id", id},
                            {"name", result.name},
                            {"folder", result.folder},
                            {"status", std::string(name_of(result.status))},
                            {"problem", result.problem},
                            {"warnings", Json(result.warnings)},
                            {"table", result.name},
                            {"manifest", result.manifest}});
  {
    const std::lock_guard lock(mutex);
    json.add("quality", digests[id].quality);
  }
  Json video;
  std::string video_problem = result.video_problem;
  if (!result.video.empty()) {
    try {
      const std::shared_ptr<FrameReader> reader = reader_of(id);
      const IndexProgress progress = reader->progress();
      const SourceInfo& info = reader->info();
      const std::string_view type = video_type(result.video);
      const SourceOptions& shown = result.video_options;
      const bool plain = shown.rotate == 0 && shown.fps == 0 && !shown.deinterlace;
      video = Json::object(
          {{"name", result.video.filename().string()},
           {"width", info.width},
           {"height", info.height},
           {"frames", progress.complete ? progress.frames
                                        : std::max(info.expected_frames, data->last_frame())},
           {"fps", info.fps},
           {"seconds", info.duration_s},
           {"url", plain && !type.empty() ? Json(fmt::format("/v/{}/file", id)) : Json()},
           {"type", std::string(type)},
           {"index", Json::object({{"known", progress.frames},
                                   {"frames", progress.complete ? Json(progress.frames) : Json()},
                                   {"complete", progress.complete},
                                   {"problem", progress.problem}})},
           {"sequential", reader->why_sequential()},
           {"changed", result.video_problem}});
      if (progress.complete && progress.frames < data->last_frame())
        video_problem = fmt::format(
            "the table has rows for frames up to {}, and the video has {} "
            "frames: is it the right video?",
            data->last_frame(), progress.frames);
    } catch (const Refusal& refusal) {
      video_problem = refusal.text;
    }
  }
  json.add("video", video);
  json.add("video_problem", video.is_null() ? video_problem : std::string());
  json.add("timed", data->timed());
  json.add("step", data->units().step);
  Json faces = Json::array(), columns = Json::array(), units = Json::array();
  for (const FaceRows& face : data->faces())
    faces.add(Json::object({{"id", face.id},
                            {"rows", face.frames.size()},
                            {"rows_with_face", face.rows_with_face},
                            {"first", face.frames.front()},
                            {"last", face.frames.back()}}));
  for (const DataColumn& column : data->columns())
    columns.add(Json::object({{"name", column.name},
                              {"group", column.group},
                              {"unit", column.unit},
                              {"meaning", column.meaning},
                              {"min", column.least},
                              {"max", column.most}}));
  for (const AuTrack& unit : data->units().faces.front().aus)
    units.add(Json::object({{"name", unit.name},
                            {"told", is_told(unit)},
                            {"description", std::string(au_description(unit.name))},
                            {"intensity", !unit.intensity.empty()},
                            {"presence", !unit.presence.empty()}}));
  const OverlayParts parts = data->overlay_parts();
  json.add("faces", faces);
  json.add("last_frame", data->last_frame());
  json.add("columns", columns);
  json.add("units", units);
  json.add("overlay", Json::object({{"landmarks", parts.landmarks},
                                    {"head", parts.head},
                                    {"gaze", parts.gaze},
                                    {"eyes", parts.eyes},
                                    {"mesh", !mesh_table(id).empty()}}));
  json.add("marks", !options.read_only);
  return json_reply(json);
}

HttpReply Viewer::State::data_reply(std::size_t id, std::string_view what,
                                    const HttpRequest& request) {
  const StudyResult& result = study.results[id];
  if (what == "manifest") {
    if (result.manifest_file.empty()) return problem(404, "there is no manifest");
    return text_reply(result.manifest.text() + "\n", "text/plain; charset=utf-8");
  }
  if (what == "index") {
    const IndexProgress progress = reader_of(id)->progress();
    return json_reply(Json::object({{"known", progress.frames},
                                    {"frames", progress.complete ? Json(progress.frames) : Json()},
                                    {"complete", progress.complete},
                                    {"problem", progress.problem}}));
  }
  const std::shared_ptr<const ResultData> data = data_of(id);
  if (what == "marks.eaf" || what == "marks.boris.csv") return export_reply(id, *data, what);
  if (what == "rows.csv") {
    const FrameSpan frames = span_in(request, std::numeric_limits<std::int64_t>::max() / 2);
    return download(data->rows_csv(frames.from, frames.to), "text/csv; charset=utf-8",
                    fmt::format("{}_{}-{}.csv", plain_name(result), frames.from, frames.to));
  }
  if (what == "selection") return selection_reply(id, *data, request);
  const FaceRows* face =
      data->face(number_in(request, "face", std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::int64_t>::max(), data->faces().front().id));
  if (face == nullptr) return problem(404, "the table has no such face");
  if (what == "times") {
    std::vector<double> numbers;
    numbers.reserve(2 * face->frames.size());
    for (std::size_t row = 0; row < face->frames.size(); ++row) {
      numbers.push_back(static_cast<double>(face->frames[row]));
      numbers.push_back(face->times[row]);
    }
    return numbers_reply(numbers);
  }
  if (what == "mesh") {
    const fs::path file = mesh_table(id);
    if (file.empty()) return problem(404, "there is no table of --mesh");
    return numbers_reply(
        mesh_at(file, face->id, number_in(request, "frame", 1, std::int64_t{1} << 40)));
  }
  if (what == "columns") {
    const std::vector<std::int64_t> edges = edges_in(request);
    std::vector<float> numbers;
    for (const std::string_view name : split(request.value("names"), ',')) {
      const auto column = data->find(name);
      if (!column) throw Refusal{404, fmt::format("the table has no column {}", name)};
      const std::vector<float> one = data->ranges(*face, *column, edges);
      numbers.insert(numbers.end(), one.begin(), one.end());
      if (numbers.size() > (std::size_t{1} << 24))
        throw Refusal{400, "too many numbers at a time: ask for fewer columns or points"};
    }
    HttpReply reply = numbers_reply(numbers);
    reply.headers.emplace_back("X-Points", std::to_string(edges.size() - 1));
    return reply;
  }
  if (what == "overlay") {
    const FrameSpan frames = span_in(request, ResultData::kMostOverlays);
    return numbers_reply(data->overlay(*face, frames.from, frames.to));
  }
  if (what == "events") {
    AuTable table = data->units();
    exclude(table, excluded(id));
    Json events = Json::array();
    for (const FaceTrack& track : table.faces)
      if (track.id == face->id)
        for (const AuEvent& event : find_events(table, track)) events.add(json_of(event));
    return json_reply(events);
  }
  return problem(404, "there is nothing here");
}

// What was marked, for ELAN and BORIS.
HttpReply Viewer::State::export_reply(std::size_t id, const ResultData& data,
                                      std::string_view what) const {
  const StudyResult& result = study.results[id];
  const AuTable& table = data.units();
  AnnotatedVideo video;
  video.name = result.video.filename().string();
  video.begin_s = table.timed ? std::min(0.0, table.begin()) : 0;
  // Marks may lie behind the last row.
  video.end_s = table.timed ? table.end() : 0;
  video.fps = table.timed && table.step > 0 ? 1 / table.step : 0;
  const auto& store = *std::next(marks.begin(), static_cast<std::ptrdiff_t>(id));
  const std::vector<Tier> tiers = mark_tiers(store.read().marks, table);
  for (const Tier& tier : tiers)
    for (const Annotation& one : tier.annotations) video.end_s = std::max(video.end_s, one.end_s);
  const bool elan = what == "marks.eaf";
  return download(
      annotation_text(elan ? AnnotationForm::elan : AnnotationForm::boris, tiers, video),
      elan ? "application/xml" : "text/csv; charset=utf-8",
      fmt::format("{}.{}", plain_name(result), what));
}

Excluded Viewer::State::excluded(std::size_t id) const {
  try {
    return Excluded(std::next(marks.begin(), static_cast<std::ptrdiff_t>(id))->read().marks);
  } catch (const Error&) {
    return {};  // the page says that they cannot be read
  }
}

HttpReply Viewer::State::selection_reply(std::size_t id, const ResultData& data,
                                         const HttpRequest& request) {
  const FrameSpan frames = span_in(request, std::int64_t{1} << 40);
  const FaceRows* rows =
      data.face(number_in(request, "face", std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max(), data.faces().front().id));
  const AuTable& table = data.units();
  const auto face = std::find_if(table.faces.begin(), table.faces.end(), [&](const FaceTrack& one) {
    return rows != nullptr && one.id == rows->id;
  });
  if (face == table.faces.end()) return problem(404, "the table has no such face");
  const auto begin = static_cast<std::size_t>(
      std::lower_bound(face->frames.begin(), face->frames.end(), frames.from) -
      face->frames.begin());
  const auto end = static_cast<std::size_t>(
      std::upper_bound(face->frames.begin(), face->frames.end(), frames.to) - face->frames.begin());
  const Excluded left_out = excluded(id);
  std::size_t followed = 0, excluded_rows = 0;
  std::vector<std::size_t> counted;
  for (std::size_t row = begin; row < end; ++row) {
    const double seconds =
        table.timed ? face->times[row] : std::numeric_limits<double>::quiet_NaN();
    if (left_out.contains(face->frames[row], seconds)) {
      ++excluded_rows;
    } else if (face->success[row] != 0) {
      ++followed;
      counted.push_back(row);
    }
  }
  Json units = Json::array();
  for (const AuTrack& unit : face->aus) {
    double sum = 0, peak = -1;
    std::size_t numbers = 0, present = 0, peak_row = begin;
    for (const std::size_t row : counted) {
      present += is_present(unit, row) ? 1 : 0;
      if (unit.intensity.empty() || std::isnan(unit.intensity[row])) continue;
      ++numbers;
      sum += unit.intensity[row];
      if (unit.intensity[row] > peak) {
        peak = unit.intensity[row];
        peak_row = row;
      }
    }
    const double n = static_cast<double>(numbers);
    units.add(
        Json::object({{"name", unit.name},
                      {"mean", numbers > 0 ? Json(sum / n) : Json()},
                      {"peak", numbers > 0 ? Json(peak) : Json()},
                      {"peak_frame", numbers > 0 ? Json(face->frames[peak_row]) : Json()},
                      {"share", counted.empty() ? Json()
                                                : Json(static_cast<double>(present) /
                                                       static_cast<double>(counted.size()))}}));
  }
  const double seconds =
      !table.timed || begin == end ? 0 : face->times[end - 1] - face->times[begin] + table.step;
  return json_reply(Json::object({{"seconds", seconds},
                                  {"frames", frames.to - frames.from + 1},
                                  {"rows", end - begin},
                                  {"followed", followed},
                                  {"excluded", excluded_rows},
                                  {"units", units}}));
}

Json Viewer::State::json_of_marks(std::size_t id, const KnownMarks& known) const {
  Json list = Json::array();
  for (const Mark& mark : known.marks) list.add(auriga::json_of(mark));
  const auto& store = *std::next(marks.begin(), static_cast<std::ptrdiff_t>(id));
  return Json::object({{"version", known.version},
                       {"file", store.file().filename().string()},
                       {"marks", std::move(list)}});
}

HttpReply Viewer::State::marks_reply(std::size_t id, const HttpRequest& request) {
  MarksStore& store = *std::next(marks.begin(), static_cast<std::ptrdiff_t>(id));
  if (request.method != "PUT") return json_reply(json_of_marks(id, store.read()));
  const std::optional<Json> body = Json::parse(request.body);
  if (!body || body->at("version").as_text() == nullptr)
    return problem(400, "expected {\"version\": ..., \"marks\": [...]}");
  std::vector<Mark> wanted;
  try {
    wanted = marks_of_json(body->at("marks"));
  } catch (const Error& error) {
    return problem(400, error.what());
  }
  if (store.write(*body->at("version").as_text(), wanted))
    return json_reply(json_of_marks(id, store.read()));
  Json now = json_of_marks(id, store.read());
  now.add("error", fmt::format("{} was changed meanwhile, by another page or program",
                               store.file().filename().string()));
  return json_reply(now, 409);
}

HttpReply Viewer::State::video_reply(std::size_t id, const std::vector<std::string_view>& parts,
                                     const HttpRequest& request) {
  if (parts.size() == 4 && parts[2] == "frame") return frame_reply(id, parts[3], request);
  if (parts.size() == 3 && parts[2] == "times")
    return numbers_reply(reader_of(id)->times(0, std::int64_t{1} << 40));
  if (parts.size() != 3 || parts[2] != "file") return problem(404, "there is nothing here");
  const StudyResult& result = study.results[id];
  const std::string_view type = video_type(result.video);
  // What no reader of videos can open is not given away either.
  reader_of(id);
  if (type.empty()) return problem(404, "browsers do not play this kind of file");
  HttpReply reply;
  reply.type = type;
  reply.file = result.video;
  return reply;
}

HttpReply Viewer::State::frame_reply(std::size_t id, std::string_view name,
                                     const HttpRequest& request) {
  if (!name.ends_with(".jpg")) return problem(404, "there is nothing here");
  const auto number = whole_number(name.substr(0, name.size() - 4));
  if (!number || *number < 1) return problem(404, "frames are counted from 1");
  const auto who = static_cast<std::uint64_t>(
      number_in(request, "who", 0, std::numeric_limits<std::int64_t>::max(), 0));
  const std::shared_ptr<FrameReader> reader = reader_of(id);
  const std::optional<ShownFrame> frame =
      reader->frame({.index = *number - 1, .viewer = who, .unproved = true});
  if (!frame) {
    const IndexProgress progress = reader->progress();
    if (progress.complete && *number > progress.frames)
      return problem(404, fmt::format("the video has {} frames", progress.frames));
    HttpReply reply;
    reply.status = 204;
    return reply;
  }
  const auto width = static_cast<int>(number_in(request, "width", 16, 16384, frame->bgr->width()));
  HttpReply reply;
  reply.type = "image/jpeg";
  reply.body = encode_jpeg(*frame->bgr, {.quality = kJpegQuality, .width = width});
  reply.headers = {{"X-Frame", std::to_string(frame->index + 1)},
                   {"X-Time", fmt::format("{:.6f}", frame->timestamp_s)},
                   {"X-Proved", frame->proved ? "1" : "0"},
                   {"X-Missing", frame->missing ? "1" : "0"},
                   {"X-Sequential", header_text(reader->why_sequential())}};
  return reply;
}

// Tables one after the other, in the background, so that the list is there at once.
void Viewer::State::digest_all() {
  for (std::size_t id = 0; id < study.results.size() && !stopping; ++id) {
    Digest digest = digest_of(id);
    digest.pending = false;
    const std::lock_guard lock(mutex);
    digests[id] = std::move(digest);
  }
}

Digest Viewer::State::digest_of(std::size_t id) {
  const StudyResult& result = study.results[id];
  Digest digest;
  if (result.status == ResultStatus::failed) return digest;
  try {
    AuTable table;
    try {
      table = read_au_table(result.table);
    } catch (const Error&) {
      // One without action units still has rows; what else is wrong is said by this.
      table = ResultData(result.table, std::nullopt).units();
    }
    exclude(table, excluded(id));
    const Quality quality = quality_of(table, recording_of(result.table));
    digest.quality = Json::object(
        {{"verdict", std::string(word(quality.verdict))}, {"reasons", Json(quality.reasons)}});
    digest.followed = quality.followed;
    digest.frames = table.frames;
    digest.faces = table.faces.size();
    digest.seconds = table.timed ? table.end() - table.begin() : 0;
    for (const FaceTrack& face : table.faces) digest.rows += face.frames.size();
    for (const AuTrack& unit : table.faces.front().aus)
      if (is_told(unit))
        digest.events.add(unit.name, find_events(table, table.faces.front(), unit).size());
  } catch (const std::exception& error) {
    digest.problem = error.what();
  }
  return digest;
}

Viewer::Viewer(Study study, const ViewerOptions& options)
    : state_(std::make_unique<State>(std::move(study), options)) {
  state_->server.start();
  state_->digesting = std::thread([state = state_.get()] { state->digest_all(); });
}

Viewer::~Viewer() {
  state_->stopping = true;
  // Whoever waits for a frame has to go on before the server can end.
  {
    const std::lock_guard lock(state_->mutex);
    for (auto& [id, open] : state_->open) {
      const std::lock_guard held(open->mutex);
      if (open->reader) open->reader->stop();
    }
  }
  state_->server.stop();
  state_->digesting.join();
}

int Viewer::port() const { return state_->server.port(); }
std::string Viewer::address() const { return state_->server.address(); }
double Viewer::quiet_s() const { return state_->server.quiet_s(); }

}  // namespace auriga
