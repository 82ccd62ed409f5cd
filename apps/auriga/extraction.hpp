// What `auriga extract` does to its inputs, step by step, without a console: the command and the
// Python package are made of it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "auriga/engine.hpp"

#include "extract_options.hpp"
#include "inputs.hpp"
#include "outputs.hpp"
#include "run.hpp"

namespace auriga::app {

// Checks settings against each other and completes them. Throws Error(usage), and Error(model)
// where the folder of models is none.
void complete(ExtractSettings& settings);

// What settings that are complete ask to read.
struct ExtractInputs {
  std::vector<Input> inputs;  // of this shard
  bool many = false;          // several in all shards together
  int jobs = 1;               // at a time
};
// Divides the threads of `settings` among the jobs. `note`: takes FoundInputs::notes, one by one,
// before anything of the following is thrown: as find_inputs(), and Error(usage) where the inputs
// contradict the settings.
ExtractInputs find_inputs(ExtractSettings& settings,
                          const std::function<void(const std::string&)>& note);

// Completes the columns: those asked for, or all that there are with these models. Throws
// Error(usage) for results that they do not have.
void choose_columns(ExtractSettings& settings, const Setup& setup);

// Reads the person's neutral face that every session begins with, if one is asked for. Throws Error
// that names it.
void begin_with_baseline(const Engine& engine, ExtractSettings& settings);

// Of settings that the functions above have completed; `options`: the list over them.
BatchOptions batch_options(const Engine& engine, const ExtractSettings& settings,
                           const OptionList& options, int jobs);

// Where the results of an input go.
OutputPaths paths_of(const ExtractSettings& settings, const Input& input);
// The same; makes the folder for them. Throws Error(output).
OutputPaths make_paths(const ExtractSettings& settings, const Input& input);

// As require_own_names() for all that a run reads and writes. `summary`: the table of all inputs;
// empty: none.
void require_own_names(const ExtractSettings& settings, const std::vector<Input>& inputs,
                       const Setup& setup, const std::filesystem::path& summary);

}  // namespace auriga::app
