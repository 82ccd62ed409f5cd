#include "auriga/sink.hpp"

namespace auriga {

void Sink::begin(const StreamInfo& /*stream*/, const Setup& /*setup*/) {}
void Sink::row(const FaceRow& /*row*/) {}
void Sink::frame(const FrameView& /*frame*/) {}
std::vector<Written> Sink::finish(const FinalUnits& /*units*/) { return {}; }

}  // namespace auriga
