// tflite_to_onnx: converts networks from TFLite to ONNX. scripts/open-pack calls it.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/error.hpp"

#include "attention_mesh.hpp"
#include "base/file.hpp"
#include "blendshapes_onnx.hpp"
#include "convert.hpp"
#include "refuse.hpp"
#include "sources.hpp"

namespace {

using namespace auriga::open_pack;
namespace fs = std::filesystem;

constexpr char kUsage[] =
    R"(usage: tflite_to_onnx FILE.tflite OUT.onnx
           converts a network; operators and limits: tools/open-pack/convert.hpp
       tflite_to_onnx --pack FACE_MESH_ASSETS FACE_DETECTION_FULL_RANGE FACE_BLENDSHAPES FOLDER
           writes the networks of the open pack to FOLDER
)";

void write(const fs::path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out)
    throw auriga::Error(auriga::ErrorCode::output, file.string() + ": cannot write " +
                                                       std::to_string(bytes.size()) +
                                                       " bytes: " + std::strerror(errno));
  std::printf("%s %zu bytes\n", file.filename().c_str(), bytes.size());
}

void write_detector(const Source& source, const fs::path& from, std::string_view boxes,
                    std::string_view scores, const fs::path& out) {
  const std::string bytes = read_source(source, from);
  const TfliteNetwork network = read_tflite(from.string(), bytes);
  if (network.inputs.size() != 1)
    refuse(from.string(), "a network with one input", std::to_string(network.inputs.size()));
  write(out, to_onnx(network, {{network.inputs[0], "image"}},
                     {{network.tensor(boxes), "boxes"}, {network.tensor(scores), "scores"}},
                     note(source.origin)));
}

void write_blendshapes(const fs::path& from, const fs::path& out) {
  const std::string bytes = read_source(kBlendshapes, from);
  write(out, blendshapes_onnx(from.string(), bytes));
}

void write_pack(const fs::path& face_mesh, const fs::path& full_range, const fs::path& blendshapes,
                const fs::path& folder) {
  write_detector(kShortRange, face_mesh, "regressors", "classificators",
                 folder / "face_detection_short_range.onnx");
  write_detector(kFullRange, full_range, "reshaped_regressor_face_4", "reshaped_classifier_face_4",
                 folder / "face_detection_full_range.onnx");
  const std::string bytes = read_source(kAttentionMesh, face_mesh);
  const TfliteNetwork mesh = read_tflite(face_mesh.string(), bytes);
  for (const Cut& cut : attention_mesh_cuts())
    write(folder / ("face_mesh_" + std::string(cut.name) + ".onnx"),
          convert_cut(mesh, cut, note(kAttentionMesh.origin)));
  write_blendshapes(blendshapes, folder / "face_blendshapes.onnx");
  write(folder / "face_mesh_regions.json", to_json(attention_mesh_regions(mesh)));
}

void write_network(const fs::path& from, const fs::path& out) {
  const std::string bytes =
      auriga::read_file(from, auriga::ErrorCode::model, "TFLite network", kMostFileBytes);
  const TfliteNetwork network = read_tflite(from.string(), bytes);
  write(out, to_onnx(network, ports(network, network.inputs), ports(network, network.outputs),
                     "Converted from TFLite to ONNX by auriga"));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 5 && arguments[0] == "--pack") {
      write_pack(arguments[1], arguments[2], arguments[3], arguments[4]);
    } else if (arguments.size() == 2) {
      write_network(arguments[0], arguments[1]);
    } else {
      std::fputs(kUsage, stderr);
      return static_cast<int>(auriga::ErrorCode::usage);
    }
  } catch (const auriga::Error& error) {
    std::fprintf(stderr, "tflite_to_onnx: %s\n", error.what());
    return static_cast<int>(error.code());
  }
  return 0;
}
