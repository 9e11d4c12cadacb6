// The query of a request's target, as names and values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/service/form.h"
#include "core/service/ports.h"

namespace net {

// application/x-www-form-urlencoded (WHATWG URL 5.1): pairs joined by '&', '+' is a space, %XX a
// byte. Every parameter is asked for by name; finish() names those that nobody asked for and those
// given twice, as a form does for fields.
class Query {
 public:
  explicit Query(std::string_view raw);

  std::optional<std::string> text(std::string_view name);
  std::optional<std::uint64_t> integer(std::string_view name, std::uint64_t min, std::uint64_t max);
  std::optional<core::WallMicros> datetime(std::string_view name);
  bool boolean(std::string_view name);  // "true" or "false"; absent is false.

  void issue(std::string_view name, std::string message);
  std::vector<core::FieldIssue> finish();

 private:
  struct Parameter {
    std::string name;
    std::string value;
    bool known = false;
  };
  Parameter* find(std::string_view name);

  std::vector<Parameter> parameters_;
  std::vector<core::FieldIssue> issues_;
};

// limit, cursor: what every list takes. `cursor` is what meta.next_cursor of the page before said.
core::PageQuery read_page(Query& query);

// ,"meta":{"limit":100,"next_cursor":"17"} with null at the end. Held inline: a list of rows is
// answered without an allocation.
class PageMeta {
 public:
  PageMeta(std::uint32_t limit, std::uint64_t next_after_id) noexcept;
  std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  // 38 bytes around the numbers, of at most 10 and 20 digits.
  std::array<char, 80> text_;
  std::size_t size_;
};

}  // namespace net
