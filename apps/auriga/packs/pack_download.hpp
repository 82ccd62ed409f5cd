// One file over HTTP or HTTPS, resumed where it broke off.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace auriga::app {

enum class Download {
  complete,
  refused,  // the server does not have the file, or in another size
  lost,     // no connection, or none that lasts
};

// Keeps connections open between downloads. One thread at a time. Proxies are taken from the usual
// environment variables (http_proxy, https_proxy, no_proxy).
class Downloader {
 public:
  Downloader();
  ~Downloader();
  Downloader(const Downloader&) = delete;
  Downloader& operator=(const Downloader&) = delete;

  // Downloads `url` to `file`, which may hold the beginning of it from an earlier attempt; never
  // writes more than `size` bytes. Retries as long as attempts get further. Unless the file is
  // complete afterwards, `problem` says what was expected and found; its beginning stays when the
  // connection was lost and is removed when it was refused. Throws
  // Error(output) when `file` cannot be written. `progress`, if any, is called with the size so
  // far.
  Download download(const std::string& url, const std::filesystem::path& file, std::uintmax_t size,
                    std::string& problem,
                    const std::function<void(std::uintmax_t)>& progress = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga::app
