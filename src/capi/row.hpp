// A row as C has it.
#pragma once

#include "auriga/c/auriga.h"
#include "auriga/row.hpp"

namespace auriga::capi {

// The same numbers; the pointers are those of `face`.
auriga_row row_of(const FaceRow& face);

}  // namespace auriga::capi
