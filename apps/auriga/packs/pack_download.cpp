#include "packs/pack_download.hpp"

#include <chrono>
#include <exception>
#include <string_view>
#include <system_error>
#include <thread>

#include <curl/curl.h>

#include "auriga/error.hpp"

#include "packs/pack_staging.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

constexpr int kMostAttempts = 50;
constexpr int kMostWithoutProgress = 2;
constexpr std::chrono::milliseconds kPause(500);

std::uintmax_t size_of(const fs::path& file) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  return failed ? 0 : size;
}

void discard(const fs::path& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
}

// Where the bytes of one attempt go. Exceptions must not pass through curl.
struct Writer {
  StagedFile file;
  std::uintmax_t size, most;
  bool too_long = false;
  std::exception_ptr failure;
  const std::function<void(std::uintmax_t)>& progress;

  std::size_t write(std::string_view bytes) {
    if (bytes.size() > most - size) {
      too_long = true;
      return 0;
    }
    try {
      file.write(bytes);
      size += bytes.size();
      if (progress) progress(size);
    } catch (...) {
      failure = std::current_exception();
      return 0;
    }
    return bytes.size();
  }
};

std::size_t on_bytes(char* bytes, std::size_t one, std::size_t count, void* writer) {
  return static_cast<Writer*>(writer)->write({bytes, one * count});
}

}  // namespace

struct Downloader::Impl {
  enum class Outcome { done, lost, refused, no_ranges };

  CURL* curl = nullptr;

  Outcome attempt(const std::string& url, Writer& writer, std::string& problem);
};

Downloader::Downloader() : impl_(std::make_unique<Impl>()) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started == CURLE_OK) impl_->curl = curl_easy_init();
  if (impl_->curl == nullptr)
    throw Error(ErrorCode::input, "the network library libcurl cannot be started");
}

Downloader::~Downloader() { curl_easy_cleanup(impl_->curl); }

Downloader::Impl::Outcome Downloader::Impl::attempt(const std::string& url, Writer& writer,
                                                    std::string& problem) {
  char reason[CURL_ERROR_SIZE] = "";
  const bool secure = url.starts_with("https:");
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "auriga");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 8L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes per second
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L);
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(writer.size));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &writer);
  const CURLcode result = curl_easy_perform(curl);
  if (writer.failure) std::rethrow_exception(writer.failure);
  writer.file.close();
  if (writer.too_long) {
    problem = "expected " + std::to_string(writer.most) + " bytes, found more";
    return Outcome::refused;
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  problem = reason[0] != '\0' ? reason : curl_easy_strerror(result);
  switch (result) {
    case CURLE_OK:
      if (writer.size == writer.most) return Outcome::done;
      problem = "expected " + std::to_string(writer.most) + " bytes, found " +
                std::to_string(writer.size);
      return Outcome::refused;
    case CURLE_RANGE_ERROR:
      return Outcome::no_ranges;
    case CURLE_HTTP_RETURNED_ERROR:
      return status >= 500 || status == 408 || status == 429 ? Outcome::lost : Outcome::refused;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_COULDNT_CONNECT:
      return Outcome::lost;
    default:
      return Outcome::refused;
  }
}

Download Downloader::download(const std::string& url, const fs::path& file, std::uintmax_t size,
                              std::string& problem,
                              const std::function<void(std::uintmax_t)>& progress) {
  if (size_of(file) > size) discard(file);
  int without_progress = 0;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const std::uintmax_t before = size_of(file);
    if (before == size) return Download::complete;
    Writer writer{StagedFile(file, true), before, size, false, nullptr, progress};
    switch (impl_->attempt(url, writer, problem)) {
      case Impl::Outcome::done:
        return Download::complete;
      case Impl::Outcome::no_ranges:  // from the beginning, then
        discard(file);
        break;
      case Impl::Outcome::refused:
        discard(file);
        return Download::refused;
      case Impl::Outcome::lost:
        without_progress = writer.size > before ? 0 : without_progress + 1;
        if (without_progress == kMostWithoutProgress) return Download::lost;
        std::this_thread::sleep_for(kPause);
    }
  }
  return Download::lost;
}

}  // namespace auriga::app
