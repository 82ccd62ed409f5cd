// Opens an input while models are loaded.
#pragma once

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>

#include "auriga/source.hpp"

namespace auriga::app {

// Any number of threads may use one.
class SourceAhead {
 public:
  // Begins to open `path`, on a thread of its own, if it is a file: others may wait for whoever
  // writes them.
  SourceAhead(const std::filesystem::path& path, const SourceOptions& options);
  // Waits until that is done.
  ~SourceAhead() = default;

  // open_source(path, options), which may have been done before. Throws as that does.
  std::unique_ptr<Source> take(const std::filesystem::path& path, const SourceOptions& options);

 private:
  std::filesystem::path path_;
  SourceOptions options_;
  std::atomic<bool> taken_ = true;  // or there is none
  std::future<std::unique_ptr<Source>> source_;
};

}  // namespace auriga::app
