// What the columns of a table mean, as a sink.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/sinks.hpp"

#include "files/atomic_file.hpp"
#include "files/columns.hpp"
#include "files/json.hpp"
#include "sinks/csv_writer.hpp"
#include "tables/au_table.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

Json column(std::string_view description, std::string_view units) {
  Json json = Json::object({{"Description", description}});
  if (!units.empty()) json.add("Units", units);
  return json;
}

// Of one column of action units.
Json unit_column(const std::string& name) {
  const std::string unit = name.substr(0, 4);
  const std::string_view known = au_description(unit);
  const std::string what = known.empty() ? unit : fmt::format("{} ({})", unit, known);
  if (is_au_column(name, kIntensityEnding)) return column(what + ", intensity from 0 to 5", "");
  Json json = column(what + ", presence", "");
  json.add("Levels", Json::object({{"0", "absent"}, {"1", "present"}}));
  return json;
}

class BidsSink : public Sink {
 public:
  BidsSink(fs::path file, fs::path table, const CsvSinkOptions& options, std::string version)
      : path_(std::move(file)),
        table_(std::move(table)),
        options_(options),
        version_(std::move(version)) {}

  void begin(const StreamInfo& stream, const Setup& setup) override {
    file_.emplace(path_);
    const CsvOptions csv = csv_options(options_, stream, setup, table_);
    Json json = Json::object();
    json.add("GeneratedBy",
             Json::array({Json::object({{"Name", "auriga"}, {"Version", version_}})}));
    json.add("ActionUnitsBy", setup.estimator);
    if (stream.average_fps > 0 && !stream.still) json.add("SamplingFrequency", stream.average_fps);
    json.add("Table", table_.filename().string());
    for (const KeyColumn& key : key_columns(csv.dialect, csv.mode))
      json.add(std::string(key.name), column(key.meaning, key.unit));
    for (const std::string& name : column_names(csv.dialect, csv.mode, csv.groups, csv.aus)) {
      if (json.find(name) != nullptr) continue;
      if (is_au_column(name, kIntensityEnding) || is_au_column(name, kPresenceEnding))
        json.add(name, unit_column(name));
      else if (group_of_column(name) == kBlendshapeColumns)
        json.add(name, column("MediaPipe's blendshape, 0 to 1", ""));
      else
        for (const MeasureColumns& measure : measure_columns())
          for (const std::string& one : measure.names())
            if (one == name) json.add(name, column(meaning_of(measure), measure.unit));
    }
    if (!csv.frame_names.empty())
      json.add(std::string(kFileColumn), column("the file that the frame was read from", ""));
    text_ = json.text() + '\n';
  }

  std::vector<Written> finish(const FinalUnits&) override {
    file_->write(text_);
    return {file_->complete()};
  }
  void publish() override { file_->commit(); }

 private:
  // Some rows of the list of columns say that they are like the one before.
  static std::string_view meaning_of(const MeasureColumns& measure) {
    std::string_view before;
    for (const MeasureColumns& one : measure_columns()) {
      if (!one.meaning.starts_with("the same")) before = one.meaning;
      if (&one == &measure) break;
    }
    return measure.meaning.starts_with("the same") ? before : measure.meaning;
  }

  fs::path path_;
  fs::path table_;
  CsvSinkOptions options_;
  std::string version_;
  std::optional<AtomicFile> file_;
  std::string text_;
};

}  // namespace

std::unique_ptr<Sink> make_bids_sink(fs::path file, fs::path table, const CsvSinkOptions& options,
                                     std::string version) {
  return std::make_unique<BidsSink>(std::move(file), std::move(table), options, std::move(version));
}

}  // namespace auriga
