// What a program can know of itself and of the system that it runs on.
#pragma once

#include <functional>
#include <string>

namespace auriga::app {

double peak_memory_mb();       // of this process so far
double available_memory_mb();  // that programs can have without swapping; 0: unknown
// What the process may use: cores_allowed(), at most as many as the scheduler Slurm says that it
// gave ($SLURM_CPUS_PER_TASK, else $SLURM_CPUS_ON_NODE), which does not bind every job to them.
int cores_given();
// How many more threads this process can start at present, up to `wanted`.
int startable_threads(int wanted);

// Runs `action` with a stack of at least 8 MB and gives other threads as much, whatever the limit
// of the stack is. Call on the main thread, before there are others. Passes exceptions on.
void with_enough_stack(const std::function<void()>& action);

std::string processor_name();  // as the system calls it; empty: unknown

}  // namespace auriga::app
