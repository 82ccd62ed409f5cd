#include "system_call_filter.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;

// What there is on one of the two architectures only, or in later headers only, is guarded.
constexpr std::uint32_t kNever[] = {
    // Other programs and processes.
    __NR_execve,
    __NR_execveat,
    __NR_ptrace,
    __NR_process_vm_readv,
    __NR_process_vm_writev,
    __NR_kcmp,
    __NR_tkill,
    __NR_rt_sigqueueinfo,
    __NR_rt_tgsigqueueinfo,
    __NR_setns,
    __NR_unshare,
    __NR_setpriority,
    __NR_ioprio_set,
    __NR_setrlimit,
#ifdef __NR_fork
    __NR_fork,
    __NR_vfork,
#endif
#ifdef __NR_pidfd_open
    __NR_pidfd_open,
    __NR_pidfd_send_signal,
#endif
#ifdef __NR_pidfd_getfd
    __NR_pidfd_getfd,
#endif
#ifdef __NR_process_madvise
    __NR_process_madvise,
#endif
    // Other machines, and sockets of this one.
    __NR_socket,
    __NR_socketpair,
    __NR_connect,
    __NR_bind,
    __NR_listen,
    __NR_accept,
    __NR_accept4,
    __NR_sendto,
    __NR_sendmsg,
    __NR_sendmmsg,
    // Memory that the limit does not count.
    __NR_memfd_create,
    __NR_shmget,
    __NR_shmat,
    __NR_msgget,
    __NR_semget,
    __NR_mq_open,
#ifdef __NR_memfd_secret
    __NR_memfd_secret,
#endif
    // The system and large, seldom used parts of the kernel.
    __NR_mount,
    __NR_umount2,
    __NR_pivot_root,
    __NR_chroot,
    __NR_swapon,
    __NR_swapoff,
    __NR_reboot,
    __NR_sethostname,
    __NR_setdomainname,
    __NR_settimeofday,
    __NR_clock_settime,
    __NR_adjtimex,
    __NR_clock_adjtime,
    __NR_acct,
    __NR_quotactl,
    __NR_syslog,
    __NR_init_module,
    __NR_finit_module,
    __NR_delete_module,
    __NR_kexec_load,
    __NR_bpf,
    __NR_perf_event_open,
    __NR_keyctl,
    __NR_add_key,
    __NR_request_key,
    __NR_userfaultfd,
    __NR_name_to_handle_at,
    __NR_open_by_handle_at,
    __NR_fanotify_init,
    __NR_lookup_dcookie,
    __NR_personality,
    __NR_vhangup,
    __NR_seccomp,
#ifdef __NR_kexec_file_load
    __NR_kexec_file_load,
#endif
#ifdef __NR_iopl
    __NR_iopl,
    __NR_ioperm,
    __NR_modify_ldt,
#endif
#ifdef __NR_io_uring_setup
    __NR_io_uring_setup,
    __NR_io_uring_enter,
    __NR_io_uring_register,
#endif
#ifdef __NR_fsopen
    __NR_open_tree,
    __NR_move_mount,
    __NR_fsopen,
    __NR_fsconfig,
    __NR_fsmount,
    __NR_fspick,
#endif
#ifdef __NR_mount_setattr
    __NR_mount_setattr,
#endif
};

// A program for the kernel. What jumps, jumps over instructions that follow.
class Program {
 public:
  void add(std::uint16_t code, std::uint32_t value, int if_true = 0, int if_false = 0) {
    code_.push_back(
        {code, static_cast<std::uint8_t>(if_true), static_cast<std::uint8_t>(if_false), value});
  }
  void load(std::size_t offset) {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
  }
  // The lower half of an argument, all that the kernel itself looks at where it is no address.
  void load_argument(std::size_t number) { load(place_of_argument(number)); }
  void end(std::uint32_t verdict) { add(BPF_RET | BPF_K, verdict); }

  void end_call(std::uint32_t call, std::uint32_t verdict) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
    end(verdict);
  }
  // A call whose argument decides, by BPF_JEQ (is one of the values) or BPF_JSET (has their bits).
  void end_call(std::uint32_t call, std::size_t argument, std::uint16_t test,
                const std::vector<std::uint32_t>& values, std::uint32_t verdict,
                std::uint32_t otherwise) {
    const int count = static_cast<int>(values.size());
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, count + 3);
    load_argument(argument);
    for (int i = 0; i < count; ++i)
      add(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), values[static_cast<std::size_t>(i)],
          count - i);
    end(otherwise);
    end(verdict);
  }

  // A call that is allowed where an argument is a null address only.
  void end_call_unless_null(std::uint32_t call, std::size_t argument, std::uint32_t verdict) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 6);
    load_argument(argument);
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
    load(place_of_argument(argument) + sizeof(std::uint32_t));
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
    end(SECCOMP_RET_ALLOW);
    end(verdict);
  }
  // A call that is refused where an argument has all of some bits.
  void end_call_with_bits(std::uint32_t call, std::size_t argument, std::uint32_t bits,
                          std::uint32_t verdict) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5);
    load_argument(argument);
    add(BPF_ALU | BPF_AND | BPF_K, bits);
    add(BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1);
    end(verdict);
    end(SECCOMP_RET_ALLOW);
  }

  sock_fprog program() {
    return {.len = static_cast<unsigned short>(code_.size()), .filter = code_.data()};
  }

 private:
  // Of its lower half; the machines that are known here have that one first.
  static constexpr std::size_t place_of_argument(std::size_t number) {
    return offsetof(seccomp_data, args) + number * sizeof(std::uint64_t);
  }

  std::vector<sock_filter> code_;
};

[[noreturn]] void refuse(const char* what) {
  throw Error(ErrorCode::machine,
              std::string("--isolate expects a kernel that restricts system calls (seccomp), found "
                          "that ") +
                  what + " fails: " + std::strerror(errno) +
                  "; run without --isolate, in a container or virtual machine of its own");
}

}  // namespace

void filter_system_calls() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse("PR_SET_NO_NEW_PRIVS");
  if (kArchitecture == 0) {
    errno = ENOSYS;
    refuse("a filter for this instruction set");
  }
  const std::uint32_t self = static_cast<std::uint32_t>(getpid());
  Program filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  filter.end(SECCOMP_RET_KILL_PROCESS);
  filter.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  // Numbers of x32, the same calls under other numbers.
  filter.add(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
  filter.end(kRefused);
#endif
  for (const std::uint32_t call : kNever) filter.end_call(call, kRefused);
  // Threads, but no processes. What clone3 is asked for is out of sight; without it the C library
  // takes clone.
  filter.end_call(__NR_clone, 0, BPF_JSET, {CLONE_THREAD}, SECCOMP_RET_ALLOW, kRefused);
#ifdef __NR_clone3
  filter.end_call(__NR_clone3, SECCOMP_RET_ERRNO | ENOSYS);
#endif
  // Signal 0 only asks whether a process is there, for what killed runs have left; a process may
  // abort itself.
  filter.end_call(__NR_kill, 1, BPF_JEQ, {0}, SECCOMP_RET_ALLOW, kRefused);
  filter.end_call(__NR_tgkill, 0, BPF_JEQ, {self}, SECCOMP_RET_ALLOW, kRefused);
  // Limits may be asked for; root would be allowed to raise them.
  filter.end_call_unless_null(__NR_prlimit64, 2, kRefused);
  // Memory of nobody's file that several could share is not counted by RLIMIT_DATA.
  filter.end_call_with_bits(__NR_mmap, 3, MAP_SHARED | MAP_ANONYMOUS, kRefused);
  // Words put into the mouth of the terminal's user.
  filter.end_call(__NR_ioctl, 1, BPF_JEQ, {TIOCSTI, TIOCLINUX}, kRefused, SECCOMP_RET_ALLOW);
  filter.end(SECCOMP_RET_ALLOW);
  const sock_fprog program = filter.program();
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) refuse("PR_SET_SECCOMP");
}

}  // namespace auriga::app
