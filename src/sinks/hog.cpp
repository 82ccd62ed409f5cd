#include "sinks/hog.hpp"

#include <bit>
#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "auriga/sinks.hpp"

#include "appearance/fhog.hpp"

namespace auriga {

namespace {

struct Header {
  std::int32_t columns, rows, channels;
  float good;
};
static_assert(sizeof(Header) == 16 && std::endian::native == std::endian::little);

}  // namespace

void HogFile::add(std::span<const float> fhog, bool good) {
  assert(fhog.empty() || fhog.size() == kFhogSize);
  Header header{kFhogCells, kFhogCells, kFhogChannels, good ? 1.0F : -1.0F};
  if (fhog.empty()) header.columns = header.rows = header.channels = 0;
  file_.write({reinterpret_cast<const char*>(&header), sizeof header});
  file_.write({reinterpret_cast<const char*>(fhog.data()), fhog.size_bytes()});
}

namespace {

class HogSink : public Sink {
 public:
  explicit HogSink(std::filesystem::path file) : path_(std::move(file)) {}

  Needs needs() const override { return {.fhog = true}; }

  void begin(const StreamInfo& stream, const Setup&) override {
    still_ = stream.still;
    file_.emplace(path_);
  }

  void row(const FaceRow& row) override { file_->add(row.fhog, still_ || row.result.success); }

  std::vector<Written> finish(const FinalUnits&) override { return {file_->complete()}; }

  void publish() override { file_->commit(); }

 private:
  std::filesystem::path path_;
  bool still_ = false;
  std::optional<HogFile> file_;
};

}  // namespace

std::unique_ptr<Sink> make_hog_sink(std::filesystem::path file) {
  return std::make_unique<HogSink>(std::move(file));
}

}  // namespace auriga
