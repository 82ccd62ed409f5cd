// The files that a run can write. A program hands run() those that it wants:
//
//   const auto table = auriga::make_csv_sink("out.csv");
//   const auto video = auriga::make_tracked_video_sink("out.mp4", {.sound = "in.mp4"});
//   auriga::Sink* const sinks[] = {table.get(), video.get()};
//   auriga::run(*source, session, sinks);
//
// A sink takes one stream. It creates its file in begin(), under another name beside the target;
// the result is complete after finish(), which tells its path, and has its name after publish(),
// which replaces an older one. Folders that it lies in must exist. What cannot be written is an
// Error(output) of any call.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "auriga/formats.hpp"
#include "auriga/sink.hpp"

namespace auriga {

struct CsvSinkOptions {
  Dialect dialect = Dialect::openface;
  // Those of gaze are left out where the landmarker finds no eyes, those of blendshapes, behind the
  // action units, have to be asked for. Dialect pyfaceau has columns of
  // its own: of the groups it heeds only kAuColumns.
  ColumnGroups groups = kAllColumns;
  // Every real number as the shortest text that reads back the same, instead of 1 to 6 decimals.
  bool full_precision = false;
  // timestamp = frame / frame rate, as OpenFace has it, instead of the container's. Pictures of a
  // folder have 0 either way.
  bool frame_rate_timestamps = false;
  // The form of the tables that OpenFace does not smooth at the end, those of several faces: AU_c
  // has one decimal, and dialect openface_spaced one blank everywhere. Tables of pictures have it
  // either way.
  bool unsmoothed = false;
  // A last column `file` with the names of the pictures, where frames have names (a folder of
  // pictures). Not for dialect pyfaceau.
  bool file_column = false;
  // What the cells of rows without success are, of a video, but for the first ones, which say whom
  // and when a row is about.
  LostCells lost = LostCells::usual;
  // Rows of less confidence count as rows without success, 0..1.
  double min_confidence = 0;
};
// The table of results, with tabs where its name ends in .tsv, compressed where it ends in .gz. The
// columns of action units are always OpenFace's; an estimator that tells fewer leaves the cells of
// the others empty, one that tells others has its own. Memory does not grow with the number of
// rows.
//
// begin() throws Error(usage) for dialect pyfaceau of a picture and for blendshapes that the recipe
// does not have (Setup::has_blendshapes), row() for a second face in a frame
// of that dialect, finish() where there are columns for action units and final units of another
// number of rows or units; Error(output) that names row and column for a number that is not finite.
std::unique_ptr<Sink> make_csv_sink(std::filesystem::path table,
                                    const CsvSinkOptions& options = {});

// What the columns of that table mean, as a JSON file in the manner of the sidecars of BIDS:
// `Description` and `Units` of each, the rate, what made it. `options`: those of the table.
// `version`: of the program, auriga::version().
std::unique_ptr<Sink> make_bids_sink(std::filesystem::path file, std::filesystem::path table,
                                     const CsvSinkOptions& options, std::string version);

// OpenFace's .hog file: a descriptor for every row.
std::unique_ptr<Sink> make_hog_sink(std::filesystem::path file);

struct AlignedSinkOptions {
  PictureFormat format = PictureFormat::bmp;
  bool keep_failed = true;  // a (black) picture also where the face was lost
};
// A folder of aligned faces, one picture for every row.
std::unique_ptr<Sink> make_aligned_sink(std::filesystem::path folder,
                                        const AlignedSinkOptions& options = {});

// The table of the 478 points of the face mesh, px; empty cells where there is none.
std::unique_ptr<Sink> make_mesh_sink(std::filesystem::path table);

enum class PersonSide { left, right };

struct SidesSinkOptions {
  // The recording shows a mirror image: the person's left is on the left of the picture.
  bool mirrored = false;
  std::optional<PersonSide> affected;  // the weaker side, which is told in per cent of the other
  bool full_precision = false;         // as CsvSinkOptions
};
// The table of the person's left and right (docs/clinic.md): action units of each side as if both
// were that one, distances in mm, blendshapes of the sides where there are some. Cells but those of
// the keys and of yaw are empty where the face is not followed, and those of the sides where the
// head is turned too far. Memory does not grow with the number of rows.
//
// finish() throws Error(usage) where the final units have no sides, or of another number of rows.
std::unique_ptr<Sink> make_sides_sink(std::filesystem::path table,
                                      const SidesSinkOptions& options = {});

struct TrackedVideoSinkOptions {
  // The video that the frames come from: its sound goes along. Empty, a folder, without sound:
  // none.
  std::filesystem::path sound;
  bool drawn = true;  // false: the frames as they are
};
// The video with landmarks, head box, eyes and gaze drawn into it, in the size of the first frame:
// frames of another one keep their proportions and get black bars. Of a still picture there is
// none, and finish() tells no file.
//
// A file that ends in .avi is OpenFace's: MPEG-4 part 2 at the frame rate of the stream, without
// sound. Any other is an MP4 with every frame at its own time (to 1/90000 s): H.264 by libx264 or
// libopenh264, MPEG-4 part 2 where libavcodec has neither (a warning says so). Sides are rounded up
// to even ones. Its sound is that of the input, copied where it is AAC, MP3, AC-3, E-AC-3, Opus,
// FLAC or ALAC, else encoded as AAC; it ends with the last frame unless the input has no later one.
// Sound that cannot be read or written is a warning. Of each frame of an MP4 some 60 bytes are
// kept until the end.
std::unique_ptr<Sink> make_tracked_video_sink(std::filesystem::path file,
                                              TrackedVideoSinkOptions options = {});

// A still picture with landmarks, head box, eyes and gaze of all its faces drawn into it. Of any
// other stream there is none, and finish() tells no file.
std::unique_ptr<Sink> make_drawn_picture_sink(std::filesystem::path file, PictureFormat format);

struct DetailsSinkOptions {
  std::string input;                  // as given; "webcam" for a camera; empty: not told
  ColumnGroups groups = kAllColumns;  // of the table, as CsvSinkOptions
  std::filesystem::path table, hog, tracked_video, aligned;  // the other results; empty: not made
  std::filesystem::path drawn_picture;  // of a still picture, which has no video then
};
// OpenFace's <name>_of_details.txt, which says what a run was asked for.
std::unique_ptr<Sink> make_details_sink(std::filesystem::path file,
                                        const DetailsSinkOptions& options);

}  // namespace auriga
