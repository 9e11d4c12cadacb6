// The API keys of a run and the order in which requests use them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bench {

enum class KeyChoice {
  kHot,      // Round robin over the first `hot_keys` of the file.
  kUniform,  // Each request any key of the file, with equal chance, independently.
};

struct KeyOrder {
  KeyChoice choice = KeyChoice::kHot;
  std::uint64_t hot_keys = 64;
  std::uint64_t seed = 1;  // Equal seeds give equal sequences.
};

// Deals keys out to requests. One thread. Memory: the text that it was made from, nothing beside.
class KeyPicker {
 public:
  // Takes the text of a key file: one key a line, every line of one length and ended by a line
  // feed, so that key i begins at i x stride and no index is needed. An error says what is wrong.
  static core::Result<KeyPicker> from_text(std::string text, const KeyOrder& order);
  static core::Result<KeyPicker> from_file(const std::string& path, const KeyOrder& order);

  // The line number, from 0, of the key that the next request is to use.
  std::uint64_t next() noexcept;

  // Valid while this lives. Requires: index < size().
  std::string_view key(std::uint64_t index) const noexcept {
    return std::string_view(text_).substr(index * stride_, stride_ - 1);
  }
  std::uint64_t size() const noexcept { return text_.size() / stride_; }

 private:
  KeyPicker(std::string text, std::size_t stride, const KeyOrder& order);

  std::string text_;
  std::size_t stride_;
  KeyChoice choice_;
  std::uint64_t hot_keys_;
  std::uint64_t hot_next_ = 0;
  std::uint64_t random_state_;
};

}  // namespace bench
