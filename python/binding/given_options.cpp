#include "given_options.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "auriga/error.hpp"

#include "commands.hpp"
#include "extract_options.hpp"

namespace auriga::python {
namespace {

namespace nb = nanobind;

const char* word_of(app::OptionForm form) {
  switch (form) {
    case app::OptionForm::flag:
      return "flag";
    case app::OptionForm::text:
      return "text";
    case app::OptionForm::texts:
      return "texts";
    case app::OptionForm::whole:
      return "whole";
    case app::OptionForm::real:
      return "real";
  }
  return "";
}

nb::list rows_for_python(const app::OptionList& options) {
  nb::list rows;
  for (const app::OptionRow& row : options) {
    nb::dict one;
    one["names"] = nb::cast(row.names());
    one["form"] = word_of(row.setting.form);
    one["choices"] = nb::cast(row.setting.choices);
    one["default"] = row.setting.standard;
    one["help"] = row.help;
    one["group"] = row.group;
    one["label"] = row.label;
    one["console"] = row.is_console;
    rows.append(one);
  }
  return rows;
}

nb::dict lists() {
  app::ExtractSettings settings;
  nb::dict all;
  all["extract"] = rows_for_python(extract_options(settings));
  all["engine"] = rows_for_python(engine_options(settings));
  all["stream"] = rows_for_python(stream_options(settings));
  for (const app::Command& command : app::all_commands()) {
    if (command.name == "extract") continue;
    if (command.commands.empty()) all[command.name.c_str()] = rows_for_python(command.options);
    for (const app::Command& one : command.commands)
      all[(command.name + ' ' + one.name).c_str()] = rows_for_python(one.options);
  }
  return all;
}

}  // namespace

void set_options(const app::OptionList& options, const GivenOptions& given) {
  for (const auto& [name, value] : given) {
    const app::OptionRow& row = row_of(options, name);
    for (const std::string& other : row.excludes)
      for (const auto& [another, ignored] : given)
        if (row_of(options, another).names() == row_of(options, other).names())
          throw Error(ErrorCode::usage, fmt::format("{} excludes {}", row.names().back(), other));
    row.apply(value);
  }
}

void bind_options(nb::module_& module) { module.def("option_lists", lists); }

}  // namespace auriga::python
