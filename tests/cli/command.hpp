// Runs programs as a user would, for tests of the command line.
#pragma once

#include <string>
#include <vector>

namespace auriga::test {

struct Outcome {
  int exit_code = -1;  // 128 + signal when killed by one
  std::string out, err;
};

// Runs `auriga` with these arguments. `environment`: NAME=value, added to the present one.
Outcome auriga(const std::vector<std::string>& arguments,
               const std::vector<std::string>& environment = {});

// Runs any program found in PATH.
Outcome program(const std::vector<std::string>& command,
                const std::vector<std::string>& environment = {});

}  // namespace auriga::test
