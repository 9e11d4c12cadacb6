#include "storage/verify_admin.h"

#include "storage/change_context.h"
#include "storage/verify_walk.h"

namespace storage {

namespace {

class AdminVerifier {
 public:
  AdminVerifier(Records& records, VerifyReport& report)
      : records_(records), counters_(records.counters()), report_(report) {}

  core::Status run() {
    const CatalogTables& tables = records_.tables();
    STORE_TRY(walk({"admin_tokens", tables.admin_tokens}, &AdminVerifier::walk_token));
    STORE_TRY(
        walk({"admin_tokens_by_name", tables.admin_tokens_by_name}, &AdminVerifier::walk_name));
    STORE_TRY(walk({"admin_tokens_by_digest", tables.admin_tokens_by_digest},
                   &AdminVerifier::walk_digest));
    STORE_TRY(walk({"audit_log", tables.audit_log}, &AdminVerifier::walk_entry));
    STORE_TRY(walk({"audit_by_tenant", tables.audit_by_tenant}, &AdminVerifier::walk_place));
    compare_counts();
    return {};
  }

 private:
  using Step = void (AdminVerifier::*)(core::Bytes key, core::Bytes payload);

  core::Status walk(const WalkedTable& walked, Step step) {
    table_ = walked.name;
    return walk_values(records_.txn(), walked, report_,
                       [&](core::Bytes key, core::Bytes payload) { (this->*step)(key, payload); });
  }

  void expect(bool holds, core::Bytes key, std::string_view what) {
    if (!holds) report_.fault(table_, key, what);
  }

  void walk_token(core::Bytes key, core::Bytes payload) {
    const auto id = core::load<core::AdminTokenId>(key.data());
    const auto token = decode_admin_token(id, payload);
    if (!token) return report_.fault(table_, key, "the value is malformed");
    expect(id < counters_.next_admin_token_id, key, "the next id is not beyond it");
    // The tenant itself may be gone: retention takes deleted ones away.
    expect(token->tenant_id < counters_.next_tenant_id, key, "its tenant was never made");
    if (token->deleted_at != 0) return;
    ++tokens_;
    expect(records_.token_named(token->name) == id, key, "its name does not lead to it");
    expect(records_.token_under(token->digest.prefix()) == id, key,
           "its digest does not lead to it");
  }

  void walk_name(core::Bytes key, core::Bytes payload) {
    ++names_;
    const auto token = led_to(payload);
    expect(token && token->name == core::as_text(key), key, "no such token has the name");
  }

  void walk_digest(core::Bytes key, core::Bytes payload) {
    ++digests_;
    const auto token = led_to(payload);
    expect(token && token->digest.prefix() == core::load<std::uint64_t>(key.data()), key,
           "no such token has the digest");
  }

  // The token that is not deleted which an entry of an index names.
  std::optional<core::AdminToken> led_to(core::Bytes payload) {
    const auto id = decode_fixed<core::AdminTokenId>(payload);
    auto token = id ? records_.admin_token(*id) : std::nullopt;
    return token && token->deleted_at == 0 ? token : std::nullopt;
  }

  void walk_entry(core::Bytes key, core::Bytes payload) {
    const auto entry = decode_audit(payload);
    if (!entry) return report_.fault(table_, key, "the value is malformed");
    const auto id = core::load<core::AuditId>(key.data());
    expect(id < counters_.next_audit_id, key, "the next id is not beyond it");
    if (entry->head.tenant_id == 0) return;
    ++placed_entries_;
    const TenantScopedKey place(entry->head.tenant_id, id);
    const auto found = records_.txn().get(records_.tables().audit_by_tenant, place.bytes());
    expect(found && *found, key, "it is missing under its tenant");
  }

  void walk_place(core::Bytes key, core::Bytes payload) {
    ++places_;
    if (key.size() != TenantScopedKey::kBytes || !payload.empty()) {
      return report_.fault(table_, key, "the value is malformed");
    }
    const auto entry = records_.audit(TenantScopedKey::id(key));
    expect(entry && entry->head.tenant_id == TenantScopedKey::tenant(key), key,
           "there is no such entry of the tenant");
  }

  void compare_counts() {
    table_ = "meta";
    const core::Bytes key = core::as_bytes(kCountersKey);
    expect(counters_.admin_tokens == tokens_, key, "the count of admin tokens is wrong");
    expect(names_ == tokens_ && digests_ == tokens_, key,
           "there are more names or digests than admin tokens");
    expect(places_ == placed_entries_, key, "audit entries are missing under their tenants");
  }

  Records& records_;
  const Counters counters_;
  VerifyReport& report_;
  const char* table_ = "";
  std::uint64_t tokens_ = 0;  // Not deleted.
  std::uint64_t names_ = 0;
  std::uint64_t digests_ = 0;
  std::uint64_t placed_entries_ = 0;  // About a tenant.
  std::uint64_t places_ = 0;
};

}  // namespace

core::Status verify_admin_tables(Records& records, VerifyReport& report) {
  return AdminVerifier(records, report).run();
}

}  // namespace storage
