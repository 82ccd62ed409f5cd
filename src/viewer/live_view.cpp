#include "viewer/live_view.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <utility>

#include "drawing/encode.hpp"
#include "viewer/page_server.hpp"

namespace auriga {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kJpegQuality = 80;
// A browser that has asked for nothing so long is gone.
constexpr std::chrono::seconds kGone{2};
constexpr std::chrono::milliseconds kLongestWait{900};

// Numbers of one frame: those of the first face.
struct Moment {
  std::int64_t frame = 0;
  double captured_s = 0;
  bool face = false;
  std::vector<float> intensities;
};

Json numbers(const std::vector<float>& values) {
  Json list = Json::array();
  for (const float value : values) list.add(static_cast<double>(value));
  return list;
}

// What is drawn over the picture, px of the frame.
Json overlay_of(const LiveFace& face) {
  Json x = Json::array(), y = Json::array(), values = Json::array();
  const FrameResult& result = face.result;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    x.add(static_cast<double>(result.landmarks.x[i]));
    y.add(static_cast<double>(result.landmarks.y[i]));
  }
  for (const double value : face.intensities) values.add(value);
  return Json::object({{"id", result.face_id},
                       {"confidence", result.confidence},
                       {"x", x},
                       {"y", y},
                       {"intensities", values},
                       {"pitch", static_cast<double>(face.pose.rotation_rad[0])},
                       {"yaw", static_cast<double>(face.pose.rotation_rad[1])},
                       {"roll", static_cast<double>(face.pose.rotation_rad[2])}});
}

}  // namespace

struct LiveView::State {
  explicit State(const LiveViewOptions& given)
      : options(given), server({given.port, true, "live.html"}, [this](const HttpRequest& request) {
          return answer(request);
        }) {}

  HttpReply answer(const HttpRequest& request);
  HttpReply setup();
  HttpReply next(std::int64_t after);
  HttpReply past(std::int64_t after);

  const LiveViewOptions options;

  std::mutex mutex;  // of what follows
  std::condition_variable newer;
  std::deque<Moment> moments;  // the last minute
  std::vector<std::string> units;
  Clock::time_point asked;  // when a browser asked last
  bool has_asked = false, stopping = false;
  // The latest frame that a browser was interested in; frame -1: none yet.
  std::int64_t frame = -1;
  Image picture;
  Json facts;

  PageServer server;
};

HttpReply LiveView::State::answer(const HttpRequest& request) {
  if (request.path == "/api/live") return setup();
  const std::int64_t after =
      number_in(request, "after", -1, std::numeric_limits<std::int64_t>::max(), -1);
  if (request.path == "/api/live/next") return next(after);
  if (request.path == "/api/live/past") return past(after);
  return problem(404, "there is nothing here");
}

// Units are known from the first frame on.
HttpReply LiveView::State::setup() {
  const std::lock_guard lock(mutex);
  return json_reply(Json::object({{"version", options.version},
                                  {"source", options.source},
                                  {"minute_s", options.minute_s},
                                  {"units", Json(units)}}));
}

// A frame behind `after`, with its picture: so that they belong together they come as one. Length
// of the JSON (4 bytes, little-endian), JSON, JPEG.
HttpReply LiveView::State::next(std::int64_t after) {
  Image shown;
  std::string text;
  {
    std::unique_lock lock(mutex);
    asked = Clock::now();
    has_asked = true;
    newer.wait_for(lock, kLongestWait, [&] { return stopping || frame > after; });
    asked = Clock::now();
    if (frame <= after) {
      HttpReply nothing;
      nothing.status = 204;
      return nothing;
    }
    shown = picture;
    text = facts.text();
  }
  const std::string jpeg =
      encode_jpeg(shown, {.quality = kJpegQuality, .width = options.most_width});
  HttpReply reply = text_reply({}, "application/octet-stream");
  const auto length = static_cast<std::uint32_t>(text.size());
  for (int i = 0; i < 4; ++i) reply.body += static_cast<char>(length >> (8 * i) & 0xFF);
  reply.body += text;
  reply.body += jpeg;
  return reply;
}

// The numbers of the last minute, behind `after`, for a page that was just opened.
HttpReply LiveView::State::past(std::int64_t after) {
  Json list = Json::array();
  const std::lock_guard lock(mutex);
  for (const Moment& moment : moments)
    if (moment.frame > after)
      list.add(Json::object({{"frame", moment.frame + 1},
                             {"time", moment.captured_s},
                             {"face", moment.face},
                             {"intensities", numbers(moment.intensities)}}));
  return json_reply(list);
}

LiveView::LiveView(const LiveViewOptions& options) : state_(std::make_unique<State>(options)) {
  state_->server.start();
}

LiveView::~LiveView() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->newer.notify_all();
  state_->server.stop();
}

void LiveView::show(ImageView bgr, const LivePacket& packet, const UnitNames& units) {
  Moment moment{packet.frame, packet.captured_s, false, {}};
  for (const LiveFace& face : packet.faces) {
    if (!face.result.success) continue;
    moment.face = true;
    moment.intensities.assign(face.intensities.begin(), face.intensities.end());
    break;
  }
  State& all = *state_;
  bool looked_at = false;
  {
    const std::lock_guard lock(all.mutex);
    if (all.units.empty()) all.units = units.intensities;
    while (!all.moments.empty() &&
           all.moments.front().captured_s < packet.captured_s - all.options.minute_s)
      all.moments.pop_front();
    all.moments.push_back(std::move(moment));
    looked_at = all.has_asked && Clock::now() - all.asked < kGone;
  }
  if (!looked_at) return;
  Json faces = Json::array();
  for (const LiveFace& face : packet.faces)
    if (face.result.success) faces.add(overlay_of(face));
  Json facts = Json::object({{"frame", packet.frame + 1},
                             {"time", packet.captured_s},
                             {"latency_ms", packet.latency_ms},
                             {"lost", packet.lost},
                             {"neutral", std::string(packet.neutral)},
                             {"width", bgr.width},
                             {"height", bgr.height},
                             {"faces", std::move(faces)}});
  Image copy(bgr);
  {
    const std::lock_guard lock(all.mutex);
    all.frame = packet.frame;
    all.picture = std::move(copy);
    all.facts = std::move(facts);
  }
  all.newer.notify_all();
}

int LiveView::port() const { return state_->server.port(); }
std::string LiveView::address() const { return state_->server.address(); }

}  // namespace auriga
