// Files over HTTP or HTTPS, several at a time, each resumed where it broke off.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace auriga::app {

struct DownloadLimits {
  int connections = 6;  // at a time, at least 1
  // A connection that brings less than this many bytes a second, over `patience`, is given up.
  std::uintmax_t least_rate = 1000;
  std::chrono::milliseconds patience{30000};
  std::chrono::milliseconds pause{500};  // before a server that broke off is asked again
};

struct DownloadRequest {
  std::string url;
  std::filesystem::path file;  // may hold the beginning from an earlier attempt
  std::uintmax_t size = 0;     // bytes; never more are written
};

enum class Download {
  complete,
  refused,   // the server does not have the file, or in another size
  lost,      // no connection, or none that lasts
  too_slow,  // less than the least rate
};

// How one attempt ended.
struct DownloadResult {
  std::size_t id = 0;
  Download how = Download::complete;
  bool advanced = false;  // bytes were added
  std::string problem;    // what was expected and found; empty: complete
  std::string sha256;     // of a complete file
};

// Keeps connections open between downloads. Proxies are taken from the usual environment variables
// (http_proxy, https_proxy, no_proxy), certificates of authorities from the file in SSL_CERT_FILE
// or CURL_CA_BUNDLE if one is set, else from the system. Redirects are followed, eight at most, and
// from https to https only. One thread at a time.
class Downloads {
 public:
  explicit Downloads(const DownloadLimits& limits);
  // Breaks off what is under way; the beginnings of files stay.
  ~Downloads();
  Downloads(const Downloads&) = delete;
  Downloads& operator=(const Downloads&) = delete;

  // Begins one attempt. Throws Error(output) when the file's beginning cannot be read. A server
  // that does not continue where the beginning ends sends the whole file anew; one that announces
  // another size than the file's, or a page instead of it, is refused before anything is written.
  void start(std::size_t id, const DownloadRequest& request);
  // The next attempt that ends, if one does within `most`. The beginning of a file stays when the
  // connection was lost or too slow; of a refused one what this attempt added is removed. Throws
  // Error(output) when a file cannot be written.
  std::optional<DownloadResult> wait(std::chrono::milliseconds most);

  int running() const;
  std::uintmax_t size(std::size_t id) const;  // bytes that the file of a running attempt has

 private:
  class Transfer;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga::app
