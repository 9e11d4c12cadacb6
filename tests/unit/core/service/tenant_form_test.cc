#include "core/service/tenant_form.h"

#include <gtest/gtest.h>

#include "tests/support/form_reading.h"

namespace core {
namespace {

using test::FormReading;
using test::Issues;
using test::times;

constexpr std::string_view kSlugFault =
    "must be lower-case letters and digits in words joined by '-'";

auto create(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_create_tenant(form); });
}
auto change(std::string_view text) {
  return FormReading(text, [](Form& form) { return read_update_tenant(form, 7); });
}

TEST(TenantForm, MakesATenantOfANameAlone) {
  const auto form = create(R"({"name":"Acme"})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.name, "Acme");
  EXPECT_EQ(form.value.slug, "");  // The writer makes it from the name.
  EXPECT_EQ(form.value.plan, "free");
  EXPECT_TRUE(form.value.is_active);
}

TEST(TenantForm, TakesEveryFieldThatIsSent) {
  const auto form = create(R"({"name":"Acme","slug":"acme-2","plan":"pro","is_active":false})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.slug, "acme-2");
  EXPECT_EQ(form.value.plan, "pro");
  EXPECT_FALSE(form.value.is_active);
  EXPECT_EQ(create(R"({"name":"Acme","slug":null})").issues, Issues{});
}

TEST(TenantForm, NamesAllThatDoesNotFitAtOnce) {
  EXPECT_EQ(create(R"({"slug":"A","plan":"","is_active":"yes","id":1})").issues,
            (Issues{{"name", "is required"},
                    {"slug", std::string(kSlugFault)},
                    {"plan", "must not be empty"},
                    {"is_active", "must be true or false, not string"},
                    {"id", "is not a known field"}}));
}

TEST(TenantForm, BoundsThePlanAtFiftyCharacters) {
  const auto with_plan = [](std::size_t characters) {
    return create(R"({"name":"a","plan":")" + times(characters, "p") + R"("})").issues;
  };
  EXPECT_EQ(with_plan(50), Issues{});
  EXPECT_EQ(with_plan(51), (Issues{{"plan", "must have at most 50 characters"}}));
}

TEST(TenantForm, ChangesOnlyWhatIsSent) {
  const auto nothing = change("{}");
  EXPECT_EQ(nothing.issues, Issues{});
  EXPECT_EQ(nothing.value.id, 7U);
  EXPECT_FALSE(nothing.value.name || nothing.value.slug || nothing.value.plan ||
               nothing.value.is_active);
  const auto one = change(R"({"is_active":false})");
  EXPECT_EQ(one.value.is_active, false);
  EXPECT_FALSE(one.value.name);
  EXPECT_EQ(change(R"({"slug":null,"name":""})").issues,
            (Issues{{"slug", "must be a string, not null"}, {"name", "must not be empty"}}));
}

TEST(TenantForm, TakesSlugsOfLowerCaseWordsJoinedBySingleHyphens) {
  for (const std::string_view good : {"a", "0", "a-b", "a1-2b-c", "acme"}) {
    EXPECT_TRUE(is_slug(good)) << good;
  }
  for (const std::string_view bad :
       {"", "-", "-a", "a-", "a--b", "A", "a_b", "a b", "a.b", "\xC3\xA9"}) {
    EXPECT_FALSE(is_slug(bad)) << bad;
  }
  EXPECT_TRUE(is_slug(times(100, "a")));
  EXPECT_FALSE(is_slug(times(101, "a")));
}

TEST(TenantForm, WritesDeletedAtOnlyForADeletedTenant) {
  Tenant tenant{.id = 3,
                .name = "A \"b\"",
                .slug = "a-b",
                .plan = "pro",
                .is_active = false,
                .created_at = 1'000'001,
                .updated_at = 2'000'000};
  std::string json;
  append_json(json, tenant);
  EXPECT_EQ(json, R"({"id":3,"name":"A \"b\"","slug":"a-b","plan":"pro","is_active":false,)"
                  R"("created_at":"1970-01-01T00:00:01.000001Z",)"
                  R"("updated_at":"1970-01-01T00:00:02.000000Z"})");
  tenant.deleted_at = 3'000'000;
  json.clear();
  append_json(json, tenant);
  EXPECT_TRUE(json.ends_with(R"(,"deleted_at":"1970-01-01T00:00:03.000000Z"})")) << json;
}

TEST(TenantForm, ReplacesWhatIsNotSentByItsDefaultButForTheSlug) {
  const auto replace = [](std::string_view text) {
    return FormReading(text, [](Form& form) { return read_replace_tenant(form, 7); });
  };
  const auto form = replace(R"({"name":"n"})");
  EXPECT_EQ(form.issues, Issues{});
  EXPECT_EQ(form.value.id, 7U);
  EXPECT_EQ(form.value.name, "n");
  EXPECT_EQ(form.value.slug, std::nullopt);
  EXPECT_EQ(form.value.plan, "free");
  EXPECT_EQ(form.value.is_active, true);
  const auto full = replace(R"({"name":"n","slug":"s","plan":"pro","is_active":false})");
  EXPECT_EQ(full.value.slug, "s");
  EXPECT_EQ(full.value.plan, "pro");
  EXPECT_EQ(full.value.is_active, false);
  EXPECT_EQ(replace("{}").issues, (Issues{{"name", "is required"}}));
}

}  // namespace
}  // namespace core
