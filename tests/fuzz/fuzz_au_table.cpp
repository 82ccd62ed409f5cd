// A table of results and all that is computed of it.
#include <string>
#include <vector>

#include "fuzz_file.hpp"
#include "tables/annotations.hpp"
#include "tables/blinks.hpp"
#include "tables/events.hpp"
#include "tables/quality.hpp"
#include "tables/study.hpp"
#include "tables/summary.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  fuzz::with_file(bytes, size, [](const auto& file) { is_about_faces(file); });
  const auto read = [&](auto use) {
    fuzz::with_file(bytes, size, [&](const auto& file) {
      AuTable table = read_au_table(file, true);
      use(table);
    });
  };
  read([](AuTable& table) {
    quality_json(quality_of(table, {})).text();
    for (const FaceTrack& face : table.faces) {
      if (face.frames.size() != face.times.size() || face.frames.size() != face.success.size())
        __builtin_trap();
      for (const AuEvent& event : find_events(table, face))
        if (event.last < event.first || !(event.end_s >= event.start_s)) __builtin_trap();
    }
    event_table(table, {}, ',');
    for (const AnnotationForm form : {AnnotationForm::elan, AnnotationForm::boris,
                                      AnnotationForm::textgrid, AnnotationForm::srt})
      annotation_text(form, event_tiers(table, {}), {"a.mp4", table.begin(), table.end(), 0});
  });
  read([](AuTable& table) {
    for (const FaceTrack& face : table.faces) {
      const Blinks blinks = find_blinks(table, face);
      blink_table(blinks, face.id, ',');
      blink_text(blinks);
      blink_json(blinks, table, face.id);
    }
  });
  read([](AuTable& table) {
    StudyForm form;
    form.parts = true;
    std::vector<StudyRow> rows = study_rows(table, {}, {});
    for (const TablePart& part : windows_of(table, std::max(1e-3, table.end() / 7)))
      for (StudyRow& row : study_rows(table, {}, {}, part)) rows.push_back(std::move(row));
    wide_table(rows, form);
    long_table(rows, form);
  });
  read([&](AuTable& table) {
    Mark mark{MarkKind::exclude, 2, 3, std::nullopt, std::nullopt, ""};
    exclude(table, Excluded({mark}));
    summary_text(table, "", {});
    summary_json(table, "", {});
    require_confidence(table, 0.5);
  });
  read([&](AuTable& table) {
    fuzz::with_file(bytes, size, [&](const auto& file) { add_truth(table, file); });
    summary_text(table, "");
  });
  return 0;
}
