// Looks at the machine for `auriga doctor`.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

#include <Eigen/Core>
#include <dlfcn.h>
#include <fmt/core.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libswscale/swscale.h>
}

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/machine.hpp"
#include "auriga/packs.hpp"

#include "doctor.hpp"
#include "models.hpp"
#include "process.hpp"
#include "search_path.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

std::string processor() {
#ifdef __APPLE__
  char name[256] = {};
  std::size_t size = sizeof(name) - 1;
  if (sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0) return name;
#endif
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

// Symbols of a shared library that this process has loaded; null where there is none.
template <typename Function>
Function* symbol(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

// Asked when the program runs: someone may have linked Eigen with a BLAS, or preload one.
std::optional<Blas> loaded_blas() {
  Blas blas;
#ifdef EIGEN_USE_BLAS
  blas.is_used = true;
#endif
  if (auto* config = symbol<char*()>("openblas_get_config")) {
    blas.name = config();  // begins with "OpenBLAS" and the version
    blas.name = blas.name.substr(0, blas.name.find(' ', blas.name.find(' ') + 1));
    if (auto* core = symbol<char*()>("openblas_get_corename")) blas.processor = core();
    if (auto* threads = symbol<int()>("openblas_get_num_threads")) blas.threads = threads();
  } else if (auto* mkl = symbol<void(char*, int)>("mkl_get_version_string")) {
    char text[200] = {};
    mkl(text, sizeof(text) - 1);
    blas.name = text;
    if (auto* threads = symbol<int()>("MKL_Get_Max_Threads")) blas.threads = threads();
  } else if (auto* blis = symbol<const char*()>("bli_info_get_version_str")) {
    blas.name = std::string("BLIS ") + blis();
    if (auto* threads = symbol<long()>("bli_thread_get_num_threads"))
      blas.threads = static_cast<int>(threads());
  } else if (symbol<void()>("ATL_dgemm") != nullptr) {
    blas.name = "ATLAS";
  } else if (symbol<void()>("dgemm_") != nullptr) {
    blas.name = "a BLAS without a name, probably the plain one of Netlib";
    blas.optimised = false;
  } else if (blas.is_used) {
    blas.name = "a BLAS that is linked statically";
  } else {
    return std::nullopt;
  }
  return blas;
}

std::string ffmpeg() {
  const auto version = [](unsigned v) {
    return fmt::format("{}.{}.{}", v >> 16, v >> 8 & 255, v & 255);
  };
  return fmt::format("{} (libavformat {}, libavcodec {}, libswscale {}, libavutil {})",
                     av_version_info(), version(avformat_version()), version(avcodec_version()),
                     version(swscale_version()), version(avutil_version()));
}

std::vector<std::string> missing_decoders() {
  constexpr std::pair<AVCodecID, const char*> kUsual[] = {
      {AV_CODEC_ID_H264, "H.264"},  {AV_CODEC_ID_HEVC, "HEVC"},
      {AV_CODEC_ID_AV1, "AV1"},     {AV_CODEC_ID_VP9, "VP9"},
      {AV_CODEC_ID_VP8, "VP8"},     {AV_CODEC_ID_MPEG4, "MPEG-4"},
      {AV_CODEC_ID_MJPEG, "MJPEG"}, {AV_CODEC_ID_MPEG2VIDEO, "MPEG-2"},
      {AV_CODEC_ID_WMV3, "WMV 9"},  {AV_CODEC_ID_PRORES, "ProRes"},
      {AV_CODEC_ID_WEBP, "WebP"}};
  std::vector<std::string> missing;
  for (const auto& [id, name] : kUsual) {
    const AVCodec* decoder = avcodec_find_decoder(id);
    // FFmpeg's own decoder of AV1 hands it to hardware only; the ones that decode have other names.
    if (decoder == nullptr || decoder->name == std::string_view("av1")) missing.emplace_back(name);
  }
  return missing;
}

// Creates a file in the folder, or in the nearest one above it that is there, and removes it.
FolderFacts try_to_write(const fs::path& folder) {
  FolderFacts facts{folder, ""};
  if (folder.empty()) return facts;
  std::error_code failed;
  fs::path there = fs::absolute(folder, failed);
  while (!fs::exists(there, failed) && there != there.root_path()) there = there.parent_path();
  if (!fs::is_directory(there, failed)) {
    facts.problem = there.string() + " is not a folder";
    return facts;
  }
  std::string probe = (there / ".auriga-doctor-XXXXXX").string();
  const int file = mkstemp(probe.data());
  int error = file < 0 ? errno : 0;
  if (file >= 0) {
    // A full disk lets a file be created but not written.
    const char block[4096] = {};
    if (write(file, block, sizeof(block)) < 0 || fsync(file) != 0) error = errno;
    close(file);
    unlink(probe.c_str());
  }
  if (error != 0)
    facts.problem =
        fmt::format("nothing can be written to {}: {}", there.string(), std::strerror(error));
  return facts;
}

void look_at_models(const DoctorOptions& options, DoctorFacts& facts) {
  facts.model_folders = model_folders(options.models);
  const std::vector<SearchedFolder> searched = searched_folders(options.models);
  for (const FoundPack& pack : find_packs(facts.model_folders)) {
    PackCheck check = check_pack(pack);
    facts.packs.push_back({pack.manifest->name, pack.manifest->version, pack.folder,
                           std::move(check.complete), std::move(check.incomplete),
                           std::move(check.size_only), std::move(check.problems),
                           why_searched(searched, pack.folder)});
  }
  try {
    facts.setup = Engine::load({.models = facts.model_folders}).setup();
  } catch (const Error& error) {
    facts.setup_problem = error.what();
  }
}

}  // namespace

DoctorFacts examine(const DoctorOptions& options) {
  DoctorFacts facts;
  facts.version = version();
  facts.processor = processor();
  facts.compiled = compiled_isas();
  facts.runnable = runnable_isas();
  facts.isa = isa_in_use();
  if (const char* isa = std::getenv("AURIGA_ISA")) facts.isa_setting = isa;
  facts.cores = std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  facts.bound_cores = cores_bound();
  facts.allowed_cores = cores_given();

  facts.eigen =
      fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
  facts.eigen_isa = Eigen::SimdInstructionSetsInUse();
  facts.blas = loaded_blas();
  for (const char* name : {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "MKL_NUM_THREADS",
                           "BLIS_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0')
      facts.blas_settings.emplace_back(name, value);
  if (!options.quick) {
    facts.peak = measure_peak();
    facts.products = measure_products(options.full);
    facts.decoding = measure_decoding();
  }

  facts.onnxruntime = network_runtime_version();
  facts.devices = network_devices();
  facts.ffmpeg = ffmpeg();
  facts.missing_decoders = missing_decoders();
  look_at_models(options, facts);
  facts.results = try_to_write(options.out_dir);
  facts.pack_folder = try_to_write(user_model_folder());
  return facts;
}

}  // namespace auriga::app
