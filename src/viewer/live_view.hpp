// The page of a live stream: the camera's picture with what is found on it, and the last minute.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "auriga/image.hpp"
#include "auriga/live.hpp"
#include "auriga/units.hpp"

namespace auriga {

struct LiveViewOptions {
  int port = 0;          // at 127.0.0.1 and ::1; 0: any free one
  std::string version;   // of the program, for the page
  std::string source;    // what is seen, for people
  double minute_s = 60;  // how much of the past the page gets
  int most_width = 960;  // px of the picture that is sent; larger ones are reduced
};

// Serves the page until it is destroyed. Pictures are encoded when a browser asks for one, on its
// thread; without an open page nothing is copied but the numbers.
class LiveView {
 public:
  // Throws Error as PageServer.
  explicit LiveView(const LiveViewOptions& options);
  ~LiveView();
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  // A frame and what was found in it; `units`: names of its intensities. Waits for nobody. One
  // thread.
  void show(ImageView bgr, const LivePacket& packet, const UnitNames& units);

  int port() const;
  std::string address() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auriga
