#include "cli/command.hpp"

#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/golden.hpp"

namespace auriga::test {

Outcome program(const std::vector<std::string>& command,
                const std::vector<std::string>& environment) {
  TemporaryFolder folder;
  const std::string out = (folder.path() / "out").string(), err = (folder.path() / "err").string();
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    const int null = open("/dev/null", O_RDONLY);
    const int out_file = open(out.c_str(), O_WRONLY | O_CREAT, 0600),
              err_file = open(err.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(null, STDIN_FILENO);
    dup2(out_file, STDOUT_FILENO);
    dup2(err_file, STDERR_FILENO);
    setenv("XDG_CACHE_HOME", folder.path().c_str(), 1);  // not the cache of whoever runs the tests
    for (const std::string& setting : environment) putenv(const_cast<char*>(setting.c_str()));
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  Outcome run;
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.out = read_text(out);
  run.err = read_text(err);
  return run;
}

Outcome auriga(const std::vector<std::string>& arguments,
               const std::vector<std::string>& environment) {
  std::vector<std::string> command = {AURIGA_COMMAND};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return program(command, environment);
}

}  // namespace auriga::test
