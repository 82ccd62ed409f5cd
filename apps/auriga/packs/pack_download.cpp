#include "packs/pack_download.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/sha256.hpp"
#include "packs/pack_staging.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr long kMostRedirects = 8;

std::uintmax_t size_of(const fs::path& file) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  return failed ? 0 : size;
}

// What can be shown of a text that a server sent.
std::string shown(const char* text) {
  std::string clean = std::string(text == nullptr ? "" : text).substr(0, 60);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c < 0x20 || c == 0x7f; }, '?');
  return clean;
}

std::string host_of(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find_first_of("/?", begin) - begin);
}

// The file with the certificates of authorities that the user names.
const char* authorities() {
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})
    if (const char* file = std::getenv(name); file != nullptr && *file != '\0') return file;
  return nullptr;
}

}  // namespace

// One attempt at one file.
class Downloads::Transfer {
 public:
  Transfer(std::size_t id, DownloadRequest request)
      : id_(id),
        request_(std::move(request)),
        curl_(curl_easy_init()),
        before_(size_of(request_.file)),
        size_(before_) {
    if (curl_ == nullptr)
      throw Error(ErrorCode::input, "the network library libcurl cannot be started");
    if (before_ > request_.size) {
      fs::remove(request_.file);
      before_ = size_ = 0;
    }
    hash_beginning();
    set_options();
  }
  ~Transfer() { curl_easy_cleanup(curl_); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  std::size_t id() const { return id_; }
  CURL* handle() const { return curl_; }
  std::uintmax_t size() const { return size_; }

  // Of a file that an earlier attempt left with all its bytes: there is nothing to ask for.
  std::optional<DownloadResult> at_once() {
    if (size_ < request_.size) return std::nullopt;
    return DownloadResult{id_, Download::complete, false, "", hash_.hex_digest()};
  }

  // Less than the least rate since a window of time began.
  bool is_too_slow(const DownloadLimits& limits, Clock::time_point now) {
    if (now - window_begin_ < limits.patience) return false;
    const double seconds = std::chrono::duration<double>(now - window_begin_).count();
    if (static_cast<double>(received_in_window_) < static_cast<double>(limits.least_rate) * seconds)
      return true;
    window_begin_ = now;
    received_in_window_ = 0;
    return false;
  }

  DownloadResult slow_result(const DownloadLimits& limits) {
    close();
    if (!began_)
      return {id_, Download::lost, false,
              fmt::format("no answer in {:.0f} s",
                          std::chrono::duration<double>(limits.patience).count()),
              ""};
    return {id_, Download::too_slow, size_ > before_,
            fmt::format("{} bytes in {:.0f} s, which is too slow", received_in_window_,
                        std::chrono::duration<double>(limits.patience).count()),
            ""};
  }

  DownloadResult result(CURLcode code) {
    if (failure_) std::rethrow_exception(failure_);
    close();
    DownloadResult result{id_, judge(code), size_ > before_, problem_, ""};
    if (result.how == Download::refused) take_back();
    if (result.how == Download::complete) result.sha256 = hash_.hex_digest();
    return result;
  }

 private:
  static std::size_t on_bytes(char* bytes, std::size_t one, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->write({bytes, one * count}) ? one * count : 0;
  }

  void set_options() {
    const bool secure = request_.url.starts_with("https:");
    const auto set = [this](CURLoption option, auto value) {
      curl_easy_setopt(curl_, option, value);
    };
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_USERAGENT, "auriga");
    set(CURLOPT_ERRORBUFFER, reason_);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kMostRedirects);
    set(CURLOPT_FAILONERROR, 1L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (const char* file = authorities()) set(CURLOPT_CAINFO, file);
    if (before_ > 0) set(CURLOPT_RANGE, fmt::format("{}-", before_).c_str());
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_bytes);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_PRIVATE, this);
  }

  void hash_beginning() {
    if (before_ == 0) return;
    std::ifstream in(request_.file, std::ios::binary);
    std::vector<char> piece(std::size_t{1} << 20);
    std::uintmax_t read = 0;
    while (in) {
      in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      const auto got = static_cast<std::size_t>(in.gcount());
      hash_.update({piece.data(), got});
      read += got;
    }
    if (read != before_)
      throw Error(ErrorCode::output, request_.file.string() +
                                         ": expected the beginning of a download, found a file "
                                         "that cannot be read; remove it");
  }

  // Exceptions must not pass through curl.
  bool write(std::string_view bytes) {
    try {
      if (!began_ && !begin()) return false;
      if (bytes.size() > request_.size - size_) {
        problem_ = fmt::format("expected {} bytes, found more", request_.size);
        return false;
      }
      file_->write(bytes);
      hash_.update(bytes);
      size_ += bytes.size();
      received_in_window_ += bytes.size();
      return true;
    } catch (...) {
      failure_ = std::current_exception();
      return false;
    }
  }

  // Looks at what the server announces, before the first byte is written.
  bool begin() {
    began_ = true;
    long status = 0;
    curl_off_t announced = -1;
    char* type = nullptr;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    curl_easy_getinfo(curl_, CURLINFO_CONTENT_TYPE, &type);
    const bool continued = status == 206 && before_ > 0;
    if (!continued && status != 200) {
      problem_ = fmt::format("expected the file, found an answer with status {}", status);
      return false;
    }
    if (continued && !continues()) return false;
    const std::uintmax_t expected = request_.size - (continued ? before_ : 0);
    if (announced >= 0 && static_cast<std::uintmax_t>(announced) != expected) {
      describe_other(static_cast<std::uintmax_t>(announced) + (continued ? before_ : 0),
                     shown(type));
      return false;
    }
    // A page without a length is never a model.
    if (announced < 0 && shown(type).starts_with("text/html")) {
      describe_other({}, shown(type));
      return false;
    }
    if (!continued && before_ > 0) {  // no ranges: from the beginning, then
      before_ = size_ = 0;
      hash_ = Sha256();
    }
    file_.emplace(request_.file, continued);
    return true;
  }

  bool continues() {
    curl_header* header = nullptr;
    if (curl_easy_header(curl_, "Content-Range", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
      return true;
    const std::string found = shown(header->value);
    const std::string begin = fmt::format("bytes {}-", before_);
    const std::string whole = found.substr(std::min(found.find('/'), found.size()));
    if (found.starts_with(begin) && (whole == "/*" || whole == fmt::format("/{}", request_.size)))
      return true;
    problem_ =
        fmt::format("expected the {} bytes from {} on, found '{}'", request_.size, before_, found);
    return false;
  }

  void describe_other(std::optional<std::uintmax_t> size, const std::string& type) {
    const std::string bytes = size ? std::to_string(*size) : "none announced";
    if (type.starts_with("text/html"))
      problem_ = fmt::format("expected {} bytes, found {}: a web page instead of the file",
                             request_.size, bytes);
    else
      problem_ = fmt::format("expected {} bytes, found {}", request_.size,
                             *size > request_.size ? fmt::format("more ({})", bytes) : bytes);
  }

  Download judge(CURLcode code) {
    if (!problem_.empty()) return Download::refused;
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    problem_ = reason_[0] != '\0' ? reason_ : curl_easy_strerror(code);
    switch (code) {
      case CURLE_OK:
        if (size_ == request_.size && began_) {
          problem_.clear();
          return Download::complete;
        }
        problem_ = fmt::format("expected {} bytes, found {}", request_.size, size_);
        return Download::refused;
      case CURLE_HTTP_RETURNED_ERROR:
        problem_ = fmt::format("the server answers with status {}{}", status,
                               status == 404 || status == 410 ? " (not there)" : "");
        return status >= 500 || status == 408 || status == 429 ? Download::lost : Download::refused;
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_CONNECT_ERROR:
        problem_ = fmt::format(
            "no secure connection to {}: {}; check this computer's clock and its certificates of "
            "authorities (SSL_CERT_FILE=FILE names others, e.g. those of an institute's proxy)",
            host_of(request_.url), problem_);
        return Download::refused;
      case CURLE_UNSUPPORTED_PROTOCOL:
        problem_ =
            fmt::format("it leads to an address that is not {}, which is not followed ({})",
                        request_.url.starts_with("https:") ? "https" : "http or https", problem_);
        return Download::refused;
      case CURLE_PARTIAL_FILE:
      case CURLE_GOT_NOTHING:
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
      case CURLE_OPERATION_TIMEDOUT:
      case CURLE_HTTP2:
      case CURLE_HTTP2_STREAM:
      case CURLE_COULDNT_CONNECT:
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
        return Download::lost;
      default:
        return Download::refused;
    }
  }

  void close() {
    if (file_) file_->close();
    file_.reset();
  }

  void take_back() {
    std::error_code ignored;
    if (before_ == 0)
      fs::remove(request_.file, ignored);
    else if (size_ > before_)
      fs::resize_file(request_.file, before_, ignored);
    size_ = before_;
  }

  const std::size_t id_;
  const DownloadRequest request_;
  CURL* const curl_;
  std::uintmax_t before_, size_;  // bytes of the file: when the attempt began, now
  Sha256 hash_;                   // of those now
  std::optional<StagedFile> file_;
  bool began_ = false;  // the server's answer was looked at
  std::string problem_;
  std::exception_ptr failure_;
  Clock::time_point window_begin_ = Clock::now();
  std::uintmax_t received_in_window_ = 0;
  char reason_[CURL_ERROR_SIZE] = "";
};

struct Downloads::Impl {
  explicit Impl(const DownloadLimits& given) : limits(given) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started == CURLE_OK) multi = curl_multi_init();
    if (multi == nullptr)
      throw Error(ErrorCode::input, "the network library libcurl cannot be started");
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(limits.connections));
  }
  ~Impl() {
    for (const auto& transfer : transfers) curl_multi_remove_handle(multi, transfer->handle());
    transfers.clear();
    curl_multi_cleanup(multi);
  }

  std::unique_ptr<Transfer> remove(const Transfer* transfer) {
    curl_multi_remove_handle(multi, transfer->handle());
    const auto found = std::find_if(transfers.begin(), transfers.end(),
                                    [&](const auto& one) { return one.get() == transfer; });
    std::unique_ptr<Transfer> removed = std::move(*found);
    transfers.erase(found);
    return removed;
  }

  std::optional<DownloadResult> ended() {
    if (!at_once.empty()) {
      DownloadResult result = std::move(at_once.back());
      at_once.pop_back();
      return result;
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      void* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      return remove(static_cast<Transfer*>(transfer))->result(code);
    }
    const Clock::time_point now = Clock::now();
    for (const auto& transfer : transfers)
      if (transfer->is_too_slow(limits, now)) return remove(transfer.get())->slow_result(limits);
    return std::nullopt;
  }

  const DownloadLimits limits;
  CURLM* multi = nullptr;
  std::vector<std::unique_ptr<Transfer>> transfers;
  std::vector<DownloadResult> at_once;  // that no transfer is needed for
};

Downloads::Downloads(const DownloadLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
Downloads::~Downloads() = default;

int Downloads::running() const { return static_cast<int>(impl_->transfers.size()); }

std::uintmax_t Downloads::size(std::size_t id) const {
  for (const auto& transfer : impl_->transfers)
    if (transfer->id() == id) return transfer->size();
  return 0;
}

void Downloads::start(std::size_t id, const DownloadRequest& request) {
  auto transfer = std::make_unique<Transfer>(id, request);
  if (auto result = transfer->at_once()) {
    impl_->at_once.push_back(std::move(*result));
    return;
  }
  curl_multi_add_handle(impl_->multi, transfer->handle());
  impl_->transfers.push_back(std::move(transfer));
}

std::optional<DownloadResult> Downloads::wait(std::chrono::milliseconds most) {
  const Clock::time_point until = Clock::now() + most;
  for (;;) {
    int running = 0;
    curl_multi_perform(impl_->multi, &running);
    if (auto result = impl_->ended()) return result;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return std::nullopt;
    curl_multi_poll(impl_->multi, nullptr, 0, static_cast<int>(left.count()), nullptr);
  }
}

}  // namespace auriga::app
