#include "auriga/c/auriga.h"

#include <R.h>
#include <Rinternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 5 };
static const char* const names[KEPT] = {"frame", "timestamp", "face_id", "success", "confidence"};

/* What is kept of the rows of a run, a row behind the other. */
struct kept {
  double* values;
  int64_t rows, room;
};

/* Called by auriga_run(): nothing of R here, because an error of R would jump over the run. */
static int32_t keep(void* data, const auriga_row* row) {
  struct kept* kept = data;
  if (kept->rows == kept->room) {
    const int64_t room = 2 * kept->room + 1024;
    double* values = realloc(kept->values, (size_t)room * KEPT * sizeof *values);
    if (values == NULL) return 1;
    kept->values = values;
    kept->room = room;
  }
  const double values[KEPT] = {(double)row->frame + 1, row->timestamp_s, row->face_id, row->success,
                               row->confidence};
  memcpy(kept->values + KEPT * kept->rows++, values, sizeof values);
  return 0;
}

/* Column `i` of `columns` with its name: every `step`-th of `values`. */
static void set_column(SEXP columns, int i, const char* name, const double* values, int64_t step,
                       int64_t rows) {
  SEXP column = Rf_allocVector(REALSXP, (R_xlen_t)rows);
  SET_VECTOR_ELT(columns, i, column);
  for (int64_t row = 0; row < rows; ++row) REAL(column)[row] = values[row * step];
  SET_STRING_ELT(Rf_getAttrib(columns, R_NamesSymbol), i, Rf_mkChar(name));
}

/* The columns, once the run has given its rows. */
static SEXP columns_of(auriga_session* session, const struct kept* kept) {
  int32_t told = 0, shown = 0;
  auriga_session_unit_count(session, &told, &shown);
  const int64_t n = kept->rows;
  SEXP columns = PROTECT(Rf_allocVector(VECSXP, KEPT + told + shown));
  Rf_setAttrib(columns, R_NamesSymbol, Rf_allocVector(STRSXP, KEPT + told + shown));
  double* intensities = (double*)R_alloc((size_t)(n * told) + 1, sizeof(double));
  double* presences = (double*)R_alloc((size_t)(n * shown) + 1, sizeof(double));
  if (auriga_session_final_units(session, 0, n, intensities, n * told, presences, n * shown) != 0) {
    UNPROTECT(1);
    return R_NilValue;
  }
  for (int i = 0; i < KEPT; ++i) set_column(columns, i, names[i], kept->values + i, KEPT, n);
  for (int32_t i = 0; i < told + shown; ++i) {
    const char* unit = "";
    char name[32];
    if (i < told)
      auriga_session_intensity_name(session, i, &unit);
    else
      auriga_session_presence_name(session, i - told, &unit);
    snprintf(name, sizeof name, "%s%s", unit, i < told ? "_r" : "_c");
    if (i < told)
      set_column(columns, KEPT + i, name, intensities + i, told, n);
    else
      set_column(columns, KEPT + i, name, presences + (i - told), shown, n);
  }
  UNPROTECT(1);
  return columns;
}

SEXP C_action_units(SEXP video, SEXP models, SEXP preset, SEXP workers) {
  auriga_engine_options options = {.struct_size = sizeof options};
  auriga_run_options run = {.struct_size = sizeof run, .on_row = keep};
  struct kept kept = {NULL, 0, 0};
  auriga_engine* engine = NULL;
  auriga_session* session = NULL;
  SEXP columns = R_NilValue;
  options.models = CHAR(STRING_ELT(models, 0));
  if (preset != R_NilValue) options.preset = CHAR(STRING_ELT(preset, 0));
  run.workers = INTEGER(workers)[0];
  run.data = &kept;
  if (auriga_engine_load(&options, &engine) == AURIGA_OK &&
      auriga_session_new(engine, NULL, &session) == AURIGA_OK &&
      auriga_run(session, CHAR(STRING_ELT(video, 0)), &run, NULL) == AURIGA_OK)
    columns = columns_of(session, &kept);
  auriga_session_free(session);
  auriga_engine_free(engine);
  free(kept.values);
  if (columns == R_NilValue) {
    const char* message = NULL;
    auriga_last_error(&message);
    Rf_error("%s", message);
  }
  return columns;
}
