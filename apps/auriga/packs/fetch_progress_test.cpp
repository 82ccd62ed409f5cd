#include "packs/fetch_progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga::app {
namespace {

using std::chrono::seconds;

TEST(FetchRate, TellsWhatIsThereHowFastItComesAndHowLongItWillTake) {
  FetchRate rate;
  const FetchRate::Clock::time_point begin{};
  // 400 MB of an earlier attempt do not count as fast.
  EXPECT_EQ(rate.text({400'000'000, 451'000'000}, begin), "400.0 of 451.0 MB");
  EXPECT_EQ(rate.text({403'000'000, 451'000'000}, begin + seconds(1)),
            "403.0 of 451.0 MB, 3.0 MB/s, 0:16 left");
  EXPECT_EQ(rate.text({405'000'000, 10'000'000'000}, begin + seconds(2)),
            "405.0 of 10000.0 MB, 2.5 MB/s, 1:03:58 left");
  // The last ten seconds count.
  EXPECT_EQ(rate.text({425'000'000, 451'000'000}, begin + seconds(12)),
            "425.0 of 451.0 MB, 2.0 MB/s, 0:13 left");
  // A file is begun anew.
  EXPECT_EQ(rate.text({300'000'000, 451'000'000}, begin + seconds(13)), "300.0 of 451.0 MB");
  EXPECT_EQ(rate.text({300'000'000, 451'000'000}, begin + seconds(20)), "300.0 of 451.0 MB")
      << "nothing comes";
}

}  // namespace
}  // namespace auriga::app
