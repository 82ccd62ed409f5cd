// The extension module auriga._auriga: what the Python package is built on.
#include <string>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "engine.hpp"
#include "file_text.hpp"
#include "frames.hpp"
#include "given_options.hpp"
#include "host.hpp"
#include "jobs.hpp"
#include "program.hpp"
#include "search_path.hpp"
#include "table.hpp"
#include "table_files.hpp"

NB_MODULE(_auriga, module) {
  namespace nb = nanobind;
  using namespace auriga::python;
  translate_errors();
  // Engines and tables that a program still has at its end are its own affair.
  nb::set_leak_warnings(false);
  bind_options(module);
  bind_table(module);
  bind_table_files(module);
  bind_engine(module);
  bind_jobs(module);
  bind_frames(module);
  module.attr("version") = auriga::version();
  module.def("set_packaged_models",
             [](const FileText& folder) { auriga::app::set_packaged_models(folder.path()); });
  module.def("end_of_interpreter", end_of_interpreter);
  module.def(
      "run_program",
      [](const std::vector<FileText>& words) {
        return auriga::app::run_program({words.begin(), words.end()});
      },
      nb::call_guard<nb::gil_scoped_release>());
}
