// Storage as a few containers, for tests of what stands above the ports.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/digest.h"
#include "core/base/random.h"
#include "core/base/secret_box.h"
#include "core/service/admin_ports.h"
#include "core/service/ports.h"

namespace test {

// Keys by the text of their secret; tenants by id.
class FakeAuthIndex final : public core::AuthIndex {
 public:
  bool find(const core::Digest& digest, core::AuthRecord& out) noexcept override {
    const auto at = records.find(core::to_hex(digest.bytes));
    if (at == records.end()) return false;
    out = at->second;
    return true;
  }
  bool reload(const core::Digest& digest, core::AuthRecord& out) noexcept override {
    ++reloads;
    if (on_reload) on_reload();
    return find(digest, out);
  }
  core::TenantState tenant(core::TenantId id) noexcept override {
    const auto at = tenants.find(id);
    return at == tenants.end() ? core::TenantState{} : at->second;
  }

  bool allows(const core::Digest& digest, core::AuthRecord& record,
              const core::Address& address) noexcept override {
    const auto at = networks.find(record.key_id);
    if (at != networks.end()) return core::is_in_any(address, at->second);
    return find(digest, record) && !record.has(core::AuthRecord::kAllowedIps);
  }

  // A key that may do all, with `burst` tokens of an hour's window.
  core::AuthRecord& add(std::string_view secret, core::KeyId id, core::TenantId tenant,
                        std::uint32_t burst = 1000) {
    core::ApiKey key;
    key.id = id;
    key.tenant_id = tenant;
    key.limit = {.rate_limit = burst, .window_s = 3600, .burst = burst};
    key.limiter_slot = static_cast<std::uint32_t>(id);
    tenants[tenant] = {.exists = true, .active = true};
    return records[core::to_hex(core::Hasher().sha256(secret).bytes)] = core::make_auth_record(key);
  }
  core::AuthRecord& record(std::string_view secret) {
    return records.at(core::to_hex(core::Hasher().sha256(secret).bytes));
  }

  std::unordered_map<std::string, core::AuthRecord> records;
  std::map<core::TenantId, core::TenantState> tenants;
  std::map<core::KeyId, std::vector<core::IpNetwork>> networks;
  std::function<void()> on_reload;
  int reloads = 0;
};

class FakeReader final : public core::CatalogReader {
 public:
  void begin_turn() noexcept override { ++turns; }
  void release() noexcept override { ++releases; }
  std::optional<core::Tenant> tenant(core::TenantId id) override { return get(tenant_rows, id); }
  std::optional<core::Tenant> tenant_of_slug(std::string_view slug) override {
    for (const auto& [id, tenant] : tenant_rows) {
      if (tenant.slug == slug && tenant.deleted_at == 0) return tenant;
    }
    return std::nullopt;
  }
  std::optional<core::ApiKey> key(core::KeyId id) override { return get(key_rows, id); }
  Counts counts() override { return {.tenants = tenant_rows.size(), .keys = key_rows.size()}; }
  core::Page<core::Tenant> tenants(const core::PageQuery& query) override {
    last_query = query;
    return page(tenant_rows, query);
  }
  core::Page<core::ApiKey> keys(const core::PageQuery& query) override {
    last_query = query;
    return page(key_rows, query);
  }
  std::optional<core::Webhook> webhook(core::WebhookId id) override {
    return get(webhook_rows, id);
  }
  core::Page<core::Webhook> webhooks(const core::PageQuery& query) override {
    last_query = query;
    return page(webhook_rows, query);
  }
  std::uint64_t count_webhooks(core::TenantId tenant) override {
    std::uint64_t count = 0;
    for (const auto& [id, webhook] : webhook_rows) {
      if (tenant == 0 || webhook.tenant_id == tenant) ++count;
    }
    return count;
  }
  const core::Resource* resource(std::string_view path) override {
    for (const core::Resource& each : defined) {
      if (each.schema.path == path) return &each;
    }
    return nullptr;
  }
  std::vector<const core::Resource*> resources() override {
    std::vector<const core::Resource*> all;
    for (const core::Resource& each : defined) all.push_back(&each);
    return all;
  }
  std::optional<core::Resource> resource_row(core::ResourceId id) override {
    for (const core::Resource& each : defined) {
      if (each.id == id) return each;
    }
    return std::nullopt;
  }
  std::vector<core::IndexBuild> index_builds() override { return builds; }
  std::optional<RowView> row(const core::RowsOf& of, core::RowId id) override {
    const auto at = rows_.find({of.tenant, id});
    if (at == rows_.end()) return std::nullopt;
    return RowView{at->second, 1};
  }
  FoundRows find_rows(const core::RowsOf& of, const core::RowQuery& query) override {
    last_row_query = query;
    const RowPage page = rows(of, 0, query.limit);
    return {.json = std::string(page.json), .count = page.count, .next = next_rows};
  }
  std::uint64_t count_rows(const core::RowsOf& of) override { return rows(of, 0, 1000).count; }
  RowPage rows(const core::RowsOf& of, core::RowId after_id, std::uint32_t limit) override {
    joined_.clear();
    RowPage page;
    core::RowId last = 0;
    for (const auto& [place, json] : rows_) {
      if (place.first != of.tenant || place.second <= after_id) continue;
      if (page.count == limit) {
        page.next_after_id = last;
        break;
      }
      if (page.count++ > 0) joined_ += ',';
      joined_ += json;
      last = place.second;
    }
    page.json = joined_;
    return page;
  }

  void add_row(core::TenantId tenant, core::RowId id, std::string json) {
    rows_[{tenant, id}] = std::move(json);
  }

  std::map<std::uint64_t, core::Tenant> tenant_rows;
  std::map<std::uint64_t, core::ApiKey> key_rows;
  std::map<std::uint64_t, core::Webhook> webhook_rows;
  std::vector<core::Resource> defined;
  std::vector<core::IndexBuild> builds;
  core::PageQuery last_query;
  core::RowQuery last_row_query;
  std::string next_rows;  // What find_rows() says of where to go on.
  int turns = 0;
  int releases = 0;

 private:
  template <typename Row>
  static std::optional<Row> get(const std::map<std::uint64_t, Row>& rows, std::uint64_t id) {
    const auto at = rows.find(id);
    return at == rows.end() ? std::nullopt : std::optional<Row>(at->second);
  }
  template <typename Row>
  static core::Page<Row> page(const std::map<std::uint64_t, Row>& rows,
                              const core::PageQuery& query) {
    core::Page<Row> page;
    for (auto at = rows.upper_bound(query.after_id); at != rows.end(); ++at) {
      if (page.rows.size() == query.limit) {
        page.next_after_id = page.rows.back().id;
        break;
      }
      page.rows.push_back(at->second);
    }
    return page;
  }

  std::map<std::pair<core::TenantId, core::RowId>, std::string> rows_;
  std::string joined_;
};

class FakeAdmins final : public core::AdminReader {
 public:
  std::optional<core::AdminToken> find_token(const core::Digest& digest) override {
    for (const auto& [id, token] : token_rows) {
      if (token.deleted_at == 0 && core::ct_equal(token.digest, digest)) return token;
    }
    return std::nullopt;
  }
  std::optional<core::AdminToken> token(core::AdminTokenId id) override {
    const auto at = token_rows.find(id);
    return at == token_rows.end() ? std::nullopt : std::optional(at->second);
  }
  core::Page<core::AdminToken> tokens(const core::PageQuery& query) override {
    last_query = query;
    core::Page<core::AdminToken> page;
    for (const auto& [id, token] : token_rows) page.rows.push_back(token);
    return page;
  }
  std::uint64_t count_tokens() override { return token_rows.size(); }
  std::optional<core::AuditEntry> audit_entry(core::AuditId id) override {
    const auto at = entries.find(id);
    return at == entries.end() ? std::nullopt : std::optional(at->second);
  }
  core::Page<core::AuditEntry> audit_entries(const core::AuditQuery& query) override {
    last_audit_query = query;
    core::Page<core::AuditEntry> page;
    for (const auto& [id, entry] : entries) page.rows.push_back(entry);
    return page;
  }
  std::uint64_t count_audit_entries() override { return entries.size(); }

  // A token with that text.
  core::AdminToken& add(std::string_view text, core::AdminRole role, core::TenantId tenant = 0) {
    core::AdminToken token;
    token.id = token_rows.size() + 1;
    token.name = "token " + std::to_string(token.id);
    token.digest = core::Hasher().sha256(text);
    token.role = role;
    token.tenant_id = tenant;
    return token_rows[token.id] = token;
  }

  std::map<core::AdminTokenId, core::AdminToken> token_rows;
  std::map<core::AuditId, core::AuditEntry> entries;
  core::PageQuery last_query;
  core::AuditQuery last_audit_query;
};

// Keeps what was asked until the test answers it.
template <typename Question>
struct Waiting {
  Question question;
  core::ReplyPost* post = nullptr;
  std::uint64_t token = 0;

  void answer(core::ReplyBody body) const { post->post({.token = token, .body = std::move(body)}); }
};

class FakeCommands final : public core::CommandSink {
 public:
  bool submit(core::Command&& command, core::ReplyPost& reply,
              std::uint64_t token) noexcept override {
    if (full) return false;
    waiting.push_back({std::move(command), &reply, token});
    return true;
  }
  Waiting<core::Command> take() {
    CHECK(!waiting.empty());
    Waiting<core::Command> first = std::move(waiting.front());
    waiting.pop_front();
    return first;
  }

  std::deque<Waiting<core::Command>> waiting;
  bool full = false;
};

class FakeCounter final : public core::RowCounter {
 public:
  bool ask(core::CountQuestion&& question, core::ReplyPost& reply,
           std::uint64_t token) noexcept override {
    if (!full) waiting.push_back({std::move(question), &reply, token});
    return !full;
  }

  std::deque<Waiting<core::CountQuestion>> waiting;
  bool full = false;
};

class FakeDesk final : public core::UsageDesk {
 public:
  bool ask(const core::UsageQuestion& question, core::ReplyPost& reply,
           std::uint64_t token) noexcept override {
    if (!full) usage.push_back({question, &reply, token});
    return !full;
  }
  bool ask(const core::UsageLogQuestion& question, core::ReplyPost& reply,
           std::uint64_t token) noexcept override {
    if (!full) logs.push_back({question, &reply, token});
    return !full;
  }
  bool ask(std::vector<core::KeyId>&& keys, core::ReplyPost& reply,
           std::uint64_t token) noexcept override {
    if (!full) totals.push_back({std::move(keys), &reply, token});
    return !full;
  }

  std::deque<Waiting<core::UsageQuestion>> usage;
  std::deque<Waiting<core::UsageLogQuestion>> logs;
  std::deque<Waiting<std::vector<core::KeyId>>> totals;
  bool full = false;
};

class FakeWords final : public core::LimiterWords {
 public:
  core::BucketWord& word(std::uint32_t slot) noexcept override { return words_[slot]; }
  std::int64_t offset_ns() const noexcept override { return 7 * core::kNanosPerSecond; }

 private:
  std::array<core::BucketWord, 4096> words_{};
};

class FakeUsage final : public core::UsageSink {
 public:
  struct Record {
    core::UsageEvent event;
    std::string endpoint;
  };

  bool reserve() noexcept override {
    if (full) return false;
    ++reserved;
    return true;
  }
  void cancel() noexcept override {
    CHECK(reserved > 0);
    --reserved;
  }
  std::uint64_t publish(const core::UsageEvent& event) noexcept override {
    CHECK(reserved > 0);
    --reserved;
    records.push_back({event, std::string(event.endpoint)});
    return records.size();
  }
  std::uint64_t synced() const noexcept override { return synced_; }

  void sync_all() { synced_ = records.size(); }

  std::vector<Record> records;
  int reserved = 0;
  bool full = false;

 private:
  std::uint64_t synced_ = 0;
};

// Bytes 0, 1, 2 ...: different on every call, the same in every run.
class CountingRandom final : public core::Random {
 public:
  void fill(core::MutableBytes out) noexcept override {
    for (std::byte& byte : out) byte = static_cast<std::byte>(next_++);
  }

 private:
  unsigned next_ = 0;
};

// Of a key that is always the same.
inline core::SecretBox secret_box() {
  constexpr std::array<std::byte, core::SecretBox::kKeyBytes> kKey{std::byte{7}};
  return core::SecretBox(kKey);
}

}  // namespace test
