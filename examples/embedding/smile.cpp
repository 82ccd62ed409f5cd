// Prints when somebody smiles: action units of a video through the library.
//   smile VIDEO FOLDER_WITH_MODEL_PACKS
#include <cstdio>
#include <vector>

#include "auriga/error.hpp"
#include "auriga/extract.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: smile VIDEO FOLDER_WITH_MODEL_PACKS   (auriga %s)\n",
                 auriga::version());
    return 2;
  }
  try {
    auriga::ExtractOptions options;
    options.model_folders = {argv[2]};
    auriga::Extractor extractor(options);

    std::vector<double> seconds;  // of each frame
    const auriga::VideoResult video = extractor.video(
        argv[1],
        [&](const auriga::FaceInFrame& face) { seconds.push_back(face.result.timestamp_s); });

    std::size_t smile = 0;  // AU12, the lip corner puller
    while (video.stream.intensity_names.at(smile) != "AU12") ++smile;
    std::vector<double> intensities(video.stream.intensity_names.size());
    std::vector<double> presences(video.stream.presence_names.size());
    for (std::size_t row = 0; row < video.action_units.rows; ++row) {
      video.action_units.read(row, intensities, presences);
      if (intensities[smile] > 1)
        std::printf("%7.2f s  AU12 %.2f\n", seconds[row], intensities[smile]);
    }
    std::printf("%lld frames, a face in %lld\n", static_cast<long long>(video.frames),
                static_cast<long long>(video.faces));
    return 0;
  } catch (const auriga::Error& error) {
    std::fprintf(stderr, "smile: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
