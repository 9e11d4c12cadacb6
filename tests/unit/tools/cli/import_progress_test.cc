#include "tools/cli/import_progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "tests/support/sim_clock.h"

namespace tollgate {
namespace {

using OwnedFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

OwnedFile temporary() {
  return {std::tmpfile(), std::fclose};
}

std::string text_in(std::FILE* file) {
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

TEST(ProgressText, ShowsABarThePartTheRateAndWhatIsLeft) {
  EXPECT_EQ(progress_text({.lines = 250'000, .bytes = 50}, 200, 3.0, 80),
            "[#######.......................]   25 %  250000 keys  83333/s  0:09 left");
  EXPECT_EQ(progress_text({.lines = 10, .bytes = 200}, 200, 100.0, 80),
            "[##############################]  100 %  10 keys  0/s  0:00 left");
  EXPECT_EQ(progress_text({.lines = 10, .bytes = 2}, 200, 65.0, kNoBar),
            "  1 %  10 keys  0/s  107:15 left");
}

TEST(ProgressText, OfAPipeHasNoEndToCountTo) {
  EXPECT_EQ(progress_text({.lines = 100, .bytes = 50}, 0, 2.0, 80), "100 keys  50/s");
  EXPECT_EQ(progress_text({}, 0, 0, kNoBar), "0 keys  0/s");
  EXPECT_EQ(progress_text({}, 200, 0, kNoBar), "  0 %  0 keys  0/s");
}

TEST(ProgressText, KeepsToTheWidthWithASmallerBarOrNone) {
  for (std::size_t width = 1; width < 100; ++width) {
    const std::string text = progress_text({.lines = 12'345, .bytes = 100}, 200, 3.0, width);
    EXPECT_LE(text.size(), width) << text;
    EXPECT_EQ(text.starts_with('['), width >= 44) << width << text;
  }
}

TEST(ImportProgress, AddsUpAndWritesALineEachFiveSeconds) {
  const OwnedFile to = temporary();
  sim::SimClock clock;
  ImportProgress progress({.to = to.get(), .bytes_total = 100}, clock);
  progress.add({.lines = 10, .created = 7, .existing = 2, .refused = 1, .bytes = 10});
  clock.advance(5 * core::kNanosPerSecond);
  progress.add({.lines = 10, .created = 10, .bytes = 10});
  progress.add({.lines = 10, .created = 10, .bytes = 10});
  progress.finish();
  EXPECT_EQ(progress.counts().lines, 30U);
  EXPECT_EQ(progress.counts().created, 27U);
  EXPECT_EQ(progress.counts().refused, 1U);
  EXPECT_DOUBLE_EQ(progress.seconds(), 5.0);
  EXPECT_EQ(text_in(to.get()), "tollgate:  20 %  20 keys  4/s  0:20 left\n");
}

TEST(ImportProgress, WritesOverItsBarAndTakesItAwayBeforeALine) {
  const OwnedFile to = temporary();
  sim::SimClock clock;
  ImportProgress progress({.to = to.get(), .is_terminal = true, .width = 20, .bytes_total = 0},
                          clock);
  clock.advance(core::kNanosPerSecond);
  progress.add({.lines = 1});
  progress.refuse(7, "name", "is required");
  clock.advance(core::kNanosPerSecond);
  progress.add({.lines = 1});
  progress.finish();
  EXPECT_EQ(text_in(to.get()),
            "\r\x1b[K1 keys  1/s\r\x1b[Ktollgate: line 7: name: is required\n"
            "\r\x1b[K2 keys  1/s\r\x1b[K");
}

TEST(ImportProgress, TellsTwentyRefusalsAndKeepsAllInTheFile) {
  const OwnedFile to = temporary();
  const OwnedFile errors = temporary();
  sim::SimClock clock;
  ImportProgress progress({.to = to.get(), .errors = errors.get()}, clock);
  for (std::uint64_t line = 1; line <= 25; ++line) progress.refuse(line, "", "is \"bad\"");
  progress.finish();
  const std::string told = text_in(to.get());
  EXPECT_TRUE(told.contains("tollgate: line 20: is \"bad\"\ntollgate: and 5 more\n")) << told;
  const std::string kept = text_in(errors.get());
  EXPECT_EQ(std::ranges::count(kept, '\n'), 25);
  EXPECT_TRUE(kept.ends_with(R"({"line":25,"field":"","message":"is \"bad\""})"
                             "\n"));
}

}  // namespace
}  // namespace tollgate
