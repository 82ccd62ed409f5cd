// The command `auriga`: facial action units from video.
#include "program.hpp"

int main(int argc, char** argv) { return auriga::app::run_program({argv, argv + argc}); }
