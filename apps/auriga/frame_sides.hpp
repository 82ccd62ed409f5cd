// Action units of both sides the published way: each half of the picture is mirrored onto the
// other, and both pictures go through everything.
#pragma once

#include <memory>

#include "auriga/engine.hpp"
#include "auriga/session.hpp"
#include "auriga/sink.hpp"

namespace auriga::app {

// Hands everything on to `table` and gives it the final units of two sessions of its own as those
// of the sides, whatever the units that it gets have. The midline is that of the landmarks of the
// row; a frame in which no face is followed is none for these sessions, too. Of one followed face,
// or of the faces of a still picture. Costs two more runs on the thread that hands rows over.
//
// `options`: of the session that the rows come from. Calibrations to begin with are left out: they
// are of the whole face.
std::unique_ptr<Sink> make_frame_sides(std::unique_ptr<Sink> table, const Engine& engine,
                                       const SessionOptions& options);

}  // namespace auriga::app
