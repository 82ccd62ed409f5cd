# Finds ONNX Runtime: a system-wide one first, else the one that `./dev setup` put below build/deps.
# Defines the target onnxruntime::onnxruntime.
include(FindPackageHandleStandardArgs)

find_package(onnxruntime CONFIG QUIET)
if(TARGET onnxruntime::onnxruntime)
  set(OnnxRuntime_FOUND TRUE)
  return()
endif()

set(_hints ${ONNXRUNTIME_ROOT} ${PROJECT_SOURCE_DIR}/build/deps/onnxruntime)
find_path(OnnxRuntime_INCLUDE_DIR onnxruntime_cxx_api.h HINTS ${_hints}
          PATH_SUFFIXES include include/onnxruntime onnxruntime)
find_library(OnnxRuntime_LIBRARY onnxruntime HINTS ${_hints} PATH_SUFFIXES lib)
find_package_handle_standard_args(OnnxRuntime
  REQUIRED_VARS OnnxRuntime_LIBRARY OnnxRuntime_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run ./dev setup, or give -DONNXRUNTIME_ROOT=<folder with include/ and lib/>")
if(OnnxRuntime_FOUND)
  add_library(onnxruntime::onnxruntime SHARED IMPORTED)
  set_target_properties(onnxruntime::onnxruntime PROPERTIES
    IMPORTED_LOCATION "${OnnxRuntime_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OnnxRuntime_INCLUDE_DIR}")
endif()
mark_as_advanced(OnnxRuntime_INCLUDE_DIR OnnxRuntime_LIBRARY)
