#include "commands.hpp"

namespace auriga::app {

std::vector<Command> all_commands() {
  return {extract_command(),
          live_command(),
          view_command(),
          report_command(),
          draw_command(),
          summary_command(),
          blink_command(),
          compare_command(),
          bench_command(),
          models_command(),
          doctor_command(),
          {"openface",
           "OpenFace's FeatureExtraction, FaceLandmarkVidMulti, FaceLandmarkImg: their flags and "
           "results",
           {},
           [] { return openface({}); }}};
}

}  // namespace auriga::app
