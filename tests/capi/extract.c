/* extract MODELS INPUT TABLE: a table in one call. */
#include <stdio.h>

#include "auriga/c/auriga.h"

int main(int argc, char** argv) {
  auriga_engine_options options = {.struct_size = sizeof options};
  auriga_engine* engine = NULL;
  if (argc != 4) return 2;
  options.models = argv[1];
  auriga_status status = auriga_engine_load(&options, &engine);
  if (status == AURIGA_OK) status = auriga_extract(engine, argv[2], argv[3]);
  if (status != AURIGA_OK) {
    const char* message = NULL;
    auriga_last_error(&message);
    fprintf(stderr, "%s\n", message);
  }
  auriga_engine_free(engine);
  return (int)status;
}
