// `auriga doctor`: whether and how well auriga works on this machine.
#include "doctor.hpp"

#include <algorithm>
#include <memory>

#include <fmt/core.h>

#include "commands.hpp"
#include "extract_options.hpp"
#include "files/json.hpp"

namespace auriga::app {
namespace {

Json words(const std::vector<Isa>& isas) {
  Json list = Json::array();
  for (const Isa isa : isas) list.add(isa_word(isa));
  return list;
}

Json measured(const DoctorFacts& facts) {
  Json products = Json::array();
  for (const MatrixProduct& product : facts.products) {
    const double peak =
        product.type == "float" ? facts.peak.float_gflops : facts.peak.double_gflops;
    products.add(Json::object({{"type", product.type},
                               {"size", product.size},
                               {"runs", product.runs},
                               {"gflops", product.gflops()},
                               {"share_of_peak", product.gflops() / peak}}));
  }
  const Json peak =
      Json::object({{"float", facts.peak.float_gflops}, {"double", facts.peak.double_gflops}});
  return Json::object({{"peak_gflops", peak}, {"products", products}});
}

void print_json(const DoctorFacts& facts, const std::vector<Finding>& lines) {
  Json list = Json::array();
  for (const Finding& line : lines)
    list.add(Json::object({{"topic", line.topic},
                           {"status", word(line.status)},
                           {"found", line.found},
                           {"to_do", line.to_do}}));
  Json all = Json::object({{"auriga", facts.version},
                           {"works", exit_code(lines) == 0},
                           {"findings", list},
                           {"kernels", Json::object({{"in_use", isa_word(facts.isa)},
                                                     {"compiled", words(facts.compiled)},
                                                     {"runnable", words(facts.runnable)}})}});
  if (!facts.products.empty()) all["measured"] = measured(facts);
  if (facts.decoding)
    all["decoding"] = Json::object({{"width_px", facts.decoding->width},
                                    {"height_px", facts.decoding->height},
                                    {"format", facts.decoding->format},
                                    {"threads", facts.decoding->threads},
                                    {"frames_per_second_one_thread", facts.decoding->one_thread},
                                    {"frames_per_second", facts.decoding->all_threads}});
  fmt::print("{}\n", all.text());
}

void print(const Finding& line) {
  fmt::print("{:<8} {:<15} {}\n", word(line.status), line.topic, line.found);
  if (!line.to_do.empty()) fmt::print("{:<8} {:<15} -> {}\n", "", "", line.to_do);
}

void print(const DoctorFacts& facts, const std::vector<Finding>& lines) {
  const auto count = [&](Status status) {
    return std::count_if(lines.begin(), lines.end(),
                         [&](const Finding& line) { return line.status == status; });
  };
  fmt::print("auriga {} {} here: {} problems, {} warnings, {} notes\n", facts.version,
             exit_code(lines) == 0 ? "works" : "does not work", count(Status::problem),
             count(Status::warning), count(Status::note));
  // What one looks for: what `extract` would do, and what is in its way.
  const auto is_urgent = [](const Finding& line) {
    return line.topic == "extract" || line.status == Status::problem;
  };
  for (const bool urgent : {true, false})
    for (const Finding& line : lines)
      if (is_urgent(line) == urgent) print(line);
}

}  // namespace

Command doctor_command() {
  const auto options = std::make_shared<DoctorOptions>();
  return {
      "doctor",
      "Whether and how well auriga works on this machine",
      {models_option(options->models),
       {.flag = "--out-dir",
        .group = "Options",
        .help = "Folder for results, to see whether it can be written",
        .label = "DIR",
        .setting = text(options->out_dir)},
       {.flag = "--quick",
        .group = "Options",
        .help = "Measure neither matrix products nor decoding",
        .more = "Takes less than a second",
        .setting = yes(options->quick)},
       {.flag = "--full",
        .group = "Options",
        .help = "Three products to warm up and ten runs at every size, however long that takes",
        .setting = yes(options->full),
        .excludes = {"--quick"}},
       {.flag = "--json", .group = "Options", .help = "Print JSON", .setting = yes(options->json)}},
      [options] {
        const DoctorFacts facts = examine(*options);
        const std::vector<Finding> lines = findings(facts);
        if (options->json)
          print_json(facts, lines);
        else
          print(facts, lines);
        return exit_code(lines);
      }};
}

}  // namespace auriga::app
