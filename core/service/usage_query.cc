#include "core/service/usage_query.h"

namespace core {

bool UsageLogQuestion::selects(const UsageEvent& event) const noexcept {
  if (key_id != 0 && event.key_id != key_id) return false;
  if (tenant_id != 0 && event.tenant_id != tenant_id) return false;
  if (method && event.method != *method) return false;
  if (event.status < status_min || event.status > status_max) return false;
  if (event.time_us < from || (to && event.time_us >= *to)) return false;
  if (network && !network->contains(event.address)) return false;
  if (endpoint.empty()) return true;
  return is_endpoint_begin ? event.endpoint.starts_with(endpoint) : event.endpoint == endpoint;
}

}  // namespace core
