#include "core/service/key_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "core/service/key_form.h"
#include "core/service/tenant_form.h"

namespace core {
namespace {

constexpr Form::Text kSlugRule{.characters_min = 1, .characters_max = 100};
constexpr Form::Text kDisplayRule{.characters_min = 1, .characters_max = 32};
constexpr Form::Text kDigestRule{.characters_min = 64, .characters_max = 64};
constexpr Form::Integer kIdRule{.min = 1, .max = std::numeric_limits<std::int64_t>::max()};

// The value of a hexadecimal digit; nothing if it is none.
std::optional<unsigned> digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
  return std::nullopt;
}

std::optional<Digest> parse_digest(std::string_view hex) noexcept {
  Digest digest;
  if (hex.size() != 2 * digest.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const auto high = digit_of(hex[2 * i]);
    const auto low = digit_of(hex[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    digest.bytes[i] = static_cast<std::byte>(*high << 4 | *low);
  }
  return digest;
}

void read_digest(Form& form, CreateKey& create) {
  if (form.has("key")) {
    form.issue("key", "must not be sent: send its sha256");
    form.json("key", std::numeric_limits<std::size_t>::max());
  }
  form.require("sha256");
  const auto hex = form.text("sha256", kDigestRule);
  const auto digest = hex ? parse_digest(*hex) : std::nullopt;
  if (hex && !digest) form.issue("sha256", "must be hexadecimal");
  create.digest = digest.value_or(create.digest);
}

void read_tenant(Form& form, ImportedKey& imported) {
  if (!form.has("tenant")) form.require("tenant_id");
  imported.key.tenant_id = static_cast<TenantId>(form.integer("tenant_id", kIdRule).value_or(0));
  const auto slug = form.text("tenant", kSlugRule);
  if (!slug) return;
  if (form.has("tenant_id")) form.issue("tenant", "must not stand beside tenant_id");
  if (!is_slug(*slug)) form.issue("tenant", "names no tenant");
  imported.tenant_slug = *slug;
}

}  // namespace

ImportedKey read_imported_key(Form& form, WallMicros now) {
  ImportedKey imported;
  imported.key = read_key_settings(form, now);
  read_tenant(form, imported);
  read_digest(form, imported.key);
  imported.key.display = form.text("display", kDisplayRule).value_or(std::string(kImportedDisplay));
  return imported;
}

std::expected<ImportRequest, std::vector<FieldIssue>> read_import(JsonValue body, WallMicros now) {
  Form form(body);
  form.require("keys");
  const auto keys = form.list("keys");
  if (keys && keys->size() > kImportedKeysMax) {
    form.issue("keys", fmt::format("must be at most {}", kImportedKeysMax));
  }
  if (auto issues = form.finish(); !issues.empty()) return std::unexpected(std::move(issues));
  ImportRequest request;
  request.import.keys.reserve(keys->size());
  std::uint32_t index = 0;
  for (const JsonValue value : keys->elements()) {
    Form key_form(value);
    ImportedKey imported = read_imported_key(key_form, now);
    imported.index = index++;
    const auto issues = key_form.finish();
    if (issues.empty()) request.import.keys.push_back(std::move(imported));
    for (const FieldIssue& issue : issues) {
      request.refused.push_back({index - 1, issue.field, issue.message});
    }
  }
  return request;
}

std::string to_json(const ImportReport& report) {
  std::vector<ImportReport::Refused> refused = report.refused;
  std::ranges::stable_sort(refused, {}, &ImportReport::Refused::index);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("created").uint64(report.created).key("existing").uint64(report.existing);
  json.key("first_id");
  if (report.created > 0) {
    json.uint64(report.first_id);
  } else {
    json.null();
  }
  json.key("refused").begin_array();
  for (const ImportReport::Refused& each : refused) {
    json.begin_object().key("index").uint64(each.index);
    json.key("field").string(each.field).key("message").string(each.message).end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace core
