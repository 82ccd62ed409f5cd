// The manifest beside a table, and what is asked of it.
#include <string>

#include "files/json.hpp"
#include "files/manifest.hpp"
#include "fuzz_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  static const std::filesystem::path table = fuzz::folder().write("t.csv", "frame\n1\n");
  const std::string_view text = fuzz::text(bytes, size);
  const auto file = fuzz::folder().write(manifest_path(table).filename(), text);
  estimator_of(table);
  const Recording recording = recording_of(table);
  if (recording.mean_interval_s < 0 || recording.least_interval_s > recording.largest_interval_s)
    __builtin_trap();
  geometry_of(table);
  if (const auto extent = picture_size_of(table);
      extent && (extent->width < 1 || extent->height < 1))
    __builtin_trap();
  origin_of(file);
  outputs_of(file);
  // What can be read is the same when it was written.
  if (const std::optional<Json> json = Json::parse(text)) {
    written_of(*json);
    const std::string once = json->text();
    const std::optional<Json> again = Json::parse(once);
    if (!again || again->text() != once) __builtin_trap();
  }
  return 0;
}
