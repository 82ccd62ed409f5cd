// Time of each fast kernel and of its plain version, on the input of kernel_check.
//   kernels_bench [--benchmark_...]
#include <cstdio>

#include <benchmark/benchmark.h>

#include "auriga/error.hpp"

#include "kernels.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  try {
    for (const auriga::Kernel& kernel : auriga::kernels()) {
      const auto add = [&](const char* version, const std::function<void()>& work) {
        benchmark::RegisterBenchmark((kernel.name + "/" + version).c_str(),
                                     [work](benchmark::State& state) {
                                       for (auto _ : state) work();
                                     })
            ->Unit(benchmark::kMillisecond);
      };
      add("plain", kernel.plain);
      add("fast", kernel.fast);
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
  } catch (const auriga::Error& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return static_cast<int>(error.code());
  }
}
