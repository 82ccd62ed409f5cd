#include "packs/pack_fetch.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/sha256.hpp"
#include "packs/pack_collection.hpp"
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

// `source`: a whole address or, as all do that are of a folder, with a place for the path.
std::string address(const std::string& source, const FileVersion& version) {
  static constexpr std::string_view kPlace = "{path}";
  const auto place = source.find(kPlace);
  if (place == std::string::npos) return source;
  return std::string(source).replace(place, kPlace.size(),
                                     percent_encoded(version.path.generic_string()));
}

std::string with_place(const std::string& folder) {
  if (folder.find("{path}") != std::string::npos) return folder;
  return folder + (folder.ends_with('/') ? "" : "/") + "{path}";
}

std::string sha256_of(const std::string& text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex_digest();
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The version of a file that is as published in `folder`, if one is.
const FileVersion* intact_version(const fs::path& folder, const PackFile& file) {
  for (const FileVersion& version : file.versions)
    if (is_intact(folder / version.path, version)) return &version;
  return nullptr;
}

class Fetch {
 public:
  Fetch(const PackManifest& manifest, const FetchOptions& options)
      : manifest_(manifest), options_(options), downloads_(options.limits) {}

  // What is neither in place nor elsewhere.
  void look(FetchedPack& result) {
    for (const PackFile& file : manifest_.files) {
      if (contains(manifest_.not_fetched, file.component) ||
          contains(options_.without, file.component) ||
          (options_.sources.empty() && !manifest_.has_address(file)))
        continue;
      if (intact_version(options_.to / manifest_.name, file) != nullptr) continue;
      const FileVersion* there = nullptr;
      for (const fs::path& folder : options_.elsewhere)
        if (there = intact_version(folder, file); there != nullptr) break;
      if (there != nullptr && !there->sha256.empty())
        result.elsewhere.push_back(*there);
      else
        files_.push_back({&file, {}});
    }
  }

  // All that the pack needs of those files, or those that are optional. False when one was not to
  // be had, or it was broken off; the optional ones that were are installed then, too.
  bool get(bool optional, std::vector<FileVersion>& added) {
    std::vector<File*> wanted;
    for (File& file : files_)
      if (manifest_.is_optional(file.file->component) == optional) wanted.push_back(&file);
    if (wanted.empty()) return true;
    PackStaging staging(manifest_, options_.to);
    look_at_staged(staging);
    require_room(staging);
    const bool complete = download(wanted, staging, optional);
    if (!complete && !optional) {
      staging.keep();
      return false;
    }
    // What was cut off of an optional file, now or earlier, is not yet done with.
    if (!optional || !lost_.empty() || stopped_) staging.keep();
    staging.publish();
    for (const File* file : wanted)
      if (file->staged != nullptr) added.push_back(*file->staged);
    return complete;
  }

  const std::string& lost() const { return lost_; }
  const std::string& missing() const { return missing_; }
  const std::string& problems() const { return problems_; }  // of the needed file that failed
  bool stopped() const { return stopped_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Address {
    std::string source;  // those of one are given up together
    std::string url;
    const FileVersion* version;
    const PackArchive* archive = nullptr;  // `version` is that of the archive
  };
  // A file on its way.
  struct File {
    const PackFile* file;
    std::vector<Address> addresses;  // in the order in which they are asked
    std::size_t next = 0;            // address
    bool entered = false;            // that address was asked already
    bool resumed = false;            // and began with what was there
    bool running = false, failed = false, may_be_had = false;
    int attempts = 0, without_progress = 0;  // at that address
    Clock::time_point not_before{};
    std::uintmax_t bytes = 0;
    std::string problems;
    const FileVersion* staged = nullptr;  // done

    std::uintmax_t size() const {
      const bool is_archive = next < addresses.size() && addresses[next].archive != nullptr;
      return is_archive ? addresses[next].version->size : file->versions.front().size;
    }
    bool is_done() const { return staged != nullptr || failed; }
  };

  static constexpr int kMostAttempts = 50, kMostWithoutProgress = 2, kMostSlowFiles = 3;

  // Not the final name: it may be incomplete. Only content with a known hash may be pieced together
  // from several addresses.
  static fs::path partial(const PackStaging& staging, const Address& address) {
    fs::path file = staging.folder() / address.version->path;
    if (address.version->sha256.empty()) file += "." + sha256_of(address.url).substr(0, 16);
    return file += ".incomplete";
  }

  void look_at_staged(const PackStaging& staging) {
    for (File& file : files_) {
      if (file.is_done()) continue;
      file.staged = intact_version(staging.folder(), *file.file);
      if (file.staged != nullptr) file.bytes = file.staged->size;
      for (const FileVersion& version : file.file->versions) {
        std::error_code missing;
        const auto size =
            fs::file_size(fs::path(staging.folder() / version.path) += ".incomplete", missing);
        if (file.staged == nullptr && !missing) file.bytes = std::min(size, file.size());
      }
    }
  }

  void require_room(const PackStaging& staging) const {
    std::uintmax_t needed = 0;
    for (const File& file : files_)
      if (!file.is_done()) needed += file.size() - file.bytes;
    std::error_code unknown;
    const fs::space_info space = fs::space(staging.folder(), unknown);
    if (!unknown && space.available < needed)
      throw Error(ErrorCode::output,
                  fmt::format("{}: {:.0f} MB are needed, {:.0f} MB are free; free some space or "
                              "choose a folder on another disk with --to DIR",
                              options_.to.string(), static_cast<double>(needed) / 1e6,
                              static_cast<double>(space.available) / 1e6));
  }

  void find_addresses(File& file) const {
    std::vector<std::string> sources;
    if (options_.sources.empty()) {
      sources = file.file->sources;
      for (const std::string& folder : manifest_.sources) sources.push_back(with_place(folder));
    } else {
      for (const std::string& folder : options_.sources) sources.push_back(with_place(folder));
    }
    file.addresses.clear();
    for (const std::string& source : sources)
      for (const FileVersion& version : file.file->versions)
        file.addresses.push_back({source, address(source, version), &version});
    if (!file.file->archive || !options_.convert) return;
    const PackArchive& archive = *file.file->archive;
    std::vector<std::string> of_archive = archive.sources;
    if (!options_.sources.empty()) of_archive = sources;
    for (const std::string& source : of_archive)
      file.addresses.push_back(
          {source, address(source, archive.version), &archive.version, &archive});
  }

  bool download(const std::vector<File*>& wanted, const PackStaging& staging, bool optional) {
    for (File* file : wanted) find_addresses(*file);
    for (;;) {
      report();
      stopped_ = options_.stop && options_.stop();
      if (stopped_) return false;
      bool all_done = true;  // so far: of several files that fail the first one is told
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        File& file = *wanted[i];
        if (!file.is_done() && !file.running) go_on(i, file, staging);
        if (file.failed && !optional && all_done) {
          problems_ = file.problems;
          return false;
        }
        all_done = all_done && file.is_done();
      }
      if (all_done) break;
      if (const auto result = downloads_.wait(std::chrono::milliseconds(50)))
        take(*wanted[result->id], *result, staging);
      for (std::size_t i = 0; i < wanted.size(); ++i)
        if (wanted[i]->running) wanted[i]->bytes = downloads_.size(i);
    }
    bool complete = true;
    for (const File* file : wanted) {
      if (!file->failed) continue;
      complete = false;
      if (file->file->component == "extra") continue;
      (file->may_be_had ? lost_ : missing_) += file->problems;
    }
    report();
    return complete;
  }

  // Asks the next address, if there is one and a connection is free.
  void go_on(std::size_t id, File& file, const PackStaging& staging) {
    while (file.next < file.addresses.size()) {
      const Address& address = file.addresses[file.next];
      if (const auto lost = lost_sources_.find(address.source); lost != lost_sources_.end()) {
        file.may_be_had = true;
        next_address(file, lost->second);
        continue;
      }
      if (downloads_.running() >= options_.limits.connections || Clock::now() < file.not_before)
        return;
      const fs::path to = partial(staging, address);
      if (std::error_code ignored; !std::exchange(file.entered, true))
        file.resumed = fs::exists(to, ignored);
      ++file.attempts;
      downloads_.start(id, {address.url, to, address.version->size});
      file.running = true;
      return;
    }
    file.failed = true;
    file.bytes = 0;
  }

  static void next_address(File& file, const std::string& problem) {
    file.problems += "\n  " + file.addresses[file.next].url + ": " + problem;
    ++file.next;
    file.entered = file.resumed = false;
    file.attempts = file.without_progress = 0;
    file.not_before = {};
  }

  void take(File& file, const DownloadResult& result, const PackStaging& staging) {
    const Address& address = file.addresses[file.next];
    const fs::path from = partial(staging, address);
    file.running = false;
    switch (result.how) {
      case Download::complete: {
        const std::string& sha256 = address.version->sha256;
        if (sha256 == result.sha256 && address.archive != nullptr) {
          const std::string problem = make(file, from, staging);
          fs::remove(from);
          if (!problem.empty()) next_address(file, problem);
          return;
        }
        if (sha256.empty() || sha256 == result.sha256) {
          fs::rename(from, staging.folder() / address.version->path);
          file.staged = address.version;
          file.bytes = address.version->size;
          return;
        }
        fs::remove(from);
        // A beginning that another source or a damaged transfer left may be wrong: once more.
        if (std::exchange(file.resumed, false)) return;
        next_address(file, "expected SHA-256 " + sha256 + ", found " + result.sha256);
        return;
      }
      case Download::lost:
        file.without_progress = result.advanced ? 0 : file.without_progress + 1;
        file.not_before = Clock::now() + options_.limits.pause;
        if (file.without_progress < kMostWithoutProgress && file.attempts < kMostAttempts) return;
        lost_sources_.emplace(address.source, result.problem);
        file.may_be_had = true;
        next_address(file, result.problem);
        return;
      case Download::too_slow:
        file.may_be_had = true;
        // One may be an accident.
        if (++slow_files_[address.source] == kMostSlowFiles)
          lost_sources_.emplace(address.source, result.problem);
        next_address(file, result.problem);
        return;
      case Download::refused:
        next_address(file, result.problem);
        return;
    }
  }

  // Of an archive that is as published. What is wrong with it; empty: the file is there.
  std::string make(File& file, const fs::path& archive, const PackStaging& staging) const {
    const FileVersion &member = file.file->archive->member, &made = file.file->versions.front();
    try {
      const auto collection = open_collection(archive, {member.size}, member.size);
      for (std::size_t i = 0; i < collection->entries().size(); ++i) {
        if (collection->entries()[i].name != member.path) continue;
        std::string content;
        collection->read(i, [&](std::string_view piece) { content += piece; });
        if (const std::string found = sha256_of(content); found != member.sha256)
          return member.path.string() + " in it: expected SHA-256 " + member.sha256 + ", found " +
                 found;
        const std::string result = options_.convert(member.path.string(), content);
        if (const std::string found = sha256_of(result); found != made.sha256)
          return made.path.string() + " made of it: expected SHA-256 " + made.sha256 + ", found " +
                 found + "; this version of auriga does not fit its own model packs";
        StagedFile out(staging.folder() / made.path);
        out.write(result);
        out.close();
        file.staged = &made;
        file.bytes = file.size();
        return {};
      }
      return "expected " + member.path.string() + " of " + std::to_string(member.size) +
             " bytes in it, found none";
    } catch (const Error& error) {
      if (error.code() == ErrorCode::output) throw;
      return error.what();
    }
  }

  void report() {
    if (!options_.progress) return;
    FetchProgress progress;
    for (const File& file : files_) {
      progress.bytes += file.bytes;
      if (!file.failed) progress.bytes_expected += file.size();
    }
    options_.progress(progress);
  }

  const PackManifest& manifest_;
  const FetchOptions& options_;
  std::vector<File> files_;
  std::map<std::string, std::string> lost_sources_;  // that did not answer, and why
  std::map<std::string, int> slow_files_;            // of a source
  Downloads downloads_;
  std::string problems_, lost_, missing_;
  bool stopped_ = false;
};

}  // namespace

void require_fetchable(const PackManifest& manifest, const FetchOptions& options) {
  for (const std::string& source : options.sources)
    if (!source.starts_with("http://") && !source.starts_with("https://"))
      throw Error(ErrorCode::usage,
                  source + ": expected an address that begins with http:// or https://");
  for (const std::string& component : options.without) {
    std::string optional;
    for (const std::string& name : manifest.optional)
      if (!contains(manifest.not_fetched, name)) optional += (optional.empty() ? "" : ", ") + name;
    if (!manifest.is_optional(component))
      throw Error(ErrorCode::usage, "--without " + component + ": expected a part of " +
                                        manifest.name + " that it is complete without (" +
                                        (optional.empty() ? std::string("it has none") : optional) +
                                        ")");
  }
  if (options.sources.empty() && !manifest.has_addresses())
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
  fetch.look(result);
  if (!fetch.get(false, result.added) && !fetch.stopped())
    throw Error(ErrorCode::model,
                "the pack " + manifest.name +
                    " cannot be fetched, nothing was installed:" + fetch.problems() +
                    "\nrun the same command later, which goes on where this one stopped, give "
                    "another source with --from URL, or get it by hand: " +
                    how_to_get(manifest));
  if (!fetch.stopped()) fetch.get(true, result.added);
  result.lost = fetch.lost();
  result.missing = fetch.missing();
  result.stopped = fetch.stopped();
  return result;
}

bool fetch_waits(const PackManifest& manifest, const fs::path& to) {
  return PackStaging::waits(manifest, to);
}

}  // namespace auriga::app
