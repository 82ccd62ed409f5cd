#include "confidence_looks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "detect/blazeface.hpp"
#include "detect/retinaface.hpp"
#include "landmarks/face_mesh.hpp"
#include "landmarks/pfld.hpp"
#include "models/pdm.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_square.hpp"
#include "tracking/landmark_confidence.hpp"
#include "tracking/mesh_landmarker.hpp"
#include "tracking/pfld_landmarker.hpp"

namespace auriga::accuracy {
namespace {

namespace fs = std::filesystem;

constexpr int kSettled = 3;            // looks
constexpr float kSamePlace = 0.5f;     // of the face's side: a detection that is about it
constexpr float kRegionOfFace = 1.5f;  // the mesh's region in sides of the face

fs::path shape_file(Landmarks68 landmarks, const fs::path& open_pack, const fs::path& test_data) {
  if (landmarks == Landmarks68::mesh) return open_pack / "shape_68.txt";
  return test_data / "models/openface-2.2/AU_predictors/In-the-wild_aligned_PDM_68.txt";
}

}  // namespace

std::string name_of(Landmarks68 landmarks) {
  switch (landmarks) {
    case Landmarks68::mesh:
      return "mesh";
    case Landmarks68::pfld:
      return "pfld";
    case Landmarks68::table:
      break;
  }
  return "table";
}

struct Looker::Impl {
  Impl(Landmarks68 kind, const fs::path& open_pack, const fs::path& test_data)
      : table(kind == Landmarks68::table),
        pdm(read_pdm(shape_file(kind, open_pack, test_data))),
        model(pdm),
        viewer(model) {
    if (kind != Landmarks68::pfld) {
      blazeface.emplace(BlazeFace::load(open_pack / "face_detection_short_range.onnx",
                                        open_pack / "face_detection_full_range.onnx"));
      mesh.emplace(FaceMeshNetwork::load(open_pack));
      map.emplace(open_pack / "mesh_to_68.txt");
      landmarkers.push_back(std::make_unique<MeshLandmarker>(
          [this](ImageView bgr, const FaceRoi& roi, FaceMesh& found) {
            const std::optional<float> said = mesh->find(bgr, roi, found);
            logit = said.value_or(0.0f);
            return said;
          },
          *map, model));
    }
    if (kind == Landmarks68::pfld) {
      retinaface.emplace(RetinaFace::load(test_data / "models/onnx/retinaface_mobilenet025.onnx"));
      pfld.emplace(Pfld::load(test_data / "models/onnx/pfld.onnx"));
      landmarkers.push_back(std::make_unique<PfldLandmarker>(*pfld, model));
    }
  }

  bool is_mesh(std::size_t i) const { return i == 0 && mesh.has_value(); }

  std::span<const FaceBox> detect(std::size_t i, ImageView bgr) {
    return is_mesh(i) ? std::span<const FaceBox>(blazeface->detect(bgr))
                      : std::span<const FaceBox>(retinaface->detect(bgr));
  }

  FaceRegion region(std::size_t i, const FacePlace& place) const {
    if (is_mesh(i)) return {place.x, place.y, kRegionOfFace * place.side, 0};
    return PfldLandmarker::region_of(
        SubpixelSquare{place.x - place.side / 2, place.y - place.side / 2, place.side});
  }

  // Until it settles, as when a face is followed.
  bool look_there(std::size_t i, ImageView bgr, FaceRegion region, FaceLook& look) {
    for (int k = 0; k < kSettled; ++k) {
      look.change = -1;
      landmarkers[i]->look(bgr, region, look, clock);
      if (!look.seen) return false;
      if (is_mesh(i)) {
        region = landmarkers[i]->next_region(look, nobody, nullptr);
      } else {
        region = PfldLandmarker::region_of(face_square(look.view.landmarks));
      }
    }
    return true;
  }

  Look result(std::size_t i, const FaceScene& scene, FaceLook& look) {
    if (table) {
      if (!viewer.complete(picture, look.view)) return {};
      viewer.appraise(look.view);
    }
    Look result{.kind = scene.kind, .degree = scene.degree};
    result.right = scene.is_face && landmark_error(look.view.landmarks, scene.truth) <= kRight;
    result.presence = table ? 1 : look.confidence;
    if (!is_mesh(i) && !table) {
      // Of a single look: nothing before it says whether the face is followed.
      result.confidence = look.alone;
    } else {
      result.confidence = table ? plain_confidence(look.view) : look.right;
    }
    const FaceView& view = look.view;
    const double outside = 1 - static_cast<double>(view.patch.inside_share);
    result.terms = {
        is_mesh(i) ? static_cast<double>(logit)
        : table
            ? 0.0
            : std::log(static_cast<double>(PfldLandmarker::change(*pfld, picture, view.landmarks))),
        std::log(std::max(1e-6, static_cast<double>(view.residual))),
        std::log(static_cast<double>(inter_ocular_distance(view.landmarks))),
        outside,
        static_cast<double>(view.likeness.halves),
        static_cast<double>(view.likeness.parts),
        static_cast<double>(view.likeness.contrast),
        static_cast<double>(view.likeness.roughness)};
    return result;
  }

  bool table;
  Pdm pdm;
  ShapeModel model;
  FaceViewer viewer;
  std::optional<BlazeFace> blazeface;
  std::optional<RetinaFace> retinaface;
  std::optional<FaceMeshNetwork> mesh;
  std::optional<MeshTo68> map;
  std::optional<Pfld> pfld;
  std::vector<std::unique_ptr<Landmarker>> landmarkers;
  FaceMemory nobody;
  StageClock clock;
  ImageView picture;
  float logit = 0;  // of the last look of the mesh
};

Looker::Looker(Landmarks68 landmarks, const fs::path& open_pack, const fs::path& test_data)
    : impl_(std::make_unique<Impl>(landmarks, open_pack, test_data)) {}
Looker::~Looker() = default;

Portrait Looker::portrait(const std::string& name, ImageView picture) {
  const std::span<const FaceBox> boxes = impl_->detect(0, picture);
  const auto widest = std::max_element(
      boxes.begin(), boxes.end(), [](const FaceBox& a, const FaceBox& b) { return a.w < b.w; });
  if (widest == boxes.end()) return {};
  return portrait(
      name, picture,
      {widest->x + widest->w / 2, widest->y + widest->h / 2, std::max(widest->w, widest->h)});
}

Portrait Looker::portrait(const std::string& name, ImageView picture, const FacePlace& place) {
  FaceLook look;
  if (!impl_->look_there(0, picture, impl_->region(0, place), look)) return {};
  return {name, Image(picture), look.view.landmarks};
}

std::vector<Look> Looker::looks(const Portrait& portrait, std::uint32_t seed) {
  std::vector<Look> looks;
  const auto add = [&](Look look, bool detected) {
    if (look.kind.empty()) return;
    look.portrait = portrait.name;
    look.detected = detected;
    looks.push_back(std::move(look));
  };
  for (const FaceScene& scene : scenes_of(framed(portrait, seed), seed)) {
    impl_->picture = scene.picture;
    for (std::size_t i = 0; i < impl_->landmarkers.size(); ++i) {
      FaceLook look;
      if (impl_->look_there(i, scene.picture, impl_->region(i, scene.place), look))
        add(impl_->result(i, scene, look), false);
      const std::span<const FaceBox> boxes = impl_->detect(i, scene.picture);
      const auto away = [&](const FaceBox& box) {
        const float dx = box.x + box.w / 2 - scene.place.x, dy = box.y + box.h / 2 - scene.place.y;
        return std::sqrt(dx * dx + dy * dy) / scene.place.side;
      };
      const auto nearest =
          std::min_element(boxes.begin(), boxes.end(),
                           [&](const FaceBox& a, const FaceBox& b) { return away(a) < away(b); });
      if (nearest == boxes.end() || away(*nearest) > kSamePlace) continue;
      const FaceBox box = *nearest;
      if (impl_->landmarkers[i]->look_at(scene.picture, box, impl_->nobody, look, impl_->clock))
        add(impl_->result(i, scene, look), true);
    }
  }
  return looks;
}

double area_under_curve(const std::vector<Look>& looks, double Look::*confidence) {
  std::vector<const Look*> order;
  for (const Look& look : looks) order.push_back(&look);
  std::sort(order.begin(), order.end(),
            [&](const Look* a, const Look* b) { return a->*confidence < b->*confidence; });
  double ranks = 0, right = 0;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && order[end]->*confidence == order[i]->*confidence) ++end;
    const double rank = (static_cast<double>(i + end) + 1) / 2;
    for (; i < end; ++i)
      if (order[i]->right) ranks += rank, ++right;
  }
  const double wrong = static_cast<double>(order.size()) - right;
  return (ranks - right * (right + 1) / 2) / (right * wrong);
}

std::array<Bin, 10> calibration(const std::vector<Look>& looks, double Look::*confidence) {
  std::array<Bin, 10> bins{};
  for (const Look& look : looks) {
    Bin& bin = bins[static_cast<std::size_t>(std::clamp(look.*confidence * 10, 0.0, 9.0))];
    ++bin.looks;
    bin.confidence += look.*confidence;
    bin.right += look.right ? 1 : 0;
  }
  for (Bin& bin : bins) {
    const double n = static_cast<double>(std::max<std::size_t>(1, bin.looks));
    bin.confidence /= n;
    bin.right /= n;
  }
  return bins;
}

double calibration_error(const std::array<Bin, 10>& bins) {
  double sum = 0, all = 0;
  for (const Bin& bin : bins) {
    const double n = static_cast<double>(bin.looks);
    sum += n * std::abs(bin.confidence - bin.right);
    all += n;
  }
  return sum / all;
}

bool is_good(const Look& look) {
  return look.kind == "plain" || look.kind == "tilted" || look.kind == "resized" ||
         look.kind == "light";
}

double mean_confidence(const std::vector<Look>& looks, double Look::*confidence) {
  double sum = 0;
  for (const Look& look : looks) sum += look.*confidence;
  return sum / static_cast<double>(looks.size());
}

}  // namespace auriga::accuracy
