#include "packs/pack_fetch.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <system_error>

#include "auriga/error.hpp"

#include "files/sha256.hpp"
#include "packs/pack_download.hpp"
#include "packs/pack_staging.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

std::string percent_encoded(const std::string& path) {
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char letter : path) {
    const auto code = static_cast<unsigned char>(letter);
    if (kPlain.find(letter) != std::string_view::npos)
      encoded += letter;
    else
      encoded += {'%', kDigits[code / 16], kDigits[code % 16]};
  }
  return encoded;
}

std::string address(const std::string& source, const FileVersion& version) {
  static constexpr std::string_view kPlace = "{path}";
  const std::string path = percent_encoded(version.path.generic_string());
  if (const auto place = source.find(kPlace); place != std::string::npos)
    return std::string(source).replace(place, kPlace.size(), path);
  return source + (source.ends_with('/') ? "" : "/") + path;
}

std::string sha256_of(const std::string& text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex_digest();
}

struct Source {
  std::string folder;
  std::string lost;  // once it did not answer: why; it is not asked again
};

class Fetch {
 public:
  Fetch(const PackManifest& manifest, const FetchOptions& options)
      : manifest_(manifest), options_(options) {
    const auto& folders = options.sources.empty() ? manifest.sources : options.sources;
    for (const std::string& folder : folders) sources_.push_back({folder, {}});
    for (const PackFile& file : manifest.files)
      if (!manifest.is_optional(file.component))
        progress_.bytes_expected += file.versions.front().size;
  }

  // All files of the pack that it needs, or those that are optional. False when one was not to be
  // had; the optional ones that were are installed then, too.
  bool get(bool optional, std::vector<FileVersion>& added) {
    PackStaging staging(manifest_, options_.to);
    bool complete = true;
    std::vector<FileVersion> staged;
    for (const PackFile& file : manifest_.files) {
      if (manifest_.is_optional(file.component) != optional) continue;
      const auto& versions = file.versions;
      const std::uintmax_t before = progress_.bytes, size = versions.front().size;
      if (optional) progress_.bytes_expected += size;
      const auto is_in = [&](const fs::path& folder) {
        return std::find_if(versions.begin(), versions.end(), [&](const FileVersion& version) {
          return is_intact(folder / version.path, version);
        });
      };
      if (is_in(staging.target()) == versions.end()) {
        const auto kept = is_in(staging.folder());  // from an interrupted attempt
        const FileVersion* found = kept != versions.end() ? &*kept : download(file, staging);
        if (found != nullptr) staged.push_back(*found);
        if (found == nullptr && last_was_lost_ && file.component != "extra") lost_ += problems_;
        complete &= found != nullptr;
        if (found == nullptr && !optional) {
          staging.keep();
          return false;
        }
      }
      report(before + size);
    }
    // What was cut off of an optional file, now or earlier, is not yet done with.
    if (!optional || !lost_.empty()) staging.keep();
    staging.publish();
    added.insert(added.end(), staged.begin(), staged.end());
    return complete;
  }

  // About optional files that a source may have that did not answer.
  const std::string& lost() const { return lost_; }
  const std::string& problems() const { return problems_; }

 private:
  const FileVersion* download(const PackFile& file, PackStaging& staging) {
    std::vector<Source> own;
    if (options_.sources.empty())
      for (const std::string& folder : file.sources) own.push_back({folder, {}});
    problems_.clear();
    last_was_lost_ = false;
    for (std::vector<Source>* sources : {&own, &sources_})
      for (Source& source : *sources)
        for (const FileVersion& version : file.versions)
          if (download(source, version, staging)) return &version;
    return nullptr;
  }

  bool download(Source& source, const FileVersion& version, const PackStaging& staging) {
    const std::string url = address(source.folder, version);
    // Not the final name: it may be incomplete. Only content with a known hash may be pieced
    // together from several addresses.
    fs::path partial = staging.folder() / version.path;
    if (version.sha256.empty()) partial += "." + sha256_of(url).substr(0, 16);
    partial += ".incomplete";
    const std::uintmax_t before = progress_.bytes;
    const auto progress = [&](std::uintmax_t size) { report(before + size); };
    std::error_code failed;
    std::string problem = source.lost;
    // A beginning that another source or a damaged transfer left may be wrong: then once more.
    for (bool resumed = fs::exists(partial, failed); source.lost.empty(); resumed = false) {
      const Download result = downloader_.download(url, partial, version.size, problem, progress);
      if (result == Download::lost) source.lost = problem;
      if (result != Download::complete) break;
      if (version.sha256.empty() || sha256_of_file(partial) == version.sha256) {
        fs::rename(partial, staging.folder() / version.path);
        return true;
      }
      fs::remove(partial, failed);
      problem = "expected SHA-256 " + version.sha256 + ", found another";
      if (!resumed) break;
    }
    report(before);
    last_was_lost_ |= !source.lost.empty();
    problems_ += "\n  " + url + ": " + problem;
    return false;
  }

  void report(std::uintmax_t bytes) {
    progress_.bytes = bytes;
    if (options_.progress) options_.progress(progress_);
  }

  const PackManifest& manifest_;
  const FetchOptions& options_;
  std::vector<Source> sources_;
  Downloader downloader_;
  FetchProgress progress_;
  std::string problems_, lost_;  // of the last file that was asked for; of all that were lost
  bool last_was_lost_ = false;   // a source that may have it did not answer
};

}  // namespace

void require_fetchable(const PackManifest& manifest, const FetchOptions& options) {
  for (const std::string& source : options.sources)
    if (!source.starts_with("http://") && !source.starts_with("https://"))
      throw Error(ErrorCode::usage,
                  source + ": expected an address that begins with http:// or https://");
  const bool anywhere = !options.sources.empty() || !manifest.sources.empty() ||
                        std::any_of(manifest.files.begin(), manifest.files.end(),
                                    [](const PackFile& file) { return !file.sources.empty(); });
  if (!anywhere)
    throw Error(ErrorCode::model,
                "auriga knows no address from which the pack " + manifest.name +
                    " can be fetched; give one with --from URL, or get it by hand: " +
                    how_to_get(manifest));
}

FetchedPack fetch_pack(const PackManifest& manifest, const FetchOptions& options) {
  require_fetchable(manifest, options);
  FetchedPack result;
  result.pack = {&manifest, options.to / manifest.name};
  Fetch fetch(manifest, options);
  if (!fetch.get(false, result.added))
    throw Error(ErrorCode::model,
                "the pack " + manifest.name +
                    " cannot be fetched, nothing was installed:" + fetch.problems() +
                    "\nrun the same command later, which goes on where this one stopped, give "
                    "another source with --from URL, or get it by hand: " +
                    how_to_get(manifest));
  if (!fetch.get(true, result.added)) result.lost = fetch.lost();
  return result;
}

}  // namespace auriga::app
