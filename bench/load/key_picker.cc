#include "bench/load/key_picker.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace bench {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): one addition and a mix, any seed is a good one.
std::uint64_t next_random(std::uint64_t& state) noexcept {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

// A number below `bound` by multiply and shift (Lemire 2019). Its bias is at most bound / 2^64.
std::uint64_t below(std::uint64_t bound, std::uint64_t random) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(random) * bound) >> 64);
}

}  // namespace

KeyPicker::KeyPicker(std::string text, std::size_t stride, const KeyOrder& order)
    : text_(std::move(text)),
      stride_(stride),
      choice_(order.choice),
      hot_keys_(std::min<std::uint64_t>(order.hot_keys, text_.size() / stride)),
      random_state_(order.seed) {}

core::Result<KeyPicker> KeyPicker::from_text(std::string text, const KeyOrder& order) {
  if (!text.empty() && text.back() != '\n') text.push_back('\n');
  const std::size_t stride = text.find('\n') + 1;
  if (text.empty() || stride == 1) return std::unexpected(core::Error{"the key file has no key"});
  if (order.hot_keys == 0) return std::unexpected(core::Error{"hot keys must be at least 1"});
  const auto line_feeds = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  bool even = text.size() == line_feeds * stride;
  for (std::size_t end = stride - 1; even && end < text.size(); end += stride) {
    even = text[end] == '\n';
  }
  if (!even) return std::unexpected(core::Error{"the keys in the file differ in length"});
  return KeyPicker(std::move(text), stride, order);
}

core::Result<KeyPicker> KeyPicker::from_file(const std::string& path, const KeyOrder& order) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(core::errno_error("open the key file"));
  std::ostringstream text;
  text << file.rdbuf();
  return from_text(std::move(text).str(), order);
}

std::uint64_t KeyPicker::next() noexcept {
  if (choice_ == KeyChoice::kUniform) return below(size(), next_random(random_state_));
  const std::uint64_t index = hot_next_;
  hot_next_ = index + 1 == hot_keys_ ? 0 : index + 1;
  return index;
}

}  // namespace bench
