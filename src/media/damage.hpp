// What is wrong with an input, as text for people.
#pragma once

#include <cstdint>
#include <string>

namespace auriga {

// "1 frame", "2 frames".
inline std::string counted(std::int64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// A list of findings: "a, b, c".
class DamageText {
 public:
  void add(const std::string& finding) {
    if (finding.empty()) return;
    text_ += (text_.empty() ? "" : ", ") + finding;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace auriga
