#include "storage/value_parts.h"

namespace storage {

std::string join_texts(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    joined.push_back(static_cast<char>(checked_length<std::uint8_t>(text.size())));
    joined += text;
  }
  return joined;
}

bool split_texts(std::string_view joined, std::vector<std::string>& texts) {
  while (!joined.empty()) {
    const auto bytes = static_cast<std::uint8_t>(joined.front());
    joined.remove_prefix(1);
    if (bytes > joined.size()) return false;
    texts.emplace_back(joined.substr(0, bytes));
    joined.remove_prefix(bytes);
  }
  return true;
}

}  // namespace storage
