// Names of files and other texts as Python has them: bytes that are not UTF-8 are surrogates there
// (PEP 383), and come back as they were.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <nanobind/nanobind.h>

namespace auriga::python {

struct FileText : std::string {
  FileText() = default;
  FileText(std::string text) : std::string(std::move(text)) {}  // NOLINT: as good as a string

  std::filesystem::path path() const { return static_cast<const std::string&>(*this); }
};

}  // namespace auriga::python

namespace nanobind::detail {

template <>
struct type_caster<auriga::python::FileText> {
  NB_TYPE_CASTER(auriga::python::FileText, const_name("str"))

  bool from_python(handle source, std::uint8_t, cleanup_list*) noexcept {
    if (!PyUnicode_Check(source.ptr())) return false;
    const object bytes = steal(PyUnicode_EncodeFSDefault(source.ptr()));
    if (!bytes.is_valid()) {
      PyErr_Clear();
      return false;
    }
    value = auriga::python::FileText(std::string(
        PyBytes_AsString(bytes.ptr()), static_cast<std::size_t>(PyBytes_Size(bytes.ptr()))));
    return true;
  }
  static handle from_cpp(const auriga::python::FileText& text, rv_policy, cleanup_list*) noexcept {
    return PyUnicode_DecodeFSDefaultAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
  }
};

}  // namespace nanobind::detail
