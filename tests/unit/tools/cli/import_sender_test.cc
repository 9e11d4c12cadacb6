#include "tools/cli/import_sender.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "tests/support/sim_clock.h"

namespace tollgate {
namespace {

using Answer = std::expected<AdminAnswer, AdminRefusal>;

Answer report(int created, const std::string& refused = "") {
  return AdminAnswer{R"({"created":)" + std::to_string(created) +
                         R"(,"existing":0,"first_id":1,"refused":[)" + refused + "]}",
                     "", ""};
}

ImportBatch batch_of(std::uint64_t line) {
  ImportBatch batch;
  batch.add(R"({"n":)" + std::to_string(line) + "}", line);
  batch.bytes = 10;
  return batch;
}

struct Rig {
  sim::SimClock clock;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> to{std::tmpfile(), std::fclose};
  ImportProgress progress{{.to = to.get()}, clock};
  std::atomic<int> pauses = 0;

  std::function<void(int)> pause() {
    return [this](int) { ++pauses; };
  }
  std::string told() {
    std::string text(static_cast<std::size_t>(std::ftell(to.get())), '\0');
    std::rewind(to.get());
    text.resize(std::fread(text.data(), 1, text.size(), to.get()));
    return text;
  }
};

TEST(ImportSender, SendsEachBatchOnceOverAllItsConnections) {
  Rig rig;
  std::mutex mutex;
  std::multiset<std::string> bodies;
  const ImportAsk ask = [&](const std::string& body) {
    const std::lock_guard lock(mutex);
    bodies.insert(body);
    return report(1);
  };
  ImportSender sender({ask, ask, ask}, rig.progress, rig.pause());
  for (std::uint64_t line = 0; line < 100; ++line) ASSERT_TRUE(sender.push(batch_of(line)));
  EXPECT_TRUE(sender.finish().has_value());
  EXPECT_EQ(bodies.size(), 100U);
  for (std::uint64_t line = 0; line < 100; ++line) {
    EXPECT_EQ(bodies.count(R"({"keys":[{"n":)" + std::to_string(line) + "}]}"), 1U);
  }
  EXPECT_EQ(rig.progress.counts().created, 100U);
  EXPECT_EQ(rig.progress.counts().bytes, 1000U);
}

TEST(ImportSender, NamesRefusedKeysByTheirLinesAndCountsThemOnce) {
  Rig rig;
  ImportBatch batch = batch_of(10);
  batch.add("{}", 20);
  batch.add("{}", 31);
  EXPECT_EQ(batch.body, R"({"keys":[{"n":10},{},{})");
  const ImportAsk ask = [](const std::string&) {
    return report(2, R"({"index":2,"field":"name","message":"is required"},)"
                     R"({"index":2,"field":"x","message":"is not a known field"})");
  };
  ImportSender sender({ask}, rig.progress, rig.pause());
  EXPECT_TRUE(sender.push(std::move(batch)));
  EXPECT_TRUE(sender.finish().has_value());
  EXPECT_EQ(rig.progress.counts().lines, 3U);
  EXPECT_EQ(rig.progress.counts().refused, 1U);
  EXPECT_EQ(rig.told(),
            "tollgate: line 31: name: is required\ntollgate: line 31: x: is not a known field\n");
}

TEST(ImportSender, SendsAgainWhatABusyServerDidNotTake) {
  Rig rig;
  std::atomic<int> asked = 0;
  const ImportAsk ask = [&](const std::string&) -> Answer {
    if (++asked <= 3) return std::unexpected(AdminRefusal{503, "busy"});
    return report(1);
  };
  ImportSender sender({ask}, rig.progress, rig.pause());
  EXPECT_TRUE(sender.push(batch_of(1)));
  EXPECT_TRUE(sender.finish().has_value());
  EXPECT_EQ(rig.pauses, 3);
  EXPECT_EQ(rig.progress.counts().created, 1U);
}

TEST(ImportSender, EndsWithAnyOtherFailureAndWithABusyServerAtLast) {
  for (const int status : {0, 401, 413, 503}) {
    Rig rig;
    const ImportAsk ask = [&](const std::string&) -> Answer {
      return std::unexpected(AdminRefusal{status, "no"});
    };
    ImportSender sender({ask, ask}, rig.progress, rig.pause());
    std::uint64_t line = 0;
    while (sender.push(batch_of(line))) ++line;
    EXPECT_EQ(sender.finish().error(), "no");
    EXPECT_EQ(rig.progress.counts().lines, 0U);
    EXPECT_EQ(rig.pauses > 0, status == 503);
  }
}

TEST(ImportSender, TakesNothingForAReportThatIsNone) {
  for (const char* answer : {"{}", "[]", R"({"created":1,"refused":[{"index":5}]})"}) {
    Rig rig;
    const ImportAsk ask = [&](const std::string&) -> Answer { return AdminAnswer{answer, "", ""}; };
    ImportSender sender({ask}, rig.progress, rig.pause());
    EXPECT_TRUE(sender.push(batch_of(1)));
    EXPECT_FALSE(sender.finish().has_value()) << answer;
  }
}

}  // namespace
}  // namespace tollgate
