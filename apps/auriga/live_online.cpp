#include "live_online.hpp"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "auriga/error.hpp"

namespace auriga::app {

OnlineValues::OnlineValues(const std::filesystem::path& folder) {
  std::string name = ((folder.empty() ? "." : folder) / ".auriga-live-XXXXXX").string();
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor >= 0) {
    unlink(name.c_str());
    file_.reset(fdopen(descriptor, "w+b"));
  }
  if (!file_)
    throw Error(ErrorCode::output,
                fmt::format("{}: cannot write there: {}", folder.empty() ? "." : folder.string(),
                            std::strerror(errno)));
}

void OnlineValues::add(double captured_s, bool success, std::span<const double> intensities,
                       std::span<const double> presences) {
  row_.assign({static_cast<float>(captured_s), success ? 1.0f : 0.0f});
  row_.insert(row_.end(), intensities.begin(), intensities.end());
  row_.insert(row_.end(), presences.begin(), presences.end());
  if (std::fwrite(row_.data(), sizeof(float), row_.size(), file_.get()) != row_.size())
    throw Error(ErrorCode::output,
                fmt::format("cannot keep the values that were sent: {}", std::strerror(errno)));
}

std::vector<OnlineAgreement> OnlineValues::compare(const FinalUnits& final_values, double begin_s,
                                                   double end_s) const {
  const UnitNames& names = final_values.names();
  const std::size_t intensities = names.intensities.size(), presences = names.presences.size();
  struct Sums {
    double n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0, equal = 0;
  };
  std::vector<Sums> sums(intensities + presences);
  std::vector<float> row(2 + intensities + presences);
  std::vector<double> ends(intensities + presences);
  std::fflush(file_.get());
  std::rewind(file_.get());
  for (std::size_t i = 0; i < final_values.rows(); ++i) {
    if (std::fread(row.data(), sizeof(float), row.size(), file_.get()) != row.size()) break;
    if (row[1] == 0 || row[0] < begin_s || row[0] >= end_s) continue;
    final_values.read(i, std::span(ends).first(intensities), std::span(ends).last(presences));
    for (std::size_t k = 0; k < ends.size(); ++k) {
      const double a = row[2 + k], b = ends[k];
      Sums& sum = sums[k];
      ++sum.n, sum.a += a, sum.b += b, sum.aa += a * a, sum.bb += b * b, sum.ab += a * b;
      sum.equal += a == b ? 1 : 0;
    }
  }
  std::fseek(file_.get(), 0, SEEK_END);
  std::vector<OnlineAgreement> all;
  for (std::size_t k = 0; k < ends.size(); ++k) {
    const Sums& sum = sums[k];
    OnlineAgreement one;
    one.unit =
        k < intensities ? names.intensities[k] + "_r" : names.presences[k - intensities] + "_c";
    one.rows = static_cast<std::int64_t>(sum.n);
    const double va = sum.aa - sum.a * sum.a / sum.n, vb = sum.bb - sum.b * sum.b / sum.n;
    constexpr double kVaries = 1e-9;
    one.r = sum.n > 1 && va > kVaries && vb > kVaries
                ? (sum.ab - sum.a * sum.b / sum.n) / std::sqrt(va * vb)
                : std::numeric_limits<double>::quiet_NaN();
    one.mean_difference = sum.n > 0 ? (sum.a - sum.b) / sum.n : 0;
    one.equal = sum.n > 0 ? sum.equal / sum.n : 0;
    all.push_back(one);
  }
  return all;
}

std::string online_table(const OnlineValues& online, const FinalUnits& final_values) {
  constexpr double kBegin_s = 10, kEver = std::numeric_limits<double>::infinity();
  const std::vector<OnlineAgreement> first = online.compare(final_values, 0, kBegin_s),
                                     later = online.compare(final_values, kBegin_s, kEver);
  std::string text =
      "unit,rows_first_10s,r_first_10s,mean_difference_first_10s,equal_first_10s,rows_later,"
      "r_later,mean_difference_later,equal_later\n";
  const auto add = [&](const OnlineAgreement& one) {
    const bool presence = one.unit.ends_with("_c");
    text += fmt::format(",{},{},{},{}", one.rows,
                        std::isfinite(one.r) ? fmt::format("{:.4f}", one.r) : "",
                        one.rows > 0 ? fmt::format("{:.4f}", one.mean_difference) : "",
                        presence && one.rows > 0 ? fmt::format("{:.4f}", one.equal) : "");
  };
  for (std::size_t i = 0; i < first.size(); ++i) {
    text += first[i].unit;
    add(first[i]);
    add(later[i]);
    text += '\n';
  }
  return text;
}

}  // namespace auriga::app
