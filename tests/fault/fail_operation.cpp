// Fails one operation of a program, chosen by its number or by its call stack. Loaded with
// LD_PRELOAD by scripts/fault; glibc 2.35 or later.
//
//   FAULT_KIND    allocate, map, open, read, write, sync, close, rename or thread
//   FAULT_AT      fail the operation of this number, from 1
//   FAULT_STACK   fail the first operation with this call stack (hexadecimal, as in FAULT_SEEN)
//   FAULT_TOP     low 12 bits of its innermost address: other operations are not looked at
//   FAULT_STAYS   what has failed once fails from then on (a full disk)
//   FAULT_SEEN    file for every call stack: its hash, top, first number, count, frames
//   FAULT_REPORT  file for what has failed, and for what is held when main() returns
//
// Counted is what happens after main() has begun, in the program itself and not in its children.
// A stack is its 16 innermost frames, each the name of an object and an offset, so that the
// addresses at which objects are loaded do not matter.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <unwind.h>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace {

enum class Kind { none, allocate, map, open, read, write, sync, close, rename, thread };

constexpr std::array kKinds = {"none",  "allocate", "map",   "open",   "read",
                               "write", "sync",     "close", "rename", "thread"};
constexpr int kDepth = 16;

struct Stack {
  std::uint64_t hash;
  int size;
  std::uintptr_t frames[kDepth];
};

struct Seen {
  std::uint64_t count, first;
  Stack stack;
};

constexpr std::size_t kSeen = std::size_t{1} << 17;

Kind wanted_kind = Kind::none;
std::uint64_t wanted_at = 0, wanted_stack = 0;
std::uintptr_t wanted_top = 0;
bool stays = false;
const char* report_path = nullptr;
const char* seen_path = nullptr;
Seen* seen = nullptr;
std::atomic<bool> is_armed{false}, has_failed{false};
std::atomic<std::uint64_t> number{0};
std::atomic<std::int64_t> live_bytes{0}, live_blocks{0};
pthread_mutex_t seen_mutex = PTHREAD_MUTEX_INITIALIZER;
__attribute__((tls_model("initial-exec"))) thread_local bool is_inside = false;

template <typename F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

const char* base_name(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

const char* object_of(std::uintptr_t address, std::uintptr_t& offset) {
  dl_find_object found;
  offset = address;
  if (_dl_find_object(reinterpret_cast<void*>(address - 1), &found) != 0) return "?";
  offset = address - found.dlfo_link_map->l_addr;
  const char* name = base_name(found.dlfo_link_map->l_name);
  return *name == '\0' ? "program" : name;
}

struct Walk {
  std::uintptr_t top;
  bool has_begun;
  Stack* stack;
};

_Unwind_Reason_Code step(_Unwind_Context* context, void* data) {
  Walk& walk = *static_cast<Walk*>(data);
  const std::uintptr_t address = _Unwind_GetIP(context);
  walk.has_begun = walk.has_begun || address == walk.top;
  if (!walk.has_begun) return _URC_NO_REASON;
  walk.stack->frames[walk.stack->size++] = address;
  return walk.stack->size == kDepth ? _URC_END_OF_STACK : _URC_NO_REASON;
}

Stack stack_above(std::uintptr_t top) {
  Stack stack{.hash = 14695981039346656037u, .size = 0, .frames = {}};
  Walk walk{top, false, &stack};
  _Unwind_Backtrace(step, &walk);
  const auto add = [&](std::uint64_t value) { stack.hash = (stack.hash ^ value) * 1099511628211u; };
  for (int i = 0; i < stack.size; ++i) {
    std::uintptr_t offset = 0;
    for (const char* name = object_of(stack.frames[i], offset); *name != '\0'; ++name)
      add(static_cast<unsigned char>(*name));
    add(offset);
  }
  return stack;
}

void note(const Stack& stack, std::uint64_t n) {
  pthread_mutex_lock(&seen_mutex);
  for (std::size_t i = stack.hash % kSeen, tries = 0; tries < kSeen; i = (i + 1) % kSeen, ++tries) {
    Seen& entry = seen[i];
    if (entry.count != 0 && entry.stack.hash != stack.hash) continue;
    if (entry.count++ == 0) {
      entry.first = n;
      entry.stack = stack;
    }
    break;
  }
  pthread_mutex_unlock(&seen_mutex);
}

// Text without a stream: these functions run inside malloc.
class Lines {
 public:
  explicit Lines(const char* path)
      : file_(static_cast<int>(syscall(SYS_openat, AT_FDCWD, path,
                                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666))) {}
  ~Lines() {
    flush();
    syscall(SYS_close, file_);
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  __attribute__((format(printf, 2, 3))) void add(const char* format, ...) {
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(text_ + used_, sizeof text_ - used_, format, values);
    va_end(values);
    if (length > 0) used_ += static_cast<std::size_t>(length);
    if (used_ > sizeof text_) used_ = sizeof text_;
    if (used_ > sizeof text_ / 2) flush();
  }
  void add(const Stack& stack) {
    for (int i = 0; i < stack.size; ++i) {
      std::uintptr_t offset = 0;
      const char* name = object_of(stack.frames[i], offset);
      add(" %s+%lx", name, static_cast<unsigned long>(offset));
    }
  }

 private:
  void flush() {
    for (std::size_t at = 0; at < used_;) {
      const long written = syscall(SYS_write, file_, text_ + at, used_ - at);
      if (written <= 0) break;
      at += static_cast<std::size_t>(written);
    }
    used_ = 0;
  }

  int file_;
  std::size_t used_ = 0;
  char text_[16384];
};

void path_of(int descriptor, char (&path)[4096]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const long length = syscall(SYS_readlink, link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = '\0';
}

// Whether this operation, which was called from `top`, fails. `path` or `descriptor`: what it is
// about.
bool fails(Kind kind, void* caller, const char* call, const char* path = nullptr,
           int descriptor = -1) {
  if (kind != wanted_kind || is_inside || !is_armed.load(std::memory_order_relaxed)) return false;
  const int kept = errno;
  is_inside = true;
  const auto top = reinterpret_cast<std::uintptr_t>(caller);
  const std::uint64_t n = ++number;
  bool fail = false;
  if (seen != nullptr) note(stack_above(top), n);
  if (has_failed.load()) {
    fail = stays;
  } else {
    Stack stack{};
    fail = n == wanted_at;
    if (wanted_stack != 0 && (top & 0xfff) == wanted_top) {
      stack = stack_above(top);
      fail = stack.hash == wanted_stack;
    }
    fail = fail && !has_failed.exchange(true);
    if (fail && report_path != nullptr) {
      if (stack.size == 0) stack = stack_above(top);
      char of_descriptor[4096] = "";
      if (path == nullptr && descriptor >= 0) path_of(descriptor, of_descriptor);
      Lines lines(report_path);
      lines.add("failed %s %lu %016lx\npath %s\nstack", call, static_cast<unsigned long>(n),
                static_cast<unsigned long>(stack.hash), path != nullptr ? path : of_descriptor);
      lines.add(stack);
      lines.add("\n");
    }
  }
  is_inside = false;
  errno = kept;
  return fail;
}

void write_seen() {
  if (seen == nullptr) return;
  Lines lines(seen_path);
  lines.add("operations %lu\n", static_cast<unsigned long>(number.load()));
  for (std::size_t i = 0; i < kSeen; ++i) {
    if (seen[i].count == 0) continue;
    lines.add("%016lx %lx %lu %lu", static_cast<unsigned long>(seen[i].stack.hash),
              static_cast<unsigned long>(seen[i].stack.frames[0] & 0xfff),
              static_cast<unsigned long>(seen[i].first), static_cast<unsigned long>(seen[i].count));
    lines.add(seen[i].stack);
    lines.add("\n");
  }
}

int open_descriptors() {
  int count = 0;
  for (int descriptor = 0; descriptor < 1024; ++descriptor)
    count += syscall(SYS_fcntl, descriptor, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

using Main = int (*)(int, char**, char**);
Main real_main = nullptr;

int counted_main(int count, char** words, char** environment) {
  const auto number_in = [](const char* name, int base) -> std::uint64_t {
    const char* text = std::getenv(name);
    return text == nullptr ? 0 : std::strtoull(text, nullptr, base);
  };
  const char* kind = std::getenv("FAULT_KIND");
  for (std::size_t i = 0; kind != nullptr && i < kKinds.size(); ++i)
    if (std::strcmp(kind, kKinds[i]) == 0) wanted_kind = static_cast<Kind>(i);
  wanted_at = number_in("FAULT_AT", 10);
  wanted_stack = number_in("FAULT_STACK", 16);
  wanted_top = number_in("FAULT_TOP", 16);
  stays = std::getenv("FAULT_STAYS") != nullptr;
  report_path = std::getenv("FAULT_REPORT");
  seen_path = std::getenv("FAULT_SEEN");
  if (seen_path != nullptr) {
    void* room = mmap(nullptr, kSeen * sizeof(Seen), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) _exit(125);
    seen = static_cast<Seen*>(room);
  }
  unsetenv("LD_PRELOAD");
  is_inside = true;
  stack_above(reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)));
  is_inside = false;
  is_armed = true;
  const int code = real_main(count, words, environment);
  is_armed = false;
  if (report_path != nullptr) {
    Lines lines(report_path);
    lines.add("operations %lu\nheld %ld bytes %ld blocks %d descriptors\n",
              static_cast<unsigned long>(number.load()), static_cast<long>(live_bytes.load()),
              static_cast<long>(live_blocks.load()), open_descriptors());
  }
  write_seen();
  return code;
}

void* held(void* block) {
  if (block != nullptr) {
    live_bytes.fetch_add(static_cast<std::int64_t>(malloc_usable_size(block)),
                         std::memory_order_relaxed);
    live_blocks.fetch_add(1, std::memory_order_relaxed);
  }
  return block;
}

void let_go(void* block) {
  if (block == nullptr) return;
  live_bytes.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(block)),
                       std::memory_order_relaxed);
  live_blocks.fetch_sub(1, std::memory_order_relaxed);
}

void* no_memory() {
  errno = ENOMEM;
  return nullptr;
}

int lost(int error) {
  errno = error;
  return -1;
}

}  // namespace

#define CALLER __builtin_return_address(0)

extern "C" {

int __libc_start_main(Main main, int count, char** words, void (*init)(), void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
  real_main = main;
  return next<int(Main, int, char**, void (*)(), void (*)(), void (*)(), void*)>(
      "__libc_start_main")(counted_main, count, words, init, fini, rtld_fini, stack_end);
}

void* malloc(std::size_t size) {
  if (fails(Kind::allocate, CALLER, "malloc")) return no_memory();
  return held(__libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) {
  if (fails(Kind::allocate, CALLER, "calloc")) return no_memory();
  return held(__libc_calloc(count, size));
}

void* realloc(void* block, std::size_t size) {
  if (fails(Kind::allocate, CALLER, "realloc")) return no_memory();
  const auto before = block == nullptr ? 0 : static_cast<std::int64_t>(malloc_usable_size(block));
  void* moved = __libc_realloc(block, size);
  if (moved == nullptr && size != 0) return nullptr;
  live_bytes.fetch_sub(before, std::memory_order_relaxed);
  if (block != nullptr) live_blocks.fetch_sub(1, std::memory_order_relaxed);
  return held(moved);
}

void* memalign(std::size_t alignment, std::size_t size) {
  if (fails(Kind::allocate, CALLER, "memalign")) return no_memory();
  return held(__libc_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (fails(Kind::allocate, CALLER, "aligned_alloc")) return no_memory();
  return held(__libc_memalign(alignment, size));
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  if (fails(Kind::allocate, CALLER, "posix_memalign")) return ENOMEM;
  *block = held(__libc_memalign(alignment, size));
  return *block == nullptr ? ENOMEM : 0;
}

void free(void* block) {
  let_go(block);
  __libc_free(block);
}

void* mmap(void* address, std::size_t size, int protection, int flags, int file, off_t offset) {
  if (fails(Kind::map, CALLER, "mmap", nullptr, file)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
}

void* mmap64(void* address, std::size_t size, int protection, int flags, int file, off_t offset) {
  if (fails(Kind::map, CALLER, "mmap", nullptr, file)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
}

#define OPENS(NAME)                                                                          \
  int NAME(const char* path, int flags, ...) {                                               \
    va_list values;                                                                          \
    va_start(values, flags);                                                                 \
    const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(values, mode_t) : 0; \
    va_end(values);                                                                          \
    if (fails(Kind::open, CALLER, "open", path)) return lost(EMFILE);                        \
    static const auto real = next<int(const char*, int, ...)>(#NAME);                        \
    return real(path, flags, mode);                                                          \
  }
OPENS(open)
OPENS(open64)

#define OPENS_AT(NAME)                                                                       \
  int NAME(int folder, const char* path, int flags, ...) {                                   \
    va_list values;                                                                          \
    va_start(values, flags);                                                                 \
    const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(values, mode_t) : 0; \
    va_end(values);                                                                          \
    if (fails(Kind::open, CALLER, "openat", path)) return lost(EMFILE);                      \
    static const auto real = next<int(int, const char*, int, ...)>(#NAME);                   \
    return real(folder, path, flags, mode);                                                  \
  }
OPENS_AT(openat)
OPENS_AT(openat64)

#define OPENS_STREAM(NAME)                                                 \
  FILE* NAME(const char* path, const char* mode) {                         \
    if (fails(Kind::open, CALLER, "fopen", path)) {                        \
      errno = EMFILE;                                                      \
      return nullptr;                                                      \
    }                                                                      \
    static const auto real = next<FILE*(const char*, const char*)>(#NAME); \
    return real(path, mode);                                               \
  }
OPENS_STREAM(fopen)
OPENS_STREAM(fopen64)

DIR* opendir(const char* path) {
  if (fails(Kind::open, CALLER, "opendir", path)) {
    errno = EMFILE;
    return nullptr;
  }
  static const auto real = next<DIR*(const char*)>("opendir");
  return real(path);
}

DIR* fdopendir(int file) {
  if (fails(Kind::open, CALLER, "fdopendir", nullptr, file)) {
    errno = ENOMEM;
    return nullptr;
  }
  static const auto real = next<DIR*(int)>("fdopendir");
  return real(file);
}

ssize_t read(int file, void* bytes, std::size_t size) {
  if (fails(Kind::read, CALLER, "read", nullptr, file)) return lost(EIO);
  static const auto real = next<ssize_t(int, void*, std::size_t)>("read");
  return real(file, bytes, size);
}

ssize_t pread(int file, void* bytes, std::size_t size, off_t offset) {
  if (fails(Kind::read, CALLER, "pread", nullptr, file)) return lost(EIO);
  static const auto real = next<ssize_t(int, void*, std::size_t, off_t)>("pread");
  return real(file, bytes, size, offset);
}

ssize_t pread64(int file, void* bytes, std::size_t size, off_t offset) {
  if (fails(Kind::read, CALLER, "pread", nullptr, file)) return lost(EIO);
  static const auto real = next<ssize_t(int, void*, std::size_t, off_t)>("pread64");
  return real(file, bytes, size, offset);
}

ssize_t readv(int file, const iovec* parts, int count) {
  if (fails(Kind::read, CALLER, "readv", nullptr, file)) return lost(EIO);
  static const auto real = next<ssize_t(int, const iovec*, int)>("readv");
  return real(file, parts, count);
}

ssize_t write(int file, const void* bytes, std::size_t size) {
  if (file != STDERR_FILENO && fails(Kind::write, CALLER, "write", nullptr, file))
    return lost(ENOSPC);
  static const auto real = next<ssize_t(int, const void*, std::size_t)>("write");
  return real(file, bytes, size);
}

ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t offset) {
  if (fails(Kind::write, CALLER, "pwrite", nullptr, file)) return lost(ENOSPC);
  static const auto real = next<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  return real(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void* bytes, std::size_t size, off_t offset) {
  if (fails(Kind::write, CALLER, "pwrite", nullptr, file)) return lost(ENOSPC);
  static const auto real = next<ssize_t(int, const void*, std::size_t, off_t)>("pwrite64");
  return real(file, bytes, size, offset);
}

ssize_t writev(int file, const iovec* parts, int count) {
  if (file != STDERR_FILENO && fails(Kind::write, CALLER, "writev", nullptr, file))
    return lost(ENOSPC);
  static const auto real = next<ssize_t(int, const iovec*, int)>("writev");
  return real(file, parts, count);
}

// Streams of C write and read inside libc, where write() is not interposed.
std::size_t fwrite(const void* bytes, std::size_t size, std::size_t count, FILE* stream) {
  static const auto real =
      next<std::size_t(const void*, std::size_t, std::size_t, FILE*)>("fwrite");
  if (stream != stderr && fails(Kind::write, CALLER, "fwrite", nullptr, fileno(stream))) {
    stream->_flags |= 0x20;  // ferror()
    errno = ENOSPC;
    return 0;
  }
  return real(bytes, size, count, stream);
}

int fflush(FILE* stream) {
  static const auto real = next<int(FILE*)>("fflush");
  if (stream != nullptr && stream != stderr &&
      fails(Kind::write, CALLER, "fflush", nullptr, fileno(stream))) {
    stream->_flags |= 0x20;
    errno = ENOSPC;
    return EOF;
  }
  return real(stream);
}

std::size_t fread(void* bytes, std::size_t size, std::size_t count, FILE* stream) {
  static const auto real = next<std::size_t(void*, std::size_t, std::size_t, FILE*)>("fread");
  if (fails(Kind::read, CALLER, "fread", nullptr, fileno(stream))) {
    stream->_flags |= 0x20;
    errno = EIO;
    return 0;
  }
  return real(bytes, size, count, stream);
}

int fsync(int file) {
  if (fails(Kind::sync, CALLER, "fsync", nullptr, file)) return lost(EIO);
  static const auto real = next<int(int)>("fsync");
  return real(file);
}

int fdatasync(int file) {
  if (fails(Kind::sync, CALLER, "fdatasync", nullptr, file)) return lost(EIO);
  static const auto real = next<int(int)>("fdatasync");
  return real(file);
}

int ftruncate(int file, off_t size) {
  if (fails(Kind::write, CALLER, "ftruncate", nullptr, file)) return lost(ENOSPC);
  static const auto real = next<int(int, off_t)>("ftruncate");
  return real(file, size);
}

// The descriptor is closed whatever close() says.
int close(int file) {
  const bool fail = fails(Kind::close, CALLER, "close", nullptr, file);
  static const auto real = next<int(int)>("close");
  const int closed = real(file);
  return fail ? lost(EIO) : closed;
}

int fclose(FILE* stream) {
  const bool fail = fails(Kind::close, CALLER, "fclose", nullptr, fileno(stream));
  static const auto real = next<int(FILE*)>("fclose");
  const int closed = real(stream);
  return fail ? lost(EIO) : closed;
}

int rename(const char* from, const char* to) {
  if (fails(Kind::rename, CALLER, "rename", to)) return lost(EIO);
  static const auto real = next<int(const char*, const char*)>("rename");
  return real(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) {
  if (fails(Kind::rename, CALLER, "renameat2", to)) return lost(EIO);
  static const auto real = next<int(int, const char*, int, const char*, unsigned int)>("renameat2");
  return real(from_folder, from, to_folder, to, flags);
}

int link(const char* from, const char* to) {
  if (fails(Kind::rename, CALLER, "link", to)) return lost(EIO);
  static const auto real = next<int(const char*, const char*)>("link");
  return real(from, to);
}

int mkdir(const char* path, mode_t mode) {
  if (fails(Kind::rename, CALLER, "mkdir", path)) return lost(EIO);
  static const auto real = next<int(const char*, mode_t)>("mkdir");
  return real(path, mode);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                   void* argument) {
  if (fails(Kind::thread, CALLER, "pthread_create")) return EAGAIN;
  static const auto real =
      next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  return real(thread, attributes, run, argument);
}

}  // extern "C"

#define NEW(SIGNATURE, ALLOCATED)                                              \
  void* operator SIGNATURE {                                                   \
    if (fails(Kind::allocate, CALLER, "operator new")) throw std::bad_alloc(); \
    void* block = held(ALLOCATED);                                             \
    if (block == nullptr) throw std::bad_alloc();                              \
    return block;                                                              \
  }
#define NEW_OR_NULL(SIGNATURE, ALLOCATED)                              \
  void* operator SIGNATURE noexcept {                                  \
    if (fails(Kind::allocate, CALLER, "operator new")) return nullptr; \
    return held(ALLOCATED);                                            \
  }

NEW(new (std::size_t size), __libc_malloc(size))
NEW(new[](std::size_t size), __libc_malloc(size))
NEW(new (std::size_t size, std::align_val_t alignment),
    __libc_memalign(static_cast<std::size_t>(alignment), size))
NEW(new[](std::size_t size, std::align_val_t alignment),
    __libc_memalign(static_cast<std::size_t>(alignment), size))
NEW_OR_NULL(new (std::size_t size, const std::nothrow_t&), __libc_malloc(size))
NEW_OR_NULL(new[](std::size_t size, const std::nothrow_t&), __libc_malloc(size))
NEW_OR_NULL(new (std::size_t size, std::align_val_t alignment, const std::nothrow_t&),
            __libc_memalign(static_cast<std::size_t>(alignment), size))
NEW_OR_NULL(new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&),
            __libc_memalign(static_cast<std::size_t>(alignment), size))
