// What the use cases need from storage, as interfaces: net and storage meet here and nowhere else.
// Those marked "shard" belong to one shard and are called from its thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/domain/api_key.h"
#include "core/domain/ip_network.h"
#include "core/domain/resource_row.h"
#include "core/domain/tenant.h"
#include "core/domain/token_bucket.h"
#include "core/domain/usage_event.h"
#include "core/domain/webhook.h"
#include "core/service/command.h"
#include "core/service/usage_query.h"

namespace core {

// Shard. Keys and tenants as authentication sees them: cached per shard, never older than the last
// change whose answer was sent (docs/decisions on revocation).
class AuthIndex {
 public:
  virtual ~AuthIndex() = default;

  // The record under a digest; false if unknown or deleted. Corruption found on the way is counted,
  // logged and answered as unknown.
  virtual bool find(const Digest& digest, AuthRecord& out) noexcept = 0;

  // The same past the cache, on a snapshot renewed now.
  virtual bool reload(const Digest& digest, AuthRecord& out) noexcept = 0;

  virtual TenantState tenant(TenantId id) noexcept = 0;

  // Whether requests from that address may use a key whose record has kAllowedIps. Always by the
  // newest state; if the key has no such list any more, `record` is brought up to date. False, too,
  // where the list can't be read.
  virtual bool allows(const Digest& digest, AuthRecord& record,
                      const Address& address) noexcept = 0;
};

// Keyset paging over ids. Lists are ordered by id.
struct PageQuery {
  std::uint64_t after_id = 0;
  std::uint32_t limit = 100;  // 1 to 1000.
  TenantId tenant_id = 0;     // For keys and webhooks: only this tenant's; 0: all.
  bool include_deleted = false;
};

// A tenant's rows of a resource.
struct RowsOf {
  TenantId tenant = 0;
  const Resource& resource;
};

struct RowQuery {
  struct Filter {
    std::size_t field = 0;  // Of the schema; an indexed one.
    std::string bytes;      // What it must hold, as index_bytes() has it.
  };
  static constexpr std::size_t kById = ~std::size_t{0};

  std::vector<Filter> filters = {};
  std::size_t sort_field = kById;  // An indexed field: then by its values, then by id.
  bool descending = false;
  bool include_deleted = false;  // Only by id, and without filters.
  std::uint32_t limit = 100;     // 1 to 1000.
  std::string after = {};        // FoundRows::next of the page before.
};

template <typename Row>
struct Page {
  std::vector<Row> rows;
  std::uint64_t next_after_id = 0;  // 0: the end.
};

// Shard. Reads of the store, all from one snapshot per turn.
class CatalogReader {
 public:
  virtual ~CatalogReader() = default;

  // A new turn: what is read from now on is at least as new as now. Cheap; the snapshot itself is
  // renewed when the first read needs it. begin_turn() again between two requests of a connection,
  // when the first of them was a write.
  virtual void begin_turn() noexcept = 0;

  // Gives the snapshot up, before the shard sleeps: a held one keeps freed pages from reuse.
  virtual void release() noexcept = 0;

  virtual std::optional<Tenant> tenant(TenantId id) = 0;
  virtual std::optional<Tenant> tenant_of_slug(std::string_view slug) = 0;  // A live one's.
  virtual std::optional<ApiKey> key(KeyId id) = 0;

  // Of rows that are not deleted.
  struct Counts {
    std::uint64_t tenants = 0;
    std::uint64_t keys = 0;
  };
  virtual Counts counts() = 0;

  virtual Page<Tenant> tenants(const PageQuery& query) = 0;
  virtual Page<ApiKey> keys(const PageQuery& query) = 0;

  virtual std::optional<Webhook> webhook(WebhookId id) = 0;
  virtual Page<Webhook> webhooks(const PageQuery& query) = 0;
  // Those that are not deleted, of a tenant or, with 0, of all.
  virtual std::uint64_t count_webhooks(TenantId tenant) = 0;

  // Resources that are not deleted, built-in ones too. Null: there is none. Valid until the next
  // call of one of these two.
  virtual const Resource* resource(std::string_view path) = 0;
  virtual std::vector<const Resource*> resources() = 0;
  virtual std::optional<Resource> resource_row(ResourceId id) = 0;  // Deleted ones too.
  virtual std::vector<IndexBuild> index_builds() = 0;               // Of all resources.

  // One row; nothing if the tenant has none of that id. `json` is valid until the next call here.
  struct RowView {
    std::string_view json;
    std::uint64_t version = 0;
  };
  virtual std::optional<RowView> row(const RowsOf& rows, RowId id) = 0;

  // A page of a tenant's rows by id, as their JSON, joined by commas: bytes to copy out. `json` is
  // valid until the next call here. The first page at the default limit is cached.
  struct RowPage {
    std::string_view json;
    std::uint32_t count = 0;
    RowId next_after_id = 0;  // 0: the end. A page ends early at 4 MiB.
  };
  virtual RowPage rows(const RowsOf& rows, RowId after_id, std::uint32_t limit) = 0;

  // The same with filters, another order, or deleted rows.
  struct FoundRows {
    std::string json;
    std::uint32_t count = 0;
    std::string next;  // To be sent back as RowQuery::after. Empty: the end.
  };
  virtual FoundRows find_rows(const RowsOf& rows, const RowQuery& query) = 0;

  // Rows that are not deleted.
  virtual std::uint64_t count_rows(const RowsOf& rows) = 0;
};

// The limiter's words, shared by all shards.
class LimiterWords {
 public:
  virtual ~LimiterWords() = default;

  // The word of a slot that a committed record names. Any thread; valid for the process's life.
  virtual BucketWord& word(std::uint32_t slot) noexcept = 0;

  // limiter time = boot time + this; constant while the process lives.
  virtual std::int64_t offset_ns() const noexcept = 0;
};

// Shard. Where uses of keys are recorded; they survive kill -9 from publish() on.
class UsageSink {
 public:
  virtual ~UsageSink() = default;

  // Sets room aside for one record of any size, beside those already set aside. False: full, the
  // request must be refused (503) before a token is taken.
  [[nodiscard]] virtual bool reserve() noexcept = 0;

  // Gives a reservation back unused: the request turned out to have no known key.
  virtual void cancel() noexcept = 0;

  // Uses one reservation. Returns the record's sequence number in this shard's ring.
  virtual std::uint64_t publish(const UsageEvent& event) noexcept = 0;

  // All records up to this sequence number are on disk (fdatasync has returned).
  virtual std::uint64_t synced() const noexcept = 0;
};

// How many rows that are not deleted pass all filters?
struct CountQuestion {
  TenantId tenant = 0;
  ResourceId resource = 0;
  std::vector<RowQuery::Filter> filters = {};
};
struct RowCount {
  std::uint64_t count = 0;
};

// Where the answer to a question or command goes: the asking shard's mailbox. `token` is the
// asker's.
using ReplyBody = std::variant<std::monostate, Outcome, UsageAnswer, UsageLogPage,
                               std::vector<KeyTotals>, RowCount>;

struct Reply {
  std::uint64_t token = 0;
  ReplyBody body;
};

// Any thread may post. A shard never has more questions out than its mailbox holds, so that post()
// cannot fail.
class ReplyPost {
 public:
  virtual ~ReplyPost() = default;
  virtual void post(Reply&& reply) noexcept = 0;
};

// The store's writer. Any thread.
class CommandSink {
 public:
  virtual ~CommandSink() = default;

  // Queues a command; its Outcome is posted to `reply` once it is durable and visible, or refused.
  // False: the queue is full, or writes are stopped: 503.
  [[nodiscard]] virtual bool submit(Command&& command, ReplyPost& reply,
                                    std::uint64_t token) noexcept = 0;
};

// Counts rows on a thread of its own, since that takes a while: 10 ms for 100 000 rows. Any thread.
class RowCounter {
 public:
  virtual ~RowCounter() = default;

  // Posts a RowCount, exact for a moment after the question came; nothing if it can't be read.
  // False: too many questions wait.
  [[nodiscard]] virtual bool ask(CountQuestion&& question, ReplyPost& reply,
                                 std::uint64_t token) noexcept = 0;
};

// The usage writer's desk. Any thread. False: its queue is full.
class UsageDesk {
 public:
  virtual ~UsageDesk() = default;
  [[nodiscard]] virtual bool ask(const UsageQuestion& question, ReplyPost& reply,
                                 std::uint64_t token) noexcept = 0;
  [[nodiscard]] virtual bool ask(const UsageLogQuestion& question, ReplyPost& reply,
                                 std::uint64_t token) noexcept = 0;

  // Totals for each of the keys (at most 1000), in their order.
  [[nodiscard]] virtual bool ask(std::vector<KeyId>&& keys, ReplyPost& reply,
                                 std::uint64_t token) noexcept = 0;
};

// Numbers for /metrics, read from any thread.
struct StoreStats {
  bool writable = true;
  std::uint64_t commits = 0;
  std::uint64_t commands = 0;
  std::uint64_t commit_failures = 0;
  std::uint64_t commit_us_total = 0;
  std::uint64_t queue_depth = 0;
  std::uint64_t map_bytes_used = 0;
  std::uint64_t corrupt_values = 0;
};

struct UsageStats {
  std::uint64_t records_drained = 0;
  std::uint64_t records_pending = 0;  // Published, not yet on disk.
  std::uint64_t syncs = 0;
  std::uint64_t sync_failures = 0;
  std::uint64_t sync_us_total = 0;
  std::int64_t oldest_pending_age_us = 0;
  std::uint64_t segments = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t folds = 0;                // Commits of rollups.
  std::uint64_t lost_bytes_at_start = 0;  // Cut off a torn tail when the log was opened.
};

}  // namespace core
