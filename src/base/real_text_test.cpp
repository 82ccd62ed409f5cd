#include "base/real_text.hpp"

#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace auriga {
namespace {

#if defined(__cpp_lib_to_chars)
template <typename Real>
void expect_same(const std::string& text) {
  Real expected = 7, found = 7;
  const char* const end = text.data() + text.size();
  const auto own = std::from_chars(text.data(), end, expected);
  const auto other = read_real_by_strtod(text.data(), end, found);
  EXPECT_EQ(other.ec, own.ec) << text;
  EXPECT_EQ(other.ptr - text.data(), own.ptr - text.data()) << text;
  EXPECT_EQ(std::memcmp(&found, &expected, sizeof found), 0) << text;
}

TEST(ReadRealByStrtod, IsFromChars) {
  for (const char* text : {"",
                           " 1",
                           "+1",
                           "-",
                           ".",
                           "-.",
                           "e5",
                           "x",
                           ",5",
                           "1,5",
                           "1.5",
                           "-1.5",
                           ".5",
                           "5.",
                           "1e5",
                           "1e",
                           "1e+",
                           "1E-5",
                           "1e+5x",
                           "0x10",
                           "0X1p3",
                           "-0x1",
                           "-0",
                           "1e400",
                           "-1e400",
                           "1e-400",
                           "5e-324",
                           "1e-310",
                           "3e-324",
                           "nan(1x)y",
                           "-nan(x_1)",
                           "0nan(x)",
                           "infx",
                           "1e39",
                           "1e-46",
                           "1.4e-45",
                           "1e-40",
                           "123abc",
                           "12 34",
                           "nan",
                           "inf",
                           "-inf",
                           "infinity",
                           "infinit",
                           "\t1",
                           "--1",
                           "-+1",
                           "1.7976931348623157e308",
                           "7.038531e-26",
                           "0.1",
                           "16777217",
                           "1x2"}) {
    expect_same<double>(text);
    expect_same<float>(text);
  }
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    char text[64];
    const auto written = std::to_chars(text, text + sizeof text, value);
    expect_same<double>({text, written.ptr});
    expect_same<float>({text, written.ptr});
  }
}
#endif

TEST(ReadRealByStrtod, HasAPointWhateverTheLocale) {
  // A locale with a comma of our own: a bare system has none.
  const test::TemporaryFolder folder;
  const std::string source = (folder.path() / "comma.src").string(),
                    locale = (folder.path() / "comma").string();
  test::write_text(source,
                   "LC_NUMERIC\ndecimal_point \"<U002C>\"\nthousands_sep \"\"\ngrouping -1\n"
                   "END LC_NUMERIC\n");
  if (std::system(("localedef -c -i '" + source + "' -f ANSI_X3.4-1968 '" + locale + "' 2>&1 " +
                   "| grep -c . >'" + source + ".said'")
                      .c_str()) != 0 ||
      !std::filesystem::exists(folder.path() / "comma" / "LC_NUMERIC"))
    GTEST_SKIP() << "localedef, which makes the locale, is not there";
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  setenv("LOCPATH", folder.path().c_str(), 1);
  ASSERT_NE(std::setlocale(LC_NUMERIC, "comma"), nullptr);
  unsetenv("LOCPATH");
  const std::string text = "1.5";
  double value = 0;
  ASSERT_EQ(std::strtod("1,5", nullptr), 1.5) << "the locale has no comma";
  EXPECT_EQ(read_real_by_strtod(text.data(), text.data() + 3, value).ptr, text.data() + 3);
  EXPECT_EQ(value, 1.5);
  std::setlocale(LC_NUMERIC, before.c_str());
}

}  // namespace
}  // namespace auriga
