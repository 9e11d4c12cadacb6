// Random commands against a naive model, in transactions of random size and across restarts; what
// was stored must not depend on how the commands were grouped.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <type_traits>

#include "storage/store.h"
#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

constexpr std::uint64_t kSecrets = 40;
constexpr core::AdminTokenId kActorsMax = 12;  // Tokens that ask for changes.
constexpr core::WallMicros kStep = 50'000;     // Between two commands: 20 of them in an overlap.

// The store as maps of structs.
class Model {
 public:
  OutcomeCode apply(const core::Command& command) {
    when_ = command.when;
    confined_to_ = 0;
    if (command.actor) {
      if (const auto refused = refuse_actor(command.actor->token_id)) return *refused;
      confined_to_ = tokens_.at(command.actor->token_id).tenant;
    }
    if (!command.idempotency) return apply_change(command);
    const std::string key = core::to_hex(command.idempotency->key.bytes);
    const std::string request = core::to_hex(command.idempotency->request.bytes);
    const auto first = answers_.find(key);
    if (first != answers_.end() && when_ - first->second.when < core::kReplayWindow) {
      if (const auto refused = refuse_author(command)) return *refused;
      return first->second.request == request ? first->second.code : OutcomeCode::kInvalid;
    }
    const OutcomeCode code = apply_change(command);
    const bool is_kept =
        code != OutcomeCode::kCallerInvalid && code != OutcomeCode::kCallerInactive;
    if (is_kept) answers_[key] = {.request = request, .code = code, .when = when_};
    return code;
  }

  // What authentication must say of a secret: 0 unknown, else the key's id.
  core::KeyId key_of(std::uint64_t secret) const {
    for (const auto& [id, key] : keys_) {
      if (key.deleted_at == 0 && (key.secret == secret || key.previous == secret)) return id;
    }
    return 0;
  }
  bool is_active(core::KeyId id) const { return keys_.at(id).active; }
  core::TenantId tenant_of(core::KeyId id) const { return keys_.at(id).tenant; }
  core::TenantState state_of(core::TenantId id) const {
    const auto at = tenants_.find(id);
    if (at == tenants_.end() || at->second.deleted_at != 0) return {};
    return {.exists = true, .active = at->second.active};
  }
  std::vector<core::RowId> rows_of(core::TenantId id) const {
    std::vector<core::RowId> ids;
    for (const auto& [key, deleted_at] : rows_) {
      if (key.first == id && deleted_at == 0) ids.push_back(key.second);
    }
    return ids;
  }
  core::TenantId last_tenant() const { return last_tenant_; }

  // 0: no token that is not deleted has that digest.
  core::AdminTokenId token_with(const core::Digest& digest) const {
    for (const auto& [id, token] : tokens_) {
      if (token.deleted_at == 0 && core::ct_equal(token.digest, digest)) return id;
    }
    return 0;
  }
  std::uint64_t entries() const { return entries_.size(); }

 private:
  OutcomeCode apply_change(const core::Command& command) {
    const OutcomeCode code =
        std::visit([this](const auto& change) { return on(change); }, command.change);
    const bool is_audited = std::visit(
        [](const auto& change) {
          constexpr bool is_purge = std::is_same_v<std::decay_t<decltype(change)>, core::Purge>;
          return !is_purge && !requires {
            change.caller;
          };
        },
        command.change);
    if (code == OutcomeCode::kDone && is_audited) entries_.push_back(when_);
    return code;
  }
  std::optional<OutcomeCode> refuse_actor(core::AdminTokenId id) const {
    const auto at = tokens_.find(id);
    if (at == tokens_.end() || at->second.deleted_at != 0) return OutcomeCode::kCallerInvalid;
    const core::TenantId tenant = at->second.tenant;
    if (tenant != 0 && !state_of(tenant).exists) return OutcomeCode::kCallerInvalid;
    const core::WallMicros end = at->second.expires_at;
    if (end != 0 && end <= when_) return OutcomeCode::kCallerInvalid;
    if (tenant != 0 && !state_of(tenant).active) return OutcomeCode::kCallerInactive;
    return std::nullopt;
  }
  std::optional<OutcomeCode> refuse_author(const core::Command& command) const {
    return std::visit(
        [this](const auto& change) -> std::optional<OutcomeCode> {
          if constexpr (requires { change.caller.key_id; }) {
            return refuse(change.caller);
          } else {
            return std::nullopt;
          }
        },
        command.change);
  }

  struct Answer {
    std::string request;
    OutcomeCode code = OutcomeCode::kUnknown;
    core::WallMicros when = 0;
  };
  struct Tenant {
    std::string slug;
    bool active = true;
    core::WallMicros deleted_at = 0;
  };
  struct Key {
    core::TenantId tenant = 0;
    std::uint64_t secret = 0;
    std::optional<std::uint64_t> previous = std::nullopt;
    core::WallMicros previous_until = 0;
    bool active = true;
    core::WallMicros deleted_at = 0;
    bool scoped = false;
    bool writes = true;
    core::WallMicros expires_at = 0;
  };

  struct Token {
    std::string name;
    core::Digest digest;
    core::TenantId tenant = 0;
    core::WallMicros expires_at = 0;
    core::WallMicros deleted_at = 0;
  };

  bool reaches(core::TenantId tenant) const { return confined_to_ == 0 || confined_to_ == tenant; }

  // As the present command's actor sees them.
  auto find_key(core::KeyId id) -> std::map<core::KeyId, Key>::iterator {
    const auto at = keys_.find(id);
    return at == keys_.end() || reaches(at->second.tenant) ? at : keys_.end();
  }

  static std::uint64_t secret_of(const core::Digest& digest) {
    std::uint64_t secret = 0;
    while (!core::ct_equal(test::digest_of(secret), digest)) ++secret;
    return secret;
  }

  bool is_taken(const std::string& slug, core::TenantId but) const {
    return std::ranges::any_of(tenants_, [&](const auto& each) {
      return each.second.deleted_at == 0 && each.second.slug == slug && each.first != but;
    });
  }

  OutcomeCode on(const core::CreateTenant& change) {
    if (is_taken(change.slug, 0)) return OutcomeCode::kConflict;
    tenants_[++last_tenant_] = {.slug = change.slug, .active = change.is_active};
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::UpdateTenant& change) {
    const auto at = tenants_.find(change.id);
    if (at == tenants_.end() || at->second.deleted_at != 0) return OutcomeCode::kNotFound;
    if (change.slug && is_taken(*change.slug, change.id)) return OutcomeCode::kConflict;
    if (change.slug) at->second.slug = *change.slug;
    if (change.is_active) at->second.active = *change.is_active;
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::DeleteTenant& change) {
    const auto at = tenants_.find(change.id);
    if (at == tenants_.end() || at->second.deleted_at != 0) return OutcomeCode::kNotFound;
    at->second.deleted_at = when_;
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::RestoreTenant& change) {
    const auto at = tenants_.find(change.id);
    if (at == tenants_.end()) return OutcomeCode::kNotFound;
    if (at->second.deleted_at == 0 || is_taken(at->second.slug, change.id))
      return OutcomeCode::kConflict;
    at->second.deleted_at = 0;
    return OutcomeCode::kDone;
  }
  bool has_token(const std::string& name, core::AdminTokenId but) const {
    return std::ranges::any_of(tokens_, [&](const auto& each) {
      return each.second.deleted_at == 0 && each.second.name == name && each.first != but;
    });
  }
  OutcomeCode on(const core::CreateAdminToken& change) {
    if (change.tenant_id != 0 && !state_of(change.tenant_id).exists) return OutcomeCode::kInvalid;
    if (has_token(change.name, 0) || token_with(change.digest) != 0) return OutcomeCode::kConflict;
    tokens_[++last_token_] = {change.name, change.digest, change.tenant_id, change.expires_at};
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::UpdateAdminToken& change) {
    const auto at = tokens_.find(change.id);
    if (at == tokens_.end() || at->second.deleted_at != 0) return OutcomeCode::kNotFound;
    if (change.name && has_token(*change.name, change.id)) return OutcomeCode::kConflict;
    if (change.name) at->second.name = *change.name;
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::DeleteAdminToken& change) {
    const auto at = tokens_.find(change.id);
    if (at == tokens_.end() || at->second.deleted_at != 0) return OutcomeCode::kNotFound;
    at->second.deleted_at = when_;
    return OutcomeCode::kDone;
  }

  OutcomeCode on(const core::RestoreKey& change) {
    const auto at = find_key(change.id);
    if (at == keys_.end()) return OutcomeCode::kNotFound;
    Key& key = at->second;
    const bool has_previous = key.previous && key.previous_until > when_;
    if (key.deleted_at == 0 || !state_of(key.tenant).exists || key_of(key.secret) != 0 ||
        (has_previous && key_of(*key.previous) != 0)) {
      return OutcomeCode::kConflict;
    }
    if (!has_previous) key.previous.reset();
    key.deleted_at = 0;
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::CreateKey& change) {
    if (!reaches(change.tenant_id) || !state_of(change.tenant_id).exists) {
      return OutcomeCode::kInvalid;
    }
    const std::uint64_t secret = secret_of(change.digest);
    if (key_of(secret) != 0) return OutcomeCode::kConflict;
    const core::ScopeAccess access = core::scope_access(change.scopes, "data");
    keys_[++last_key_] = {.tenant = change.tenant_id,
                          .secret = secret,
                          .scoped = !change.scopes.empty(),
                          .writes = access.write};
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::UpdateKey& change) {
    const auto at = find_key(change.id);
    if (at == keys_.end() || at->second.deleted_at != 0) return OutcomeCode::kNotFound;
    Key& key = at->second;
    if (change.scopes && change.scopes->empty() && key.scoped) return OutcomeCode::kInvalid;
    if (change.scopes) {
      key.scoped = !change.scopes->empty();
      key.writes = core::scope_access(*change.scopes, "data").write;
    }
    if (change.is_active) key.active = *change.is_active;
    if (change.expires_at) key.expires_at = *change.expires_at;
    if (key.previous && key.previous_until <= when_) key.previous.reset();
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::RotateKey& change) {
    const auto at = find_key(change.id);
    if (at == keys_.end() || at->second.deleted_at != 0) return OutcomeCode::kNotFound;
    const std::uint64_t secret = secret_of(change.secret.digest);
    if (key_of(secret) != 0) return OutcomeCode::kConflict;
    Key& key = at->second;
    key.previous.reset();
    if (change.secret.overlap_s > 0) {
      key.previous = key.secret;
      const core::WallMicros second = core::kMicrosPerSecond;
      key.previous_until = ((when_ + second - 1) / second + change.secret.overlap_s) * second;
    }
    key.secret = secret;
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::DeleteKey& change) {
    const auto at = find_key(change.id);
    if (at == keys_.end() || at->second.deleted_at != 0) return OutcomeCode::kNotFound;
    at->second.deleted_at = when_;
    return OutcomeCode::kDone;
  }

  std::optional<OutcomeCode> refuse(const core::Caller& caller) const {
    const auto at = keys_.find(caller.key_id);
    const core::TenantState state = state_of(caller.tenant_id);
    if (at == keys_.end() || at->second.deleted_at != 0 || at->second.tenant != caller.tenant_id ||
        !state.exists) {
      return OutcomeCode::kCallerInvalid;
    }
    const Key& key = at->second;
    const bool expired = key.expires_at != 0 && key.expires_at <= when_;
    if (expired || !key.active || !state.active || !key.writes) {
      return OutcomeCode::kCallerInactive;
    }
    return std::nullopt;
  }
  OutcomeCode on(const core::CreateRow& change) {
    if (const auto refused = refuse(change.caller)) return *refused;
    const core::TenantId tenant = change.caller.tenant_id;
    rows_[{tenant, ++last_row_[tenant]}] = 0;
    return OutcomeCode::kDone;
  }
  OutcomeCode on_row(const core::Caller& caller, core::RowId id, bool deletes) {
    if (const auto refused = refuse(caller)) return *refused;
    const auto at = rows_.find({caller.tenant_id, id});
    if (at == rows_.end() || at->second != 0) return OutcomeCode::kNotFound;
    at->second = deletes ? when_ : 0;
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::UpdateRow& change) { return on_row(change.caller, change.id, false); }
  OutcomeCode on(const core::DeleteRow& change) { return on_row(change.caller, change.id, true); }
  OutcomeCode on(const core::RestoreRow& change) {
    if (const auto refused = refuse(change.caller)) return *refused;
    const auto at = rows_.find({change.caller.tenant_id, change.id});
    if (at == rows_.end() || at->second == 0) return OutcomeCode::kNotFound;
    at->second = 0;
    return OutcomeCode::kDone;
  }
  OutcomeCode on(const core::Purge& purge) {
    const auto is_due = [&](core::WallMicros at) { return at != 0 && at < purge.deleted_before; };
    std::erase_if(answers_,
                  [&](const auto& each) { return each.second.when < purge.answers_before; });
    std::erase_if(tenants_, [&](const auto& each) { return is_due(each.second.deleted_at); });
    std::erase_if(keys_, [&](const auto& each) {
      return is_due(each.second.deleted_at) || !tenants_.contains(each.second.tenant);
    });
    std::erase_if(rows_, [&](const auto& each) {
      return is_due(each.second) || !tenants_.contains(each.first.first);
    });
    std::erase_if(tokens_, [&](const auto& each) { return is_due(each.second.deleted_at); });
    while (!entries_.empty() && entries_.front() < purge.audit_before) entries_.pop_front();
    return OutcomeCode::kDone;
  }
  // Definitions have a model of their own in row_scan_test.cc; this one makes none.
  template <typename Definition>
  OutcomeCode on(const Definition&) {
    ADD_FAILURE() << "a command that the model does not know";
    return OutcomeCode::kUnknown;
  }

  core::WallMicros when_ = 0;
  core::TenantId confined_to_ = 0;  // Of the present command's actor.
  core::TenantId last_tenant_ = 0;
  std::deque<core::WallMicros> entries_;  // When those of the audit log were written.
  core::AdminTokenId last_token_ = 0;
  core::KeyId last_key_ = 0;
  std::map<core::TenantId, Tenant> tenants_;
  std::map<core::KeyId, Key> keys_;
  std::map<core::AdminTokenId, Token> tokens_;
  std::map<std::pair<core::TenantId, core::RowId>, core::WallMicros>
      rows_;  // When deleted; 0: not.
  std::map<core::TenantId, core::RowId> last_row_;
  std::map<std::string, Answer> answers_;
};

// Commands that often name what exists and often what does not.
class Commands {
 public:
  explicit Commands(std::uint64_t seed) : random_(seed) {}

  core::Command next() {
    if (below(100) == 0) passed_ += core::kReplayWindow / 4;
    core::Command command;
    command.when = begin() + static_cast<core::WallMicros>(++count_) * kStep;
    command.change = change();
    if (below(5) == 0) command.actor.emplace().token_id = 1 + below(kActorsMax);
    if (below(3) == 0) ask_once(command);
    return command;
  }

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }

 private:
  core::WallMicros begin() const { return 1'767'225'600'000'000 + passed_; }

  // With one of a few Idempotency-Keys; mostly to ask what was asked with it before.
  void ask_once(core::Command& command) {
    const std::uint64_t key = below(20);
    const auto before = asked_.find(key);
    if (before != asked_.end() && below(4) != 0) {
      command.change = before->second.change;
      command.idempotency = before->second.idempotency;
      return;
    }
    command.idempotency =
        core::Idempotency{.key = test::digest_of(key), .request = test::digest_of(1000 + count_)};
    asked_[key] = command;
  }

  decltype(core::Command::change) change() {
    if (below(60) == 0) return purge();
    if (below(30) == 0) return create_admin_token();
    if (below(60) == 0)
      return core::UpdateAdminToken{.id = below(kActorsMax), .name = token_name()};
    if (below(80) == 0) return core::DeleteAdminToken{.id = below(2 * kActorsMax)};
    switch (below(24)) {
      case 0:
      case 1:
        return create_tenant();
      case 2:
        return update_tenant();
      case 3:
        return core::DeleteTenant{.id = below(30)};
      case 4:
      case 5:
      case 6:
        return test::StoreRig::new_key(below(12), below(kSecrets), scopes());
      case 7:
      case 8:
      case 9:
        return update_key();
      case 10:
        return core::DeleteKey{.id = below(60)};
      case 11:
        if (below(2) == 0) return core::RestoreRow{.caller = caller(), .id = below(20)};
        return core::DeleteRow{.caller = caller(), .id = below(20)};
      case 12:
      case 13:
        return test::changed_row(caller(), below(20), "renamed", std::nullopt);
      case 14:
      case 15:
        return rotate_key();
      case 16:
        return core::RestoreTenant{.id = below(30)};
      case 17:
        return core::RestoreKey{.id = below(60)};
      default:
        return test::new_row(caller(), "row", "[1,2]");
    }
  }

  std::string token_name() { return "token " + std::to_string(below(12)); }
  core::CreateAdminToken create_admin_token() {
    core::CreateAdminToken command;
    command.name = token_name();
    command.digest = test::digest_of(2000 + below(20));
    if (below(2) == 0) {
      command.role = core::AdminRole::kTenant;
      command.tenant_id = below(12) + 1;
    }
    if (below(4) == 0) command.expires_at = begin() + 2'000 * kStep;
    return command;
  }

  core::Purge purge() {
    const core::WallMicros now = begin() + static_cast<core::WallMicros>(count_) * kStep;
    const auto age = static_cast<core::WallMicros>(below(3)) * core::kReplayWindow / 4;
    const auto audit_age = static_cast<core::WallMicros>(below(3)) * core::kReplayWindow / 4;
    return {.deleted_before = now - age,
            .answers_before = now - age,
            .audit_before = now - audit_age,
            .records_max = 1 << 20};
  }
  core::CreateTenant create_tenant() {
    core::CreateTenant command;
    command.name = "tenant";
    command.slug = "slug-" + std::to_string(below(15));
    command.is_active = below(4) != 0;
    return command;
  }
  core::UpdateTenant update_tenant() {
    core::UpdateTenant command;
    command.id = below(30);
    if (below(2) == 0) command.slug = "slug-" + std::to_string(below(15));
    if (below(2) == 0) command.is_active = below(3) != 0;
    return command;
  }
  core::UpdateKey update_key() {
    core::UpdateKey command;
    command.id = below(60);
    if (below(2) == 0) command.is_active = below(3) != 0;
    if (below(3) == 0) command.scopes = scopes();
    if (below(3) == 0) command.limit.burst = static_cast<std::uint32_t>(1 + below(100));
    if (below(8) == 0) {
      command.expires_at = begin() + static_cast<core::WallMicros>(count_ + below(100)) * kStep;
    }
    return command;
  }
  core::RotateKey rotate_key() {
    core::RotateKey command;
    command.id = below(60);
    command.secret = {.digest = test::digest_of(below(kSecrets)),
                      .display = "d",
                      .overlap_s = static_cast<std::uint32_t>(below(2))};
    return command;
  }
  std::vector<std::string> scopes() {
    switch (below(4)) {
      case 0:
        return {"data:read"};
      case 1:
        return {"*"};
      default:
        return {};
    }
  }
  core::Caller caller() { return {.key_id = below(40), .tenant_id = below(12)}; }

  std::mt19937_64 random_;
  std::uint64_t count_ = 0;
  core::WallMicros passed_ = 0;  // Beside the steps.
  std::map<std::uint64_t, core::Command> asked_;
};

void expect_agreement(test::StoreRig& rig, const Model& model) {
  rig.reader->catalog().begin_turn();
  for (std::uint64_t secret = 0; secret < kSecrets; ++secret) {
    core::AuthRecord record;
    const core::KeyId id = model.key_of(secret);
    ASSERT_EQ(rig.reader->auth().find(test::digest_of(secret), record), id != 0);
    if (id == 0) continue;
    ASSERT_EQ(record.key_id, id);
    ASSERT_EQ(record.tenant_id, model.tenant_of(id));
    ASSERT_EQ(record.has(core::AuthRecord::kActive), model.is_active(id));
  }
  for (std::uint64_t secret = 2000; secret < 2020; ++secret) {
    const core::Digest digest = test::digest_of(secret);
    const auto token = rig.reader->admin().find_token(digest);
    ASSERT_EQ(token ? token->id : 0, model.token_with(digest));
  }
  ASSERT_EQ(rig.reader->admin().count_audit_entries(), model.entries());
  for (core::TenantId id = 0; id <= model.last_tenant() + 1; ++id) {
    const core::TenantState state = rig.reader->auth().tenant(id);
    ASSERT_EQ(state.exists, model.state_of(id).exists);
    ASSERT_EQ(state.active, model.state_of(id).active);
    const auto rows = model.rows_of(id);
    const auto page = rig.reader->catalog().rows(test::data_of(id), 0, 100);
    ASSERT_EQ(page.count, std::min<std::size_t>(rows.size(), 100));
    for (const core::RowId row : rows)
      ASSERT_FALSE(test::row_json(rig.reader->catalog(), id, row).empty());
  }
}

class StoreModel : public testing::TestWithParam<std::uint64_t> {};

TEST_P(StoreModel, AgreesWithMapsOfStructs) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  Commands commands(GetParam());
  Model model;
  test::StoreRig rig([](storage::StoreOptions& options) {
    options.auth_cache_entries = 16;  // So that places are fought over.
    options.tenant_cache_entries = 4;
    options.page_cache_entries = 4;
  });
  for (int batch = 0; batch < 120; ++batch) {
    const std::uint64_t size = 1 + commands.below(30);
    std::vector<OutcomeCode> expected;
    for (std::uint64_t i = 0; i < size; ++i) {
      core::Command command = commands.next();
      expected.push_back(model.apply(command));
      ASSERT_TRUE(rig.store->commands().submit(std::move(command), rig.replies, i));
    }
    for (std::uint64_t i = 0; i < size; ++i) {
      const core::Reply reply = rig.replies.wait();
      ASSERT_EQ(reply.token, i);
      ASSERT_EQ(std::get<core::Outcome>(reply.body).code, expected[i]) << "batch " << batch;
    }
    expect_agreement(rig, model);
    if (testing::Test::HasFatalFailure()) return;
    if (commands.below(20) == 0) rig.reopen();
  }
  rig.close();
  const auto report = storage::verify_store({.dir = rig.options.dir});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->clean()) << report->listed.front();
}

INSTANTIATE_TEST_SUITE_P(Seeds, StoreModel, testing::Range<std::uint64_t>(1, 9));

}  // namespace
