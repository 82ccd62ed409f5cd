// Frames from memory: the smile of a person as it happens, then the final values.
//   push FOLDER_WITH_MODEL_PACKS FRAME.ppm...
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/session.hpp"

namespace {

// A binary PPM as your camera or decoder would hand it over: pixels in memory, here turned to BGR.
auriga::Image frame_from(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string magic;
  int width = 0, height = 0, most = 0;
  if (!(in >> magic >> width >> height >> most) || magic != "P6" || most != 255 || width < 1 ||
      height < 1 || width > 8192 || height > 8192)
    throw auriga::Error(auriga::ErrorCode::input, file + ": expected a PPM with 8 bits");
  in.get();
  auriga::Image image(width, height, 3);
  if (!in.read(reinterpret_cast<char*>(image.data()),
               static_cast<std::streamsize>(image.size_bytes())))
    throw auriga::Error(auriga::ErrorCode::input, file + ": cut off");
  for (std::size_t i = 0; i < image.size_bytes(); i += 3)
    std::swap(image.data()[i], image.data()[i + 2]);
  return image;
}

// The place of an action unit among those that are told; -1: it is not told.
int place_of(const std::string& unit, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == unit) return static_cast<int>(i);
  return -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: push FOLDER_WITH_MODEL_PACKS FRAME.ppm...   (auriga %s)\n",
                 auriga::version());
    return 2;
  }
  try {
    const auriga::Engine engine = auriga::Engine::load({.models = {argv[1]}});
    auriga::SessionOptions options;
    options.needs.units_now = true;  // values at once, not only at the end
    auriga::Session session(engine, options);
    const int smile = place_of("AU12", session.units().intensities);
    if (smile < 0) {
      std::fprintf(stderr, "push: %s tells no AU12\n", engine.setup().estimator.c_str());
      return 1;
    }
    const auto at = static_cast<std::size_t>(smile);

    for (int i = 2; i < argc; ++i) {
      const auriga::Image image = frame_from(argv[i]);
      const double seconds = (i - 2) / 30.0;
      for (const auriga::FaceRow& face : session.push({i - 2, seconds, image}))
        if (face.result.success)
          std::printf("%6.2f s  AU12 now %.2f\n", seconds, face.intensities[at]);
    }

    const auriga::FinalUnits units = session.finish();
    std::vector<double> intensities(units.names().intensities.size()),
        presences(units.names().presences.size());
    double most = 0;
    for (std::size_t row = 0; row < units.rows(); ++row) {
      units.read(row, intensities, presences);
      if (intensities[at] > most) most = intensities[at];
    }
    std::printf("%zu rows, AU12 at most %.2f\n", units.rows(), most);
    return 0;
  } catch (const auriga::Error& error) {
    std::fprintf(stderr, "push: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
