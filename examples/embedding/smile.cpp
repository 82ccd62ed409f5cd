// Prints when somebody smiles: action units of a video through the library.
//   smile VIDEO FOLDER_WITH_MODEL_PACKS
#include <algorithm>
#include <cstdio>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/run.hpp"

namespace {

// Keeps the time of every row.
class Times : public auriga::Sink {
 public:
  void row(const auriga::FaceRow& face) override { seconds.push_back(face.result.timestamp_s); }
  std::vector<double> seconds;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: smile VIDEO FOLDER_WITH_MODEL_PACKS   (auriga %s)\n",
                 auriga::version());
    return 2;
  }
  try {
    const auriga::Engine engine = auriga::Engine::load({.models = {argv[2]}});
    auriga::Session session(engine);
    const auto& names = session.units().intensities;
    const auto smile = std::find(names.begin(), names.end(), "AU12");  // the lip corner puller
    if (smile == names.end()) {
      std::fprintf(stderr, "smile: %s tells no AU12\n", engine.setup().estimator.c_str());
      return 1;
    }
    const auto at = static_cast<std::size_t>(smile - names.begin());

    const auto source = auriga::open_source(argv[1]);
    Times times;
    auriga::Sink* const sinks[] = {&times};
    const auriga::RunReport video = auriga::run(*source, session, sinks);

    std::vector<double> intensities(names.size()), presences(session.units().presences.size());
    for (std::size_t row = 0; row < video.units.rows(); ++row) {
      video.units.read(row, intensities, presences);
      if (intensities[at] > 1)
        std::printf("%7.2f s  AU12 %.2f\n", times.seconds[row], intensities[at]);
    }
    std::printf("%lld frames, a face in %lld\n", static_cast<long long>(video.frames),
                static_cast<long long>(video.faces));
    return 0;
  } catch (const auriga::Error& error) {
    std::fprintf(stderr, "smile: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
