#include "auriga/session.hpp"

#include "engine/stream.hpp"

namespace auriga {

Session::Session(const Engine& engine, const SessionOptions& options)
    : stream_(std::make_unique<Stream>(engine.models_, options)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const UnitNames& Session::units() const { return stream_->units(); }
Camera Session::camera(int width, int height) const { return stream_->camera(width, height); }

std::span<const FaceRow> Session::push(const FrameView& frame) { return stream_->push(frame); }

std::vector<std::string> Session::warnings() const { return stream_->warnings(); }

std::optional<TurnedVideo> Session::turn() const { return stream_->turn(); }

FinalUnits Session::finish() { return stream_->finish(); }
std::vector<std::pair<int, NeutralFacts>> Session::neutral() const { return stream_->neutral(); }
bool Session::show_neutral(bool shown) { return stream_->show_neutral(shown); }
void Session::forget_neutral() { stream_->forget_neutral(); }
Calibration Session::shown_neutral(int face_id) const { return stream_->shown_neutral(face_id); }
Calibration Session::calibration(int face_id) const { return stream_->calibration(face_id); }

}  // namespace auriga
