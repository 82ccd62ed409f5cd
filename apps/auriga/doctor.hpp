// The parts of `auriga doctor`: what was found on this machine, and what that means.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/machine.hpp"

namespace auriga::app {

// The product of two square matrices, as the library's Eigen computes it.
struct MatrixProduct {
  std::string_view type;  // float, double
  int size = 0;           // rows
  int runs = 0;           // 0: left out, because one would take `seconds`
  double seconds = 0;     // median of the runs
  double gflops() const;  // 10^9 operations per second, 2 size^3 of them in a product
};

// Frames per second of a short video that is made for it and only decoded.
struct DecodingSpeed {
  int width = 0, height = 0;  // px
  std::string format;
  int threads = 1;  // that the decoder may use at most
  double one_thread = 0, all_threads = 0;
};

// A BLAS in this process.
struct Blas {
  std::string name;       // with its version
  std::string processor;  // that its kernels are for, in its own words; empty: unknown
  int threads = 1;        // that it starts
  bool optimised = true;  // false: the plain one of Netlib
  bool is_used = false;   // by Eigen
};

struct PackFacts {
  std::string name, version;
  std::filesystem::path folder;
  std::vector<std::string> complete, incomplete, size_only, problems;  // as `auriga models verify`
  std::string why = {};                                                // it was searched there
};

struct FolderFacts {
  std::filesystem::path path;
  std::string problem;  // why nothing can be written there; empty: it can
};

struct DoctorFacts {
  std::string version;    // of auriga
  std::string processor;  // its model
  std::vector<Isa> compiled, runnable;
  Isa isa = Isa::base;      // in use
  std::string isa_setting;  // AURIGA_ISA; empty: none
  int cores = 1;            // of the machine
  int bound_cores = 1;      // that the process is bound to
  int allowed_cores = 1;    // that it gets time for

  std::string eigen, eigen_isa;
  std::optional<Blas> blas;
  // Of the environment, those that concern BLAS and OpenMP: name, value.
  std::vector<std::pair<std::string, std::string>> blas_settings;
  Peak peak;
  std::vector<MatrixProduct> products;  // none: not measured

  std::string onnxruntime;           // version
  std::vector<std::string> devices;  // its providers as words of --device, where there is one
  std::string ffmpeg;                // version and those of its libraries
  std::vector<std::string> missing_decoders;
  std::optional<DecodingSpeed> decoding;  // none: not measured

  std::vector<std::filesystem::path> model_folders;  // searched
  std::vector<PackFacts> packs;
  std::optional<Setup> setup;  // what `auriga extract` would use
  std::string setup_problem;   // why there is none

  FolderFacts results, pack_folder;
};

enum class Status { ok, note, warning, problem };
std::string_view word(Status status);

struct Finding {
  std::string topic;
  Status status = Status::ok;
  std::string found;
  std::string to_do;  // empty: nothing
  int exit_code = 0;  // of a problem
};

// One or more lines for each topic.
std::vector<Finding> findings(const DoctorFacts& facts);

// 0 when `auriga extract` would work, else the highest of the problems.
int exit_code(const std::vector<Finding>& findings);

struct DoctorOptions {
  std::string models, out_dir = "processed";
  bool quick = false, full = false, json = false;
};
DoctorFacts examine(const DoctorOptions& options);

// Nothing where no such video can be made. Some three seconds.
std::optional<DecodingSpeed> measure_decoding();

// Sizes 100, 500, 1000, 2000 of float and double; three products to warm up and ten that count,
// but, unless `full`, fewer where that takes more than 1.5 s and none where one would.
std::vector<MatrixProduct> measure_products(bool full);

}  // namespace auriga::app
