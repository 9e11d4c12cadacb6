#include "tools/cli/output.h"

#include <gtest/gtest.h>

namespace tollgate {
namespace {

constexpr Terminal kPipe{};
constexpr Terminal kTerminal{.is_there = true, .width = 80};

template <typename Use>
std::string printed(const OutputOptions& options, const Terminal& terminal, Use use) {
  testing::internal::CaptureStdout();
  Output output(options, terminal);
  use(output);
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

void two_pages(Output& output) {
  output.begin_list({"id", "name"});
  output.page(R"([{"id":1,"name":"a"},{"id":2,"name":"b"}])");
  output.page("[]");
  output.page(R"([{"id":3,"name":"c"}])");
  output.end_list();
}

TEST(Output, IsJsonInAPipeAndATableOnATerminalUnlessTold) {
  EXPECT_TRUE(Output({}, kPipe).is_json());
  EXPECT_FALSE(Output({}, kTerminal).is_json());
  EXPECT_TRUE(Output({.as_json = true}, kTerminal).is_json());
  EXPECT_FALSE(Output({.as_table = true}, kPipe).is_json());
}

TEST(Output, JoinsPagesToOneDocument) {
  EXPECT_EQ(printed({}, kPipe, two_pages),
            R"([{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":3,"name":"c"}])"
            "\n");
  EXPECT_EQ(printed({}, kPipe,
                    [](Output& output) {
                      output.begin_list({"id"});
                      output.page("[]");
                      output.end_list();
                    }),
            "[]\n");
}

TEST(Output, JoinsPagesToOneTable) {
  EXPECT_EQ(printed({}, kTerminal, two_pages), "ID  NAME\n 1  a\n 2  b\n 3  c\n");
}

TEST(Output, LeavesAListOpenThatWasNotEnded) {
  const std::string text = printed({}, kPipe, [](Output& output) {
    output.begin_list({"id"});
    output.page(R"([{"id":1}])");
  });
  EXPECT_EQ(text, R"([{"id":1})");
}

TEST(Output, ShowsARowAsALineForEachMember) {
  const auto show = [](Output& output) {
    output.value(R"({"id":7,"rate_limit":null})");
    output.note("Key revoked");
  };
  EXPECT_EQ(printed({}, kPipe, show), R"({"id":7,"rate_limit":null})"
                                      "\n");
  EXPECT_EQ(printed({}, kTerminal, show), "id          7\nrate_limit  -\nKey revoked\n");
}

TEST(ReportFailure, BeginsEachLineWithTheProgramsName) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(report_failure("name: is required\nslug: is taken"), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "tollgate: name: is required\ntollgate: slug: is taken\n");
}

}  // namespace
}  // namespace tollgate
