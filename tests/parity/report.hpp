// Figures, their bounds and the Markdown that they become.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace auriga::parity {

// Columns are aligned left.
class MarkdownTable {
 public:
  explicit MarkdownTable(const std::vector<std::string>& header);
  void add(const std::vector<std::string>& cells);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string number(double value);   // three significant digits
std::string percent(double share);  // 0.9951 to "99.51 %"; less than 1 never becomes 100
std::string optional_number(const std::optional<double>& value);
std::string optional_percent(const std::optional<double>& share);

// Keeps count of the bounds. `what` names the figure in the list of those that were missed.
class Bounds {
 public:
  // The last cell of a line of a table: "yes", or "**no**".
  std::string at_most(const std::string& what, double measured, double bound);
  std::string at_least(const std::string& what, double measured, double bound);

  std::size_t count() const { return count_; }
  const std::vector<std::string>& missed() const { return missed_; }

 private:
  std::string judge(bool kept, const std::string& what, double measured, double bound);

  std::size_t count_ = 0;
  std::vector<std::string> missed_;
};

// Absolute differences of one kind.
class Differences {
 public:
  void add(double a, double b);
  void add_distance(double dx, double dy);
  std::size_t count() const { return values_.size(); }
  double share_within(double limit) const;  // 0..1
  double mean() const;
  double rms() const;
  double max() const;

 private:
  std::vector<double> values_;  // not a number: infinity
};

// Replaces every {{name}}. Throws std::runtime_error for names without a text and texts without a
// name.
std::string fill_in(std::string document, const std::map<std::string, std::string>& texts);

}  // namespace auriga::parity
