/* auriga for C, and for languages that call C: facial action units from video. docs/c.md shows how
 * it is used from C, R, MATLAB and Octave.
 *
 * An engine is a recipe with its models, loaded once. A session follows one stream: frames are
 * pushed into it one by one, or auriga_run() reads a file through it.
 *
 *   auriga_engine *engine = NULL;
 *   auriga_engine_options options = {.struct_size = sizeof options};
 *   options.models = "models";
 *   if (auriga_engine_load(&options, &engine) != AURIGA_OK ||
 *       auriga_extract(engine, "face.mp4", "face.csv") != AURIGA_OK) {
 *     const char *message = NULL;
 *     auriga_last_error(&message);
 *     fprintf(stderr, "%s\n", message);
 *   }
 *   auriga_engine_free(engine);
 *
 * Status. Every function returns one; but for AURIGA_OK it has changed nothing that it does not
 * say, and auriga_last_error() has the message. A frame without a face is a row without `success`.
 *
 * Structures begin with `struct_size`, sizeof of the structure as the caller was compiled with: a
 * newer library goes with older programs. Members that are zero or NULL stand for the default.
 * Structures that are filled in need `struct_size` as well. Another size is AURIGA_USAGE.
 *
 * Handles. NULL, or an address to put one that is NULL, is AURIGA_USAGE; freeing NULL does nothing.
 * A handle that has been freed, and one of another kind, cannot be told from a good one: that is
 * undefined, as with free(3).
 *
 * Threads. An engine may be used by any number of threads at a time, a control too. A session may
 * go from thread to thread, but serves one at a time: whoever comes in between, or from a callback
 * of it, gets AURIGA_BUSY. Nothing may be used while it is freed. In a process made by fork()
 * engines and sessions of its parent are AURIGA_USAGE; it loads its own.
 *
 * Texts are UTF-8 and end with 0. The library prints nothing, reads no environment and sends
 * nothing. */
#ifndef AURIGA_C_AURIGA_H
#define AURIGA_C_AURIGA_H

#include <stdint.h>

#ifndef AURIGA_C_API
#if defined(_WIN32) && defined(AURIGA_C_BUILDING)
#define AURIGA_C_API __declspec(dllexport)
#elif defined(_WIN32)
#define AURIGA_C_API __declspec(dllimport)
#elif defined(__GNUC__)
#define AURIGA_C_API __attribute__((visibility("default")))
#else
#define AURIGA_C_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t auriga_status;
enum {
  AURIGA_OK = 0,
  AURIGA_FAILURE = 1,  /* of the library; please report it */
  AURIGA_USAGE = 2,    /* a mistake of the caller: NULL, a size, a value out of range */
  AURIGA_INPUT = 3,    /* a video, picture, table or frame cannot be read */
  AURIGA_MODEL = 4,    /* a model file is missing, truncated, altered or of the wrong shape */
  AURIGA_OUTPUT = 5,   /* a result cannot be written */
  AURIGA_MACHINE = 6,  /* a limit of the machine: memory, threads, open files */
  AURIGA_BUSY = 7,     /* the session is in use, by another thread or by the caller of a callback */
  AURIGA_CANCELLED = 8 /* a run was ended by its control or by a callback */
};

typedef struct auriga_engine auriga_engine;
typedef struct auriga_session auriga_session;
typedef struct auriga_control auriga_control;

/* Version of the library, such as "0.1.0". Never freed. */
AURIGA_C_API const char* auriga_version(void);

/* Status of the last call on this thread that failed, AURIGA_OK if none has. `message`, unless
 * NULL, is set to what went wrong, expected, was found and can be done: a text, never NULL, valid
 * until the next failure on this thread. */
AURIGA_C_API auriga_status auriga_last_error(const char** message);

/* Keeps FFmpeg from writing to standard error and listens to what it has to say of damaged video,
 * so that more of it is told and more codecs are decoded on several threads. Of the whole process,
 * whatever else uses FFmpeg in it, so that it is the program's to call, once, before other threads
 * run. */
AURIGA_C_API auriga_status auriga_take_ffmpeg_messages(void);

/* ---- Engine ---- */

typedef struct auriga_engine_options {
  uint64_t struct_size;
  const char* models;     /* folders that are or hold model packs, one a line; not NULL */
  const char* cache;      /* where it is remembered which files were verified; NULL: nowhere */
  const char* preset;     /* openface, pyfaceau, open; NULL: the first whose models are there */
  const char* detector;   /* mtcnn, retinaface, blazeface; NULL: as the preset has it */
  const char* landmarker; /* clnf, ceclm, pfld, mesh */
  const char* au;         /* what tells the action units: openface, open */
  const char* landmarks;  /* a table with landmarks to use instead of detecting */
  const char* device;     /* cpu, cuda, ... (docs/hardware.md); NULL: auto */
  int32_t all_units;      /* not 0: also action units that measurement does not support */
  int32_t accept_altered; /* not 0: also model files that are not the published ones */
  int32_t validate;       /* not 0: judge landmarks with OpenFace's validator, too */
  int32_t reserved;       /* 0 */
} auriga_engine_options;

/* Loads the models: some 0.1 to 1 s. AURIGA_USAGE for choices that do not exist or contradict each
 * other, AURIGA_MODEL for models that are missing or broken; *engine is NULL then. */
AURIGA_C_API auriga_status auriga_engine_load(const auriga_engine_options* options,
                                              auriga_engine** engine);
/* Its sessions live on. */
AURIGA_C_API auriga_status auriga_engine_free(auriga_engine* engine);

/* What an engine computes with. Texts are valid as long as the engine, never NULL. */
typedef struct auriga_setup {
  uint64_t struct_size;
  const char *preset, *detector, *landmarker;
  const char* estimator; /* of the action units, such as openface-2.2 */
  const char* device;    /* in use */
  const char* note;      /* why it is another one than one would expect; empty: it is not */
  int32_t has_gaze, has_mesh, has_blendshapes;
  int32_t splits_people; /* unless auriga_session_options say otherwise */
} auriga_setup;

AURIGA_C_API auriga_status auriga_engine_setup(const auriga_engine* engine, auriga_setup* setup);

/* ---- Session ---- */

typedef struct auriga_session_options {
  uint64_t struct_size;
  int32_t still;          /* not 0: every frame is a picture by itself, with all its faces */
  int32_t faces;          /* followed at the same time, 1 to 16; 0: 1 */
  int32_t split_people;   /* of one followed face: a face id for each person; 1 yes, -1 no,
                             0 as auriga_setup says */
  int32_t no_calibration; /* not 0: do not learn the neutral face of people */
  int32_t static_units;   /* not 0: models without calibration */
  int32_t redetect_every; /* frames between two checks by the detector (pfld, mesh); 0: default */
  int32_t no_final_units; /* not 0: memory does not grow, there are no final action units */
  /* What rows have besides landmarks, pose and shape; not 0: yes. */
  int32_t units_now; /* action units as known at the moment */
  int32_t gaze, mesh, blendshapes, fhog, aligned;
  int32_t reserved;         /* 0 */
  double focal_px[2];       /* of the camera, x and y; 0, 0: estimated from the size of frames */
  double centre_px[2];      /* likewise */
  const char* calibrations; /* files of auriga_session_save_calibration(), one a line: what the
                               people with face id 0, 1, ... begin with; NULL: nothing */
} auriga_session_options;

/* `options` NULL: all defaults. AURIGA_USAGE for what is out of range or does not go with the
 * engine; *session is NULL then. */
AURIGA_C_API auriga_status auriga_session_new(const auriga_engine* engine,
                                              const auriga_session_options* options,
                                              auriga_session** session);
/* AURIGA_BUSY, and nothing is freed, while it is in use. */
AURIGA_C_API auriga_status auriga_session_free(auriga_session* session);

/* How many action units have an intensity (0 to 5), and how many a presence (0, 1). */
AURIGA_C_API auriga_status auriga_session_unit_count(const auriga_session* session,
                                                     int32_t* intensities, int32_t* presences);
/* Their names, ascending, such as AU01: valid as long as the session. From any thread, also in
 * callbacks. AURIGA_USAGE for an index that is not below the count. */
AURIGA_C_API auriga_status auriga_session_intensity_name(const auriga_session* session,
                                                         int32_t index, const char** name);
AURIGA_C_API auriga_status auriga_session_presence_name(const auriga_session* session,
                                                        int32_t index, const char** name);

/* A picture: 8 bits a sample, rows from above, in each blue, green, red of the pixels from the
 * left. */
typedef struct auriga_frame {
  uint64_t struct_size;
  const uint8_t* bgr;    /* of row 0; read during the call only */
  int32_t width, height; /* px, 1 to 32767 */
  int64_t stride;        /* bytes from one row to the next, 3 * width or more */
  double timestamp_s;    /* since the start of the stream, never decreasing */
  int64_t index;         /* 0-based; in callbacks. The session counts what is pushed itself */
  int32_t missing;       /* not 0: the picture could not be had; its size counts, not its pixels */
  int32_t reserved;      /* 0 */
} auriga_frame;

/* One face in one frame. Where `success` is 0 numbers are the last known ones or 0. Pixels: x to
 * the right, y down, the centre of the first pixel is (0, 0). Camera coordinates, mm: x right, y
 * down, z away from the camera. Eyes: 0 is the one on the left of the picture. */
typedef struct auriga_row {
  uint64_t struct_size;
  int64_t frame; /* 0-based; tables count from 1 */
  double timestamp_s;
  int32_t face_id; /* stable in a video; in pictures the index of the detection */
  int32_t success;
  double confidence;                                   /* 0 to 1, that the landmarks are right */
  double landmarks_x[68], landmarks_y[68];             /* px, iBUG order */
  double landmarks_mm[3][68];                          /* X, Y, Z */
  double pose_translation_mm[3], pose_rotation_rad[3]; /* pitch, yaw, roll */
  double shape_scale;                                  /* px per mm of the shape model */
  double shape_rotation_rad[3], shape_translation_px[2], shape[34];
  double camera_px[4];           /* fx, fy, cx, cy that mm and angles refer to */
  double gaze[2][3];             /* unit vectors; 0: unknown */
  double gaze_angle_rad[2];      /* of both eyes: to the right of the picture, down */
  double eyes_x[56], eyes_y[56]; /* px; 28 points of each eye */
  double eyes_mm[3][56];         /* X, Y, Z */
  /* Valid until the next frame or the end of the stream, in callbacks during the call. NULL unless
     asked for and there. */
  const double *intensities, *presences; /* as known now, auriga_session_unit_count() of them */
  const float* mesh_px;                  /* 3 x 478: all x, all y, all z */
  const float* blendshapes;              /* 52 */
  const float* fhog;                     /* 4464: cell row, cell column, channel */
  const uint8_t* aligned;                /* 112 x 112 BGR without gaps */
} auriga_row;

/* The next frame of the stream. *rows is how many auriga_session_row() has: ascending face ids, one
 * row for each frame where one face is followed. AURIGA_USAGE after the end of the stream,
 * AURIGA_INPUT for a size, stride or timestamp that cannot be; the stream goes on with the next
 * frame then. */
AURIGA_C_API auriga_status auriga_session_push(auriga_session* session, const auriga_frame* frame,
                                               int32_t* rows);
/* A row of the last frame pushed; AURIGA_USAGE for an index that is not below their number. */
AURIGA_C_API auriga_status auriga_session_row(auriga_session* session, int32_t index,
                                              auriga_row* row);
/* Ends the stream: *rows is for how many rows, in the order in which they came, there are final
 * action units; 0 with no_final_units. Again: the same number. auriga_run() does it, too. */
AURIGA_C_API auriga_status auriga_session_finish(auriga_session* session, int64_t* rows);
/* The final action units of `count` rows from `first` on, a row behind the other: `intensities` has
 * room for exactly intensities_size doubles, which has to be count * the number of intensities,
 * `presences` likewise. Either may be NULL with size 0. */
AURIGA_C_API auriga_status auriga_session_final_units(auriga_session* session, int64_t first,
                                                      int64_t count, double* intensities,
                                                      int64_t intensities_size, double* presences,
                                                      int64_t presences_size);
/* Writes what has been learnt of a person, for `calibrations`. AURIGA_USAGE where nothing has. */
AURIGA_C_API auriga_status auriga_session_save_calibration(auriga_session* session, int32_t face_id,
                                                           const char* file);

/* ---- Files ---- */

/* The way to end a run from another thread. It may be freed once the run has returned. */
AURIGA_C_API auriga_status auriga_control_new(auriga_control** control);
AURIGA_C_API auriga_status auriga_control_free(auriga_control* control);
/* Ends a run after the frames that are under way, and any that begins later. */
AURIGA_C_API auriga_status auriga_control_cancel(auriga_control* control);
/* Frames done so far, and the share of the run that they are, 0 while that is not known. */
AURIGA_C_API auriga_status auriga_control_progress(const auriga_control* control, int64_t* frames,
                                                   double* share);

/* Called while a run goes on, one at a time; another result than 0 ends the run as
 * auriga_control_cancel() does, and none is called any more. They must return: no exception, no
 * longjmp (an error of R is one). With `workers` of 1 or 0 they come on the thread that called
 * auriga_run(), with more on others as well. */
typedef int32_t (*auriga_on_row)(void* data, const auriga_row* row);
/* After the rows of a frame. `bgr` is NULL unless auriga_run_options::pictures. */
typedef int32_t (*auriga_on_frame)(void* data, const auriga_frame* frame);
/* After each frame: how many are done, and how many the header of the file says there are, 0 if
 * unknown. */
typedef int32_t (*auriga_on_progress)(void* data, int64_t frames, int64_t expected);

typedef struct auriga_run_options {
  uint64_t struct_size;
  /* How the file is read. */
  int32_t stored_pixels; /* not 0: leave pixels that are not square */
  int32_t deinterlace;   /* not 0: whole pictures of interlaced frames */
  int32_t rotate_deg;    /* clockwise: 0, 90, 180, 270 */
  int32_t workers;       /* threads, 1 to 256; 0: 1. Never change a result */
  double fps;            /* to which a video is resampled; 0: as it is */
  int64_t most_frames;   /* then the stream counts as ended; 0: all */
  /* Results, NULL: none. Folders that they lie in must exist. */
  const char* table;      /* CSV as OpenFace writes it */
  const char* hog;        /* OpenFace's .hog */
  const char* aligned;    /* a folder of aligned faces, .bmp */
  const char* mesh;       /* CSV of the face mesh */
  const char* tracked;    /* a video with landmarks drawn, .mp4 or .avi */
  int32_t full_precision; /* of the table, not 0: all digits */
  int32_t pictures;       /* not 0: on_frame gets the picture */
  /* Who is told, NULL: nobody. */
  auriga_on_row on_row;
  auriga_on_frame on_frame;
  auriga_on_progress on_progress;
  void* data; /* handed to all three */
  auriga_control* control;
} auriga_run_options;

typedef struct auriga_report {
  uint64_t struct_size;
  int64_t frames; /* decoded */
  int64_t faces;  /* frames with success of at least one face */
  int64_t rows;
  int32_t people;        /* face ids with success */
  int32_t complete;      /* 0: the input is damaged, or the run was cancelled */
  int32_t width, height; /* px, of the first frame */
  double fps;            /* frames by duration */
  int32_t turned_deg;    /* rotate_deg that makes a turned video upright; 0: it seems upright */
  int32_t reserved;      /* 0 */
  /* Valid until the session is freed; empty: nothing to say. */
  const char* partial_reason;
  const char* warnings; /* one a line */
} auriga_report;

/* Reads a video, a picture (for a session with `still`) or a folder of pictures through a session
 * that has seen nothing yet. `options` and `report` may be NULL. Its final action units are
 * auriga_session_final_units() afterwards, its rows those of on_row. Results appear complete or not
 * at all; a cancelled run writes the rows so far, fills in `report` and returns AURIGA_CANCELLED.
 * AURIGA_USAGE for a result that would replace the input or another result. */
AURIGA_C_API auriga_status auriga_run(auriga_session* session, const char* input,
                                      const auriga_run_options* options, auriga_report* report);

/* The table of a video, picture or folder of pictures in one call: that of the command `auriga
 * extract -o`, but a video that is upside down or on its side stays as it is. */
AURIGA_C_API auriga_status auriga_extract(const auriga_engine* engine, const char* input,
                                          const char* table);

#ifdef __cplusplus
}
#endif

#endif
