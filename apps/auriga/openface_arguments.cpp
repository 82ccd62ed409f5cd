#include "openface_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void bad_usage(const std::string& message) { throw Error(ErrorCode::usage, message); }

// A flag on the command line and its value.
struct Given {
  std::string_view flag;
  std::string value;

  [[noreturn]] void refuse(const std::string& expected) const {
    bad_usage(fmt::format("{} expects {}, found '{}'", flag, expected, value));
  }

  template <typename Number>
  Number number(const char* kind, Number least, Number most) const {
    // from_chars, unlike streams, knows no plus sign.
    const char* begin = value.data() + (value.starts_with('+') ? 1 : 0);
    const char* end = value.data() + value.size();
    Number result{};
    const auto [stop, error] = std::from_chars(begin, end, result);
    if (error != std::errc() || stop != end || !(result >= least && result <= most))
      refuse(fmt::format("{} from {} to {}", kind, least, most));
    return result;
  }
  float real(float least, float most) const { return number("a number", least, most); }
  int whole(int least, int most) const { return number("a whole number", least, most); }
  bool yes() const {
    if (value != "0" && value != "1") refuse("0 or 1");
    return value == "1";
  }
  // Of the camera; -1 is OpenFace's word for "estimate it".
  std::optional<float> pixels(float least) const {
    if (value == "-1") return std::nullopt;
    return real(least, 1e6f);
  }
};

struct Reader {
  OpenFaceArguments arguments;
  std::vector<std::string> names;  // of -of
  std::string root;
  std::optional<float> simscale;
  std::optional<int> simsize;
  bool nomask = false, grey = false;
  std::optional<float> fx, fy, cx, cy;
};

struct Flag {
  const char* name;
  const char* value;  // what to call it; null: the flag stands alone
  const char* help;
  void (*apply)(Reader& to, const Given& given);
};

struct Section {
  const char* title;
  std::vector<Flag> flags;
};

const std::vector<Section>& sections() {
  static const std::vector<Section> all = {
      {"Input",
       {{"-f", "FILE", "video; can be given several times",
         [](Reader& to, const Given& given) {
           to.arguments.inputs.push_back({given.value, false, ""});
         }},
        {"-fdir", "DIR", "folder of pictures, taken as one sequence; several times likewise",
         [](Reader& to, const Given& given) {
           to.arguments.inputs.push_back({given.value, true, ""});
         }},
        {"-root", "P", "prefix P/ of the inputs",
         [](Reader& to, const Given& given) { to.root = given.value; }},
        {"-inroot", "P", "the same",
         [](Reader& to, const Given& given) { to.root = given.value; }}}},
      {"Output",
       {{"-out_dir", "DIR", "folder for the results (default: processed)",
         [](Reader& to, const Given& given) { to.arguments.out_dir = given.value; }},
        {"-of", "NAME",
         "name of the results below that folder; the first -of is the first input's,\n"
         "and so on (default: the input's name)",
         [](Reader& to, const Given& given) { to.names.push_back(given.value); }}}},
      {"Results (none of these given: all of them)",
       {{"-2Dfp", nullptr, "68 landmarks, px",
         [](Reader& to, const Given&) { to.arguments.groups |= kLandmarks2dColumns; }},
        {"-3Dfp", nullptr, "68 landmarks in camera coordinates, mm",
         [](Reader& to, const Given&) { to.arguments.groups |= kLandmarks3dColumns; }},
        {"-pdmparams", nullptr, "parameters of the shape model",
         [](Reader& to, const Given&) { to.arguments.groups |= kShapeColumns; }},
        {"-pose", nullptr, "head pose, mm and rad",
         [](Reader& to, const Given&) { to.arguments.groups |= kPoseColumns; }},
        {"-aus", nullptr, "action units: intensities and presences",
         [](Reader& to, const Given&) { to.arguments.groups |= kAuColumns; }},
        {"-gaze", nullptr, "gaze and eye landmarks",
         [](Reader& to, const Given&) { to.arguments.groups |= kGazeColumns; }},
        {"-hogalign", nullptr, "appearance features, NAME.hog",
         [](Reader& to, const Given&) { to.arguments.hog = true; }},
        {"-simalign", nullptr, "aligned faces, NAME_aligned/",
         [](Reader& to, const Given&) { to.arguments.aligned = true; }},
        {"-tracked", nullptr, "video with the landmarks drawn into it, NAME.avi",
         [](Reader& to, const Given&) { to.arguments.tracked = true; }}}},
      {"Aligned faces",
       {{"-format_aligned", "EXT", "bmp, png or jpg (default: bmp)",
         [](Reader& to, const Given& given) {
           const auto format = picture_format(given.value);
           if (!format) given.refuse("bmp, png or jpg");
           to.arguments.aligned_format = *format;
         }},
        {"-format_vis_image", "EXT",
         "of FaceLandmarkImg's pictures with the faces drawn (default: jpg)",
         [](Reader& to, const Given& given) {
           const auto format = picture_format(given.value);
           if (!format) given.refuse("bmp, png or jpg");
           to.arguments.drawn_format = *format;
         }},
        {"-nobadaligned", nullptr, "no (black) picture where the face was lost",
         [](Reader& to, const Given&) { to.arguments.keep_failed_aligned = false; }},
        {"-simsize", "N", "width and height, px (default: 112)",
         [](Reader& to, const Given& given) { to.simsize = given.whole(2, 4096); }},
        {"-simscale", "S", "px per mm (default: 0.7, or as -simsize needs it)",
         [](Reader& to, const Given& given) { to.simscale = given.real(0.01f, 100); }},
        {"-nomask", nullptr, "keep what is outside the face",
         [](Reader& to, const Given&) { to.nomask = true; }},
        {"-g", nullptr, "grey", [](Reader& to, const Given&) { to.grey = true; }}}},
      {"Action units",
       {{"-au_static", nullptr, "static models, no calibration to the person",
         [](Reader& to, const Given&) { to.arguments.static_aus = true; }}}},
      {"Landmark detector (from left to right: -wild undoes what stands before it)",
       {{"-mloc", "FILE",
         "main file of the landmark model, as given or in a model pack\n"
         "(default: model/main_ceclm_general.txt, where its files are not there\n"
         "model/main_clnf_general.txt)",
         [](Reader& to, const Given& given) { to.arguments.clm.model = given.value; }},
        {"-wild", nullptr,
         "for difficult pictures: larger search areas, sigma 1.25, reg 35, w_reg 2.5,\n"
         "10 iterations, multi_view",
         [](Reader& to, const Given&) {
           ClmOptions& clm = to.arguments.clm;
           clm.wild = true;
           clm.sigma = clm.regularisation = clm.weight_factor = std::nullopt;
           clm.iterations = std::nullopt;
           clm.multi_view = std::nullopt;
         }},
        {"-sigma", "S", "of the mean-shift kernel (default: 1.5; CE-CLM: all values times 1.5)",
         [](Reader& to, const Given& given) { to.arguments.clm.sigma = given.real(0.01f, 100); }},
        {"-reg", "R", "weight of the shape prior (default: 25; CE-CLM: all values times 0.9)",
         [](Reader& to, const Given& given) {
           to.arguments.clm.regularisation = given.real(0, 1e6f);
         }},
        {"-w_reg", "W", "weight of the experts' confidences (default: 0)",
         [](Reader& to, const Given& given) {
           to.arguments.clm.weight_factor = given.real(0, 1e6f);
         }},
        {"-n_iter", "N", "most iterations (default: 5)",
         [](Reader& to, const Given& given) {
           to.arguments.clm.iterations = given.whole(1, 1000);
         }},
        {"-multi_view", "0|1",
         "several start rotations (default: 0); of no effect on videos, as in OpenFace",
         [](Reader& to, const Given& given) { to.arguments.clm.multi_view = given.yes(); }},
        {"-validate_detections", "0|1", "judge the landmarks by the validator (default: 1)",
         [](Reader& to, const Given& given) { to.arguments.clm.validate = given.yes(); }}}},
      {"Camera, px (default: estimated from the frame size)",
       {{"-fx", "F", "focal length; -fx and -fy both or none",
         [](Reader& to, const Given& given) { to.fx = given.pixels(0.001f); }},
        {"-fy", "F", "focal length",
         [](Reader& to, const Given& given) { to.fy = given.pixels(0.001f); }},
        {"-cx", "C", "optical centre; -cx and -cy both or none",
         [](Reader& to, const Given& given) { to.cx = given.pixels(-1e6f); }},
        {"-cy", "C", "optical centre",
         [](Reader& to, const Given& given) { to.cy = given.pixels(-1e6f); }}}},
      {"Not OpenFace's",
       {{"--program", "NAME",
         "which of OpenFace's programs: FeatureExtraction (default), FaceLandmarkVidMulti (up\n"
         "to four faces) or FaceLandmarkImg (all faces of pictures); also what auriga is called\n"
         "by that name",
         [](Reader& to, const Given& given) {
           const auto program = openface_program(given.value);
           if (!program) given.refuse("FeatureExtraction, FaceLandmarkVidMulti or FaceLandmarkImg");
           to.arguments.program = *program;
         }},
        {"--dialect", "NAME",
         "openface (2.2, default) or openface-spaced (2.0, 2.1, Windows: blanks after commas)",
         [](Reader& to, const Given& given) {
           const auto dialect = dialect_from_name(given.value);
           if (!dialect || *dialect == Dialect::pyfaceau)
             given.refuse("openface or openface-spaced");
           to.arguments.dialect = *dialect;
         }},
        {"--models", "DIR", "folder that is or holds model packs (default: see docs/models.md)",
         [](Reader& to, const Given& given) { to.arguments.models = given.value; }},
        {"--accept-altered-models", nullptr,
         "use model files even if they are not the published ones",
         [](Reader& to, const Given&) { to.arguments.accept_altered_models = true; }},
        {"--pixels", "NAME",
         "stored, or square: enlarge video whose pixels are not square (DV, DVD) until\n"
         "they are, and all points with it (default: stored, as OpenFace has it)",
         [](Reader& to, const Given& given) {
           if (given.value != "square" && given.value != "stored") given.refuse("square or stored");
           to.arguments.geometry.pixels = given.value;
         }},
        {"--deinterlace", nullptr, "make whole pictures of interlaced frames",
         [](Reader& to, const Given&) { to.arguments.geometry.deinterlace = true; }},
        {"--rotate", "N",
         "turn clockwise by 90, 180 or 270 degrees, after what the file says itself",
         [](Reader& to, const Given& given) {
           const int degrees = given.whole(0, 270);
           if (degrees % 90 != 0) given.refuse("0, 90, 180 or 270");
           to.arguments.geometry.rotate = degrees;
         }},
        {"--fps", "N", "frames per second to resample videos to (default: frames as they come)",
         [](Reader& to, const Given& given) {
           to.arguments.geometry.fps = given.number("a number", 0.001, 1000.0);
         }},
        {"--workers", "N", "threads, 1 to 256; never changes the results (default: 1)",
         [](Reader& to, const Given& given) { to.arguments.workers = given.whole(1, 256); }},
        {"--quiet", nullptr, "no progress and no summary",
         [](Reader& to, const Given&) { to.arguments.quiet = true; }},
        {"-q", nullptr, "the same, as OpenFace has it",
         [](Reader& to, const Given&) { to.arguments.quiet = true; }},
        {"--help", nullptr, "or -h: this text",
         [](Reader& to, const Given&) { to.arguments.help = true; }}}}};
  return all;
}

// OpenFace's flags that this version refuses, in groups with one reason.
struct Refused {
  std::vector<const char*> names;
  const char* reason;
};

const std::vector<Refused>& refused() {
  static const std::vector<Refused> all = {
      {{"-device"}, "cameras are not part of this version; record a video and give it with -f"},
      {{"-fdloc"},
       "the Haar face detector is not part of this version; leave it out, MTCNN (OpenFace's "
       "default) "
       "finds the faces"},
      {{"-bboxdir"},
       "boxes of other detectors are not part of this version; leave it out, MTCNN finds the "
       "faces"}};
  return all;
}

// Flags of scripts that change no number when they are passed over, in groups with one reason.
struct PassedOver {
  std::vector<const char*> names;
  bool value;  // takes the word behind it, if that is no flag
  const char* reason;
};

const std::vector<PassedOver>& passed_over() {
  static const std::vector<PassedOver> all = {
      {{"-verbose", "-vis-track", "-vis-hog", "-vis-align", "-vis-aus"},
       false,
       "auriga opens no windows"},
      {{"-cam_width", "-cam_height"}, true, "there is no camera"},
      {{"-oc"}, true, "the drawn video is MPEG-4 part 2 (DIVX), as OpenFace's"},
      {{"-multi-view"}, true, "OpenFace's flag is -multi_view; it passes over this one, too"},
      {{"-quiet"}, false, "OpenFace's flag is -q; it passes over this one, too"},
      {{"-no2Dfp", "-no3Dfp", "-noMparams", "-noPose", "-noAUs", "-noGaze"},
       false,
       "a flag of OpenFace before 2.0, which 2.2 passes over, too"},
      {{"-oidir"}, true, "a flag of OpenFace before 2.0, which 2.2 passes over, too"}};
  return all;
}

const PassedOver* find_passed_over(std::string_view word) {
  for (const PassedOver& group : passed_over())
    if (std::find(group.names.begin(), group.names.end(), word) != group.names.end()) return &group;
  return nullptr;
}

const Flag* find_flag(std::string_view word) {
  for (const Section& section : sections())
    for (const Flag& flag : section.flags)
      if (word == flag.name) return &flag;
  return word == "-h" ? find_flag("--help") : nullptr;
}

const Refused* find_refused(std::string_view word) {
  for (const Refused& group : refused())
    if (std::find(group.names.begin(), group.names.end(), word) != group.names.end()) return &group;
  return nullptr;
}

// Least number of letters to put in, take away or replace, upper and lower case being the same.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

[[noreturn]] void refuse_unknown(const std::string& word) {
  if (!word.starts_with('-'))
    bad_usage(
        fmt::format("unexpected '{}': videos are given with -f FILE, folders of pictures with "
                    "-fdir DIR",
                    word));
  const char* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3 + 1);  // farther ones are no help
  for (const Section& section : sections())
    for (const Flag& flag : section.flags)
      if (const std::size_t distance = edit_distance(word, flag.name); distance < least) {
        least = distance;
        nearest = flag.name;
      }
  bad_usage(fmt::format("unknown flag {}{}; `auriga openface --help` lists the flags", word,
                        nearest != nullptr ? fmt::format(", is {} meant?", nearest) : ""));
}

std::optional<std::array<float, 2>> both_or_none(const char* x_flag, std::optional<float> x,
                                                 const char* y_flag, std::optional<float> y) {
  if (x && y) return std::array<float, 2>{*x, *y};
  if (x || y)
    bad_usage(fmt::format("{} without {}: give both, or none to have them estimated",
                          x ? x_flag : y_flag, x ? y_flag : x_flag));
  return std::nullopt;
}

// What only the whole command line tells.
void conclude(Reader& from) {
  OpenFaceArguments& to = from.arguments;
  if (to.inputs.empty())
    bad_usage("no input: give a video with -f FILE or a folder of pictures with -fdir DIR");
  const bool pictures = to.program == OpenFaceProgram::img;
  if (pictures && !from.names.empty() &&
      std::any_of(to.inputs.begin(), to.inputs.end(),
                  [](const OpenFaceInput& input) { return input.folder; }))
    bad_usage(
        "-of names the results of one picture; those of the pictures of -fdir have their "
        "pictures' names");
  if (from.names.size() > to.inputs.size())
    bad_usage(fmt::format("{} names (-of) for {} inputs", from.names.size(), to.inputs.size()));
  for (std::size_t i = 0; i < from.names.size(); ++i) {
    if (fs::path(from.names[i]).filename().empty())
      bad_usage(fmt::format("-of expects a name, found the folder '{}'", from.names[i]));
    to.inputs[i].name = from.names[i];
  }
  if (!from.root.empty())
    for (OpenFaceInput& input : to.inputs) input.path.insert(0, from.root + "/");

  if (to.groups == 0 && !to.hog && !to.aligned && !to.tracked) {
    for (const ColumnGroup group : kColumnGroups) to.groups |= group;
    to.hog = to.aligned = to.tracked = true;
  }

  if (from.simscale || from.simsize || from.nomask || from.grey) {
    CropOptions& crop = to.crop.emplace();
    if (from.simsize) {
      crop.size = *from.simsize;
      crop.scale = static_cast<float>(crop.size * (0.7 / 112));
    }
    if (from.simscale) crop.scale = *from.simscale;
    crop.mask = !from.nomask;
    crop.grey = from.grey && !pictures;  // as OpenFace
  }
  to.focal_px = both_or_none("-fx", from.fx, "-fy", from.fy);
  to.centre_px = both_or_none("-cx", from.cx, "-cy", from.cy);
}

}  // namespace

std::string_view name_of(OpenFaceProgram program) {
  switch (program) {
    case OpenFaceProgram::feature_extraction:
      return "FeatureExtraction";
    case OpenFaceProgram::vid_multi:
      return "FaceLandmarkVidMulti";
    case OpenFaceProgram::img:
      return "FaceLandmarkImg";
  }
  return {};
}

std::optional<OpenFaceProgram> openface_program(std::string_view name) {
  if (name.ends_with(".exe")) name.remove_suffix(4);
  for (const OpenFaceProgram program :
       {OpenFaceProgram::feature_extraction, OpenFaceProgram::vid_multi, OpenFaceProgram::img})
    if (name == name_of(program)) return program;
  return std::nullopt;
}

OpenFaceArguments read_openface_arguments(const std::vector<std::string>& words,
                                          OpenFaceProgram program) {
  Reader reader;
  reader.arguments.program = program;
  const auto is_flag = [](const std::string& word) {
    return find_flag(word) != nullptr || find_refused(word) != nullptr ||
           find_passed_over(word) != nullptr;
  };
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (const Refused* group = find_refused(*word))
      bad_usage(fmt::format("{}: {}", *word, group->reason));
    if (const PassedOver* group = find_passed_over(*word)) {
      reader.arguments.notes.push_back(fmt::format("{} is passed over: {}", *word, group->reason));
      const bool has_value = word + 1 != words.end() && !is_flag(word[1]);
      if (has_value && group->value) ++word;
      continue;
    }
    const Flag* flag = find_flag(*word);
    if (flag == nullptr) refuse_unknown(*word);
    Given given{flag->name, ""};
    if (flag->value != nullptr) {
      if (++word == words.end()) bad_usage(fmt::format("{} without {}", flag->name, flag->value));
      if (is_flag(*word) || word->empty())
        bad_usage(fmt::format("{} without {}: '{}' follows", flag->name, flag->value, *word));
      given.value = *word;
    }
    flag->apply(reader, given);
    if (reader.arguments.help) return reader.arguments;
  }
  conclude(reader);
  return std::move(reader.arguments);
}

std::string openface_help() {
  std::string text =
      "OpenFace's FeatureExtraction, FaceLandmarkVidMulti and FaceLandmarkImg: their flags, their "
      "results.\n"
      "Usage: auriga openface [--program NAME] FLAGS\n";
  const auto add = [&](std::string left, std::string_view help) {
    for (std::size_t begin = 0; begin <= help.size();) {
      const std::size_t end = std::min(help.find('\n', begin), help.size());
      text +=
          fmt::format("  {:<25} {}\n", std::exchange(left, ""), help.substr(begin, end - begin));
      begin = end + 1;
    }
  };
  for (const Section& section : sections()) {
    text += fmt::format("\n{}:\n", section.title);
    for (const Flag& flag : section.flags)
      add(flag.value != nullptr ? fmt::format("{} {}", flag.name, flag.value) : flag.name,
          flag.help);
  }
  text += "\nRefused:\n";
  for (const Refused& group : refused())
    text += fmt::format("  {}\n      {}\n", fmt::join(group.names, " "), group.reason);
  text += "\nPassed over with a note, because no number depends on it:\n";
  for (const PassedOver& group : passed_over())
    text += fmt::format("  {}\n      {}\n", fmt::join(group.names, " "), group.reason);
  return text;
}

OptionList openface_options() {
  OptionList rows;
  for (const Section& section : sections())
    for (const Flag& flag : section.flags) {
      OptionRow& row = rows.emplace_back();
      row.flag = flag.name;
      row.group = section.title;
      row.help = flag.help;
      std::replace(row.help.begin(), row.help.end(), '\n', ' ');
      if (flag.value == nullptr) continue;
      row.label = flag.value;
      row.setting.form = OptionForm::text;
    }
  return rows;
}

fs::path openface_table(const std::string& out_dir, const OpenFaceInput& input) {
  std::string folder = out_dir;
  while (folder.size() > 1 && (folder.back() == '/' || folder.back() == '\\')) folder.pop_back();
  const auto table = [](const fs::path& root, const fs::path& base) {
    return (root.empty() ? fs::path("processed") : root) / (base.string() + ".csv");
  };
  if (!input.name.empty()) {
    const fs::path named = fs::path(folder) / input.name;
    return table(named.parent_path(), named.stem());
  }
  if (!input.folder) return table(folder, fs::path(input.path).stem());
  std::error_code failed;
  const fs::path full = fs::canonical(input.path, failed);
  return table(folder, failed ? fs::path(input.path).filename() : full.filename());
}

}  // namespace auriga::app
