// Routes of the audit log.
#include "core/service/audit_form.h"
#include "net/api.h"

namespace net {
namespace {

core::AuditQuery read_audit_query(Query& query) {
  const core::PageQuery page = read_page(query);
  core::AuditQuery audit;
  audit.after_id = page.after_id;
  audit.limit = page.limit;
  const std::string sort = query.text("sort").value_or("id");
  if (sort != "id" && sort != "-id") query.issue("sort", "must be id or -id");
  audit.newest_first = sort == "-id";
  audit.row_id = query.integer("row_id", 1, kIdMax).value_or(0);
  audit.actor = query.text("actor").value_or("");
  audit.action = query.text("action").value_or("");
  audit.resource = query.text("resource").value_or("");
  if (audit.resource == "keys") audit.resource = "api_keys";  // The same collection's other name.
  audit.from = query.datetime("from").value_or(0);
  audit.to = query.datetime("to").value_or(0);
  return audit;
}

}  // namespace

void Api::list_audit(Call& call) {
  Query query(call.in.head.query);
  core::AuditQuery audit = read_audit_query(query);
  audit.tenant_id = read_tenant(call, query);
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  const auto page = parts_.admins.audit_entries(audit);
  std::string json = "[";
  for (const core::AuditEntry& entry : page.rows) {
    if (json.size() > 1) json += ',';
    core::append_json(json, entry);
  }
  json += ']';
  responder_.success(call.exchange, call.out, 200, json,
                     PageMeta(audit.limit, page.next_after_id).text());
}

void Api::show_audit(Call& call) {
  Query query(call.in.head.query);
  if (const auto issues = query.finish(); !issues.empty()) {
    return responder_.invalid(call.exchange, call.out, issues);
  }
  const auto entry = parts_.admins.audit_entry(call.exchange.route.row_id);
  if (!entry || !reaches(call, entry->tenant_id)) return not_found(call, "No such audit entry");
  std::string json;
  core::append_json(json, *entry);
  responder_.success(call.exchange, call.out, 200, json);
}

void Api::count_audit(Call& call) {
  answer_count(call, parts_.admins.count_audit_entries());
}

}  // namespace net
