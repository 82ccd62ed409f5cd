#include "viewer/palsy_page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "drawing/encode.hpp"
#include "drawing/face_tile.hpp"
#include "media/frame_reader.hpp"
#include "sides/mirrored_crop.hpp"
#include "tables/au_table.hpp"
#include "viewer/html.hpp"

namespace auriga {
namespace {

constexpr std::string_view kStyle =
    ".task{display:flex;flex-wrap:wrap;gap:14px;align-items:flex-start}"
    ".task>div{flex:1 1 640px;min-width:0}";

// A square round the face, upright, whose both sides are that half.
Image mirrored_face(const ImageView& frame, const Landmarks& landmarks, PictureHalf half) {
  float low[2] = {landmarks.x[0], landmarks.y[0]}, high[2] = {low[0], low[1]};
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    low[0] = std::min(low[0], landmarks.x[i]);
    high[0] = std::max(high[0], landmarks.x[i]);
    low[1] = std::min(low[1], landmarks.y[i]);
    high[1] = std::max(high[1], landmarks.y[i]);
  }
  const float size = std::max(high[0] - low[0], high[1] - low[1]);
  const int side = std::clamp(static_cast<int>(1.6F * size), 16, 2048);
  const int left = static_cast<int>((low[0] + high[0]) / 2) - side / 2;
  const int top = static_cast<int>((low[1] + high[1]) / 2 - 0.08F * size) - side / 2;
  Image square(side, side, 3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const int px = std::clamp(left + x, 0, frame.width - 1);
      const int py = std::clamp(top + y, 0, frame.height - 1);
      std::copy_n(frame.row(py) + std::ptrdiff_t{3} * px, 3, square.row(y) + std::ptrdiff_t{3} * x);
    }
  Landmarks moved = landmarks;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    moved.x[i] -= static_cast<float>(left);
    moved.y[i] -= static_cast<float>(top);
  }
  CropMirror mirror;
  Image out;
  mirror.mirror(square, midline_of(moved), half, out);
  return out;
}

std::string figure(const std::string& jpeg, const std::string& caption) {
  return fmt::format(
      "<figure><img alt=\"{0}\" src=\"data:image/jpeg;base64,{1}\"><figcaption>{0}</figcaption>"
      "</figure>\n",
      escaped(caption), base64(jpeg));
}

std::string cell(double value, int decimals = 2) {
  return fmt::format("<td class=\"n\">{}</td>", number(value, decimals));
}

std::string heads(const std::vector<std::string>& names) {
  std::string text = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& name : names)
    text += fmt::format("<th scope=\"col\"{}>{}</th>", text.ends_with("<tr>") ? "" : " class=\"n\"",
                        escaped(name));
  return text + "</tr></thead><tbody>\n";
}

std::string words_of(const PalsyMeasure& measure) {
  std::string unit = measure.unit == "intensity" ? "" : ", " + measure.unit;
  std::string name = measure.measure;
  std::replace(name.begin(), name.end(), '_', ' ');
  const std::string_view description = au_description(measure.measure);
  return fmt::format("<th scope=\"row\">{}{} <span class=\"soft\">{}</span></th>", escaped(name),
                     escaped(unit), escaped(description));
}

std::string resting(const PalsyResult& result) {
  std::string text = heads({"at rest (medians)", "left", "right", "ratio", "weaker side"});
  for (const PalsyMeasure& measure : result.measures)
    text += "<tr>" + words_of(measure) + cell(measure.peak.left) + cell(measure.peak.right) +
            cell(measure.ratio) + fmt::format("<td class=\"n\">{}</td></tr>\n", measure.weaker);
  return text + "</tbody></table></div>\n";
}

std::string moving(const PalsyResult& result) {
  std::string text = heads({"asked for", "left", "right", "ratio", "difference %", "weaker side",
                            "onset left", "right, per s", "left later, s"});
  bool any_coupling = false;
  for (const PalsyMeasure& measure : result.measures) {
    any_coupling |= !measure.asked;
    if (!measure.asked) continue;
    text += "<tr>" + words_of(measure) + cell(measure.change.left) + cell(measure.change.right) +
            cell(measure.ratio) + cell(measure.percent_difference, 0) +
            fmt::format("<td class=\"n\">{}</td>", measure.weaker) +
            cell(measure.onset_per_s.left, 1) + cell(measure.onset_per_s.right, 1) +
            cell(measure.delay_s) + "</tr>\n";
  }
  text += "</tbody></table></div>\n";
  if (!any_coupling) return text;
  text += heads({"should rest", "left", "right", "coupling left", "right", "left - right"});
  for (const PalsyMeasure& measure : result.measures)
    if (!measure.asked)
      text += "<tr>" + words_of(measure) + cell(measure.change.left) + cell(measure.change.right) +
              cell(measure.coupling.left) + cell(measure.coupling.right) +
              cell(measure.coupling.left - measure.coupling.right) + "</tr>\n";
  return text + "</tbody></table></div>\n";
}

std::string section(const PalsyPage& page, const PalsyResult& result) {
  std::string text = fmt::format(
      "<section><h2>{}: {}{}</h2>\n<p>{} to {}: <b>{}</b>", escaped(result.task->code),
      escaped(result.task->name),
      result.repetition > 1 ? fmt::format(", repetition {}", result.repetition) : std::string(),
      seconds_text(result.start_s), seconds_text(result.end_s), name_of(result.status));
  if (!result.by.empty()) text += ", by " + escaped(result.by);
  text += "</p>\n";
  if (result.peak_frame == 0) return text + "</section>\n";
  text += fmt::format("<p class=\"soft\">{} frame {} ({}), {} of {} frames {}; yaw: {}</p>\n",
                      result.task->group == PalsyGroup::rest ? "Median" : "Peak", result.peak_frame,
                      seconds_text(result.peak_s), result.held, result.frames,
                      result.task->group == PalsyGroup::rest ? "rest" : "hold it",
                      escaped(result.quality));
  text += "<div class=\"task\">";
  if (const auto found = page.pictures.find(result.peak_frame); found != page.pictures.end())
    text += figure(found->second.face, fmt::format("frame {}", result.peak_frame)) +
            figure(found->second.right, "the person's right on both sides") +
            figure(found->second.left, "the person's left on both sides");
  text += "<div>\n";
  text += result.task->group == PalsyGroup::rest ? resting(result) : moving(result);
  return text + "</div></div></section>\n";
}

std::string quotients(const PalsyPage& page) {
  std::string text =
      "<section><h2>Quotients</h2>\n<p class=\"soft\">What is compared by eye when a "
      "face is graded, as numbers; no grade follows from them. ";
  text += page.affected ? fmt::format("Per cent: the {} side, given as affected, by the other.",
                                      *page.affected == 0 ? "left" : "right")
                        : "Per cent: the smaller by the larger side.";
  text += "</p>\n" + heads({"what", "left", "right", "per cent", "from"});
  for (const PalsyQuotient& quotient : page.palsy.quotients)
    text += fmt::format(
        "<tr><th scope=\"row\">{} <span class=\"soft\">{}</span></th>{}{}{}<td "
        "class=\"n\">{}</td></tr>\n",
        escaped(quotient.name), escaped(quotient.part), cell(quotient.value.left),
        cell(quotient.value.right), cell(quotient.percent, 0), escaped(quotient.from));
  return text + "</tbody></table></div></section>\n";
}

}  // namespace

std::map<std::int64_t, PalsyPictures> pictures_of(const Palsy& palsy,
                                                  const std::filesystem::path& landmarks,
                                                  const std::filesystem::path& video,
                                                  const SourceOptions& shown, bool mirrored) {
  const AuTable table = read_au_table(landmarks, true);
  std::set<std::int64_t> frames;
  for (const PalsyResult& result : palsy.results)
    if (result.peak_frame > 0) frames.insert(result.peak_frame);
  FrameReaderOptions how;
  how.source = shown;
  how.read_ahead = false;
  FrameReader reader(video, how);
  std::map<std::int64_t, PalsyPictures> pictures;
  const FaceTrack& face = table.faces.front();
  for (const std::int64_t number : frames) {
    const auto at = std::lower_bound(face.frames.begin(), face.frames.end(), number);
    if (at == face.frames.end() || *at != number || face.landmarks.empty()) continue;
    const Landmarks& points = face.landmarks[static_cast<std::size_t>(at - face.frames.begin())];
    const std::optional<ShownFrame> frame = reader.frame(number - 1);
    if (!frame)
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected a frame {}, found fewer; is this the right video?",
                              video.string(), number));
    PalsyPictures one;
    one.face = encode_jpeg(face_tile(*frame->bgr, &points, kPalsyTile_px));
    for (const PictureHalf half : kPictureHalves) {
      const Image square = mirrored_face(*frame->bgr, points, half);
      const bool is_left = (half == PictureHalf::right) != mirrored;
      (is_left ? one.left : one.right) = encode_jpeg(face_tile(square, nullptr, kPalsyTile_px));
    }
    pictures[number] = std::move(one);
  }
  return pictures;
}

std::string palsy_html(const PalsyPage& page) {
  std::string body = fmt::format(
      "<p>Action units by {}. Left and right are the person's{}. Changes are from the resting "
      "face; "
      "numbers of a side are of a face whose both sides are that one. Ratios: smaller by larger "
      "change, where the larger is at least {:.0f}.</p>\n",
      escaped(page.estimator), page.mirrored ? " (the recording was given as mirrored)" : "",
      kLeastActivation);
  if (!page.palsy.warnings.empty()) {
    body += "<h3>Warnings</h3>\n<ul>";
    for (const std::string& warning : page.palsy.warnings)
      body += fmt::format("<li>{}</li>", escaped(warning));
    body += "</ul>\n";
  }
  if (!page.left_out.empty()) body += fmt::format("<p>Marks: {}</p>\n", escaped(page.left_out));
  if (!page.pictures_problem.empty())
    body += fmt::format("<p class=\"soft\">No pictures: {}</p>\n", escaped(page.pictures_problem));
  body += quotients(page);
  for (const PalsyResult& result : page.palsy.results) body += section(page, result);
  return html_page(page.name, "Tasks of facial palsy", body, page.version, kStyle);
}

}  // namespace auriga
