#include "storage/failpoint.h"

#include <csignal>

#include "core/base/decimal.h"

namespace storage {

Failpoint::Failpoint(std::string_view text) {
  const std::size_t colon = text.find(':');
  name_ = text.substr(0, colon);
  if (colon == std::string_view::npos) return;
  passes_left_ = core::parse_decimal(text.substr(colon + 1)).value_or(1);
}

void Failpoint::pass(std::string_view name) noexcept {
  if (name_.empty() || name_ != name) return;
  if (passes_left_.fetch_sub(1, std::memory_order_relaxed) == 1) ::raise(SIGKILL);
}

}  // namespace storage
