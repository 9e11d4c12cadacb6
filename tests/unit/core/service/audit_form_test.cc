#include "core/service/audit_form.h"

#include <gtest/gtest.h>

namespace {

TEST(AuditForm, ShowsWhoDidWhatToWhich) {
  core::AuditEntry entry;
  entry.id = 9;
  entry.created_at = 1'000'000;
  entry.actor = "ops";
  entry.actor_id = 2;
  entry.address = *core::parse_address("192.0.2.1");
  entry.request_id = "r-1";
  entry.action = "key.rotated";
  entry.resource = "api_keys";
  entry.row_id = 4;
  entry.tenant_id = 5;
  entry.before = R"({"id":4})";
  entry.after = R"({"id":4,"x":1})";
  std::string json;
  core::append_json(json, entry);
  EXPECT_EQ(json,
            R"({"id":9,"created_at":"1970-01-01T00:00:01.000000Z","actor":"ops","actor_id":2,)"
            R"("ip_address":"192.0.2.1","request_id":"r-1","action":"key.rotated",)"
            R"("resource":"api_keys","row_id":4,"tenant_id":5,"before":{"id":4},)"
            R"("after":{"id":4,"x":1}})");
}

TEST(AuditForm, SaysNullOfWhatThereIsNot) {
  core::AuditEntry entry;
  entry.actor = core::kSystemName;
  std::string json;
  core::append_json(json, entry);
  for (const std::string name :
       {"actor_id", "ip_address", "request_id", "tenant_id", "before", "after"}) {
    EXPECT_NE(json.find("\"" + name + "\":null"), std::string::npos) << name;
  }
}

}  // namespace
