#include "core/service/row_form.h"

#include <gtest/gtest.h>

#include "tests/support/form_reading.h"

namespace core {
namespace {

using test::FormReading;
using test::Issues;
using test::times;

constexpr Caller kCaller{.key_id = 3, .tenant_id = 5};

auto create(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_create_row(form, kCaller); });
}
auto replace(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_replace_row(form, kCaller, 9); });
}
auto change(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_update_row(form, kCaller, 9); });
}

TEST(RowForm, CreatesWithANullValueWhereNoneIsSent) {
  const auto form = create(R"({"name":"n"})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.name, "n");
  EXPECT_EQ(form.value.value, "null");
  EXPECT_EQ(form.value.caller.key_id, 3U);
  EXPECT_EQ(form.value.caller.tenant_id, 5U);
  EXPECT_EQ(create(R"({"name":"n","value":{"a": 1}})").value.value, R"({"a":1})");
}

TEST(RowForm, NamesAllThatDoesNotFitAtOnce) {
  EXPECT_EQ(create(R"({"value":1,"tenant_id":5})").issues,
            (Issues{{"name", "is required"}, {"tenant_id", "is not a known field"}}));
}

TEST(RowForm, SetsEveryFieldInAPutAndRequiresTheName) {
  const auto form = replace(R"({"name":"n"})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.id, 9U);
  EXPECT_EQ(form.value.name, "n");
  EXPECT_EQ(form.value.value, "null");
  EXPECT_EQ(replace(R"({"value":1})").issues, (Issues{{"name", "is required"}}));
}

TEST(RowForm, SetsOnlyWhatIsSentInAPatch) {
  const auto value = change(R"({"value":[]})");
  EXPECT_EQ(value.issues, Issues{});
  EXPECT_EQ(value.value.name, std::nullopt);
  EXPECT_EQ(value.value.value, "[]");
  EXPECT_EQ(change(R"({"value":null})").value.value, "null");
  const auto name = change(R"({"name":"m"})");
  EXPECT_EQ(name.value.name, "m");
  EXPECT_EQ(name.value.value, std::nullopt);
  EXPECT_EQ(name.value.id, 9U);
  EXPECT_EQ(name.value.caller.tenant_id, 5U);
}

TEST(RowForm, BoundsTheValueAtItsCompactSize) {
  const auto with_value = [](std::size_t bytes) {  // Of the value, quotes included.
    return create(R"({"name":"n", "value": ")" + times(bytes - 2, "v") + R"("})").issues;
  };
  EXPECT_EQ(with_value(kRowValueBytesMax), Issues{});
  EXPECT_EQ(with_value(kRowValueBytesMax + 1),
            (Issues{{"value", "must have at most 262144 bytes as compact JSON"}}));
}

}  // namespace
}  // namespace core
