// Packets as lines of JSON; docs/live.md has the schema.
#include <cmath>
#include <iterator>

#include <fmt/core.h>
#include <fmt/format.h>

#include "auriga/live.hpp"

namespace auriga {
namespace {

using Out = std::back_insert_iterator<std::string>;

// At most so many decimals, without zeros at the end; null for what is no number.
void number(Out& out, double value, int decimals) {
  if (!std::isfinite(value)) {
    fmt::format_to(out, "null");
    return;
  }
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  if (text == "-0") text = "0";
  fmt::format_to(out, "{}", text);
}

template <typename Values>
void list(Out& out, const char* name, const Values& values, int decimals) {
  fmt::format_to(out, "\"{}\":[", name);
  bool first = true;
  for (const auto value : values) {
    if (!std::exchange(first, false)) fmt::format_to(out, ",");
    number(out, static_cast<double>(value), decimals);
  }
  fmt::format_to(out, "]");
}

void named(Out& out, const std::vector<std::string>& names, std::span<const double> values,
           int decimals) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    fmt::format_to(out, "{}\"{}\":", i == 0 ? "" : ",", names[i]);
    number(out, i < values.size() ? values[i] : NAN, decimals);
  }
}

constexpr int kUnitDecimals = 3, kAngleDecimals = 4, kMmDecimals = 2, kPixelDecimals = 2;

void seen(Out& out, const LiveFace& face, const UnitNames& units) {
  fmt::format_to(out, ",\"au_r\":{{");
  named(out, units.intensities, face.intensities, kUnitDecimals);
  fmt::format_to(out, "}},\"au_c\":{{");
  named(out, units.presences, face.presences, 0);
  fmt::format_to(out, "}},\"pose\":{{");
  list(out, "translation_mm", face.pose.translation_mm, kMmDecimals);
  fmt::format_to(out, ",");
  list(out, "rotation_rad", face.pose.rotation_rad, kAngleDecimals);
  const auto& eyes = face.gaze.direction;
  const auto length = [](const std::array<float, 3>& v) {
    return v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
  };
  if (length(eyes[0]) > 0 || length(eyes[1]) > 0) {
    fmt::format_to(out, "}},\"gaze\":{{");
    list(out, "angle_rad", face.gaze.angle_rad, kAngleDecimals);
    fmt::format_to(out, ",");
    list(out, "left", eyes[0], kAngleDecimals);
    fmt::format_to(out, ",");
    list(out, "right", eyes[1], kAngleDecimals);
    fmt::format_to(out, "}}");
  } else {
    fmt::format_to(out, "}},\"gaze\":null");
  }
  fmt::format_to(out, ",\"landmarks\":{{");
  list(out, "x", face.result.landmarks.x, kPixelDecimals);
  fmt::format_to(out, ",");
  list(out, "y", face.result.landmarks.y, kPixelDecimals);
  fmt::format_to(out, "}}");
  if (face.blendshapes != nullptr) {
    fmt::format_to(out, ",\"blendshapes\":{{");
    for (std::size_t i = 0; i < kBlendshapeNames.size(); ++i) {
      fmt::format_to(out, "{}\"{}\":", i == 0 ? "" : ",", kBlendshapeNames[i]);
      number(out, (*face.blendshapes)[i], kUnitDecimals);
    }
    fmt::format_to(out, "}}");
  }
}

}  // namespace

std::string live_json(const LivePacket& packet, const UnitNames& units) {
  std::string text;
  Out out(text);
  const auto line = [&](const LiveFace* face) {
    fmt::format_to(out,
                   "{{\"schema\":\"auriga-live/1\",\"frame\":{},\"captured_s\":", packet.frame);
    number(out, packet.captured_s, 6);
    fmt::format_to(out, ",\"captured_unix_s\":");
    number(out, packet.captured_unix_s, 6);
    fmt::format_to(out, ",\"sent_unix_s\":");
    number(out, packet.sent_unix_s, 6);
    fmt::format_to(out, ",\"latency_ms\":");
    number(out, packet.latency_ms, 3);
    fmt::format_to(out, ",\"lost\":{},\"width_px\":{},\"height_px\":{},\"neutral\":\"{}\"",
                   packet.lost, packet.width, packet.height, packet.neutral);
    if (face == nullptr) {
      fmt::format_to(out, ",\"face\":null,\"success\":false,\"confidence\":0");
    } else {
      fmt::format_to(out, ",\"face\":{},\"success\":{},\"confidence\":", face->result.face_id,
                     face->result.success);
      number(out, face->result.confidence, 3);
    }
    if (face != nullptr && face->result.success)
      seen(out, *face, units);
    else
      fmt::format_to(out,
                     ",\"au_r\":null,\"au_c\":null,\"pose\":null,\"gaze\":null,"
                     "\"landmarks\":null");
    fmt::format_to(out, "}}\n");
  };
  for (const LiveFace& face : packet.faces) line(&face);
  if (packet.faces.empty()) line(nullptr);
  return text;
}

}  // namespace auriga
