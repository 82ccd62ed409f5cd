// Numbers as text for tables: fixed decimals, and the shortest text that reads back as the same
// number.
#pragma once

#include <string>

namespace auriga {

// `decimals` digits after the point, never scientific; the exact binary value is rounded half to
// even, as a C++ stream or printf does; -0.0 keeps its sign. `value` must be finite.
void append_fixed(std::string& text, double value, int decimals);

// The shortest decimal that reads back as `value`, written as Python, NumPy and pandas do: 0.0,
// 0.1, 1e-05, 1e+16. `value` must be finite.
void append_shortest(std::string& text, double value);
void append_shortest(std::string& text, float value);

}  // namespace auriga
