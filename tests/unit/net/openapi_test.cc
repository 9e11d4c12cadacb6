#include "net/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "net/openapi_operation.h"
#include "net/router.h"
#include "tests/support/json_text.h"
#include "tests/support/resource_reading.h"

namespace net {
namespace {

core::Resource things() {
  core::Resource resource;
  resource.id = 16;
  resource.schema = test::schema_of({"number:string:required,unique", "amount:money:index"});
  return resource;
}

std::string document(const core::Resource& resource) {
  const core::Resource* const defined[] = {&resource};
  return render_openapi(described_resources(defined));
}

// Routes that are not in the document, each with the reason.
struct Exception {
  RouteId route;
  std::string_view reason;
};
constexpr Exception kExceptions[] = {
    {RouteId::kNone, "no route"},
    {RouteId::kRefused, "no route"},
    {RouteId::kAuthz, "asked by gateways in six protocols of their own, any method: docs/gateways"},
};

// The path that stands for the pattern in a document of things().
std::string path_of(const RouteInfo& route) {
  constexpr std::string_view kName = "{resource}";
  std::string path(route.pattern);
  const std::size_t at = path.find(kName);
  if (at != path.npos) path.replace(at, kName.size(), "things");
  return path;
}

TEST(OpenApi, HasEveryMethodOfEveryRouteThatIsNoException) {
  const std::string text = document(things());
  const test::JsonText json(text);
  for (const RouteInfo& route : all_routes()) {
    if (std::ranges::find(kExceptions, route.id, &Exception::route) != std::end(kExceptions)) {
      continue;
    }
    const auto path = json.at("paths").find(path_of(route));
    ASSERT_TRUE(path) << route.pattern
                      << " is neither in net/openapi_tables.cc nor an exception in this test";
    for (const Method method :
         {Method::kGet, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete}) {
      EXPECT_EQ((route.methods & method_bit(method)) != 0,
                path->find(operation_name(method)).has_value())
          << route.pattern << " " << operation_name(method);
    }
  }
}

// Collects every member of that name, anywhere.
void collect(core::JsonValue value, std::string_view name, std::vector<std::string>& out) {
  if (value.kind() == core::JsonKind::kArray) {
    for (const core::JsonValue element : value.elements()) collect(element, name, out);
  } else if (value.kind() == core::JsonKind::kObject) {
    for (const auto& [key, member] : value.members()) {
      if (key == name && member.as_string()) out.emplace_back(*member.as_string());
      collect(member, name, out);
    }
  }
}

TEST(OpenApi, RefersOnlyToWhatItHas) {
  const std::string text = document(things());
  const test::JsonText json(text);
  std::vector<std::string> references;
  collect(json.root(), "$ref", references);
  EXPECT_GT(references.size(), 100U);
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/"));
    json.at(reference.substr(2));  // A CHECK where it is not there.
  }
}

TEST(OpenApi, NamesEveryOperationOnce) {
  const std::string text = document(things());
  std::vector<std::string> ids;
  collect(test::JsonText(text).root(), "operationId", ids);
  const std::set<std::string> unique(ids.begin(), ids.end());
  EXPECT_EQ(unique.size(), ids.size());
  EXPECT_TRUE(unique.contains("listThings"));
  EXPECT_TRUE(unique.contains("createKey"));
}

TEST(OpenApi, ListsEveryCodeOfRefusalsOnce) {
  const std::string text = document(things());
  const std::string codes =
      test::JsonText(text)
          .at("components/schemas/Failure/properties/error/properties/code/enum")
          .minify();
  for (const std::string_view code :
       {"BAD_REQUEST", "UNAUTHORIZED", "VALIDATION_ERROR", "SERVICE_UNAVAILABLE"}) {
    const std::string quoted = '"' + std::string(code) + '"';
    EXPECT_NE(codes.find(quoted), codes.npos) << code;
    EXPECT_EQ(codes.find(quoted), codes.rfind(quoted)) << code;
  }
}

TEST(OpenApi, HasAVersionThatChangesWithTheDefinitions) {
  core::Resource resource = things();
  const core::Resource* const one[] = {&resource};
  const std::uint64_t before = openapi_version(one);
  EXPECT_EQ(openapi_version(one), before);
  EXPECT_NE(openapi_version({}), before);
  resource.version = 2;
  EXPECT_NE(openapi_version(one), before);
  EXPECT_NE(before, 0U);
}

TEST(OpenApi, DescribesDataAlways) {
  const std::string text = render_openapi(described_resources({}));
  EXPECT_TRUE(test::JsonText(text).at("paths").find("/api/data").has_value());
}

}  // namespace
}  // namespace net
