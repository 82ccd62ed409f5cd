// Measures on pictures of real people and writes the tables into a document, between the lines
// `<!-- people: begin -->` and `<!-- people: end -->`:
//
//   people TEST_DATA OPEN_PACK DOCUMENT.md
//
// Nothing of a single person gets into it.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "people_measures.hpp"
#include "support/golden.hpp"

namespace auriga::accuracy {
namespace {

constexpr const char* kBegin = "<!-- people: begin -->\n";
constexpr const char* kEnd = "<!-- people: end -->\n";
constexpr const char* kPresets[] = {"open", "openface", "pyfaceau"};

std::string tables(const std::filesystem::path& test_data, const std::filesystem::path& open_pack) {
  std::vector<std::vector<GroupMeasures>> measured;
  std::string missing;
  for (const char* preset : kPresets) {
    const std::vector<PersonMeasures> people = measure_people(preset, open_pack, test_data);
    measured.push_back(groups_of(people));
    int without = 0;
    for (const PersonMeasures& person : people) without += person.pictures_without_face;
    if (without > 0) missing += fmt::format(" `{}` finds no face in {} pictures.", preset, without);
  }
  std::string text =
      "\n| | people | smile AUC: open | openface | pyfaceau | pairs right: open | openface | "
      "pyfaceau |\n|---|---|---|---|---|---|---|---|\n";
  const std::size_t groups = measured[0].size();
  const auto head = [&](std::size_t g) {
    const GroupMeasures& group = measured[0][g];
    return fmt::format("| {}{} | {} |", group.name, group.people < kSmallGroup ? " (small)" : "",
                       group.people);
  };
  for (std::size_t g = 0; g < groups; ++g) {
    text += head(g);
    for (const auto& of : measured) text += fmt::format(" {:.3f} |", of[g].smile_area);
    for (const auto& of : measured) text += fmt::format(" {:.0f} % |", 100 * of[g].pairs_right);
    text += "\n";
  }
  text +=
      "\n| | people | neutral, a unit ≥ 1: open | openface | pyfaceau | landmarks, % of the eye "
      "distance: open | openface | pyfaceau |\n|---|---|---|---|---|---|---|---|\n";
  for (std::size_t g = 0; g < groups; ++g) {
    text += head(g);
    for (const auto& of : measured) text += fmt::format(" {:.0f} % |", 100 * of[g].neutral_raised);
    for (const auto& of : measured) text += fmt::format(" {:.1f} |", 100 * of[g].landmark_error);
    text += "\n";
  }
  text +=
      "\nGroups with fewer than ten people are small: one of them moves the figures by a tenth "
      "or more." +
      missing + "\n\n";
  return text;
}

void write(const std::filesystem::path& document, const std::string& tables) {
  std::string text = test::read_text(document);
  const std::size_t begin = text.find(kBegin), end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw std::runtime_error(document.string() + ": expected the lines " + kBegin + "and " + kEnd);
  const std::size_t first = begin + std::string(kBegin).size();
  text.replace(first, end - first, tables);
  test::write_text(document, text);
}

}  // namespace
}  // namespace auriga::accuracy

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: people TEST_DATA OPEN_PACK DOCUMENT.md\n", stderr);
    return 2;
  }
  try {
    auriga::accuracy::write(argv[3], auriga::accuracy::tables(argv[1], argv[2]));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "people: {}\n", error.what());
    return 2;
  }
}
