#include "files/atomic_file.hpp"

namespace auriga {

void AtomicFile::commit() {
  file_.flush();
  if (durability_ == Durability::power_loss) file_.sync();
  file_.rename_to_target();
}

void write_file(const std::filesystem::path& target, std::string_view bytes,
                Durability durability) {
  AtomicFile file(target, durability);
  file.write(bytes);
  file.commit();
}

}  // namespace auriga
