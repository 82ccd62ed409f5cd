#include "clm/svr_file.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "clm/patch_experts_header.hpp"
#include "models/text_matrix.hpp"

namespace auriga {
namespace {

constexpr std::size_t kLargestFile = std::size_t{256} << 20;
constexpr int kExpertMark = 3, kModalityMark = 2;
constexpr int kInt32 = 4, kFloat32 = 5, kFloat64 = 6;  // element types
constexpr int kMostModalities = 16;

int integer(TextMatrixReader& reader, const std::string& what, int least, int most) {
  const int value = reader.integer(what);
  if (value < least || value > most)
    reader.fail("expected " + std::to_string(least) + " to " + std::to_string(most) + " (" + what +
                "), found " + std::to_string(value));
  return value;
}

TextMatrix matrix(TextMatrixReader& reader, const std::string& what, int type, int rows, int cols) {
  TextMatrix read = reader.read(what, type);
  if ((rows != 0 && read.rows != rows) || read.cols != cols)
    reader.fail("expected " + what + " of size " + (rows != 0 ? std::to_string(rows) : "n") +
                " x " + std::to_string(cols) + ", found " + std::to_string(read.rows) + " x " +
                std::to_string(read.cols));
  return read;
}

double weight(TextMatrixReader& reader, const std::string& what) {
  const double value = reader.number(what);
  if (!(std::abs(value) <= kMostWeight))
    reader.fail("expected at most 1e9 (" + what + "), found " + std::to_string(value));
  return value;
}

SvrModality read_modality(TextMatrixReader& reader) {
  SvrModality modality;
  integer(reader, "mark of a modality", kModalityMark, kModalityMark);
  modality.input = static_cast<SvrInput>(integer(reader, "kind of input", 0, 1));
  modality.confidence = reader.number("confidence of a modality");
  modality.scaling = weight(reader, "scaling of a modality");
  modality.bias = weight(reader, "bias of a modality");
  const TextMatrix weights =
      matrix(reader, "weights of a modality", kFloat32, kPatchSize, kPatchSize);
  for (int y = 0; y < kPatchSize; ++y) {
    for (int x = 0; x < kPatchSize; ++x) {
      const double value = weights.values[x * kPatchSize + y];
      if (!(std::abs(value) <= kMostWeight))
        reader.fail("expected weights of at most 1e9, found " + std::to_string(value));
      modality.weights[y * kPatchSize + x] = static_cast<float>(value);
    }
  }
  return modality;
}

}  // namespace

SvrFile read_svr_file(const std::filesystem::path& file) {
  const std::string text = read_file(file, ErrorCode::model, "SVR patch experts", kLargestFile);
  TextMatrixReader reader(file, text);
  SvrFile result;
  reader.skip_comments();
  result.training_scale = reader.number("training scale");
  if (!(result.training_scale > 0))
    reader.fail("expected a training scale above zero, found " +
                std::to_string(result.training_scale));
  reader.skip_comments();
  const int views = integer(reader, "number of views", 1, kMostViews);
  reader.skip_comments();
  for (int view = 0; view < views; ++view)
    result.centres.push_back(view_centre(
        matrix(reader, "centre of view " + std::to_string(view), kFloat64, 3, 1).values));
  reader.skip_comments();
  int landmarks = 0;
  for (int view = 0; view < views; ++view) {
    const TextMatrix flags =
        matrix(reader, "visibility of view " + std::to_string(view), kInt32, landmarks, 1);
    landmarks = flags.rows;
    if (landmarks > kMostLandmarks)
      reader.fail("expected at most " + std::to_string(kMostLandmarks) + " landmarks, found " +
                  std::to_string(landmarks));
    for (const double flag : flags.values) result.visible.push_back(flag != 0);
  }
  reader.skip_comments();
  for (int k = 0; k < views * landmarks; ++k) {
    integer(reader, "mark of an expert", kExpertMark, kExpertMark);
    integer(reader, "width of the patch", kPatchSize, kPatchSize);
    integer(reader, "height of the patch", kPatchSize, kPatchSize);
    std::vector<SvrModality> modalities(
        static_cast<std::size_t>(integer(reader, "number of modalities", 1, kMostModalities)));
    for (SvrModality& modality : modalities) modality = read_modality(reader);
    result.experts.push_back(std::move(modalities));
  }
  reader.expect_end();
  return result;
}

}  // namespace auriga
