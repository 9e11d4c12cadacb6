#include "net/openapi_tables.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/service/admin_token_form.h"
#include "core/service/key_form.h"
#include "core/service/key_import.h"
#include "core/service/resource_form.h"
#include "core/service/tenant_form.h"
#include "core/service/webhook_form.h"
#include "tests/support/form_reading.h"
#include "tests/support/json_text.h"

namespace net {
namespace {

// Whether a form that is read so takes the operation's example.
template <typename Read>
bool takes_example(const Operation& operation, Read read) {
  return test::FormReading(operation.example, read).issues.empty();
}

// As an admin sends them.
bool is_accepted_webhook(const Operation& operation) {
  const auto good = [&](auto read) { return takes_example(operation, read); };
  if (operation.body == "WebhookCreate") {
    return good([](core::Form& form) { return core::read_create_webhook(form, {}); });
  }
  if (operation.body == "WebhookReplace") {
    return good([](core::Form& form) { return core::read_replace_webhook(form, 1); });
  }
  if (operation.body == "WebhookUpdate") {
    return good([](core::Form& form) { return core::read_update_webhook(form, 1); });
  }
  return operation.body == "WebhookRotate" &&
         good([](core::Form& form) { return core::read_rotate_webhook(form, 1); });
}

// Whether the form that the route reads its body with takes the example; by the body's schema.
bool is_accepted(const Operation& operation) {
  const auto good = [&](auto read) { return takes_example(operation, read); };
  if (operation.body == "TenantCreate") return good(core::read_create_tenant);
  if (operation.body == "TenantReplace") {
    return good([](core::Form& form) { return core::read_replace_tenant(form, 1); });
  }
  if (operation.body == "TenantUpdate") {
    return good([](core::Form& form) { return core::read_update_tenant(form, 1); });
  }
  if (operation.body == "ApiKeyCreate") {
    return good([](core::Form& form) { return core::read_create_key(form, 0); });
  }
  if (operation.body == "ApiKeyReplace") {
    return good([](core::Form& form) { return core::read_replace_key(form, 1); });
  }
  if (operation.body == "ApiKeyUpdate") {
    return good([](core::Form& form) { return core::read_update_key(form, 1); });
  }
  if (operation.body == "ApiKeyRotate") {
    return good([](core::Form& form) { return core::read_rotate_key(form, 1); });
  }
  if (operation.body == "AdminTokenCreate") {
    return good([](core::Form& form) { return core::read_create_admin_token(form, 0); });
  }
  if (operation.body == "AdminTokenUpdate") {
    return good([](core::Form& form) { return core::read_update_admin_token(form, 1); });
  }
  if (operation.body.starts_with("Webhook")) return is_accepted_webhook(operation);
  const test::JsonText body(operation.example);
  if (operation.body == "ApiKeyImport") {
    const auto request = core::read_import(body.root(), 0);
    return request && request->refused.empty() && request->import.keys.size() == 1;
  }
  std::vector<core::FieldIssue> issues;
  if (operation.body == "ResourceCreate") {
    core::read_resource(body.root(), issues);
    return issues.empty();
  }
  if (operation.body == "IndexCreate") return body.root().find("field").has_value();
  if (operation.body == "ResourceUpdate") {
    core::read_field(*body.at("add_fields").elements().begin(), "", issues);
    return issues.empty();
  }
  return operation.body == "KeyQuestion" && body.root().find("key").has_value();
}

TEST(OpenApiTables, HaveExamplesThatTheFormsAccept) {
  for (const FixedOperation& each : fixed_operations()) {
    EXPECT_EQ(each.operation.body.empty(), each.operation.example.empty());
    if (each.operation.body.empty()) continue;
    EXPECT_TRUE(is_accepted(each.operation)) << each.operation.id;
  }
}

TEST(OpenApiTables, NameOnlyParametersThatThereAre) {
  std::set<std::string_view> known;
  for (const NamedJson& parameter : fixed_parameters()) {
    EXPECT_TRUE(known.insert(parameter.name).second);
    const test::JsonText json(parameter.json);
    EXPECT_TRUE(parameter.name.ends_with(*json.at("name").as_string())) << parameter.name;
  }
  const auto check = [&](const Operation& operation) {
    for_each_word(operation.parameters, [&](std::string_view name) {
      EXPECT_TRUE(known.contains(name)) << operation.id << " " << name;
    });
  };
  for (const FixedOperation& each : fixed_operations()) check(each.operation);
  for (const Operation& operation : row_operations()) check(operation);
}

TEST(OpenApiTables, NameOnlyTagsThatThereAre) {
  std::set<std::string_view> known;
  for (const Tag& tag : fixed_tags()) known.insert(tag.name);
  for (const FixedOperation& each : fixed_operations()) EXPECT_TRUE(known.contains(each.tag));
}

}  // namespace
}  // namespace net
