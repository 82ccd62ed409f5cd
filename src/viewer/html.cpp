#include "viewer/html.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/core.h>

namespace auriga {
namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#5b6570;--line:#d5dae0;--curve:#1f5fa8;
--fill:#1f5fa826;--bar:#c2571a;--good:#1d7a3f;--look:#946200;--poor:#b3261e;--band:#f3f5f7}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e8eaed;--soft:#a5adb6;--line:#353b42;
--curve:#7db4f0;--fill:#7db4f033;--bar:#f0a06b;--good:#6fce8f;--look:#e6b450;--poor:#ff8a80;--band:#1c2024}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:24px 20px 60px;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0 0 4px}h2{font-size:20px;margin:40px 0 8px;border-top:1px solid var(--line);
padding-top:24px}h3{font-size:16px;margin:26px 0 8px}
p{margin:6px 0}.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right}
.scroll{overflow-x:auto}
.good{color:var(--good)}.look{color:var(--look)}.poor,.failed{color:var(--poor)}
b.verdict{text-transform:uppercase;font-size:13px;letter-spacing:.04em}
.facts{display:flex;flex-wrap:wrap;gap:6px 28px;margin:10px 0}
.facts div{min-width:110px}.facts span{display:block;color:var(--soft);font-size:13px}
.moments{display:flex;flex-wrap:wrap;gap:14px}
figure{margin:0;width:160px}figure img{width:160px;height:160px;display:block;border-radius:4px;
background:var(--band)}figcaption{font-size:13px;margin-top:4px}
svg{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
svg text{fill:var(--ink)}svg text.soft{fill:var(--soft)}
.curve{fill:none;stroke:var(--curve);stroke-width:1.2;stroke-linejoin:round}.area{fill:var(--fill)}
.present{fill:var(--bar)}.grid{stroke:var(--line)}.lost{fill:var(--poor);opacity:.55}
.excluded{fill:var(--soft);opacity:.25}.mark{stroke:var(--soft);stroke-dasharray:3 3}
ul{margin:6px 0;padding-left:20px}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--band);
padding:12px;border-radius:4px;font-size:12px}
details{margin:10px 0}summary{cursor:pointer}
@media print{details{display:none}h2{break-before:page}figure,svg,tr{break-inside:avoid}}
)";

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        // What HTML does not know, as U+FFFD.
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
          safe += "\xEF\xBF\xBD";
        else
          safe += c;
    }
  return safe;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < count ? static_cast<std::uint8_t>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

std::string seconds_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.2f} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds);
  const double rest = seconds - static_cast<double>(whole) + static_cast<double>(whole % 60);
  if (whole < 3600) return fmt::format("{}:{:04.1f} min", whole / 60, rest);
  return fmt::format("{}:{:02}:{:04.1f} h", whole / 3600, whole / 60 % 60, rest);
}

std::string number(std::optional<double> value, int decimals) {
  return value && std::isfinite(*value) ? fmt::format("{:.{}f}", *value, decimals) : "–";
}

std::string html_page(std::string_view title, std::string_view about, std::string_view body,
                      std::string_view version, std::string_view style) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
      "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'\">\n<title>{0} – auriga</title>\n<style>{1}{2}</style>\n</head>\n"
      "<body>\n<header><h1>{0}</h1>\n<p class=\"soft\">{3}, by auriga {4}. Not a "
      "medical device.</p></header>\n<main>\n{5}</main>\n</body>\n</html>\n",
      escaped(title), kStyle, style, escaped(about), escaped(version), body);
}

}  // namespace auriga
