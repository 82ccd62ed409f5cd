#include "media/deinterlacer.hpp"

#include <cstdio>
#include <new>
#include <utility>

#include <dlfcn.h>

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/avutil.h>
#include <libavutil/frame.h>
#include <libavutil/mem.h>
}

#include "auriga/error.hpp"

namespace auriga {

namespace {

#define AURIGA_TEXT_OF(x) #x
#define AURIGA_TEXT(x) AURIGA_TEXT_OF(x)
#ifdef __APPLE__
constexpr const char* kLibrary = "libavfilter." AURIGA_TEXT(LIBAVFILTER_VERSION_MAJOR) ".dylib";
#else
constexpr const char* kLibrary = "libavfilter.so." AURIGA_TEXT(LIBAVFILTER_VERSION_MAJOR);
#endif

[[noreturn]] void unavailable(const std::string& why) {
  throw Error(ErrorCode::usage, "deinterlacing (--deinterlace) needs " + std::string(kLibrary) +
                                    " of the FFmpeg that auriga runs with, but " + why +
                                    "; install it (Debian: libavfilter" +
                                    AURIGA_TEXT(LIBAVFILTER_VERSION_MAJOR) +
                                    "), or deinterlace "
                                    "the video beforehand");
}

}  // namespace

struct Deinterlacer::Library {
  decltype(&avfilter_get_by_name) get_by_name = nullptr;
  decltype(&avfilter_graph_alloc) graph_alloc = nullptr;
  decltype(&avfilter_graph_free) graph_free = nullptr;
  decltype(&avfilter_graph_create_filter) graph_create_filter = nullptr;
  decltype(&avfilter_link) link = nullptr;
  decltype(&avfilter_graph_config) graph_config = nullptr;
  decltype(&av_buffersrc_add_frame) add_frame = nullptr;
  decltype(&av_buffersink_get_frame) get_frame = nullptr;

  Library() {
    void* handle = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) unavailable("it is not there");
    const auto load = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
      if (function == nullptr) unavailable(std::string("that has no ") + name);
    };
    // Frames go to and fro, so that both must have the same layout and allocator.
    decltype(&avutil_version) its_version = nullptr;
    load(its_version, "avutil_version");
    if (its_version != &avutil_version) unavailable("that uses another libavutil");
    load(get_by_name, "avfilter_get_by_name");
    load(graph_alloc, "avfilter_graph_alloc");
    load(graph_free, "avfilter_graph_free");
    load(graph_create_filter, "avfilter_graph_create_filter");
    load(link, "avfilter_link");
    load(graph_config, "avfilter_graph_config");
    load(add_frame, "av_buffersrc_add_frame");
    load(get_frame, "av_buffersink_get_frame");
    for (const char* filter : {"buffer", "bwdif", "buffersink"})
      if (get_by_name(filter) == nullptr) unavailable(std::string("that has no filter ") + filter);
  }
};

// It stays loaded.
const Deinterlacer::Library& Deinterlacer::library() {
  static const Library library;
  return library;
}

struct Deinterlacer::Graph {
  explicit Graph(const Library& of) : library(of), graph(of.graph_alloc()) {
    if (graph == nullptr) throw std::bad_alloc();
    graph->nb_threads = 1;
  }
  ~Graph() { library.graph_free(&graph); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // False for frames that the filter refuses.
  bool open(const AVFrame& frame) {
    char input[160];
    std::snprintf(input, sizeof input, "video_size=%dx%d:pix_fmt=%d:time_base=1/1000000",
                  frame.width, frame.height, frame.format);
    AVFilterContext* filter = nullptr;
    const auto create = [&](AVFilterContext** to, const char* name, const char* arguments) {
      return library.graph_create_filter(to, library.get_by_name(name), name, arguments, nullptr,
                                         graph) >= 0;
    };
    return create(&source, "buffer", input) &&
           create(&filter, "bwdif", "mode=send_frame:parity=auto:deint=all") &&
           create(&sink, "buffersink", nullptr) && library.link(source, 0, filter, 0) >= 0 &&
           library.link(filter, 0, sink, 0) >= 0 && library.graph_config(graph, nullptr) >= 0;
  }

  const Library& library;
  AVFilterGraph* graph;
  AVFilterContext *source = nullptr, *sink = nullptr;  // of the graph
};

Deinterlacer::Deinterlacer() : library_(library()) {}
Deinterlacer::~Deinterlacer() = default;

void Deinterlacer::push(AVFrame& frame) {
  if (frame.width != width_ || frame.height != height_ || frame.format != format_) {
    end();
    width_ = frame.width, height_ = frame.height, format_ = frame.format;
    graph_ = std::make_unique<Graph>(library_);
    if (!graph_->open(frame)) graph_.reset();
  }
  if (!graph_) {
    ready_.push_back(make_av_frame());
    av_frame_move_ref(ready_.back().get(), &frame);
    return;
  }
  frame.pts = pushed_++;  // its time is in best_effort_timestamp
  if (library_.add_frame(graph_->source, &frame) < 0) throw std::bad_alloc();
  drain();
}

void Deinterlacer::end() {
  if (!graph_) return;
  if (library_.add_frame(graph_->source, nullptr) < 0) throw std::bad_alloc();
  drain();
  graph_.reset();
  width_ = 0;
}

void Deinterlacer::drain() {
  while (true) {
    AvFrame frame = make_av_frame();
    const int error = library_.get_frame(graph_->sink, frame.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return;
    if (error < 0) throw std::bad_alloc();
    ready_.push_back(std::move(frame));
  }
}

bool Deinterlacer::pull(AVFrame& frame) {
  if (ready_.empty()) return false;
  av_frame_move_ref(&frame, ready_.front().get());
  ready_.pop_front();
  return true;
}

}  // namespace auriga
