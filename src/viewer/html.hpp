// Pages that are one file: no script, nothing from elsewhere. The style and the parts that they
// share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace auriga {

// For text and for values of attributes in double quotes; what HTML does not know becomes U+FFFD.
std::string escaped(std::string_view text);
std::string base64(std::string_view bytes);
// "1.25 s", "2:05.0 min", "1:02:05.0 h".
std::string seconds_text(double seconds);
// A dash where there is none, or it is not finite.
std::string number(std::optional<double> value, int decimals = 2);

// The whole page: a heading, what it is about, which program made it and that it is no medical
// device, then `body` (HTML). `title` and `about` are text. `style`: besides what all have.
std::string html_page(std::string_view title, std::string_view about, std::string_view body,
                      std::string_view version, std::string_view style = {});

}  // namespace auriga
