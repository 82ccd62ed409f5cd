# A data frame with a row per frame: frame (from 1), timestamp (s), face_id, success, confidence,
# intensities AU.._r (0 to 5) and presences AU.._c (0 or 1). `models`: folders with model packs.
action_units <- function(video, models, preset = NULL, workers = 1L) {
  columns <- .Call(C_action_units, path.expand(video), paste(path.expand(models), collapse = "\n"),
                   preset, as.integer(workers))
  as.data.frame(columns)
}
