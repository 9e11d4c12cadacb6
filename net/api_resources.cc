// Routes of the definitions of resources.
#include <fmt/format.h>

#include <limits>

#include "core/service/resource_form.h"
#include "net/api.h"

namespace net {
namespace {

// 0, which is no resource's, for one beyond all.
core::ResourceId asked_for(const Call& call) noexcept {
  const std::uint64_t id = call.exchange.route.row_id;
  return id <= std::numeric_limits<core::ResourceId>::max() ? static_cast<core::ResourceId>(id) : 0;
}

std::string to_json(const core::Outcome& outcome) {
  std::string json;
  core::append_json(json, std::get<core::Resource>(outcome.row));
  return json;
}

}  // namespace

void Api::list_resources(Call& call) {
  std::string json = "[";
  for (const core::Resource* const resource : parts_.reader.resources()) {
    if (resource->id < core::kFirstDefinedResource) continue;
    if (json.size() > 1) json.push_back(',');
    core::append_json(json, *resource);
  }
  json.push_back(']');
  responder_.success(call.exchange, call.out, 200, json);
}

void Api::show_resource(Call& call) {
  const auto resource = parts_.reader.resource_row(asked_for(call));
  if (!resource || resource->deleted_at != 0) return not_found(call, "No such resource");
  if (answer_unchanged(call, resource->version)) return;
  std::string json;
  core::append_json(json, *resource);
  responder_.success(call.exchange, call.out, 200, json);
}

void Api::create_resource(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  std::vector<core::FieldIssue> issues;
  core::CreateResource create{core::read_resource(*body, issues)};
  if (!issues.empty()) return responder_.invalid(call.exchange, call.out, issues);
  submit(call, {.change = std::move(create)},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           exchange.row_version = std::get<core::Resource>(outcome.row).version;
           responder_.success(exchange, out, 201, to_json(outcome));
         });
}

// {"add_fields":[...]}: fields are added behind those that there are.
void Api::change_resource(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  form.require("add_fields");
  core::AddFields change{asked_for(call), {}};
  std::vector<core::FieldIssue> issues;
  if (const auto fields = form.list("add_fields")) {
    std::size_t number = 0;
    for (const core::JsonValue field : fields->elements()) {
      change.fields.push_back(
          core::read_field(field, fmt::format("add_fields.{}", number++), issues));
    }
  }
  for (core::FieldIssue& issue : issues) form.issue(issue.field, issue.message);
  if (!accept(call, form)) return;
  submit(call, {.change = std::move(change)},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           exchange.row_version = std::get<core::Resource>(outcome.row).version;
           responder_.success(exchange, out, 200, to_json(outcome));
         });
}

void Api::delete_resource(Call& call) {
  const core::DeleteResource change{asked_for(call)};
  submit(call, {.change = change},
         [this](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           responder_.success(exchange, out, 200, to_json(outcome),
                              R"(,"message":"Resource deleted")");
         });
}

}  // namespace net
