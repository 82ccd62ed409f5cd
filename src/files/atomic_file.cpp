#include "files/atomic_file.hpp"

#include <cassert>

#include "files/written_file.hpp"

namespace auriga {

void AtomicFile::write(std::string_view bytes) {
  assert(!complete_);
  if (durability_ == Durability::power_loss) hash_.update(bytes);
  file_.write(bytes);
}

Written AtomicFile::complete() {
  assert(!complete_);
  file_.flush();
  if (durability_ == Durability::power_loss) file_.sync();
  file_.end();
  complete_ = true;
  // After closing it: network file systems may set the time no earlier.
  Written written = look_up(file_.partial());
  written.path = target_;
  if (durability_ == Durability::power_loss) written.sha256 = hash_.hex_digest();
  return written;
}

void AtomicFile::commit() {
  if (!complete_) complete();
  file_.rename_to_target();
}

void write_file(const std::filesystem::path& target, std::string_view bytes,
                Durability durability) {
  AtomicFile file(target, durability);
  file.write(bytes);
  file.commit();
}

}  // namespace auriga
