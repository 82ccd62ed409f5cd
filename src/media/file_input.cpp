#include "media/file_input.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <sys/types.h>
#include <unistd.h>

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include "auriga/error.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

std::FILE* open_regular_file(const fs::path& file) {
  const auto refuse = [&](const std::string& found) {
    throw Error(ErrorCode::input,
                file.string() + ": expected a video, found " + found + "; check the path");
  };
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) refuse("no such file");
  if (error) refuse(error.message());
  if (status.type() == fs::file_type::directory) refuse("a folder");
  if (status.type() != fs::file_type::regular) refuse("a pipe or device");
  if (fs::file_size(file, error) == 0) refuse("an empty file");
  std::FILE* handle = std::fopen(file.c_str(), "rb");
  if (handle == nullptr && (errno == EMFILE || errno == ENFILE))
    throw std::system_error(errno, std::generic_category());
  if (handle == nullptr) refuse(std::strerror(errno));
  return handle;
}

std::int64_t size_of(std::FILE* file) {
  const off_t here = ftello(file);
  if (here < 0 || fseeko(file, 0, SEEK_END) != 0) return -1;
  const off_t size = ftello(file);
  return fseeko(file, here, SEEK_SET) == 0 ? size : -1;
}

int read(void* opaque, std::uint8_t* to, int size) {
  auto* file = static_cast<std::FILE*>(opaque);
  const std::size_t count = std::fread(to, 1, static_cast<std::size_t>(size), file);
  if (count > 0) return static_cast<int>(count);
  return std::ferror(file) != 0 ? AVERROR(EIO) : AVERROR_EOF;
}

std::int64_t seek(void* opaque, std::int64_t offset, int whence) {
  auto* file = static_cast<std::FILE*>(opaque);
  if (whence == AVSEEK_SIZE) return size_of(file);
  return fseeko(file, offset, whence & ~AVSEEK_FORCE) == 0 ? ftello(file) : AVERROR(EINVAL);
}

}  // namespace

FileInput::FileInput(const fs::path& file) : FileInput(Handle(open_regular_file(file))) {}

FileInput::FileInput(Handle file) : file_(std::move(file)) {
  constexpr int kBufferBytes = 1 << 16;
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  context_ = avio_alloc_context(buffer, kBufferBytes, 0, file_.get(), read, nullptr, seek);
  if (context_ != nullptr) return;
  av_free(buffer);
  throw std::bad_alloc();
}

FileInput::~FileInput() {
  av_freep(&context_->buffer);
  avio_context_free(&context_);
}

std::unique_ptr<FileInput> FileInput::from_begin() const {
  const auto fail = [] { throw std::system_error(errno, std::generic_category()); };
  const int descriptor = dup(fileno(file_.get()));
  if (descriptor < 0) fail();
  Handle file(fdopen(descriptor, "rb"));
  if (!file) {
    close(descriptor);
    fail();
  }
  if (fseeko(file.get(), 0, SEEK_SET) != 0) fail();
  return std::unique_ptr<FileInput>(new FileInput(std::move(file)));
}

std::int64_t FileInput::size() const { return size_of(file_.get()); }

FileBytes FileInput::bytes() const {
  // Beside the stream, whose position belongs to the context.
  const int file = fileno(file_.get());
  return {size(), [file](std::int64_t offset, std::span<std::uint8_t> to) {
            std::size_t done = 0;
            while (done < to.size()) {
              const ssize_t count = pread(file, to.data() + done, to.size() - done,
                                          static_cast<off_t>(offset) + static_cast<off_t>(done));
              if (count <= 0) break;
              done += static_cast<std::size_t>(count);
            }
            return done;
          }};
}

}  // namespace auriga
