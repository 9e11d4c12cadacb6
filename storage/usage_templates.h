// Route templates by number, at most 1000 distinct ones a tenant and day.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/domain/usage_event.h"
#include "storage/usage_cells.h"

namespace storage {

inline constexpr TemplateId kOtherTemplate = 0;
inline constexpr std::string_view kOtherTemplateText = "other";

inline constexpr std::uint32_t kTemplatesPerTenantDay = 1000;

// All texts ever: 64 Ki of 100 bytes are 12 MiB with their table. Past it a new text is "other".
inline constexpr std::size_t kTemplatesMax = std::size_t{1} << 16;

// All pairs of tenant and template of one day: 1 Mi of 48 bytes are 48 MiB. Past it, "other".
inline constexpr std::size_t kTenantTemplatesMax = std::size_t{1} << 20;

using DayNumber32 = std::uint32_t;  // Days since 1970-01-01 UTC.

struct NamedTemplate {
  TemplateId id = kOtherTemplate;
  std::string text;
};

// A tenant used a template on a day.
struct TenantTemplate {
  DayNumber32 day = 0;
  core::TenantId tenant = 0;
  TemplateId id = kOtherTemplate;
};

// Shared: text() from any thread; all else from the usage writer.
// Days:   the bound counts the newest day that was seen; records of earlier days count with it.
class UsageTemplates {
 public:
  UsageTemplates();

  // As the rollups hold them, before the first id_for().
  void restore(std::vector<NamedTemplate> named, const std::vector<TenantTemplate>& used);

  // The template of a raw path. Usual cost: one look into a cache of paths.
  TemplateId id_for(core::TenantId tenant, std::string_view path, core::WallMicros time_us);

  std::string text(TemplateId id) const;

  // What was added since the last call, to be stored with the rows that use it.
  struct Added {
    std::vector<NamedTemplate> named;
    std::vector<TenantTemplate> used;
  };
  Added take_added();

 private:
  struct CachedPath {
    std::uint64_t hash = 0;
    core::TenantId tenant = 0;
    TemplateId id = kOtherTemplate;
    std::uint8_t bytes = 0;
    char path[core::kEndpointBytesMax];
  };
  struct Use {
    core::TenantId tenant = 0;
    TemplateId id = kOtherTemplate;
    bool operator==(const Use&) const = default;
  };
  struct UseHash {
    std::size_t operator()(const Use& use) const noexcept;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept;
  };

  void begin_day(DayNumber32 day);
  TemplateId look_up(core::TenantId tenant, std::string_view path);
  TemplateId intern(std::string_view text);

  static constexpr std::size_t kCacheSlots = 2048;  // Of 224 bytes: 448 KiB.

  std::vector<CachedPath> cache_;
  DayNumber32 day_ = 0;
  std::unordered_map<std::string, TemplateId, TextHash, std::equal_to<>> by_text_;
  std::unordered_set<Use, UseHash> used_today_;
  std::unordered_map<core::TenantId, std::uint32_t> used_by_tenant_;
  Added added_;

  mutable std::mutex texts_mutex_;
  std::vector<std::string> texts_;  // By id.
};

}  // namespace storage
