#include "storage/first_answer.h"

#include <limits>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "storage/admin_codec.h"
#include "storage/catalog_codec.h"
#include "storage/webhook_codec.h"

namespace storage {

namespace {

using core::OutcomeCode;

// The numbers that outcomes and rows have in the store, whatever becomes of the enums.
struct StoredCode {
  OutcomeCode code;
  std::uint8_t number;
};
constexpr StoredCode kCodes[] = {
    {OutcomeCode::kDone, 1},           {OutcomeCode::kNotFound, 2}, {OutcomeCode::kConflict, 3},
    {OutcomeCode::kVersionDiffers, 4}, {OutcomeCode::kInvalid, 5},
};

enum RowKind : std::uint8_t {
  kNoRow,
  kTenantRow,
  kKeyRow,
  kResourceRow,
  kResourceDefinition,
  kAdminTokenRow,
  kWebhookRow,
};

std::uint8_t number_of(OutcomeCode code) noexcept {
  for (const StoredCode& each : kCodes) {
    if (each.code == code) return each.number;
  }
  return 0;
}

std::optional<OutcomeCode> code_of(std::uint8_t number) noexcept {
  for (const StoredCode& each : kCodes) {
    if (each.number == number) return each.code;
  }
  return std::nullopt;
}

std::uint16_t length_of(const std::string& text) {
  CHECK(text.size() <= std::numeric_limits<std::uint16_t>::max());
  return static_cast<std::uint16_t>(text.size());
}

// Writes the row behind the head, and what the head says of it into it.
class RowWriter {
 public:
  RowWriter(AnswerHead& head, core::Bytes key) noexcept : head_(head), key_(key) {}

  std::string operator()(const std::monostate&) { return {}; }
  std::string operator()(const core::PurgeTally&) { return {}; }
  std::string operator()(const core::ImportReport&) { return {}; }
  std::string operator()(const core::IndexTally&) { return {}; }
  std::string operator()(const core::Tenant& tenant) {
    note(kTenantRow, tenant.id);
    return encode(tenant, key_);
  }
  std::string operator()(const core::ApiKey& api_key) {
    note(kKeyRow, api_key.id);
    return encode(api_key, key_);
  }
  std::string operator()(const core::Resource& resource) {
    note(kResourceDefinition, resource.id);
    return encode(resource, key_);
  }
  std::string operator()(const core::AdminToken& token) {
    note(kAdminTokenRow, token.id);
    return encode(token, key_);
  }
  std::string operator()(const core::Webhook& webhook) {
    note(kWebhookRow, webhook.id);
    return encode(webhook, key_);
  }
  std::string operator()(const core::RowImage& row) {
    note(kResourceRow, row.id);
    head_.row_version = row.version;
    return row.json;
  }

 private:
  void note(RowKind kind, std::uint64_t id) noexcept {
    head_.row_kind = kind;
    head_.row_id = id;
  }

  AnswerHead& head_;
  core::Bytes key_;
};

// Reads the row of `head` into the outcome; false: it is none.
bool read_row(const AnswerHead& head, core::Bytes key, core::Bytes bytes, core::Outcome& outcome) {
  const auto keep = [&outcome](auto&& row) {
    if (row) outcome.row = *std::move(row);
    return row.has_value();
  };
  switch (head.row_kind) {
    case kNoRow:
      return bytes.empty();
    case kResourceRow:
      outcome.row = core::RowImage{.id = head.row_id,
                                   .version = head.row_version,
                                   .json = std::string(core::as_text(bytes))};
      return true;
    default:
      break;
  }
  const auto payload = unseal(key, bytes);
  if (!payload) return false;
  switch (head.row_kind) {
    case kTenantRow:
      return keep(decode_tenant(head.row_id, *payload));
    case kKeyRow:
      return keep(decode_key(head.row_id, *payload));
    case kResourceDefinition:
      return keep(decode_resource(static_cast<core::ResourceId>(head.row_id), *payload));
    case kAdminTokenRow:
      return keep(decode_admin_token(head.row_id, *payload));
    case kWebhookRow:
      return keep(decode_webhook(head.row_id, *payload));
    default:
      return false;
  }
}

}  // namespace

bool is_kept(const core::Outcome& outcome) noexcept {
  return number_of(outcome.code) != 0 && !std::holds_alternative<core::ImportReport>(outcome.row);
}

std::string encode(const FirstAnswer& answer, core::Bytes key) {
  const core::Outcome& outcome = answer.outcome;
  AnswerHead head{.code = number_of(outcome.code),
                  .field_bytes = length_of(outcome.field),
                  .message_bytes = length_of(outcome.message),
                  .when = answer.when,
                  .request = answer.request.bytes};
  CHECK(head.code != 0);
  const std::string row = std::visit(RowWriter(head, key), outcome.row);
  std::string out;
  out.reserve(sizeof head + outcome.field.size() + outcome.message.size() + row.size() +
              kChecksumBytes);
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  out += outcome.field;
  out += outcome.message;
  out += row;
  seal(out, key);
  return out;
}

std::optional<FirstAnswer> decode_first_answer(core::Bytes key, core::Bytes payload) {
  static_assert(std::has_unique_object_representations_v<AnswerHead>,
                "no padding in stored values");
  AnswerHead head;
  if (payload.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, payload.data(), sizeof head);
  const std::string_view texts = core::as_text(payload.subspan(sizeof head));
  const auto code = code_of(head.code);
  const std::size_t row_at = std::size_t{head.field_bytes} + head.message_bytes;
  if (head.layout != AnswerHead{}.layout || !code || texts.size() < row_at) return std::nullopt;
  FirstAnswer answer{
      .when = head.when,
      .request = {head.request},
      .outcome = {.code = *code,
                  .field = std::string(texts.substr(0, head.field_bytes)),
                  .message = std::string(texts.substr(head.field_bytes, head.message_bytes)),
                  .row = {}}};
  if (!read_row(head, key, core::as_bytes(texts.substr(row_at)), answer.outcome)) {
    return std::nullopt;
  }
  return answer;
}

}  // namespace storage
