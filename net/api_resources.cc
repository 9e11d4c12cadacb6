// Routes of the definitions of resources.
#include <fmt/format.h>

#include <iterator>
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

}  // namespace

void Api::list_resources(Call& call) {
  std::string json = "[";
  for (const core::Resource* const resource : parts_.reader.resources()) {
    if (resource->id < core::kFirstDefinedResource) continue;
    if (json.size() > 1) json.push_back(',');
    append_resource(json, *resource);
  }
  json.push_back(']');
  responder_.success(call.exchange, call.out, 200, json);
}

void Api::show_resource(Call& call) {
  const auto resource = parts_.reader.resource_row(asked_for(call));
  if (!resource || resource->deleted_at != 0) return not_found(call, "No such resource");
  if (answer_unchanged(call, resource->version)) return;
  std::string json;
  append_resource(json, *resource);
  responder_.success(call.exchange, call.out, 200, json);
}

void Api::create_resource(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  std::vector<core::FieldIssue> issues;
  core::CreateResource create{core::read_resource(*body, issues)};
  if (!issues.empty()) return responder_.invalid(call.exchange, call.out, issues);
  submit_resource(call, {.change = std::move(create)});
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
  submit_resource(call, {.change = std::move(change)});
}

// {"field":"amount"}: the answer comes before the index is there, which index_builds tells.
void Api::add_index(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  core::Form form(*body);
  form.require("field");
  core::AddIndex change{asked_for(call), form.text("field", {1, core::kFieldNameMax}).value_or("")};
  if (!accept(call, form)) return;
  submit_resource(call, {.change = std::move(change)}, R"(,"message":"The index is being built")");
}

void Api::delete_resource(Call& call) {
  submit_resource(call, {.change = core::DeleteResource{asked_for(call)}},
                  R"(,"message":"Resource deleted")");
}

void Api::submit_resource(Call& call, core::Command&& command, std::string_view message) {
  submit(call, std::move(command),
         [this, message](Exchange& exchange, OutBuffer& out, core::ReplyBody& reply) {
           const auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           const auto& resource = std::get<core::Resource>(outcome.row);
           if (resource.deleted_at == 0) exchange.row_version = resource.version;
           const int status = exchange.route.id == RouteId::kResources ? 201 : 200;
           std::string json;
           append_resource(json, resource);
           responder_.success(exchange, out, status, json, message);
         });
}

// With the indexes that are being built, which are no part of its version.
void Api::append_resource(std::string& out, const core::Resource& resource) {
  core::append_json(out, resource);
  out.pop_back();
  out += R"(,"index_builds":[)";
  bool is_first = true;
  for (const core::IndexBuild& build : parts_.reader.index_builds()) {
    if (build.resource != resource.id) continue;
    fmt::format_to(std::back_inserter(out), R"({}{{"field":"{}","rows":{},"progress":{:.3f}}})",
                   is_first ? "" : ",", resource.schema.fields[build.field].name, build.rows,
                   build.progress);
    is_first = false;
  }
  out += "]}";
}

}  // namespace net
