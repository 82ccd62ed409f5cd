// What a program can know of itself and of the system that it runs on.
#pragma once

#include <string>

namespace auriga::app {

double peak_memory_mb();       // of this process so far
double available_memory_mb();  // that programs can have without swapping; 0: unknown
std::string processor_name();  // as the system calls it; empty: unknown

}  // namespace auriga::app
