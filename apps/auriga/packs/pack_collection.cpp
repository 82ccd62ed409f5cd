#include "packs/pack_collection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <zip.h>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using Sizes = std::set<std::uintmax_t>;

constexpr std::size_t kPieceBytes = 256 * 1024;

[[noreturn]] void bad(const std::string& message) { throw Error(ErrorCode::input, message); }

[[noreturn]] void bad_length(const FileCollection::Entry& entry, const std::string& found) {
  bad(entry.label + ": expected " + std::to_string(entry.size) + " bytes, found " + found +
      "; is it damaged, or still being copied? Nothing of it was installed");
}

class Folder : public FileCollection {
 public:
  Folder(const fs::path& folder, const Sizes& sizes) {
    std::error_code failed;
    const auto how = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator file(folder, how, failed), end; !failed && file != end;
         file.increment(failed)) {
      std::error_code ignored;
      if (!file->is_regular_file(ignored)) continue;
      const std::uintmax_t size = file->file_size(ignored);
      if (ignored || sizes.count(size) == 0) continue;
      entries_.push_back({file->path().string(), file->path().filename().string(), size});
    }
    if (failed) bad(folder.string() + ": cannot read this folder: " + failed.message());
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.label < b.label; });
  }

  void read(std::size_t index, const Sink& sink) override {
    const Entry& entry = entries_[index];
    errno = 0;
    std::ifstream in(entry.label, std::ios::binary);
    if (!in) bad(entry.label + ": cannot open the file: " + std::strerror(errno));
    std::string piece(kPieceBytes, '\0');
    std::uintmax_t total = 0;
    while (in) {
      in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      const auto got = static_cast<std::size_t>(in.gcount());
      total += got;
      if (total > entry.size) bad_length(entry, "more");
      sink({piece.data(), got});
    }
    if (total != entry.size) bad_length(entry, std::to_string(total));
  }
};

// A name from a hostile archive, fit to be shown.
std::string shown(std::string name) {
  for (char& letter : name)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  return name;
}

bool is_regular(zip_t* archive, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return false;
  if (system != ZIP_OPSYS_UNIX) return true;
  const mode_t mode = attributes >> 16;
  return (mode & S_IFMT) == 0 || S_ISREG(mode);
}

class Zip : public FileCollection {
 public:
  Zip(const fs::path& file, const Sizes& sizes, std::uintmax_t most_bytes)
      : file_(file), most_bytes_(most_bytes) {
    int error = 0;
    archive_.reset(zip_open(file.c_str(), ZIP_RDONLY, &error));
    if (!archive_) {
      zip_error_t text;
      zip_error_init_with_code(&text, error);
      const std::string reason = zip_error_strerror(&text);
      zip_error_fini(&text);
      bad(file.string() + ": expected a folder or a ZIP file, found another or a damaged file (" +
          reason + "); download it again, or unpack it and give the folder");
    }
    const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(std::max<zip_int64_t>(count, 0)); ++i) {
      zip_stat_t about;
      zip_stat_init(&about);
      constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD;
      if (zip_stat_index(archive_.get(), i, 0, &about) != 0 || (about.valid & kNeeded) != kNeeded)
        continue;
      if (sizes.count(about.size) == 0 || !is_regular(archive_.get(), i)) continue;
      const std::string name = shown(about.name), label = file.string() + ": " + name;
      if (about.encryption_method != ZIP_EM_NONE)
        bad(label + ": this entry is encrypted; unpack the ZIP file and give the folder");
      entries_.push_back({label, name.substr(name.find_last_of("/\\") + 1), about.size});
      indices_.push_back(i);
    }
  }

  void read(std::size_t index, const Sink& sink) override {
    const Entry& entry = entries_[index];
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> in(
        zip_fopen_index(archive_.get(), indices_[index], 0), zip_fclose);
    if (!in)
      bad(entry.label + ": cannot be unpacked (" + zip_strerror(archive_.get()) +
          "); download the ZIP file again, or unpack it and give the folder");
    std::string piece(kPieceBytes, '\0');
    std::uintmax_t total = 0;
    for (;;) {
      const zip_int64_t got = zip_fread(in.get(), piece.data(), piece.size());
      if (got < 0)
        bad(entry.label + ": cannot be unpacked (" + zip_file_strerror(in.get()) +
            "); download the ZIP file again. Nothing of it was installed");
      if (got == 0) break;
      total += static_cast<std::uintmax_t>(got);
      if (total > entry.size) bad_length(entry, "more");
      // Entries may share their compressed bytes, so that a small file can hold any amount of data.
      if (static_cast<std::uintmax_t>(got) > most_bytes_)
        bad(file_.string() +
            ": this ZIP file holds far more data in files of the sizes of models than there are "
            "models; unpack it and give the folder");
      most_bytes_ -= static_cast<std::uintmax_t>(got);
      sink({piece.data(), static_cast<std::size_t>(got)});
    }
    if (total != entry.size) bad_length(entry, std::to_string(total));
  }

 private:
  struct Close {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };

  fs::path file_;
  std::uintmax_t most_bytes_;
  std::unique_ptr<zip_t, Close> archive_;
  std::vector<zip_uint64_t> indices_;
};

}  // namespace

std::unique_ptr<FileCollection> open_collection(const fs::path& source, const Sizes& sizes,
                                                std::uintmax_t most_bytes) {
  std::error_code failed;
  const fs::file_status status = fs::status(source, failed);
  if (fs::is_directory(status)) return std::make_unique<Folder>(source, sizes);
  if (fs::is_regular_file(status)) return std::make_unique<Zip>(source, sizes, most_bytes);
  bad(source.string() + ": expected a folder or a ZIP file, found " +
      (fs::exists(status) ? "something else" : "nothing; check the path"));
}

}  // namespace auriga::app
