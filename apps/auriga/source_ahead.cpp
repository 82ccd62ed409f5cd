#include "source_ahead.hpp"

#include <system_error>
#include <tuple>

namespace auriga::app {
namespace {

// All that there is of them: another field does not compile.
auto all_of(const SourceOptions& options) {
  const auto& [threads, square, deinterlace, rotate, fps, order, start_s, end_s, every] = options;
  return std::tuple(threads, square, deinterlace, rotate, fps, order, start_s, end_s, every);
}

}  // namespace

SourceAhead::SourceAhead(const std::filesystem::path& path, const SourceOptions& options)
    : path_(path), options_(options) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return;
  try {
    source_ = std::async(std::launch::async, [this] { return open_source(path_, options_); });
    taken_ = false;
  } catch (const std::system_error&) {
    // No thread can be started: it is opened when it is asked for.
  }
}

std::unique_ptr<Source> SourceAhead::take(const std::filesystem::path& path,
                                          const SourceOptions& options) {
  if (path == path_ && all_of(options) == all_of(options_) && !taken_.exchange(true))
    return source_.get();
  return open_source(path, options);
}

}  // namespace auriga::app
