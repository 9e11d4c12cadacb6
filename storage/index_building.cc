#include "storage/index_building.h"

#include <string>
#include <utility>
#include <vector>

#include "storage/remains.h"
#include "storage/row_index.h"

namespace storage {

namespace {

// One BuildIndexes while it is applied.
class IndexBuilding {
 public:
  IndexBuilding(ChangeContext& context, const core::IndexBuild& build, core::Resource&& resource,
                std::uint32_t rows_max)
      : context_(context), build_(build), resource_(std::move(resource)), left_(rows_max) {}

  // A look for the next tenant costs as a row does.
  core::Result<core::IndexTally> run() {
    for (; left_ > 0; --left_) {
      const RowSpace space{build_.tenant, build_.resource};
      const Table row_meta = context_.records.tables().row_meta;
      const auto found =
          keys_with(context_.records.txn(), row_meta, RowSpaceKey(space).bytes(), {}, 1);
      if (!found) return std::unexpected(found.error());
      if (found->empty()) return finish();
      const RowSpace at = RowSpace::read(core::as_bytes(found->front()).data());
      if (at == space) {
        STORE_TRY(take_rows(space));
      } else {
        go_to(at.tenant + (at.resource > space.resource ? 1 : 0));
      }
      if (left_ == 0) break;
    }
    STORE_TRY(context_.writer.put_index_build(build_));
    return core::IndexTally{.rows = build_.rows, .more = true};
  }

 private:
  struct Entry {
    core::RowId id = 0;
    std::string value;
  };

  void go_to(core::TenantId tenant) noexcept {
    build_.tenant = tenant;
    build_.row = 0;
  }

  // The tenant's next rows; when there are no more, the next tenant's turn comes.
  core::Status take_rows(const RowSpace& space) {
    // A put moves what a cursor shows: so all are read first.
    std::vector<Entry> entries;
    auto cursor = context_.records.txn().cursor(context_.records.tables().rows);
    if (!cursor) return std::unexpected(cursor.error());
    auto found = cursor->seek(RowKey(space, build_.row + 1).bytes());
    for (; found && *found && RowKey::space(cursor->key()) == space; found = cursor->next()) {
      if (left_ == 0) break;
      --left_;
      build_.row = RowKey::id(cursor->key());
      if (const auto row = context_.records.row(space, build_.row)) {
        entries.push_back({build_.row, index_bytes_of(*row, resource_.schema, build_.field)});
      }
    }
    if (!found) return std::unexpected(found.error());
    const bool was_the_last = left_ > 0;
    for (const Entry& entry : entries) {
      const IndexKey key(space, build_.field, entry.value, entry.id);
      STORE_TRY(context_.writer.put_index_entry(key.bytes()));
    }
    build_.rows += entries.size();
    if (was_the_last) go_to(space.tenant + 1);
    return {};
  }

  core::Result<core::IndexTally> finish() {
    core::Field& field = resource_.schema.fields[build_.field];
    field.indexed = true;
    resource_.updated_at = context_.when;
    ++resource_.version;
    if (const core::Resource* const known = context_.resources.find(resource_.id)) {
      resource_.building = known->building & ~(std::uint64_t{1} << build_.field);
    }
    STORE_TRY(context_.writer.erase_index_build(build_.resource, build_.field));
    STORE_TRY(context_.writer.put_resource(resource_));
    context_.resources.update(resource_);
    context_.effects.resources = true;
    return core::IndexTally{.rows = build_.rows,
                            .finished = resource_.schema.path + "." + field.name,
                            .more = true};
  }

  ChangeContext& context_;
  core::IndexBuild build_;
  core::Resource resource_;
  std::uint32_t left_;
};

}  // namespace

ChangeResult apply(const core::BuildIndexes& command, ChangeContext& context) {
  const std::vector<core::IndexBuild> builds = context.records.index_builds();
  if (builds.empty()) return done(core::IndexTally{});
  const core::IndexBuild& build = builds.front();
  context.resources.load(context.records);
  auto resource = context.records.resource(build.resource);  // A deleted one's is built, too.
  if (context.records.damaged()) return refuse_damaged();
  if (!resource) {  // Retention has taken it away.
    STORE_TRY(context.writer.erase_index_build(build.resource, build.field));
    return done(core::IndexTally{.more = true});
  }
  auto tally = IndexBuilding(context, build, *std::move(resource), command.rows_max).run();
  if (!tally) return std::unexpected(tally.error());
  return done(*std::move(tally));
}

}  // namespace storage
