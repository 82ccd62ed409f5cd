// Structures that begin with their size, so that a library goes with programs that were compiled
// with an older or a newer header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "capi/status.hpp"

namespace auriga::capi {

static_assert(sizeof(void*) == 8, "sizes below are those of machines of 64 bits");

// Of the first version of each structure; later ones only add members.
template <typename T>
inline constexpr std::size_t kFirstSize = 0;
template <>
inline constexpr std::size_t kFirstSize<auriga_engine_options> = 88;
template <>
inline constexpr std::size_t kFirstSize<auriga_setup> = 72;
template <>
inline constexpr std::size_t kFirstSize<auriga_session_options> = 104;
template <>
inline constexpr std::size_t kFirstSize<auriga_frame> = 56;
template <>
inline constexpr std::size_t kFirstSize<auriga_row> = 5512;
template <>
inline constexpr std::size_t kFirstSize<auriga_run_options> = 128;
template <>
inline constexpr std::size_t kFirstSize<auriga_report> = 80;

// More is no size of a structure.
inline constexpr std::size_t kMostSize = 65536;

template <typename T>
std::size_t checked_size(const T& given, const char* name) {
  static_assert(kFirstSize<T> > 0 && kFirstSize<T> <= sizeof(T));
  const auto size = given.struct_size;
  if (size < kFirstSize<T> || size > kMostSize)
    bad_usage(std::string(name) + ".struct_size is " + std::to_string(size) +
              ", expected sizeof of the structure, " + std::to_string(sizeof(T)) + " here");
  return static_cast<std::size_t>(size);
}

// The structure as this library knows it. What it does not know has to be zero: AURIGA_USAGE
// otherwise, because somebody asks for what it cannot do.
template <typename T>
T taken(const T& given, const char* name) {
  const std::size_t size = checked_size(given, name);
  T known{};
  std::memcpy(&known, &given, std::min(size, sizeof(T)));
  const auto* bytes = reinterpret_cast<const unsigned char*>(&given);
  if (std::any_of(bytes + std::min(size, sizeof(T)), bytes + size,
                  [](unsigned char byte) { return byte != 0; }))
    bad_usage(std::string(name) + " asks for what this version of the library does not have");
  if constexpr (requires { known.reserved; })
    if (known.reserved != 0) bad_usage(std::string(name) + ".reserved is not 0");
  return known;
}

// Fills in as much of `to` as its owner knows; what this library does not know becomes zero.
template <typename T>
void give(const T& known, T& to, const char* name) {
  const std::size_t size = checked_size(to, name), common = std::min(size, sizeof(T));
  std::memcpy(&to, &known, common);
  std::memset(reinterpret_cast<unsigned char*>(&to) + common, 0, size - common);
  to.struct_size = size;
}

}  // namespace auriga::capi
