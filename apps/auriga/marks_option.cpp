#include "marks_option.hpp"

#include <utility>

namespace auriga::app {

OptionRow no_marks_option(bool& use_marks, std::string group) {
  return {.flag = "--no-marks",
          .group = std::move(group),
          .help = "Count also the frames that the marks file beside a table excludes",
          .more =
              "The viewer writes it, `NAME.marks.csv`; without the option these frames are left "
              "out, which is said",
          .effect = Effect::result,
          .setting = no(use_marks)};
}

}  // namespace auriga::app
