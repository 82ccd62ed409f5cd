// What the benchmarks over the frames of a video share.
#pragma once

#include <cstdio>

#include <benchmark/benchmark.h>

#include "auriga/error.hpp"

namespace auriga {

// Runs `stage` with the index of one of `frames` frames after the other.
template <typename Stage>
void one_after_the_other(benchmark::State& state, std::size_t frames, Stage stage) {
  std::size_t i = 0;
  for (auto _ : state) {
    stage(i);
    i = (i + 1) % frames;
  }
}

// The main function of PROGRAM VIDEO FOLDER_WITH_MODEL_PACKS [--benchmark_...]: makes the faces
// that the benchmarks find behind `faces`.
template <typename Faces>
int run_benchmarks(int argc, char** argv, Faces*& faces) {
  benchmark::Initialize(&argc, argv);
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s VIDEO FOLDER_WITH_MODEL_PACKS [--benchmark_...]\n", argv[0]);
    return 2;
  }
  try {
    Faces found(argv[1], argv[2]);
    faces = &found;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return static_cast<int>(error.code());
  }
}

}  // namespace auriga
