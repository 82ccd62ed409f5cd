// The one way in which the open pack's readers say no.
#pragma once

#include <string>

#include "auriga/error.hpp"

namespace auriga::open_pack {

// Throws Error(model).
[[noreturn]] inline void refuse(const std::string& file, const std::string& expected,
                                const std::string& found) {
  throw Error(ErrorCode::model, file + ": expected " + expected + ", found " + found +
                                    "; scripts/open-pack gets the files that can be converted");
}

}  // namespace auriga::open_pack
