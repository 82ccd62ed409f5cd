// The Python process that the library is a guest in.
#pragma once

#include <stdexcept>

namespace auriga::python {

// Call before anything that uses models, threads or libav. Throws Error(machine) in a process that
// was forked from one where this had been called: locks and threads of that one are lost.
void enter();

// Whether this process is such a one. What the library holds cannot be given back there, and is
// left alone.
bool is_forked();

// While this lives the interpreter is free for other threads, as with nanobind's
// gil_scoped_release; but a thread that comes back after end_of_interpreter() does not return to an
// interpreter that is being taken down, which would abort the process: it sleeps until the end.
class Released {
 public:
  Released();
  ~Released();
  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;

 private:
  void* thread_;
};

// Something that goes on in the background.
class Background {
 public:
  virtual void cancel() = 0;
  // Whether it is over.
  virtual bool over() = 0;

 protected:
  Background();
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
};

// Call in the last moment in which threads may still use the interpreter, on the main one: ends
// what goes on in the background, and waits for calls of other threads.
void end_of_interpreter();

// Makes exceptions of the library Python's (auriga.Error and its kinds).
void translate_errors();

// The caller wanted no more.
struct Cancelled : std::runtime_error {
  Cancelled() : std::runtime_error("cancelled") {}
};

}  // namespace auriga::python
