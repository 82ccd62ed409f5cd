/* The C interface as a C program sees it: its order of calls, mistakes, callbacks, threads, fork.
 *   interface MODELS VIDEO FOLDER      exit code 77: no models
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "auriga/c/auriga.h"

static int failures = 0;
static const char *models, *video, *folder;

static void check(int good, const char* what, int line) {
  if (good) return;
  const char* message = NULL;
  const auriga_status status = auriga_last_error(&message);
  printf("%s:%d: %s; last error %d: %s\n", __FILE__, line, what, (int)status, message);
  ++failures;
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

/* `call` fails with this status and a message that has `words`, and names its function. */
static void check_fails(auriga_status found, auriga_status expected, const char* words,
                        const char* what, int line) {
  const char* message = NULL;
  const auriga_status last = auriga_last_error(&message);
  const size_t name = strcspn(what, "(");
  const int good = found == expected && last == expected && strstr(message, words) != NULL &&
                   strncmp(message, what, name) == 0 && message[name] == ':';
  if (!good) printf("  returned %d, expected %d and '%s'\n", (int)found, (int)expected, words);
  check(good, what, line);
}
#define FAILS(call, status, words) check_fails(call, status, words, #call, __LINE__)

static void wait_1ms(void) {
  const struct timespec some = {.tv_nsec = 1000000};
  nanosleep(&some, NULL);
}

static char* path_of(const char* name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static auriga_engine* load(void) {
  auriga_engine_options options = {.struct_size = sizeof options};
  auriga_engine* engine = NULL;
  options.models = models;
  CHECK(auriga_engine_load(&options, &engine) == AURIGA_OK);
  return engine;
}

static auriga_session* open_session(const auriga_engine* engine) {
  auriga_session* session = NULL;
  CHECK(auriga_session_new(engine, NULL, &session) == AURIGA_OK);
  return session;
}

static uint8_t grey[64 * 48 * 3];

static auriga_frame small_frame(double timestamp_s) {
  auriga_frame frame = {.struct_size = sizeof frame};
  frame.bgr = grey;
  frame.width = 64;
  frame.height = 48;
  frame.stride = 64 * 3;
  frame.timestamp_s = timestamp_s;
  return frame;
}

static void test_nothing_has_failed_yet(void) {
  const char* message = NULL;
  CHECK(auriga_last_error(&message) == AURIGA_OK && message != NULL && *message == '\0');
  CHECK(auriga_last_error(NULL) == AURIGA_OK);
  CHECK(strchr(auriga_version(), '.') != NULL);
}

static void test_null(auriga_engine* engine) {
  auriga_session* session = open_session(engine);
  auriga_control* control = NULL;
  auriga_engine* none = NULL;
  auriga_session* no_session = NULL;
  auriga_engine_options options = {.struct_size = sizeof options};
  auriga_setup setup = {.struct_size = sizeof setup};
  auriga_frame frame = small_frame(0);
  auriga_row row = {.struct_size = sizeof row};
  int32_t few = 0, more = 0;
  int64_t many = 0;
  double share = 0;
  const char* name = NULL;
  CHECK(auriga_control_new(&control) == AURIGA_OK);

  FAILS(auriga_engine_load(NULL, &none), AURIGA_USAGE, "options is NULL");
  FAILS(auriga_engine_load(&options, NULL), AURIGA_USAGE, "engine is NULL");
  FAILS(auriga_engine_load(&options, &none), AURIGA_USAGE, "options.models is NULL");
  FAILS(auriga_engine_setup(NULL, &setup), AURIGA_USAGE, "engine is NULL");
  FAILS(auriga_engine_setup(engine, NULL), AURIGA_USAGE, "setup is NULL");
  FAILS(auriga_session_new(NULL, NULL, &no_session), AURIGA_USAGE, "engine is NULL");
  FAILS(auriga_session_new(engine, NULL, NULL), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_unit_count(NULL, &few, &more), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_unit_count(session, NULL, &more), AURIGA_USAGE, "intensities is NULL");
  FAILS(auriga_session_unit_count(session, &few, NULL), AURIGA_USAGE, "presences is NULL");
  FAILS(auriga_session_intensity_name(NULL, 0, &name), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_intensity_name(session, 0, NULL), AURIGA_USAGE, "name is NULL");
  FAILS(auriga_session_presence_name(NULL, 0, &name), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_presence_name(session, 0, NULL), AURIGA_USAGE, "name is NULL");
  FAILS(auriga_session_push(NULL, &frame, &few), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_push(session, NULL, &few), AURIGA_USAGE, "frame is NULL");
  FAILS(auriga_session_push(session, &frame, NULL), AURIGA_USAGE, "rows is NULL");
  FAILS(auriga_session_row(NULL, 0, &row), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_finish(NULL, &many), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_finish(session, NULL), AURIGA_USAGE, "rows is NULL");
  FAILS(auriga_session_final_units(NULL, 0, 0, NULL, 0, NULL, 0), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_save_calibration(NULL, 0, "x"), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_session_save_calibration(session, 0, NULL), AURIGA_USAGE, "file is NULL");
  FAILS(auriga_control_new(NULL), AURIGA_USAGE, "control is NULL");
  FAILS(auriga_control_cancel(NULL), AURIGA_USAGE, "control is NULL");
  FAILS(auriga_control_progress(NULL, &many, &share), AURIGA_USAGE, "control is NULL");
  FAILS(auriga_control_progress(control, NULL, &share), AURIGA_USAGE, "frames is NULL");
  FAILS(auriga_control_progress(control, &many, NULL), AURIGA_USAGE, "share is NULL");
  FAILS(auriga_run(NULL, video, NULL, NULL), AURIGA_USAGE, "session is NULL");
  FAILS(auriga_run(session, NULL, NULL, NULL), AURIGA_USAGE, "input is NULL");
  FAILS(auriga_extract(NULL, video, "x"), AURIGA_USAGE, "engine is NULL");
  FAILS(auriga_extract(engine, NULL, "x"), AURIGA_USAGE, "input is NULL");
  FAILS(auriga_extract(engine, video, NULL), AURIGA_USAGE, "table is NULL");
  CHECK(auriga_engine_free(NULL) == AURIGA_OK);
  CHECK(auriga_session_free(NULL) == AURIGA_OK);
  CHECK(auriga_control_free(NULL) == AURIGA_OK);

  /* None of it has touched the session. */
  CHECK(auriga_session_push(session, &frame, &few) == AURIGA_OK && few == 1);
  CHECK(auriga_session_free(session) == AURIGA_OK);
  CHECK(auriga_control_free(control) == AURIGA_OK);
}

/* As a program has it that was compiled with a later header. */
struct later_frame {
  auriga_frame known;
  int64_t more;
};
struct later_row {
  auriga_row known;
  double more;
};

static void test_sizes_of_structures(auriga_engine* engine) {
  auriga_session *session = open_session(engine), *none = NULL;
  auriga_engine* no_engine = NULL;
  struct later_frame frame = {.more = 0};
  struct later_row row = {.more = 1};
  int32_t rows = 0;
  const uint64_t bad[] = {0, 8, sizeof(auriga_frame) - 8, 1u << 20, UINT64_MAX};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    auriga_engine_options options = {.struct_size = bad[i]};
    auriga_setup setup = {.struct_size = bad[i]};
    auriga_session_options session_options = {.struct_size = bad[i]};
    auriga_run_options run_options = {.struct_size = bad[i]};
    auriga_report report = {.struct_size = bad[i]};
    frame.known = small_frame(0);
    frame.known.struct_size = bad[i];
    FAILS(auriga_engine_load(&options, &no_engine), AURIGA_USAGE, "options.struct_size is");
    FAILS(auriga_engine_setup(engine, &setup), AURIGA_USAGE, "setup.struct_size is");
    FAILS(auriga_session_new(engine, &session_options, &none), AURIGA_USAGE, "struct_size is");
    FAILS(auriga_session_push(session, &frame.known, &rows), AURIGA_USAGE, "frame.struct_size is");
    FAILS(auriga_run(session, video, &run_options, NULL), AURIGA_USAGE, "options.struct_size is");
    FAILS(auriga_run(session, video, NULL, &report), AURIGA_USAGE, "report.struct_size is");
  }

  frame.known = small_frame(0);
  frame.known.struct_size = sizeof frame;
  frame.more = 1;
  FAILS(auriga_session_push(session, &frame.known, &rows), AURIGA_USAGE, "does not have");
  frame.more = 0;
  frame.known.reserved = 1;
  FAILS(auriga_session_push(session, &frame.known, &rows), AURIGA_USAGE, "frame.reserved is not 0");
  frame.known.reserved = 0;
  CHECK(auriga_session_push(session, &frame.known, &rows) == AURIGA_OK && rows == 1);
  row.known.struct_size = sizeof(auriga_row) - 8;
  FAILS(auriga_session_row(session, 0, &row.known), AURIGA_USAGE, "row.struct_size is");
  row.known.struct_size = sizeof row;
  CHECK(auriga_session_row(session, 0, &row.known) == AURIGA_OK);
  CHECK(row.more == 0 && row.known.struct_size == sizeof row);
  row.more = 1;
  row.known.struct_size = sizeof(auriga_row);
  CHECK(auriga_session_row(session, 0, &row.known) == AURIGA_OK && row.more == 1);
  CHECK(auriga_session_free(session) == AURIGA_OK);
}

static void test_options(auriga_engine* engine) {
  auriga_engine_options options = {.struct_size = sizeof options};
  auriga_session_options session_options = {.struct_size = sizeof session_options};
  auriga_engine* none = NULL;
  auriga_session* session = NULL;
  options.models = models;
  options.preset = "nobody";
  FAILS(auriga_engine_load(&options, &none), AURIGA_USAGE, "nobody");
  options.preset = "open";
  options.models = "/nonexistent";
  FAILS(auriga_engine_load(&options, &none), AURIGA_MODEL, "");
  CHECK(none == NULL);

  session_options.faces = 17;
  FAILS(auriga_session_new(engine, &session_options, &session), AURIGA_USAGE,
        "options.faces is 17");
  session_options.faces = -1;
  FAILS(auriga_session_new(engine, &session_options, &session), AURIGA_USAGE,
        "options.faces is -1");
  session_options.faces = 0;
  session_options.split_people = 2;
  FAILS(auriga_session_new(engine, &session_options, &session), AURIGA_USAGE, "split_people is 2");
  session_options.split_people = 0;
  session_options.redetect_every = -1;
  FAILS(auriga_session_new(engine, &session_options, &session), AURIGA_USAGE, "redetect_every");
  session_options.redetect_every = 0;
  session_options.focal_px[0] = 500;
  FAILS(auriga_session_new(engine, &session_options, &session), AURIGA_USAGE, "options.focal_px");
  session_options.focal_px[0] = 0;
  session_options.calibrations = "/nonexistent.json";
  FAILS(auriga_session_new(engine, &session_options, &session), AURIGA_INPUT, "/nonexistent.json");
  CHECK(session == NULL);
}

static void test_frames(auriga_engine* engine) {
  auriga_session* session = open_session(engine);
  auriga_frame frame = small_frame(1);
  auriga_row row = {.struct_size = sizeof row};
  int32_t rows = 7;
  const int32_t bad_sides[] = {0, -1, 32768, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < sizeof bad_sides / sizeof *bad_sides; ++i) {
    frame.width = bad_sides[i];
    FAILS(auriga_session_push(session, &frame, &rows), AURIGA_INPUT, "px, expected 1 to 32767");
    frame.width = 64;
    frame.height = bad_sides[i];
    FAILS(auriga_session_push(session, &frame, &rows), AURIGA_INPUT, "px, expected 1 to 32767");
    frame.height = 48;
  }
  CHECK(rows == 0);
  const int64_t bad_strides[] = {0, -192, 191, INT64_MIN};
  for (size_t i = 0; i < sizeof bad_strides / sizeof *bad_strides; ++i) {
    frame.stride = bad_strides[i];
    FAILS(auriga_session_push(session, &frame, &rows), AURIGA_INPUT, "expected 3 * width, 192");
  }
  frame.stride = 192;
  frame.bgr = NULL;
  FAILS(auriga_session_push(session, &frame, &rows), AURIGA_USAGE, "frame.bgr is NULL");
  frame.bgr = grey;
  FAILS(auriga_session_row(session, 0, &row), AURIGA_USAGE, "has 0 rows");

  CHECK(auriga_session_push(session, &frame, &rows) == AURIGA_OK && rows == 1);
  CHECK(auriga_session_row(session, 0, &row) == AURIGA_OK);
  CHECK(row.frame == 0 && row.success == 0 && row.timestamp_s == 1 && row.intensities == NULL);
  FAILS(auriga_session_row(session, 0, NULL), AURIGA_USAGE, "row is NULL");
  FAILS(auriga_session_row(session, 1, &row), AURIGA_USAGE, "has 1 rows");
  FAILS(auriga_session_row(session, -1, &row), AURIGA_USAGE, "has 1 rows");
  frame.timestamp_s = 0.5;
  FAILS(auriga_session_push(session, &frame, &rows), AURIGA_INPUT, "timestamp_s");
  frame.timestamp_s = 0.0 / (double)(grey[0] - grey[1]);
  FAILS(auriga_session_push(session, &frame, &rows), AURIGA_INPUT, "timestamp_s");

  /* The stream goes on, at the same time, in another size, or without a picture. */
  frame.timestamp_s = 1;
  CHECK(auriga_session_push(session, &frame, &rows) == AURIGA_OK);
  frame.width = 20;
  frame.height = 1;
  CHECK(auriga_session_push(session, &frame, &rows) == AURIGA_OK);
  frame.missing = 1;
  CHECK(auriga_session_push(session, &frame, &rows) == AURIGA_OK && rows == 1);
  CHECK(auriga_session_row(session, 0, &row) == AURIGA_OK && row.frame == 3);
  FAILS(auriga_session_save_calibration(session, 0, path_of("nobody.json")), AURIGA_USAGE, "");
  FAILS(auriga_run(session, video, NULL, NULL), AURIGA_USAGE, "seen frames already");
  CHECK(auriga_session_free(session) == AURIGA_OK);
}

static void test_end_of_stream(auriga_engine* engine) {
  auriga_session* session = open_session(engine);
  auriga_frame frame = small_frame(0);
  auriga_row row = {.struct_size = sizeof row};
  int32_t rows = 0, told = 0, shown = 0;
  int64_t all = 0;
  const char* name = NULL;
  double *intensities, *presences;
  CHECK(auriga_session_unit_count(session, &told, &shown) == AURIGA_OK && told > 5 && shown > 5);
  CHECK(auriga_session_intensity_name(session, told - 1, &name) == AURIGA_OK);
  CHECK(name != NULL && strncmp(name, "AU", 2) == 0);
  FAILS(auriga_session_intensity_name(session, told, &name), AURIGA_USAGE, "there are");
  CHECK(name == NULL);
  FAILS(auriga_session_presence_name(session, -1, &name), AURIGA_USAGE, "there are");
  FAILS(auriga_session_final_units(session, 0, 0, NULL, 0, NULL, 0), AURIGA_USAGE, "goes on");
  for (int i = 0; i < 3; ++i) {
    frame.timestamp_s = i / 30.0;
    CHECK(auriga_session_push(session, &frame, &rows) == AURIGA_OK);
  }
  CHECK(auriga_session_finish(session, &all) == AURIGA_OK && all == 3);
  all = 0;
  CHECK(auriga_session_finish(session, &all) == AURIGA_OK && all == 3);
  FAILS(auriga_session_push(session, &frame, &rows), AURIGA_USAGE, "the session has ended");
  FAILS(auriga_session_row(session, 0, &row), AURIGA_USAGE, "has 0 rows");

  intensities = calloc((size_t)(3 * told), sizeof *intensities);
  presences = calloc((size_t)(3 * shown), sizeof *presences);
  CHECK(auriga_session_final_units(session, 0, 3, intensities, 3 * told, presences, 3 * shown) ==
        AURIGA_OK);
  CHECK(auriga_session_final_units(session, 2, 1, intensities, told, NULL, 0) == AURIGA_OK);
  CHECK(auriga_session_final_units(session, 3, 0, NULL, 0, presences, 0) == AURIGA_OK);
  FAILS(auriga_session_final_units(session, 0, 3, intensities, 3 * told - 1, NULL, 0), AURIGA_USAGE,
        "intensities with room for");
  FAILS(auriga_session_final_units(session, 0, 3, NULL, 3 * told, NULL, 0), AURIGA_USAGE,
        "intensities is NULL with room for");
  FAILS(auriga_session_final_units(session, 0, 1, NULL, 0, presences, -1), AURIGA_USAGE,
        "presences with room for -1");
  FAILS(auriga_session_final_units(session, 1, 3, NULL, 0, NULL, 0), AURIGA_USAGE, "there are 3");
  FAILS(auriga_session_final_units(session, -1, 1, NULL, 0, NULL, 0), AURIGA_USAGE, "there are 3");
  FAILS(auriga_session_final_units(session, 1, INT64_MAX, NULL, 0, NULL, 0), AURIGA_USAGE,
        "there are 3");
  FAILS(auriga_session_final_units(session, INT64_MAX, 1, NULL, 0, NULL, 0), AURIGA_USAGE,
        "there are 3");
  free(intensities);
  free(presences);
  CHECK(auriga_session_free(session) == AURIGA_OK);
}

static void test_engine_may_go_before_its_sessions(void) {
  auriga_engine* engine = load();
  auriga_session* session = open_session(engine);
  auriga_frame frame = small_frame(0);
  int32_t rows = 0;
  CHECK(auriga_engine_free(engine) == AURIGA_OK);
  CHECK(auriga_session_push(session, &frame, &rows) == AURIGA_OK && rows == 1);
  CHECK(auriga_session_free(session) == AURIGA_OK);
}

static int exists(const char* path) { return access(path, F_OK) == 0; }

static void test_files(auriga_engine* engine) {
  auriga_session* session = open_session(engine);
  auriga_run_options options = {.struct_size = sizeof options};
  auriga_report report = {.struct_size = sizeof report};
  int64_t rows = 0;
  char own[4096], copy[4200];
  FAILS(auriga_run(session, "/nonexistent.mp4", NULL, NULL), AURIGA_INPUT, "/nonexistent.mp4");
  options.workers = 257;
  FAILS(auriga_run(session, video, &options, NULL), AURIGA_USAGE, "options.workers is 257");
  options.workers = 0;
  options.rotate_deg = 45;
  FAILS(auriga_run(session, video, &options, NULL), AURIGA_USAGE, "45");
  options.rotate_deg = 0;
  options.most_frames = -1;
  FAILS(auriga_run(session, video, &options, NULL), AURIGA_USAGE, "most_frames");
  CHECK(auriga_session_free(session) == AURIGA_OK);

  /* Nothing replaces its input. */
  session = open_session(engine);
  options.most_frames = 3;
  snprintf(own, sizeof own, "%s", path_of("clip.mp4"));
  snprintf(copy, sizeof copy, "cp '%s' '%s' && ln -sf clip.mp4 '%s/link.csv'", video, own, folder);
  CHECK(system(copy) == 0);
  options.table = own;
  FAILS(auriga_run(session, own, &options, NULL), AURIGA_USAGE, "is the input");
  options.table = path_of("link.csv");
  FAILS(auriga_run(session, own, &options, NULL), AURIGA_USAGE, "is the input");
  options.table = "";
  FAILS(auriga_run(session, own, &options, NULL), AURIGA_USAGE, "empty");
  options.table = path_of("a.csv");
  options.mesh = options.table;
  FAILS(auriga_run(session, own, &options, NULL), AURIGA_USAGE, "two results");
  options.mesh = NULL;
  options.table = "/nonexistent/a.csv";
  FAILS(auriga_run(session, own, &options, NULL), AURIGA_OUTPUT, "/nonexistent/a.csv");
  CHECK(auriga_session_free(session) == AURIGA_OK);

  session = open_session(engine);
  options.table = path_of("a.csv");
  CHECK(auriga_run(session, own, &options, &report) == AURIGA_OK);
  CHECK(report.frames == 3 && report.rows == 3 && report.faces == 3 && report.people == 1);
  CHECK(report.complete == 1 && *report.partial_reason == '\0' && report.warnings != NULL);
  CHECK(exists(path_of("a.csv")));
  CHECK(auriga_session_finish(session, &rows) == AURIGA_OK && rows == 3);
  FAILS(auriga_run(session, own, &options, NULL), AURIGA_USAGE, "seen frames already");
  CHECK(auriga_session_free(session) == AURIGA_OK);
  FAILS(auriga_extract(engine, own, own), AURIGA_USAGE, "is the input");
}

struct cancelling {
  auriga_control* control;
  int rows, frames, progress;
  int end_at_row;
};

static int32_t on_row(void* data, const auriga_row* row) {
  struct cancelling* all = data;
  (void)row;
  return ++all->rows == all->end_at_row;
}

static int32_t on_frame(void* data, const auriga_frame* frame) {
  struct cancelling* all = data;
  if (frame->bgr == NULL && frame->stride == 0) ++all->frames;
  return 0;
}

static int32_t on_progress(void* data, int64_t frames, int64_t expected) {
  struct cancelling* all = data;
  (void)expected;
  ++all->progress;
  if (all->control != NULL && frames == 5) auriga_control_cancel(all->control);
  return 0;
}

static void test_cancel(auriga_engine* engine, int by_control) {
  auriga_session* session = open_session(engine);
  auriga_run_options options = {.struct_size = sizeof options};
  auriga_report report = {.struct_size = sizeof report};
  struct cancelling all = {NULL, 0, 0, 0, by_control ? -1 : 5};
  int64_t frames = 0;
  double share = 0;
  if (by_control) CHECK(auriga_control_new(&all.control) == AURIGA_OK);
  options.table = path_of(by_control ? "control.csv" : "callback.csv");
  options.on_row = on_row;
  options.on_frame = on_frame;
  options.on_progress = on_progress;
  options.data = &all;
  options.control = all.control;
  FAILS(auriga_run(session, video, &options, &report), AURIGA_CANCELLED, "cancelled after");
  CHECK(report.complete == 0 && report.frames >= 5 && report.frames < 90);
  CHECK(exists(options.table));
  CHECK(by_control ? all.rows == report.rows : all.rows == 5);
  CHECK(by_control ? all.progress == all.frames : all.progress == 4 && all.frames == 4);
  if (by_control) {
    CHECK(auriga_control_progress(all.control, &frames, &share) == AURIGA_OK);
    CHECK(frames == report.frames && share > 0 && share < 1);
  }
  CHECK(auriga_session_free(session) == AURIGA_OK);
  if (by_control) {
    session = open_session(engine);
    FAILS(auriga_run(session, video, &options, &report), AURIGA_CANCELLED, "cancelled after 0");
    CHECK(auriga_session_free(session) == AURIGA_OK);
  }
  CHECK(auriga_control_free(all.control) == AURIGA_OK);
}

struct meeting {
  auriga_session* session;
  atomic_int running, done;
};

static int32_t wait_for_the_other(void* data, int64_t frames, int64_t expected) {
  struct meeting* both = data;
  (void)expected;
  (void)frames;
  atomic_store(&both->running, 1);
  while (!atomic_load(&both->done)) wait_1ms();
  return 0;
}

static void* run_in_a_thread(void* data) {
  struct meeting* both = data;
  auriga_run_options options = {.struct_size = sizeof options};
  options.most_frames = 2;
  options.on_progress = wait_for_the_other;
  options.data = both;
  CHECK(auriga_run(both->session, video, &options, NULL) == AURIGA_OK);
  return NULL;
}

static void test_two_threads_at_once(auriga_engine* engine) {
  struct meeting both = {open_session(engine), 0, 0};
  pthread_t other;
  auriga_frame frame = small_frame(0);
  int32_t rows = 0, told = 0, shown = 0;
  int64_t all = 0;
  CHECK(pthread_create(&other, NULL, run_in_a_thread, &both) == 0);
  while (!atomic_load(&both.running)) wait_1ms();
  FAILS(auriga_session_push(both.session, &frame, &rows), AURIGA_BUSY, "in use");
  FAILS(auriga_session_finish(both.session, &all), AURIGA_BUSY, "in use");
  FAILS(auriga_session_save_calibration(both.session, 0, "x"), AURIGA_BUSY, "in use");
  FAILS(auriga_run(both.session, video, NULL, NULL), AURIGA_BUSY, "in use");
  FAILS(auriga_session_free(both.session), AURIGA_BUSY, "not freed");
  CHECK(auriga_session_unit_count(both.session, &told, &shown) == AURIGA_OK);
  atomic_store(&both.done, 1);
  CHECK(pthread_join(other, NULL) == 0);
  CHECK(auriga_session_finish(both.session, &all) == AURIGA_OK && all == 2);
  CHECK(auriga_session_free(both.session) == AURIGA_OK);
}

static void* fail_in_a_thread(void* data) {
  const char* message = NULL;
  (void)data;
  CHECK(auriga_last_error(&message) == AURIGA_OK && *message == '\0');
  FAILS(auriga_control_new(NULL), AURIGA_USAGE, "control is NULL");
  return NULL;
}

static void test_each_thread_has_its_error(void) {
  pthread_t other;
  FAILS(auriga_run(NULL, video, NULL, NULL), AURIGA_USAGE, "session is NULL");
  CHECK(pthread_create(&other, NULL, fail_in_a_thread, NULL) == 0);
  CHECK(pthread_join(other, NULL) == 0);
  const char* message = NULL;
  CHECK(auriga_last_error(&message) == AURIGA_USAGE && strstr(message, "session is NULL") != NULL);
}

static void test_fork(auriga_engine* engine) {
  auriga_session* session = open_session(engine);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    auriga_frame frame = small_frame(0);
    auriga_session* none = NULL;
    int32_t rows = 0;
    const int before = failures;
    FAILS(auriga_session_push(session, &frame, &rows), AURIGA_USAGE, "fork()");
    FAILS(auriga_session_new(engine, NULL, &none), AURIGA_USAGE, "fork()");
    FAILS(auriga_extract(engine, video, "x"), AURIGA_USAGE, "fork()");
    fflush(stdout);
    _exit(failures == before ? 0 : 1);
  }
  int status = 0;
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  CHECK(auriga_session_free(session) == AURIGA_OK);
}

int main(int argc, char** argv) {
  auriga_engine* engine;
  if (argc != 4) {
    fprintf(stderr, "usage: interface MODELS VIDEO FOLDER\n");
    return 2;
  }
  models = argv[1];
  video = argv[2];
  folder = argv[3];
  if (!exists(models)) {
    printf("no models in %s\n", models);
    return 77;
  }
  test_nothing_has_failed_yet();
  CHECK(auriga_take_ffmpeg_messages() == AURIGA_OK);
  engine = load();
  if (engine == NULL) return 1;
  test_null(engine);
  test_sizes_of_structures(engine);
  test_options(engine);
  test_frames(engine);
  test_end_of_stream(engine);
  test_engine_may_go_before_its_sessions();
  test_files(engine);
  test_cancel(engine, 0);
  test_cancel(engine, 1);
  test_two_threads_at_once(engine);
  test_each_thread_has_its_error();
  test_fork(engine);
  CHECK(auriga_engine_free(engine) == AURIGA_OK);
  if (failures == 0) printf("ok\n");
  return failures == 0 ? 0 : 1;
}
