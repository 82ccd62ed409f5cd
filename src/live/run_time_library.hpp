// Libraries that are opened when they are asked for, so that no start of the program pays for them
// and none needs them.
#pragma once

#include <initializer_list>
#include <string>
#include <type_traits>

#include <dlfcn.h>

#include "auriga/error.hpp"

namespace auriga {

// Stays loaded. Thread-safe.
class RunTimeLibrary {
 public:
  // The first of `names` that there is. Throws Error(usage): "WHAT needs NAME, but ...; ADVICE".
  RunTimeLibrary(std::initializer_list<std::string> names, std::string what, std::string advice)
      : what_(std::move(what)), advice_(std::move(advice)) {
    for (const std::string& name : names) {
      name_ = name;
      handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle_ != nullptr) return;
    }
    const char* why = dlerror();
    name_ = *names.begin();
    fail(why == nullptr ? "it is not there" : why);
  }

  template <typename Function>
  void load(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(dlsym(handle_, name));
    if (function == nullptr) fail(std::string("that has no ") + name);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorCode::usage, what_ + " needs " + name_ + " (" + why + "); " + advice_);
  }

  std::string what_, advice_, name_;
  void* handle_ = nullptr;
};

}  // namespace auriga
