// Values of the moment against a neutral face that was shown during the stream.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>

#include "au/estimator.hpp"

namespace auriga {

// Beside the persons of a stream, whose values it leaves alone: while a neutral face is shown it
// learns that of every face id; afterwards it tells values of the moment against it. Memory does
// not grow with the number of rows. One thread at a time.
class ShownNeutral {
 public:
  explicit ShownNeutral(std::shared_ptr<const AuEstimator> estimator)
      : estimator_(std::move(estimator)) {}

  // From the next row on faces are neutral. Begins anew where that is so already.
  void begin();
  // Until here they were. False: no face was seen meanwhile, and what was known before holds on.
  bool end();
  bool under_way() const { return under_way_; }
  // What was shown is forgotten.
  void forget();

  // The next row, as People::add().
  void add(int face_id, const AuEvidence& evidence, int i);
  // Of the row added last, as AuPerson::now(). False, with nothing written: its face has not shown
  // a neutral one.
  bool now(std::span<double> intensities, std::span<double> presences) const;
  // What was learnt of a face id; nothing where it has shown none.
  std::optional<Calibration> calibration(int face_id) const;

 private:
  using Persons = std::map<int, std::unique_ptr<AuPerson>>;

  std::shared_ptr<const AuEstimator> estimator_;
  bool under_way_ = false;
  Persons showing_;   // learn
  Persons compared_;  // have learnt
  const AuPerson* latest_ = nullptr;
};

}  // namespace auriga
