#include "storage/catalog_codec.h"

#include <cstddef>
#include <span>

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/service/resource_form.h"

namespace storage {

namespace {

std::uint64_t checksum(core::Bytes key, core::Bytes payload) noexcept {
  return core::xxhash64(payload, core::xxhash64(key));
}

}  // namespace

std::string encode_networks(std::span<const core::IpNetwork> networks) {
  std::string bytes;
  bytes.reserve(networks.size() * kNetworkBytes);
  for (const core::IpNetwork& network : networks) {
    bytes += core::as_text(std::as_bytes(std::span(network.address)));
    bytes.push_back(static_cast<char>(network.bits));
  }
  return bytes;
}

core::IpNetwork decode_network(std::string_view bytes) noexcept {
  core::IpNetwork network;
  std::memcpy(network.address.data(), bytes.data(), network.address.size());
  network.bits = static_cast<std::uint8_t>(bytes[network.address.size()]);
  return network;
}

std::optional<std::vector<core::IpNetwork>> decode_networks(std::string_view bytes) {
  if (bytes.size() % kNetworkBytes != 0) return std::nullopt;
  std::vector<core::IpNetwork> networks;
  networks.reserve(bytes.size() / kNetworkBytes);
  for (; !bytes.empty(); bytes.remove_prefix(kNetworkBytes)) {
    networks.push_back(decode_network(bytes));
  }
  return networks;
}

void seal(std::string& value, core::Bytes key) {
  const std::uint64_t sum = checksum(key, core::as_bytes(value));
  value.append(reinterpret_cast<const char*>(&sum), sizeof sum);
}

std::optional<core::Bytes> unseal(core::Bytes key, core::Bytes stored) noexcept {
  if (stored.size() < kChecksumBytes) return std::nullopt;
  const core::Bytes payload = stored.first(stored.size() - kChecksumBytes);
  const auto sum = core::load<std::uint64_t>(stored.data() + payload.size());
  if (sum != checksum(key, payload)) return std::nullopt;
  return payload;
}

std::string encode(const core::Tenant& tenant, core::Bytes key) {
  std::string out;
  append_head(out, TenantHead{.flags = tenant.is_active ? TenantHead::kActive : std::uint8_t{0},
                              .name_bytes = checked_length<std::uint16_t>(tenant.name.size()),
                              .slug_bytes = checked_length<std::uint16_t>(tenant.slug.size()),
                              .plan_bytes = checked_length<std::uint16_t>(tenant.plan.size()),
                              .created_at = tenant.created_at,
                              .updated_at = tenant.updated_at,
                              .deleted_at = tenant.deleted_at,
                              .version = tenant.version});
  out += tenant.name;
  out += tenant.slug;
  out += tenant.plan;
  seal(out, key);
  return out;
}

std::optional<core::Tenant> decode_tenant(core::TenantId id, core::Bytes payload) {
  TenantHead head;
  std::string_view rest;
  if (!read_head(payload, head, rest)) return std::nullopt;
  TextReader texts(rest);
  core::Tenant tenant{.id = id,
                      .name = std::string(texts.take(head.name_bytes)),
                      .slug = std::string(texts.take(head.slug_bytes)),
                      .plan = std::string(texts.take(head.plan_bytes)),
                      .is_active = (head.flags & TenantHead::kActive) != 0,
                      .created_at = head.created_at,
                      .updated_at = head.updated_at,
                      .deleted_at = head.deleted_at,
                      .version = head.version};
  if (!texts.done()) return std::nullopt;
  return tenant;
}

std::string encode(const core::ApiKey& api_key, core::Bytes key) {
  const std::string scopes = join_texts(api_key.scopes);
  const std::string networks = encode_networks(api_key.allowed_ips);
  const core::RateLimit& limit = api_key.limit;
  const int flags = (api_key.is_active ? KeyHead::kActive : 0) |
                    (limit.rate_limit.has_value() ? 0 : KeyHead::kUnlimited);
  std::string out;
  append_head(out, KeyHead{.flags = static_cast<std::uint8_t>(flags),
                           .limit_generation = api_key.limit_generation,
                           .name_bytes = checked_length<std::uint16_t>(api_key.name.size()),
                           .display_bytes = checked_length<std::uint16_t>(api_key.display.size()),
                           .scopes_bytes = checked_length<std::uint32_t>(scopes.size()),
                           .metadata_bytes = checked_length<std::uint32_t>(api_key.metadata.size()),
                           .rate_limit = limit.rate_limit.value_or(0),
                           .window_s = limit.window_s,
                           .burst = limit.burst,
                           .limiter_slot = api_key.limiter_slot,
                           .tenant_id = api_key.tenant_id,
                           .version = api_key.version,
                           .previous_interval = api_key.previous_interval,
                           .expires_at = api_key.expires_at,
                           .created_at = api_key.created_at,
                           .updated_at = api_key.updated_at,
                           .deleted_at = api_key.deleted_at,
                           .digest = api_key.digest.bytes,
                           .previous_until_s = api_key.previous ? api_key.previous->until_s : 0,
                           .networks_bytes = checked_length<std::uint32_t>(networks.size())});
  out += api_key.name;
  out += api_key.display;
  out += scopes;
  out += api_key.metadata;
  out += networks;
  if (api_key.previous) out += core::as_text(api_key.previous->digest.bytes);
  seal(out, key);
  return out;
}

std::optional<core::ApiKey> decode_key(core::KeyId id, core::Bytes payload) {
  KeyHead head;
  std::string_view rest;
  if (!read_head(payload, head, rest)) return std::nullopt;
  TextReader texts(rest);
  core::ApiKey key;
  key.id = id;
  key.tenant_id = head.tenant_id;
  key.name = texts.take(head.name_bytes);
  key.display = texts.take(head.display_bytes);
  key.digest.bytes = head.digest;
  if (!split_texts(texts.take(head.scopes_bytes), key.scopes)) return std::nullopt;
  if ((head.flags & KeyHead::kUnlimited) != 0) {
    key.limit.rate_limit.reset();
  } else {
    key.limit.rate_limit = head.rate_limit;
  }
  key.limit.window_s = head.window_s;
  key.limit.burst = head.burst;
  key.is_active = (head.flags & KeyHead::kActive) != 0;
  key.expires_at = head.expires_at;
  key.metadata = texts.take(head.metadata_bytes);
  key.created_at = head.created_at;
  key.updated_at = head.updated_at;
  key.deleted_at = head.deleted_at;
  key.version = head.version;
  key.limiter_slot = head.limiter_slot;
  key.limit_generation = head.limit_generation;
  key.previous_interval = head.previous_interval;
  auto networks = decode_networks(texts.take(head.networks_bytes));
  if (!networks) return std::nullopt;
  key.allowed_ips = *std::move(networks);
  if (head.previous_until_s != 0) {
    core::PreviousSecret& previous = key.previous.emplace();
    previous.until_s = head.previous_until_s;
    const std::string_view digest = texts.take(previous.digest.bytes.size());
    if (digest.empty()) return std::nullopt;
    std::memcpy(previous.digest.bytes.data(), digest.data(), digest.size());
  }
  if (!texts.done()) return std::nullopt;
  return key;
}

std::string encode(const core::ResourceRow& row, const core::ResourceSchema& schema,
                   core::Bytes key) {
  std::vector<core::ValuePlace> places;
  const std::string json = to_json(row, schema, places);
  std::string out;
  out.reserve(sizeof(RowHead) + places.size() * sizeof(core::ValuePlace) + json.size() +
              kChecksumBytes);
  append_head(out, RowHead{.fields = checked_length<std::uint16_t>(places.size()),
                           .json_bytes = checked_length<std::uint32_t>(json.size()),
                           .created_at = row.created_at,
                           .updated_at = row.updated_at,
                           .deleted_at = row.deleted_at,
                           .version = row.version});
  out += core::as_text(std::as_bytes(std::span(places)));
  out += json;
  seal(out, key);
  return out;
}

std::optional<StoredRow> decode_row(core::Bytes payload) noexcept {
  StoredRow row;
  std::string_view rest;
  if (!read_head(payload, row.head, rest)) return std::nullopt;
  const std::size_t places_bytes = row.head.fields * sizeof(core::ValuePlace);
  if (rest.size() != places_bytes + row.head.json_bytes) return std::nullopt;
  row.places = core::as_bytes(rest.substr(0, places_bytes));
  row.json = rest.substr(places_bytes);
  for (std::size_t i = 0; i < row.head.fields; ++i) {
    const core::ValuePlace place = row.place_of(i);
    if (std::size_t{place.at} + place.bytes > row.json.size()) return std::nullopt;
  }
  return row;
}

std::string encode(const core::Resource& resource, core::Bytes key) {
  const std::string schema = to_json(resource.schema);
  std::string out;
  append_head(out, ResourceHead{.schema_bytes = checked_length<std::uint32_t>(schema.size()),
                                .created_at = resource.created_at,
                                .updated_at = resource.updated_at,
                                .deleted_at = resource.deleted_at,
                                .version = resource.version});
  out += schema;
  seal(out, key);
  return out;
}

std::optional<core::Resource> decode_resource(core::ResourceId id, core::Bytes payload) {
  ResourceHead head;
  std::string_view rest;
  if (!read_head(payload, head, rest) || rest.size() != head.schema_bytes) return std::nullopt;
  core::JsonParser parser(rest.size());
  const auto json = parser.parse(rest);
  if (!json) return std::nullopt;
  std::vector<core::FieldIssue> issues;
  core::Resource resource{.id = id,
                          .schema = core::read_resource(*json, issues),
                          .created_at = head.created_at,
                          .updated_at = head.updated_at,
                          .deleted_at = head.deleted_at,
                          .version = head.version};
  if (!issues.empty()) return std::nullopt;
  return resource;
}

std::optional<core::IndexBuild> decode_index_build(core::Bytes key, core::Bytes payload) noexcept {
  const auto value = decode_fixed<IndexBuildValue>(payload);
  if (key.size() != IndexBuildKey::kBytes || !value) return std::nullopt;
  const core::ResourceId resource = core::load_be32(key.data());
  return core::IndexBuild{.resource = resource,
                          .field = core::load_be16(key.data() + sizeof resource),
                          .tenant = value->tenant,
                          .row = value->row,
                          .rows = value->rows};
}

void RowSpace::write(std::byte* at) const noexcept {
  core::store_be64(at, tenant);
  core::store_be32(at + sizeof tenant, resource);
}

RowSpace RowSpace::read(const std::byte* at) noexcept {
  return {core::load_be64(at), core::load_be32(at + sizeof(core::TenantId))};
}

}  // namespace storage
