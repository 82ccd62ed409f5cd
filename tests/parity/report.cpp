#include "parity/report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

namespace auriga::parity {
namespace {

std::string line(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

}  // namespace

MarkdownTable::MarkdownTable(const std::vector<std::string>& header) : text_(line(header)) {
  for (std::size_t i = 0; i < header.size(); ++i) text_ += "|---";
  text_ += "|\n";
}

void MarkdownTable::add(const std::vector<std::string>& cells) { text_ += line(cells); }

std::string number(double value) { return fmt::format("{:.3g}", value); }

std::string percent(double share) {
  if (share == 1) return "100 %";
  return fmt::format("{:.2f} %", std::floor(share * 10000) / 100);
}

std::string optional_number(const std::optional<double>& value) {
  return value ? number(*value) : "";
}

std::string optional_percent(const std::optional<double>& share) {
  return share ? percent(*share) : "";
}

std::string Bounds::at_most(const std::string& what, double measured, double bound) {
  return judge(measured <= bound, what, measured, bound);
}

std::string Bounds::at_least(const std::string& what, double measured, double bound) {
  return judge(measured >= bound, what, measured, bound);
}

std::string Bounds::judge(bool kept, const std::string& what, double measured, double bound) {
  ++count_;
  if (!kept) missed_.push_back(fmt::format("{}: {:.4g}, bound {:.4g}", what, measured, bound));
  return kept ? "yes" : "**no**";
}

void Differences::add(double a, double b) {
  const double difference = std::abs(a - b);
  values_.push_back(std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
}

void Differences::add_distance(double dx, double dy) { add(std::hypot(dx, dy), 0); }

double Differences::share_within(double limit) const {
  const auto within =
      std::count_if(values_.begin(), values_.end(), [&](double d) { return d <= limit; });
  return values_.empty() ? 0 : static_cast<double>(within) / static_cast<double>(values_.size());
}

double Differences::mean() const {
  double sum = 0;
  for (const double value : values_) sum += value;
  return sum / static_cast<double>(values_.size());
}

double Differences::rms() const {
  double sum = 0;
  for (const double value : values_) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values_.size()));
}

double Differences::max() const {
  return values_.empty() ? std::numeric_limits<double>::infinity()
                         : *std::max_element(values_.begin(), values_.end());
}

std::string fill_in(std::string document, const std::map<std::string, std::string>& texts) {
  for (const auto& [name, text] : texts) {
    const std::string mark = "{{" + name + "}}";
    std::size_t at = document.find(mark);
    if (at == std::string::npos) throw std::runtime_error("the template has no " + mark);
    for (; at != std::string::npos; at = document.find(mark, at + text.size()))
      document.replace(at, mark.size(), text);
  }
  if (const std::size_t at = document.find("{{"); at != std::string::npos)
    throw std::runtime_error("no text for " +
                             document.substr(at, document.find("}}", at) + 2 - at));
  return document;
}

}  // namespace auriga::parity
