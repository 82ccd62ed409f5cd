/* Prints when somebody smiles: action units of a video from C.
 *   cc smile.c $(pkg-config --cflags --libs auriga_c) -o smile
 *   ./smile VIDEO FOLDER_WITH_MODEL_PACKS [TABLE.csv]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auriga/c/auriga.h"

/* The times of the rows, which come while the run goes on; action units are final after it. */
struct times {
  double* seconds;
  int64_t count, room;
};

static int32_t keep_time(void* data, const auriga_row* row) {
  struct times* times = data;
  if (times->count == times->room) {
    const int64_t room = times->room * 2 + 1024;
    double* seconds = realloc(times->seconds, (size_t)room * sizeof *seconds);
    if (seconds == NULL) return 1; /* ends the run */
    times->seconds = seconds;
    times->room = room;
  }
  times->seconds[times->count++] = row->timestamp_s;
  return 0;
}

static auriga_status find_unit(const auriga_session* session, const char* unit, int32_t* index) {
  int32_t intensities = 0, presences = 0;
  auriga_status status = auriga_session_unit_count(session, &intensities, &presences);
  for (*index = 0; status == AURIGA_OK && *index < intensities; ++*index) {
    const char* name = NULL;
    status = auriga_session_intensity_name(session, *index, &name);
    if (status == AURIGA_OK && strcmp(name, unit) == 0) return AURIGA_OK;
  }
  *index = -1;
  return status;
}

static auriga_status print_smiles(auriga_session* session, const struct times* times) {
  int32_t smile = -1, intensities = 0, presences = 0;
  auriga_status status = find_unit(session, "AU12", &smile);
  if (status == AURIGA_OK) status = auriga_session_unit_count(session, &intensities, &presences);
  double* row = malloc((size_t)(intensities + 1) * sizeof *row);
  for (int64_t i = 0; row != NULL && smile >= 0 && status == AURIGA_OK && i < times->count; ++i) {
    status = auriga_session_final_units(session, i, 1, row, intensities, NULL, 0);
    if (status == AURIGA_OK && row[smile] > 1)
      printf("%7.2f s  AU12 %.2f\n", times->seconds[i], row[smile]);
  }
  free(row);
  return status;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: smile VIDEO FOLDER_WITH_MODEL_PACKS [TABLE.csv]   (auriga %s)\n",
            auriga_version());
    return 2;
  }
  auriga_engine_options options = {.struct_size = sizeof options};
  options.models = argv[2];
  auriga_engine* engine = NULL;
  auriga_session* session = NULL;
  struct times times = {NULL, 0, 0};
  auriga_run_options run = {.struct_size = sizeof run};
  run.table = argc > 3 ? argv[3] : NULL;
  run.on_row = keep_time;
  run.data = &times;
  auriga_report report = {.struct_size = sizeof report};

  auriga_take_ffmpeg_messages();
  auriga_status status = auriga_engine_load(&options, &engine);
  if (status == AURIGA_OK) status = auriga_session_new(engine, NULL, &session);
  if (status == AURIGA_OK) status = auriga_run(session, argv[1], &run, &report);
  if (status == AURIGA_OK) status = print_smiles(session, &times);
  if (status == AURIGA_OK) {
    printf("%lld frames, a face in %lld\n", (long long)report.frames, (long long)report.faces);
  } else {
    const char* message = NULL;
    auriga_last_error(&message);
    fprintf(stderr, "smile: %s\n", message);
  }
  auriga_session_free(session);
  auriga_engine_free(engine);
  free(times.seconds);
  return (int)status;
}
