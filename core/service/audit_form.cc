#include "core/service/audit_form.h"

#include "core/base/json_writer.h"

namespace core {
namespace {

void write_id(JsonWriter& json, std::string_view name, std::uint64_t id) {
  json.key(name);
  if (id == 0) {
    json.null();
  } else {
    json.uint64(id);
  }
}

}  // namespace

void append_json(std::string& out, const AuditEntry& entry) {
  JsonWriter json(out);
  json.begin_object();
  json.key("id").uint64(entry.id);
  json.key("created_at").string(to_rfc3339(entry.created_at));
  json.key("actor").string(entry.actor);
  write_id(json, "actor_id", entry.actor_id);
  json.key("ip_address");
  if (entry.address == Address{}) {
    json.null();
  } else {
    json.string(format_address(entry.address));
  }
  json.key("request_id");
  if (entry.request_id.empty()) {
    json.null();
  } else {
    json.string(entry.request_id);
  }
  json.key("action").string(entry.action);
  json.key("resource").string(entry.resource);
  json.key("row_id").uint64(entry.row_id);
  write_id(json, "tenant_id", entry.tenant_id);
  json.key("before").raw(entry.before);
  json.key("after").raw(entry.after);
  json.end_object();
}

}  // namespace core
