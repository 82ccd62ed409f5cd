// `auriga doctor`: whether and how well auriga works on this machine.
#include "doctor.hpp"

#include <algorithm>
#include <memory>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"

namespace auriga::app {
namespace {

using Json = nlohmann::ordered_json;

Json words(const std::vector<Isa>& isas) {
  Json list = Json::array();
  for (const Isa isa : isas) list.push_back(isa_word(isa));
  return list;
}

Json measured(const DoctorFacts& facts) {
  Json products = Json::array();
  for (const MatrixProduct& product : facts.products) {
    const double peak =
        product.type == "float" ? facts.peak.float_gflops : facts.peak.double_gflops;
    products.push_back({{"type", product.type},
                        {"size", product.size},
                        {"runs", product.runs},
                        {"gflops", product.gflops()},
                        {"share_of_peak", product.gflops() / peak}});
  }
  return {
      {"peak_gflops", {{"float", facts.peak.float_gflops}, {"double", facts.peak.double_gflops}}},
      {"products", products}};
}

void print_json(const DoctorFacts& facts, const std::vector<Finding>& lines) {
  Json list = Json::array();
  for (const Finding& line : lines)
    list.push_back({{"topic", line.topic},
                    {"status", word(line.status)},
                    {"found", line.found},
                    {"to_do", line.to_do}});
  Json all = {{"auriga", facts.version},
              {"works", exit_code(lines) == 0},
              {"findings", list},
              {"kernels",
               {{"in_use", isa_word(facts.isa)},
                {"compiled", words(facts.compiled)},
                {"runnable", words(facts.runnable)}}}};
  if (!facts.products.empty()) all["measured"] = measured(facts);
  fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print(const DoctorFacts& facts, const std::vector<Finding>& lines) {
  for (const Finding& line : lines) {
    fmt::print("{:<8} {:<15} {}\n", word(line.status), line.topic, line.found);
    if (!line.to_do.empty()) fmt::print("{:<8} {:<15} -> {}\n", "", "", line.to_do);
  }
  const auto count = [&](Status status) {
    return std::count_if(lines.begin(), lines.end(),
                         [&](const Finding& line) { return line.status == status; });
  };
  fmt::print("auriga {} {} here: {} problems, {} warnings, {} notes\n", facts.version,
             exit_code(lines) == 0 ? "works" : "does not work", count(Status::problem),
             count(Status::warning), count(Status::note));
}

}  // namespace

Command add_doctor(CLI::App& app) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command =
      app.add_subcommand("doctor", "Whether and how well auriga works on this machine");
  command->add_option("--models", options->models,
                      "Folder that is or holds model packs (default: see docs/models.md)");
  command
      ->add_option("--out-dir", options->out_dir,
                   "Folder for results, to see whether it can be written")
      ->capture_default_str();
  CLI::Option* quick = command->add_flag("--quick", options->quick, "Measure no matrix products");
  command
      ->add_flag("--full", options->full,
                 "Three products to warm up and ten runs at every size, however long that takes")
      ->excludes(quick);
  command->add_flag("--json", options->json, "Print JSON");
  return [options] {
    const DoctorFacts facts = examine(*options);
    const std::vector<Finding> lines = findings(facts);
    if (options->json)
      print_json(facts, lines);
    else
      print(facts, lines);
    return exit_code(lines);
  };
}

}  // namespace auriga::app
