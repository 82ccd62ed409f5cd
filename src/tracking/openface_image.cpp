#include "tracking/openface_image.hpp"

#include <cstddef>
#include <utility>

#include "base/grey.hpp"
#include "tracking/openface_result.hpp"

namespace auriga {

OpenFaceImage::OpenFaceImage(std::shared_ptr<const ClmModel> model, Validator* validator,
                             const OpenFaceOptions& options)
    : fitter_((require_face_model(*model), std::move(model)), validator), options_(options) {
  check(options_);
}

std::span<const TrackedFace> OpenFaceImage::faces(ImageView bgr, std::span<const FaceBox> boxes,
                                                  StageClock& clock) {
  faces_.assign(boxes.size(), {});
  clock.time(Stage::landmarks, [&] {
    to_grey(bgr, grey_);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      auto started = start_(fitter_, grey_, boxes[i], options_, options_.multi_view,
                            unseen(fitter_.model(), std::move(state_)));
      state_ = std::move(started.state);
      read_face(fitter_.model(), state_, started.success, faces_[i]);
      faces_[i].id = static_cast<int>(i);
    }
  });
  return faces_;
}

}  // namespace auriga
