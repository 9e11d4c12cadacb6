#include "storage/usage_templates.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/base/hash.h"

namespace storage {
namespace {

constexpr std::int64_t kMicrosPerDay = 24 * 60 * kMicrosPerMinute;

DayNumber32 day_of(core::WallMicros time_us) noexcept {
  return time_us < 0 ? 0 : static_cast<DayNumber32>(time_us / kMicrosPerDay);
}

}  // namespace

std::size_t UsageTemplates::UseHash::operator()(const Use& use) const noexcept {
  return core::xxhash64(core::as_bytes({reinterpret_cast<const char*>(&use.tenant), 8}), use.id);
}

std::size_t UsageTemplates::TextHash::operator()(std::string_view text) const noexcept {
  return core::xxhash64(core::as_bytes(text));
}

UsageTemplates::UsageTemplates() : cache_(kCacheSlots) {
  texts_.emplace_back(kOtherTemplateText);
}

void UsageTemplates::restore(std::vector<NamedTemplate> named,
                             const std::vector<TenantTemplate>& used) {
  const std::lock_guard lock(texts_mutex_);
  for (NamedTemplate& each : named) {
    if (texts_.size() <= each.id) texts_.resize(each.id + 1);
    by_text_.emplace(each.text, each.id);
    texts_[each.id] = std::move(each.text);
  }
  for (const TenantTemplate& each : used) day_ = std::max(day_, each.day);
  for (const TenantTemplate& each : used) {
    if (each.day != day_) continue;
    if (used_today_.insert({each.tenant, each.id}).second) ++used_by_tenant_[each.tenant];
  }
}

TemplateId UsageTemplates::id_for(core::TenantId tenant, std::string_view path,
                                  core::WallMicros time_us) {
  if (day_of(time_us) > day_) begin_day(day_of(time_us));
  const std::uint64_t hash = core::xxhash64(core::as_bytes(path), tenant);
  CachedPath& cached = cache_[hash % kCacheSlots];
  const bool is_hit = cached.hash == hash && cached.tenant == tenant &&
                      std::string_view(cached.path, cached.bytes) == path;
  if (is_hit) return cached.id;
  CHECK(path.size() <= core::kEndpointBytesMax);
  cached.hash = hash;
  cached.tenant = tenant;
  cached.id = look_up(tenant, path);
  cached.bytes = static_cast<std::uint8_t>(path.size());
  std::ranges::copy(path, cached.path);
  return cached.id;
}

void UsageTemplates::begin_day(DayNumber32 day) {
  day_ = day;
  used_today_.clear();
  used_by_tenant_.clear();
  // What is cached has not been counted for this day.
  std::ranges::for_each(cache_, [](CachedPath& each) { each.tenant = 0, each.hash = 0; });
}

TemplateId UsageTemplates::look_up(core::TenantId tenant, std::string_view path) {
  std::array<char, core::kEndpointBytesMax * 2> text;
  const std::size_t bytes = core::endpoint_template(path, text.data());
  const std::string_view wanted{text.data(), bytes};
  const auto known = by_text_.find(wanted);
  if (known != by_text_.end() && used_today_.contains({tenant, known->second})) {
    return known->second;
  }
  std::uint32_t& used = used_by_tenant_[tenant];
  if (used >= kTemplatesPerTenantDay || used_today_.size() >= kTenantTemplatesMax) {
    return kOtherTemplate;
  }
  const TemplateId id = known != by_text_.end() ? known->second : intern(wanted);
  if (id == kOtherTemplate) return id;
  used_today_.insert({tenant, id});
  ++used;
  added_.used.push_back({day_, tenant, id});
  return id;
}

TemplateId UsageTemplates::intern(std::string_view text) {
  const std::lock_guard lock(texts_mutex_);
  if (texts_.size() >= kTemplatesMax) return kOtherTemplate;
  const auto id = static_cast<TemplateId>(texts_.size());
  texts_.emplace_back(text);
  by_text_.emplace(text, id);
  added_.named.push_back({id, std::string(text)});
  return id;
}

std::string UsageTemplates::text(TemplateId id) const {
  const std::lock_guard lock(texts_mutex_);
  return id < texts_.size() ? texts_[id] : std::string(kOtherTemplateText);
}

UsageTemplates::Added UsageTemplates::take_added() {
  return std::exchange(added_, {});
}

}  // namespace storage
