// A picture of blinks, for people: how open each eye is over time, and where blinks were found.
#pragma once

#include <string>

#include "auriga/image.hpp"

#include "tables/blinks.hpp"

namespace auriga {

// BGR, 1000 px wide: lines of 30 s (of longer videos as many seconds as give at most 40 lines),
// each with the openness of the left and of the right eye and a mark below per blink: filled where
// it is complete, hollow where it is partial, of one eye only in that eye's colour. `title`: over
// it all. Throws Error(input) where no openness is known.
Image blink_picture(const Blinks& blinks, const std::string& title);

}  // namespace auriga
