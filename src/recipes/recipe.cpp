#include "recipes/recipe.hpp"

#include <array>

namespace auriga {
namespace {

constexpr std::array<std::string_view, 4> kCeclm = {"mtcnn", "clnf", "ceclm", "validator"};
constexpr std::array<std::string_view, 3> kClnf = {"mtcnn", "clnf", "validator"};
constexpr std::array<std::string_view, 2> kPfld = {"retinaface", "pfld"};
constexpr std::array<std::string_view, 3> kMesh = {"blazeface", "mesh", "mesh-shape"};

constexpr LandmarkerRow kTable = {.name = "table",
                                  .detector = "none",
                                  .estimator = Estimator::openface,
                                  .make = make_table_method};

constexpr std::array kLandmarkers = {
    LandmarkerRow{.name = "ceclm",
                  .detector = "mtcnn",
                  .preset = "openface",
                  .components = kCeclm,
                  .estimator = Estimator::openface,
                  .make = make_ceclm_method},
    LandmarkerRow{.name = "clnf",
                  .detector = "mtcnn",
                  .preset = "openface",
                  .components = kClnf,
                  .missing =
                      "landmarks by CLNF, because the files of CE-CLM, OpenFace 2.2's default, are "
                      "not there: the table is OpenFace's with CLNF, and its intensities correlate "
                      "with those of the default by 0.6 to 0.9 only; what is missing: "
                      "model/patch_experts/cen_patches_{0.25,0.35,0.50,1.00}_of.dat (430 MB); "
                      "`auriga models fetch openface` gets them",
                  .estimator = Estimator::openface,
                  .make = make_clnf_method},
    LandmarkerRow{.name = "pfld",
                  .detector = "retinaface",
                  .preset = "pyfaceau",
                  .components = kPfld,
                  .estimator = Estimator::openface,
                  .networks = true,
                  .make = make_pfld_method},
    LandmarkerRow{.name = "mesh",
                  .detector = "blazeface",
                  .preset = "open",
                  .components = kMesh,
                  .estimator = Estimator::open,
                  .networks = true,
                  .mesh = true,
                  .make = make_mesh_method},
};

constexpr std::array<std::string_view, 4> kOpenFacePreset = {"au", "mtcnn", "clnf", "validator"};
constexpr std::array<std::string_view, 3> kPyFaceAuPreset = {"au", "retinaface", "pfld"};
constexpr std::array<std::string_view, 4> kOpenPreset = {"blazeface", "mesh", "mesh-shape",
                                                         "mesh-au"};

constexpr std::array kPresets = {
    PresetRow{"openface", "OpenFace 2.2: MTCNN, CE-CLM or CLNF, OpenFace's action units",
              "openface-2.2", kOpenFacePreset},
    PresetRow{"pyfaceau", "PyFaceAU: RetinaFace, PFLD, OpenFace's action units", "pyfaceau",
              kPyFaceAuPreset},
    PresetRow{"open", "open models: BlazeFace, face mesh, open action units", "open", kOpenPreset},
};

}  // namespace

std::string_view name_of(Estimator estimator) {
  return estimator == Estimator::open ? "open" : "openface";
}

std::span<const LandmarkerRow> landmarkers() { return kLandmarkers; }
const LandmarkerRow& table_landmarker() { return kTable; }
std::span<const PresetRow> presets() { return kPresets; }
const PresetRow& open_preset() { return kPresets.back(); }

}  // namespace auriga
