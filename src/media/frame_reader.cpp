#include "media/frame_reader.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "auriga/error.hpp"

#include "media/frame_facts.hpp"
#include "media/frame_index.hpp"
#include "media/image_file.hpp"
#include "media/image_sequence.hpp"
#include "media/indexer.hpp"
#include "media/jump_decoder.hpp"
#include "media/kept_frame.hpp"
#include "media/orientation.hpp"
#include "media/packet_order.hpp"
#include "media/picture_hash.hpp"
#include "media/place_map.hpp"

namespace auriga {

namespace fs = std::filesystem;
using Lock = std::unique_lock<std::mutex>;

namespace {

// Before the packets are known, frames up to this one are read from the start.
constexpr std::int64_t kFirstFrames = 32;
// Frames between two calls that belong to one movement.
constexpr std::int64_t kStep = 8;
// Most frames that are decoded ahead of a movement, and that are converted ahead.
constexpr std::int64_t kMostAhead = 12, kConvertedAhead = 2;
// Frames that keep their picture in BGR, on either side of the one that was asked for last.
constexpr std::int64_t kConverted = 8;
// Pictures that no frame is known for, after which a beginning is given up.
constexpr int kMostUnknown = 1000;

// Somebody who waits for a frame. All fields belong to the mutex of the reader.
struct Waiting {
  std::int64_t frame = 0;  // of the video as it is
  std::uint64_t viewer = 0;
  bool unproved = false;
  bool superseded = false;
  std::shared_ptr<KeptFrame> kept;  // handed over, whatever becomes of the cache
  std::exception_ptr failure;
};

}  // namespace

// Two threads: `reading` decodes for those who wait, and ahead of them; `indexing` makes the index.
// What is not const belongs to the mutex, but for what is named as a thread's own. Frames are those
// of the video as it is, before it is resampled; places those after it.
struct FrameReader::State {
  State(const fs::path& file, FrameReaderOptions given);
  ~State();

  std::optional<ShownFrame> frame(const FrameRequest& request);
  void stop() noexcept;
  IndexProgress progress();
  std::optional<std::int64_t> wait_for_index();
  std::vector<double> times(std::int64_t first, std::int64_t count);
  std::string why_sequential() const;
  Counts counts_now() const;

  const fs::path path;
  const FrameReaderOptions options;
  SourceInfo info;  // const after the construction

 private:
  struct Goal {
    std::int64_t frame = -1;  // -1: nothing to do
    bool for_request = false;
    bool convert = false;  // it is there, and wanted in BGR
  };
  struct Cached {
    std::shared_ptr<KeptFrame> kept;
    std::size_t bytes = 0;  // as counted in cache_bytes
  };

  std::int64_t known_frames() const { return static_cast<std::int64_t>(known.size()); }
  void require_same_file() const;
  std::optional<MappedPlace> mapped(std::int64_t place);
  bool ended(std::int64_t place) const;
  std::optional<std::int64_t> end() const;
  bool usable(const KeptFrame& kept, std::int64_t frame, bool unproved) const;
  std::optional<ShownFrame> shown(Lock& lock, std::int64_t frame,
                                  const std::shared_ptr<KeptFrame>& kept);
  void note_served(std::int64_t frame);

  void keep(std::int64_t frame, const std::shared_ptr<KeptFrame>& kept);
  void account(std::int64_t frame);
  void drop(std::int64_t frame);
  void make_room();
  std::int64_t fitting() const;

  // The thread `reading`.
  void read();
  Goal choose() const;
  bool can_read(std::int64_t frame, bool unproved) const;
  void work(Lock& lock, const Goal& goal);
  void convert(Lock& lock, std::int64_t frame);
  void read_picture(Lock& lock, std::int64_t frame);
  void read_in_order(Lock& lock, std::int64_t frame);
  void read_by_jump(Lock& lock, std::int64_t frame, std::size_t key);
  bool worth_keeping(std::int64_t frame, std::int64_t goal) const;
  bool go_on_from_here(std::int64_t frame, std::size_t key) const;
  std::shared_ptr<KeptFrame> take_picture(std::int64_t frame);

  // Where it is worth trying.
  bool jumps() const { return !pictures && !native.deinterlace && table != nullptr; }
  bool predicts() const { return jumps() && !counts_places && order->timed(); }
  std::int64_t predicted_base() const;
  std::optional<std::int64_t> pts_of(std::int64_t frame) const;
  std::vector<std::size_t>::const_iterator keys_end(std::int64_t frame) const;
  bool may_do(std::size_t key, std::int64_t frame) const;
  std::optional<std::size_t> key_for(std::int64_t frame) const;
  std::int64_t frames_between(std::size_t key, std::int64_t frame) const;
  std::int64_t locate(const AVFrame& picture);
  void refute(std::int64_t frame, std::size_t key);

  // The thread `indexing`.
  void index();
  void set_table(std::shared_ptr<const PacketTable> packets);
  void forget_index();
  bool decode_all();
  void save();
  void give_way(Lock& lock);

  SourceOptions native;    // without resampling; const after the construction, as are these:
  SourceInfo native_info;  // of such a source
  IndexOrigin origin;
  bool pictures = false;  // a folder, or one
  std::vector<fs::path> files;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> stopped = false;  // changed under the mutex
  Counts counts;

  // The index, as far as it has come.
  std::shared_ptr<const PacketTable> table;  // null: not yet
  std::optional<PacketOrder> order;          // of the table
  bool counts_places = false;                // Container::counts_places()
  std::vector<IndexedFrame> known;
  bool complete = false, patched = false, in_file = false;
  std::string problem;
  std::exception_ptr index_failure;
  std::uint64_t generation = 0;       // of the index: one that was of another video is forgotten
  std::vector<MappedPlace> places;    // of `known`, where frames are resampled
  std::size_t places_of = 0;          // how many of it
  std::unique_ptr<Container> walked;  // to its end, so that it knows where everything is

  std::vector<Waiting*> waiting;  // the newest last
  bool busy = false;              // `reading` works for somebody who waits

  std::map<std::int64_t, Cached> cache;
  std::size_t cache_bytes = 0;
  std::size_t frame_bytes = 0;       // of the frame that was kept last
  std::set<std::int64_t> converted;  // frames of the cache with a picture in BGR
  std::int64_t served = -1;          // the frame that was asked for last
  std::int64_t direction = 1;        // of the movement
  bool may_read_ahead = true;

  // Beginnings that did not give the frame.
  std::set<std::pair<std::int64_t, std::size_t>> refuted;
  std::map<std::size_t, std::int64_t> good_from;  // by key frame: from which frame on it may do
  std::map<std::int64_t, int> failures;           // by frame
  std::optional<std::int64_t> source_end;         // frames, where a source came to its end

  // Of `reading` alone.
  std::unique_ptr<JumpDecoder> jump;
  std::unique_ptr<FrameFacts> facts;
  std::shared_ptr<BgrConverters> converters = std::make_shared<BgrConverters>();
  std::optional<std::size_t> jump_key;  // that decoding began at; nothing: nowhere
  std::uint64_t jump_generation = 0;
  std::int64_t jump_last = -1;  // frame that came last
  int unknown_pictures = 0;
  std::unique_ptr<Source> source;
  std::int64_t source_next = 0;  // frame

  std::thread reading, indexing;
};

FrameReader::State::State(const fs::path& file, FrameReaderOptions given)
    : path(file), options(std::move(given)), native(options.source) {
  native.fps = 0;
  std::error_code ignored;
  const bool folder = fs::is_directory(path, ignored);
  pictures = folder || is_picture_name(path);
  source = open_source(path, options.source);
  info = source->info();
  if (options.source.fps != 0) source = open_source(path, native);
  native_info = source->info();
  if (pictures) {
    files = folder ? list_images(path, options.source.order) : std::vector{path};
    known.resize(files.size());
    complete = true;
  } else {
    origin = origin_of_video(path);
    indexing = std::thread([this] { index(); });
  }
  try {
    reading = std::thread([this] { read(); });
  } catch (...) {
    stop();
    if (indexing.joinable()) indexing.join();
    throw;
  }
}

FrameReader::State::~State() {
  stop();
  if (reading.joinable()) reading.join();
  if (indexing.joinable()) indexing.join();
}

void FrameReader::State::stop() noexcept {
  const std::lock_guard lock(mutex);
  stopped = true;
  changed.notify_all();
}

// The calls of others.

void FrameReader::State::require_same_file() const {
  if (!pictures && origin_of_video(path) != origin)
    throw Error(ErrorCode::input, path.string() +
                                      ": expected the video as it was when it was opened, found "
                                      "another size or time of change; open it anew");
}

std::optional<std::int64_t> FrameReader::State::end() const {
  if (complete) return known_frames();
  return source_end;
}

// Nothing: not known (yet).
std::optional<MappedPlace> FrameReader::State::mapped(std::int64_t place) {
  if (options.source.fps == 0) return MappedPlace{place, 0};
  const auto has = [&] { return place < static_cast<std::int64_t>(places.size()); };
  // Rarely, since it costs going through all of them.
  const bool again =
      complete ? places_of != known.size() : !has() && known.size() >= 2 * places_of + 16;
  if (again) {
    // One more than there are, so that those of an incomplete index are not taken for all.
    places = map_places(known, native_info, options.source.fps, complete);
    places_of = complete ? known.size() : known.size() - 1;
  }
  if (place < 0 || !has()) return std::nullopt;
  return places[static_cast<std::size_t>(place)];
}

bool FrameReader::State::ended(std::int64_t place) const {
  if (place < 0) return true;
  if (options.source.fps == 0) return end() && place >= *end();
  return complete && places_of == known.size() && place >= static_cast<std::int64_t>(places.size());
}

std::optional<ShownFrame> FrameReader::State::frame(const FrameRequest& request) {
  require_same_file();
  Waiting mine{-1, request.viewer, request.unproved, false, nullptr, nullptr};
  Lock lock(mutex);
  if (request.viewer != 0)
    for (Waiting* other : waiting)
      if (other->viewer == request.viewer) other->superseded = true;
  waiting.push_back(&mine);
  struct Leave {
    std::vector<Waiting*>& waiting;
    Waiting& mine;
    ~Leave() { std::erase(waiting, &mine); }  // the mutex is held whenever this is left
  } const leave{waiting, mine};
  may_read_ahead = true;
  changed.notify_all();
  while (!stopped && !mine.superseded) {
    const std::optional<MappedPlace> place = mapped(request.index);
    if (ended(request.index)) return std::nullopt;
    if (place) {
      // `reading` may have looked before it was known.
      if (std::exchange(mine.frame, place->frame) != mine.frame) changed.notify_all();
      const auto found = cache.find(mine.frame);
      if (!mine.kept && found != cache.end()) mine.kept = found->second.kept;
      if (mine.kept && usable(*mine.kept, mine.frame, mine.unproved)) {
        if (auto result = shown(lock, mine.frame, mine.kept)) {
          result->index = request.index;
          if (options.source.fps != 0) result->timestamp_s = place->timestamp_s;
          return result;
        }
        mine.kept.reset();
        changed.notify_all();
        continue;
      }
      mine.kept.reset();
    }
    if (mine.failure) std::rethrow_exception(mine.failure);
    if (index_failure && !place) std::rethrow_exception(index_failure);
    changed.wait(lock);
  }
  return std::nullopt;
}

bool FrameReader::State::usable(const KeptFrame& kept, std::int64_t frame, bool unproved) const {
  return kept.proved() || unproved || frame < known_frames();
}

// Nothing where `kept` turned out to be another frame.
std::optional<ShownFrame> FrameReader::State::shown(Lock& lock, std::int64_t frame,
                                                    const std::shared_ptr<KeptFrame>& kept) {
  std::optional<IndexedFrame> facts_of;
  if (frame < known_frames()) facts_of = known[static_cast<std::size_t>(frame)];
  lock.unlock();
  bool same = true;
  std::shared_ptr<const Image> bgr;
  std::exception_ptr failure;
  try {
    if (facts_of) same = kept->prove(facts_of->picture);
    if (same) bgr = kept->bgr();
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  if (failure) std::rethrow_exception(failure);
  const auto found = cache.find(frame);
  const bool cached = found != cache.end() && found->second.kept == kept;
  if (!same) {
    if (cached) drop(frame);
    if (kept->key()) refute(frame, *kept->key());
    return std::nullopt;
  }
  if (cached) account(frame);
  note_served(frame);
  make_room();
  return ShownFrame{frame, facts_of ? facts_of->timestamp_s : kept->timestamp_s(), kept->missing(),
                    kept->proved(), std::move(bgr)};
}

void FrameReader::State::note_served(std::int64_t frame) {
  const std::int64_t by = frame - served;
  if (by == 0) return;
  direction = served >= 0 && by < 0 && by >= -kStep ? -1 : 1;
  served = frame;
  changed.notify_all();
}

IndexProgress FrameReader::State::progress() {
  const std::lock_guard lock(mutex);
  IndexProgress now;
  mapped(-1);
  now.frames = options.source.fps == 0 ? known_frames() : static_cast<std::int64_t>(places.size());
  now.complete = complete;
  now.expected = complete ? now.frames : info.expected_frames;
  now.kept = in_file;
  now.problem = problem;
  return now;
}

std::optional<std::int64_t> FrameReader::State::wait_for_index() {
  Lock lock(mutex);
  changed.wait(lock, [&] { return stopped || complete || index_failure; });
  if (index_failure) std::rethrow_exception(index_failure);
  if (!complete) return std::nullopt;
  mapped(-1);
  return options.source.fps == 0 ? known_frames() : static_cast<std::int64_t>(places.size());
}

std::vector<double> FrameReader::State::times(std::int64_t first, std::int64_t count) {
  const std::lock_guard lock(mutex);
  std::vector<double> times;
  mapped(first);
  const auto end = options.source.fps == 0 ? known.size() : places.size();
  for (std::int64_t i = std::max<std::int64_t>(first, 0);
       i < static_cast<std::int64_t>(end) && i - first < count; ++i)
    times.push_back(options.source.fps == 0 ? known[static_cast<std::size_t>(i)].timestamp_s
                                            : places[static_cast<std::size_t>(i)].timestamp_s);
  return times;
}

std::string FrameReader::State::why_sequential() const {
  const std::lock_guard lock(mutex);
  if (native.deinterlace && !pictures)
    return "frames are deinterlaced, each together with those around it, so that going back means "
           "reading the video from its start";
  if (counts.from_start > 0)
    return "the video is damaged, or none of its key frames is one that the frames after it can be "
           "decoded from, so that some frames mean reading it from its start";
  return {};
}

FrameReader::Counts FrameReader::State::counts_now() const {
  const std::lock_guard lock(mutex);
  Counts now = counts;
  now.cache_bytes = cache_bytes;
  return now;
}

// What is kept.

void FrameReader::State::keep(std::int64_t frame, const std::shared_ptr<KeptFrame>& kept) {
  Cached& place = cache[frame];
  if (!place.kept || (kept->proved() && !place.kept->proved())) place.kept = kept;
  frame_bytes = kept->bytes();
  account(frame);
  for (Waiting* one : waiting)
    if (one->frame == frame && usable(*kept, frame, one->unproved)) {
      one->kept = kept;
      changed.notify_all();
    }
  make_room();
  if (!cache.contains(frame)) may_read_ahead = false;  // it would be decoded over and over
}

void FrameReader::State::account(std::int64_t frame) {
  Cached& place = cache.at(frame);
  cache_bytes -= std::exchange(place.bytes, place.kept->bytes());
  cache_bytes += place.bytes;
  if (place.kept->has_bgr())
    converted.insert(frame);
  else
    converted.erase(frame);
}

void FrameReader::State::drop(std::int64_t frame) {
  const auto found = cache.find(frame);
  cache_bytes -= found->second.bytes;
  cache.erase(found);
  converted.erase(frame);
}

// What is far from where somebody looks goes first.
void FrameReader::State::make_room() {
  std::int64_t here = served;
  for (const Waiting* one : waiting)
    if (one->frame >= 0) here = one->frame;
  for (auto i = converted.begin(); i != converted.end();) {
    const std::int64_t frame = *i++;
    if (std::abs(frame - here) <= kConverted) continue;
    cache.at(frame).kept->drop_bgr();
    account(frame);
  }
  constexpr std::size_t kLeast = 2;
  while (cache_bytes > options.cache_bytes && cache.size() > kLeast) {
    const std::int64_t first = cache.begin()->first, last = cache.rbegin()->first;
    drop(here - first > last - here ? first : last);
  }
}

// About how many frames there is room for.
std::int64_t FrameReader::State::fitting() const {
  constexpr std::size_t kMost = 1 << 20;
  return static_cast<std::int64_t>(std::clamp<std::size_t>(
      options.cache_bytes / std::max<std::size_t>(frame_bytes, 1), 2, kMost));
}

// Reading.

void FrameReader::State::read() {
  Lock lock(mutex);
  while (!stopped) {
    const Goal goal = choose();
    if (std::exchange(busy, goal.for_request) && !busy) changed.notify_all();
    if (goal.frame < 0) {
      changed.wait(lock);
      continue;
    }
    std::exception_ptr failure;
    try {
      work(lock, goal);
    } catch (...) {
      failure = std::current_exception();
    }
    if (!lock.owns_lock()) lock.lock();
    if (!failure) continue;
    jump_key.reset();
    may_read_ahead = false;
    for (Waiting* one : waiting)
      if (one->frame == goal.frame) one->failure = failure;
    changed.notify_all();
  }
}

FrameReader::State::Goal FrameReader::State::choose() const {
  const auto beyond = [&](std::int64_t frame) { return end() && frame >= *end(); };
  for (auto i = waiting.rbegin(); i != waiting.rend(); ++i) {
    const Waiting& one = **i;
    if (one.frame < 0 || one.superseded || one.kept || one.failure || beyond(one.frame)) continue;
    const auto found = cache.find(one.frame);
    if (found != cache.end() && (usable(*found->second.kept, one.frame, one.unproved) ||
                                 !can_read(one.frame, one.unproved)))
      continue;
    if (can_read(one.frame, one.unproved)) return {one.frame, true, false};
  }
  if (!options.read_ahead || !may_read_ahead || served < 0) return {};
  // One that is converted takes about three times as much.
  const std::int64_t ahead = std::clamp<std::int64_t>(fitting() / 6, 1, kMostAhead);
  for (std::int64_t k = 1; k <= ahead; ++k) {
    const std::int64_t frame = served + direction * k;
    if (frame < 0 || beyond(frame)) break;
    const auto found = cache.find(frame);
    if (found == cache.end()) {
      // Not from the start of the video for what nobody may ask for.
      const bool near = pictures || (source && source_next <= frame && source_next + 1 >= frame) ||
                        (jumps() && frame < known_frames() && key_for(frame));
      return near && can_read(frame, false) ? Goal{frame, false, false} : Goal{};
    }
    if (k <= kConvertedAhead && !found->second.kept->has_bgr() &&
        usable(*found->second.kept, frame, false))
      return {frame, false, true};
  }
  return {};
}

bool FrameReader::State::can_read(std::int64_t frame, bool unproved) const {
  if (pictures || native.deinterlace || index_failure) return true;
  if (!jumps()) return frame < kFirstFrames;
  return frame < known_frames() || (unproved && pts_of(frame)) ||
         (source && source_next <= frame && frame < kFirstFrames);
}

void FrameReader::State::work(Lock& lock, const Goal& goal) {
  if (goal.convert) return convert(lock, goal.frame);
  if (pictures) return read_picture(lock, goal.frame);
  // Where there will be no index a jump has nothing that proves it.
  const bool provable = goal.frame < known_frames() || !index_failure;
  const std::optional<std::size_t> key = jumps() && provable ? key_for(goal.frame) : std::nullopt;
  // In a stretch of damage, where one frame after the other has to be read in order.
  const bool near =
      !failures.empty() && source && source_next <= goal.frame && goal.frame - source_next < kStep;
  if (key && !near)
    read_by_jump(lock, goal.frame, *key);
  else
    read_in_order(lock, goal.frame);
}

void FrameReader::State::convert(Lock& lock, std::int64_t frame) {
  const std::shared_ptr<KeptFrame> kept = cache.at(frame).kept;
  const bool is_known = frame < known_frames();
  const std::uint64_t picture = is_known ? known[static_cast<std::size_t>(frame)].picture : 0;
  lock.unlock();
  const bool same = !is_known || kept->prove(picture);
  if (same) kept->bgr();
  lock.lock();
  const auto found = cache.find(frame);
  const bool cached = found != cache.end() && found->second.kept == kept;
  if (cached && same) account(frame);
  if (cached && !same) drop(frame);
  if (!same && kept->key()) refute(frame, *kept->key());
  make_room();
  if (same && !cache.contains(frame)) may_read_ahead = false;
}

void FrameReader::State::read_picture(Lock& lock, std::int64_t frame) {
  lock.unlock();
  const auto at = static_cast<std::size_t>(frame);
  const auto read = [&](std::size_t i, Image& image) {
    try {
      read_image(files[i], image, orientation_of_turn(native.rotate));
      return true;
    } catch (const Error&) {
      if (files.size() == 1) throw;
      return false;
    }
  };
  Image image;
  const bool missing = !read(at, image);
  if (missing) {
    // As large as the one before, or the first that can be read.
    std::size_t i = at;
    while (i > 0 && !read(i - 1, image)) --i;
    if (i == 0)
      for (i = at + 1; i < files.size() && !read(i, image);) ++i;
    const int width = image.width(), height = image.height();
    for (int y = 0; y < height; ++y) std::fill_n(image.row(y), 3 * width, std::uint8_t{0});
  }
  auto kept = std::make_shared<KeptFrame>(std::move(image), missing);
  lock.lock();
  ++counts.decoded;
  keep(frame, kept);
}

// The next frame in order, on the way to this one.
void FrameReader::State::read_in_order(Lock& lock, std::int64_t frame) {
  const bool again = !source || source_next > frame;
  if (again && (table || native.deinterlace)) ++counts.from_start;
  lock.unlock();
  if (again) {
    source.reset();
    require_same_file();
    source = open_source(path, native);
    source_next = 0;
  }
  Frame next;
  const bool any = source->next(next);
  lock.lock();
  if (!any) {
    source_end = source_next;
    source.reset();
    if (complete)
      throw Error(ErrorCode::input, path.string() + ": expected " + std::to_string(known_frames()) +
                                        " frames as before, found " + std::to_string(source_next) +
                                        "; was the video changed? open it anew");
    changed.notify_all();
    return;
  }
  ++counts.decoded;
  const std::int64_t here = source_next++;
  if (here == frame || worth_keeping(here, frame))
    keep(here, std::make_shared<KeptFrame>(std::move(next)));
}

// The next picture from the key frame on, or from where it is, on the way to this one.
void FrameReader::State::read_by_jump(Lock& lock, std::int64_t frame, std::size_t key) {
  const std::shared_ptr<const PacketTable> packets = table;
  const std::uint64_t begun = generation;
  const bool patch = patched, go_on = go_on_from_here(frame, key);
  std::unique_ptr<Container> container = std::move(walked);
  lock.unlock();
  if (!go_on) {
    require_same_file();
    if (!jump) {
      if (!container) container = std::make_unique<Container>(path);
      jump = std::make_unique<JumpDecoder>(path, std::move(container), native.threads);
      facts = std::make_unique<FrameFacts>(native, jump->container().orientation());
    }
    jump_key.reset();
    const bool found = jump->go_to(packets, key, patch);
    lock.lock();
    ++counts.jumps;
    jump_last = -1;
    unknown_pictures = 0;
    jump_generation = begun;
    if (generation != begun) return;
    if (!found) return refute(frame, key);
    jump_key = key;
    lock.unlock();
  }
  const bool any = jump->next();
  lock.lock();
  if (generation != begun) return;
  key = *jump_key;
  const std::int64_t here = any ? locate(jump->frame()) : -1;
  if (!any || (here < 0 && ++unknown_pictures > kMostUnknown)) {
    jump_key.reset();
    return refute(frame, key);
  }
  ++counts.decoded;
  if (here < 0) return;
  const bool passed = jump_last < frame && here > frame;
  jump_last = here;
  if (here == frame || worth_keeping(here, frame)) {
    const std::shared_ptr<KeptFrame> kept = take_picture(here);
    bool same = true;
    if (here == frame && here < known_frames()) {
      const std::uint64_t picture = known[static_cast<std::size_t>(here)].picture;
      lock.unlock();
      same = kept->prove(picture);
      lock.lock();
      if (generation != begun) return;
    }
    if (same)
      keep(here, kept);
    else
      refute(frame, key);
  }
  if (passed) refute(frame, key);
}

std::shared_ptr<KeptFrame> FrameReader::State::take_picture(std::int64_t frame) {
  AVFrame& picture = jump->frame();
  const AVRational aspect = jump->container().aspect_of(picture);
  double time_s = 0;
  if (frame >= known_frames() && picture.pts != AV_NOPTS_VALUE) {
    const double tick_s = av_q2d(jump->container().stream()->time_base);
    const std::int64_t from = known.empty() ? order->pts_at(0).value_or(0) : known.back().pts;
    if (!known.empty()) time_s = known.back().timestamp_s;
    time_s += (static_cast<double>(picture.pts) - static_cast<double>(from)) * tick_s;
  }
  const ShownAs how = facts->show(picture, aspect, time_s);
  return std::make_shared<KeptFrame>(picture, aspect, how, converters, *jump_key, time_s);
}

bool FrameReader::State::worth_keeping(std::int64_t frame, std::int64_t goal) const {
  return std::abs(goal - frame) < fitting() * 3 / 4 && !cache.contains(frame);
}

bool FrameReader::State::go_on_from_here(std::int64_t frame, std::size_t key) const {
  if (!jump || !jump_key || jump_generation != generation || jump_last >= frame ||
      refuted.contains({frame, *jump_key}))
    return false;
  return *jump_key == key || frame - jump_last <= frames_between(key, frame);
}

// Where it is worth trying.

// What has to be added to a place in the order of times to have the frame, as far as is known.
std::int64_t FrameReader::State::predicted_base() const {
  return known.empty() ? 0 : known_frames() - 1 - order->place(known.back().pts);
}

std::optional<std::int64_t> FrameReader::State::pts_of(std::int64_t frame) const {
  if (frame < known_frames()) {
    const std::int64_t pts = known[static_cast<std::size_t>(frame)].pts;
    return pts != PacketPlace::kNone ? std::optional(pts) : std::nullopt;
  }
  return predicts() ? order->pts_at(frame - predicted_base()) : std::nullopt;
}

// After the last key frame that may lie before the frame.
std::vector<std::size_t>::const_iterator FrameReader::State::keys_end(std::int64_t frame) const {
  const std::optional<std::int64_t> pts = pts_of(frame);
  const std::size_t packet =
      (pts ? order->packet_of(*pts) : std::nullopt)
          .value_or(std::min(static_cast<std::size_t>(frame), table->packets.size()));
  return std::upper_bound(order->keys().begin(), order->keys().end(), packet);
}

// Nothing speaks against it: the frame is not shown before it, and it has not failed.
bool FrameReader::State::may_do(std::size_t key, std::int64_t frame) const {
  const std::optional<std::int64_t> pts = pts_of(frame);
  const std::int64_t of_key = table->packets[key].pts;
  if (pts && of_key != PacketPlace::kNone && of_key > *pts) return false;
  const auto from = good_from.find(key);
  return (from == good_from.end() || from->second <= frame) && !refuted.contains({frame, key});
}

// The nearest; after each that failed twice as many further back, then the first of all. Nothing:
// only the start of the video is left.
std::optional<std::size_t> FrameReader::State::key_for(std::int64_t frame) const {
  const auto begin = order->keys().begin();
  auto i = keys_end(frame);
  const auto failed = failures.find(frame);
  const int times = failed != failures.end() ? std::min(failed->second, 40) : 0;
  std::int64_t passed_over = 0, pass_over = (std::int64_t{1} << times) - 1;
  while (i != begin) {
    const std::size_t key = *--i;
    if (passed_over++ >= pass_over && may_do(key, frame)) return key;
  }
  if (!order->keys().empty() && may_do(*begin, frame)) return *begin;
  return std::nullopt;
}

std::int64_t FrameReader::State::frames_between(std::size_t key, std::int64_t frame) const {
  const std::optional<std::int64_t> pts = pts_of(frame);
  const std::int64_t of_key = table->packets[key].pts;
  if (pts && of_key != PacketPlace::kNone) return order->place(*pts) - order->place(of_key) + 1;
  return frame - static_cast<std::int64_t>(key) + 1;
}

// The frame that a picture is, by its time; -1: none.
std::int64_t FrameReader::State::locate(const AVFrame& picture) {
  const std::int64_t next = jump_last + 1, pts = picture.pts;
  const auto at = [&](std::int64_t frame) -> const IndexedFrame& {
    return known[static_cast<std::size_t>(frame)];
  };
  if (pts != AV_NOPTS_VALUE) {
    for (std::int64_t i = next; i < known_frames(); ++i)
      if (at(i).pts == pts) return i;
    if (complete || !predicts()) return -1;
    const std::int64_t place = order->place(pts), frame = place + predicted_base();
    return order->pts_at(place) == pts && frame >= known_frames() ? frame : -1;
  }
  if (jump_last >= 0) return complete && next >= known_frames() ? -1 : next;
  // Without times the first one is known by what it shows.
  const std::uint64_t hash = picture_hash(picture, jump->container().aspect_of(picture));
  const auto near = static_cast<std::int64_t>(*jump_key);
  std::int64_t best = -1;
  for (std::int64_t i = 0; i < known_frames(); ++i)
    if (at(i).picture == hash && (best < 0 || std::abs(i - near) < std::abs(best - near))) best = i;
  return best;
}

// Decoding from `key` did not give the frame.
void FrameReader::State::refute(std::int64_t frame, std::size_t key) {
  ++counts.refuted;
  if (!jumps()) return;
  if (key_for(frame) == key) ++failures[frame];
  refuted.insert({frame, key});
  // Those before it would not do either: a picture that refreshes piece by piece is not whole yet.
  const auto end = keys_end(frame);
  if (end != order->keys().begin() && *(end - 1) == key) {
    std::int64_t& from = good_from[key];
    from = std::max(from, frame + 1);
  }
}

// The index.

void FrameReader::State::index() {
  try {
    if (!options.index_file.empty()) {
      std::string found;
      std::optional<FrameIndex> loaded = load_index(options.index_file, origin, found);
      const std::lock_guard lock(mutex);
      problem = found;
      if (loaded) {
        set_table(loaded->table);
        known = std::move(loaded->frames);
        patched = loaded->patched;
        complete = in_file = true;
        changed.notify_all();
      }
    }
    // Also where there is an index: size and time of a file may be those of another one.
    auto container = std::make_unique<Container>(path);
    std::optional<PacketTable> packets = read_packets(*container, stopped);
    if (!packets) return;
    {
      const std::lock_guard lock(mutex);
      counts_places = container->counts_places();
      walked = std::move(container);
      if (complete && *packets == *table) return;
      if (complete) {
        forget_index();
        problem = options.index_file.string() + ": the index of frames is of another video";
      }
      set_table(std::make_shared<const PacketTable>(std::move(*packets)));
      changed.notify_all();
    }
    if (decode_all()) save();
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex);
    index_failure = std::current_exception();
    problem = error.what();
    changed.notify_all();
  }
}

void FrameReader::State::set_table(std::shared_ptr<const PacketTable> packets) {
  table = std::move(packets);
  order.emplace(*table);
}

void FrameReader::State::forget_index() {
  ++generation;
  known.clear();
  complete = patched = in_file = false;
  places.clear();
  places_of = 0;
  cache.clear();
  converted.clear();
  cache_bytes = 0;
  refuted.clear();
  good_from.clear();
  failures.clear();
  for (Waiting* one : waiting) one->kept.reset();
}

bool FrameReader::State::decode_all() {
  Indexer indexer(path, native.threads);
  IndexedFrame frame;
  while (indexer.next(frame)) {
    Lock lock(mutex);
    if (stopped) return false;
    known.push_back(frame);
    patched = indexer.patched();
    if (!waiting.empty()) changed.notify_all();
    give_way(lock);
  }
  const std::lock_guard lock(mutex);
  complete = !stopped;
  changed.notify_all();
  return complete;
}

// Who waits for a frame comes first, but not for ever.
void FrameReader::State::give_way(Lock& lock) {
  constexpr std::chrono::milliseconds kMost{400};
  constexpr std::int64_t kFrames = 8;
  if (busy && known_frames() % kFrames == 0)
    changed.wait_for(lock, kMost, [&] { return stopped || !busy; });
}

void FrameReader::State::save() {
  if (options.index_file.empty()) return;
  std::string failure;
  try {
    FrameIndex made{origin, patched, table, known};  // nobody else changes these
    require_same_file();
    save_index(options.index_file, made);
  } catch (const Error& error) {
    failure = error.what();
  }
  const std::lock_guard lock(mutex);
  in_file = failure.empty();
  if (!failure.empty()) problem = failure;
}

FrameReader::FrameReader(const fs::path& path, FrameReaderOptions options)
    : state_(std::make_unique<State>(path, std::move(options))) {}

FrameReader::~FrameReader() = default;

std::optional<ShownFrame> FrameReader::frame(const FrameRequest& request) {
  return state_->frame(request);
}

void FrameReader::stop() noexcept { state_->stop(); }

const SourceInfo& FrameReader::info() const { return state_->info; }

IndexProgress FrameReader::progress() const { return state_->progress(); }

std::optional<std::int64_t> FrameReader::wait_for_index() { return state_->wait_for_index(); }

std::vector<double> FrameReader::times(std::int64_t first, std::int64_t count) const {
  return state_->times(first, count);
}

std::string FrameReader::why_sequential() const { return state_->why_sequential(); }

FrameReader::Counts FrameReader::counts() const { return state_->counts_now(); }

}  // namespace auriga
