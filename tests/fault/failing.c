// Loaded before a program (LD_PRELOAD): the n-th call of one kind that the program makes between the
// beginning and the end of main() fails, as a full disk or a lack of memory would make it fail.
//
// AURIGA_FAIL=KIND:N, N counted from 1; 0 only counts. AURIGA_FAIL_LOG=FILE gets a line "n hash call what"
// per call of that kind, hash that of its call stack (addresses do not vary under `setarch -R`), and
// "failed n hash call what" for the one that failed.
//
// Kinds: open (of files that are not the system's), write (to files and pipes but standard output and
// error), read (of files opened so), rename, sync, thread, memory (malloc and what is like it).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kStack = 48, kDescriptors = 4096 };

static const char* kind;
static long fail_at;
static int log_descriptor = -1;
static atomic_long count;
static atomic_int in_main;
static _Atomic(unsigned char) ours[kDescriptors];  // opened by the program, not the system's
static __thread int inside;

static void log_text(const char* text, int length) {
  if (log_descriptor >= 0 && length > 0) syscall(SYS_write, log_descriptor, text, (size_t)length);
}

// Whether this call is to fail; counts and logs it.
static int fails(const char* this_kind, const char* call, const char* what) {
  if (inside || !atomic_load(&in_main) || !kind || strcmp(kind, this_kind) != 0) return 0;
  inside = 1;
  const int saved = errno;
  const long n = atomic_fetch_add(&count, 1) + 1;
  const int now = n == fail_at;
  if (fail_at == 0 || now) {
    void* stack[kStack];
    const int depth = backtrace(stack, kStack);
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 1; i < depth; ++i) hash = (hash ^ (uintptr_t)stack[i]) * 0x100000001b3u;
    char line[600];
    log_text(line, snprintf(line, sizeof line, "%s%ld %016lx %s %.400s\n", now ? "failed " : "", n,
                            (unsigned long)hash, call, what ? what : "-"));
  }
  errno = saved;
  inside = 0;
  return now;
}

static int is_system_path(const char* path) {
  static const char* const folders[] = {"/proc/", "/sys/", "/dev/", "/usr/", "/lib", "/etc/", "/bin/"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i)
    if (strncmp(path, folders[i], strlen(folders[i])) == 0) return 1;
  return 0;
}

static void remember(int descriptor, int is_ours) {
  if (descriptor >= 0 && descriptor < kDescriptors) atomic_store(&ours[descriptor], (unsigned char)is_ours);
}
static int is_ours(int descriptor) {
  return descriptor > 2 && descriptor < kDescriptors && atomic_load(&ours[descriptor]);
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int open_it(const char* call, int folder, const char* path, int flags, mode_t mode) {
  const int counted = !is_system_path(path);
  if (counted && fails("open", call, path)) {
    errno = EMFILE;
    return -1;
  }
  const int descriptor = (int)syscall(SYS_openat, folder, path, flags, mode);
  remember(descriptor, counted);
  return descriptor;
}

#define MODE(last) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list arguments; \
    va_start(arguments, last); \
    mode = va_arg(arguments, mode_t); \
    va_end(arguments); \
  }

int open(const char* path, int flags, ...) {
  MODE(flags)
  return open_it("open", AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE(flags)
  return open_it("open", AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  MODE(flags)
  return open_it("openat", folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  MODE(flags)
  return open_it("openat", folder, path, flags, mode);
}
int creat(const char* path, mode_t mode) {
  return open_it("creat", AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
// mkostemp() and the streams of C and C++ open without coming through here.
int mkostemp(char* pattern, int flags) {
  REAL(mkostemp);
  if (fails("open", "mkostemp", pattern)) {
    errno = EMFILE;
    return -1;
  }
  const int descriptor = real(pattern, flags);
  remember(descriptor, 1);
  return descriptor;
}
int mkstemp(char* pattern) { return mkostemp(pattern, 0); }
FILE* fopen(const char* path, const char* mode) {
  REAL(fopen);
  const int counted = !is_system_path(path);
  if (counted && fails("open", "fopen", path)) {
    errno = EMFILE;
    return NULL;
  }
  FILE* file = real(path, mode);
  if (file) remember(fileno(file), counted);
  return file;
}
FILE* fopen64(const char* path, const char* mode) { return fopen(path, mode); }

#define FAIL_WRITE(call, descriptor) \
  if (is_ours(descriptor) && fails("write", call, NULL)) { \
    errno = ENOSPC; \
    return -1; \
  }
ssize_t write(int descriptor, const void* data, size_t size) {
  FAIL_WRITE("write", descriptor)
  return syscall(SYS_write, descriptor, data, size);
}
ssize_t writev(int descriptor, const struct iovec* parts, int n) {
  FAIL_WRITE("writev", descriptor)
  return syscall(SYS_writev, descriptor, parts, n);
}
ssize_t pwrite(int descriptor, const void* data, size_t size, off_t at) {
  FAIL_WRITE("pwrite", descriptor)
  return syscall(SYS_pwrite64, descriptor, data, size, at);
}
ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t at) { return pwrite(descriptor, data, size, at); }
size_t fwrite(const void* data, size_t size, size_t n, FILE* file) {
  REAL(fwrite);
  if (is_ours(fileno(file)) && fails("write", "fwrite", NULL)) {
    errno = ENOSPC;
    return 0;
  }
  return real(data, size, n, file);
}

#define FAIL_READ(call, descriptor) \
  if (is_ours(descriptor) && fails("read", call, NULL)) { \
    errno = EIO; \
    return -1; \
  }
ssize_t read(int descriptor, void* data, size_t size) {
  FAIL_READ("read", descriptor)
  return syscall(SYS_read, descriptor, data, size);
}
ssize_t readv(int descriptor, const struct iovec* parts, int n) {
  FAIL_READ("readv", descriptor)
  return syscall(SYS_readv, descriptor, parts, n);
}
ssize_t pread(int descriptor, void* data, size_t size, off_t at) {
  FAIL_READ("pread", descriptor)
  return syscall(SYS_pread64, descriptor, data, size, at);
}
ssize_t pread64(int descriptor, void* data, size_t size, off64_t at) { return pread(descriptor, data, size, at); }

static int rename_it(const char* call, int a, const char* from, int b, const char* to, unsigned flags) {
  if (fails("rename", call, to)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_renameat2, a, from, b, to, flags);
}
int rename(const char* from, const char* to) { return rename_it("rename", AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char* from, int b, const char* to) { return rename_it("renameat", a, from, b, to, 0); }
int renameat2(int a, const char* from, int b, const char* to, unsigned flags) {
  return rename_it("renameat2", a, from, b, to, flags);
}

int fsync(int descriptor) {
  if (fails("sync", "fsync", NULL)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fsync, descriptor);
}
int fdatasync(int descriptor) {
  if (fails("sync", "fdatasync", NULL)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fdatasync, descriptor);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) {
  REAL(pthread_create);
  if (fails("thread", "pthread_create", NULL)) return EAGAIN;
  return real(thread, attributes, run, argument);
}

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
#define FAIL_MEMORY(call) \
  if (fails("memory", call, NULL)) { \
    errno = ENOMEM; \
    return NULL; \
  }
void* malloc(size_t size) {
  FAIL_MEMORY("malloc")
  return __libc_malloc(size);
}
void* calloc(size_t n, size_t size) {
  FAIL_MEMORY("calloc")
  return __libc_calloc(n, size);
}
void* realloc(void* block, size_t size) {
  FAIL_MEMORY("realloc")
  return __libc_realloc(block, size);
}
void* aligned_alloc(size_t to, size_t size) {
  FAIL_MEMORY("aligned_alloc")
  return __libc_memalign(to, size);
}
void* memalign(size_t to, size_t size) {
  FAIL_MEMORY("memalign")
  return __libc_memalign(to, size);
}
int posix_memalign(void** block, size_t to, size_t size) {
  if (fails("memory", "posix_memalign", NULL)) return ENOMEM;
  void* const found = __libc_memalign(to, size);
  if (!found) return ENOMEM;
  *block = found;
  return 0;
}

static int (*program)(int, char**, char**);
static int run_program(int argc, char** argv, char** environment) {
  const char* wish = getenv("AURIGA_FAIL");
  const char* colon = wish ? strchr(wish, ':') : NULL;
  if (colon) {
    const char* path = getenv("AURIGA_FAIL_LOG");
    if (path) log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
    fail_at = atol(colon + 1);
    void* warm_up[4];  // loads what backtrace() needs
    backtrace(warm_up, 4);
    kind = strndup(wish, (size_t)(colon - wish));
    unsetenv("LD_PRELOAD");  // what the program starts does not fail
    atomic_store(&in_main, 1);
  }
  const int status = program(argc, argv, environment);
  atomic_store(&in_main, 0);
  return status;
}

int __libc_start_main(int (*start)(int, char**, char**), int argc, char** argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void* stack_end) {
  __typeof__(&__libc_start_main) real = (__typeof__(&__libc_start_main))dlsym(RTLD_NEXT, "__libc_start_main");
  program = start;
  return real(run_program, argc, argv, init, fini, rtld_fini, stack_end);
}
