// Models as Python holds them.
#pragma once

#include <memory>

#include <nanobind/nanobind.h>

#include "auriga/engine.hpp"

#include "given_options.hpp"

namespace auriga::python {

// Shared by all that use it, on any threads.
struct LoadedEngine {
  Engine engine;
  GivenOptions options;  // that it was loaded with
};
// Never destroys the engine in a forked process.
std::shared_ptr<const LoadedEngine> hold(Engine engine, const GivenOptions& options);
std::shared_ptr<const LoadedEngine> load_engine(const GivenOptions& options);

void bind_engine(nanobind::module_& module);

}  // namespace auriga::python
