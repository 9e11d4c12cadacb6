#include "net/exchange.h"

namespace net {
namespace {

constexpr bool is_sane(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

core::Method recorded_method(Method method) noexcept {
  switch (method) {
    case Method::kGet:
      return core::Method::kGet;
    case Method::kHead:
      return core::Method::kHead;
    case Method::kPost:
      return core::Method::kPost;
    case Method::kPut:
      return core::Method::kPut;
    case Method::kPatch:
      return core::Method::kPatch;
    case Method::kDelete:
      return core::Method::kDelete;
    case Method::kOptions:
      return core::Method::kOptions;
    case Method::kTrace:
      return core::Method::kOther;
  }
  return core::Method::kOther;
}

bool RequestId::take(std::string_view sent) noexcept {
  if (sent.empty() || sent.size() > kBytesMax) return false;
  for (const char c : sent) {
    if (!is_sane(c)) return false;
  }
  std::memcpy(text_.data(), sent.data(), sent.size());
  size_ = static_cast<std::uint8_t>(sent.size());
  return true;
}

void RequestId::make(std::uint64_t number) noexcept {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 15; i >= 0; --i) {
    text_[static_cast<std::size_t>(i)] = kDigits[number & 15];
    number >>= 4;
  }
  size_ = 16;
}

}  // namespace net
