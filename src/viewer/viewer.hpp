// The viewer: results of a study and their videos, for the browser of the person who started it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "viewer/study.hpp"

namespace auriga {

struct ViewerOptions {
  std::string version;                                // of the program, for the page
  int port = 0;                                       // 0: any free one
  bool read_only = false;                             // marks cannot be written
  std::size_t frame_bytes = std::size_t{256} << 20;   // most of the frames that are kept of a video
  std::size_t table_bytes = std::size_t{1024} << 20;  // most of the tables that are kept
};

// Serves the pages of a study until it is destroyed. What it serves is the page, which is part of
// the program, and the results and videos of the list, by number; no word of a request becomes the
// name of a file. Nothing is written but, beside the tables, NAME.marks.csv and NAME.frames.index
// (media/frame_index.hpp). Interface between page and server: docs/viewer.md.
class Viewer {
 public:
  // Throws Error as HttpServer::bind and Access.
  Viewer(Study study, const ViewerOptions& options);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  int port() const;
  // With the token: only who has it gets in.
  std::string address() const;
  // s since the last request. Pages ask every 20 s as long as they are open.
  double quiet_s() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auriga
