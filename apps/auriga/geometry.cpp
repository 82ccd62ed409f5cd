#include "geometry.hpp"

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/manifest.hpp"

namespace auriga::app {

OptionList geometry_options(GeometrySettings& s) {
  const auto row = [](const char* flag, const char* help, const char* more, Setting setting) {
    return OptionRow{.flag = flag,
                     .group = "Video",
                     .help = help,
                     .more = more,
                     .effect = Effect::result,
                     .setting = std::move(setting)};
  };
  return {
      row("--pixels",
          "square: video whose pixels are not square (DV, DVD, anamorphic) is enlarged until they "
          "are, and points refer to that; stored: its pixels as they are (default: square; with "
          "--landmarks as the table has it)",
          "The factor is in the manifest. Pixels within 1 % of square stay",
          one_of(s.pixels, {"square", "stored"})),
      row("--deinterlace", "Make whole pictures of interlaced frames (FFmpeg's bwdif)",
          "One for each frame, with its time; needs FFmpeg's libavfilter", yes(s.deinterlace)),
      row("--rotate",
          "Turn videos and pictures clockwise by so many degrees, after what the file says itself",
          "Also those of --baseline. Where it is not given, a video that is upside down or on its "
          "side, which its faces tell, is turned by itself with the landmarker mesh (--preset "
          "open), and a warning says so; with the others there is only the warning. 0 leaves it as "
          "it is and asks nobody. Wherever a head may lie on its side in an upright video, give it",
          word<std::optional<int>>(s.rotate, {{"0", 0}, {"90", 90}, {"180", 180}, {"270", 270}})),
      row("--fps", "Frames per second to which videos are resampled (default: frames as they come)",
          "For variable and unusual rates: rows then count resampled frames, and `timestamp` is a "
          "multiple of 1/N. Each frame goes to the place nearest to its time; it is repeated or "
          "left out where needed",
          real(s.fps, 0.001)),
  };
}

SourceOptions source_options(const GeometrySettings& settings, bool square) {
  SourceOptions options;
  options.square_pixels = settings.pixels.empty() ? square : settings.pixels == "square";
  options.rotate = settings.rotate.value_or(0);
  options.fps = settings.fps.value_or(0);
  options.deinterlace = settings.deinterlace;
  return options;
}

SourceOptions source_options_of_table(const std::filesystem::path& table,
                                      const GeometrySettings& settings) {
  const std::optional<SourceOptions> known = geometry_of(table);
  if (!known) return source_options(settings, false);
  const auto agree = [&](bool same, const std::string& given, const std::string& found) {
    if (same) return;
    throw Error(ErrorCode::usage,
                fmt::format("{}: expected a table made with {}, found one made {} (so says its "
                            "manifest, {}); leave the option out, the video is shown as the table "
                            "needs it",
                            table.string(), given, found, manifest_path(table).string()));
  };
  if (!settings.pixels.empty())
    agree((settings.pixels == "square") == known->square_pixels, "--pixels " + settings.pixels,
          known->square_pixels ? "with --pixels square" : "with --pixels stored");
  if (settings.rotate)
    agree(*settings.rotate == known->rotate, fmt::format("--rotate {}", *settings.rotate),
          fmt::format("with --rotate {}", known->rotate));
  if (settings.fps)
    agree(*settings.fps == known->fps, fmt::format("--fps {}", *settings.fps),
          known->fps > 0 ? fmt::format("with --fps {}", known->fps) : "of frames as they come");
  SourceOptions options = *known;
  options.deinterlace |= settings.deinterlace;
  return options;
}

}  // namespace auriga::app
