// What is behind the handles of the C interface.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <unistd.h>

#include "auriga/control.hpp"
#include "auriga/engine.hpp"
#include "auriga/session.hpp"

#include "capi/status.hpp"

struct auriga_engine {
  auriga::Engine engine;
  const pid_t process = getpid();
};

struct auriga_session {
  auriga_session(const auriga::Engine& engine, const auriga::SessionOptions& options)
      : session(engine, options), units(session.units()) {}

  auriga::Session session;
  const auriga::UnitNames units;
  const pid_t process = getpid();
  std::atomic<bool> busy = false;

  std::int64_t pushed = 0;
  double last_s = std::numeric_limits<double>::lowest();  // timestamp of the last frame
  std::span<const auriga::FaceRow> rows;                  // of that frame
  std::optional<auriga::FinalUnits> final_units;          // once the stream has ended
  std::string partial_reason, warnings;                   // of its run
};

struct auriga_control {
  auriga::Control control;
};

namespace auriga::capi {

// Neither oneTBB's threads nor those of networks are there in a process made by fork().
inline void require_own_process(pid_t process, const char* name) {
  if (process != getpid())
    bad_usage(std::string(name) +
              " was made before fork(), in another process; load an engine in each process");
}

// The session for one call: throws AURIGA_BUSY while another one has it.
class Use {
 public:
  explicit Use(auriga_session* session) : session_(required(session, "session")) {
    require_own_process(session_.process, "session");
    if (session_.busy.exchange(true, std::memory_order_acquire))
      throw Failure{AURIGA_BUSY,
                    "the session is in use by another thread or by the call that this callback "
                    "belongs to; a session serves one at a time"};
  }
  ~Use() { session_.busy.store(false, std::memory_order_release); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  auriga_session& operator*() const { return session_; }
  auriga_session* operator->() const { return &session_; }

 private:
  auriga_session& session_;
};

// Lines of a text; NULL has none.
std::vector<std::string> lines(const char* text);

inline const auriga::Engine& own_engine(const auriga_engine* engine) {
  require_own_process(required(engine, "engine").process, "engine");
  return engine->engine;
}

inline std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

}  // namespace auriga::capi
