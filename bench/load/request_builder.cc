#include "bench/load/request_builder.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace bench {
namespace {

std::string rooted(std::string_view prefix) {
  std::string path;
  if (!prefix.starts_with('/')) path = '/';
  path += prefix;
  return path;
}

}  // namespace

RequestBuilder::RequestBuilder(const RequestShape& shape, std::optional<KeyPicker> keys)
    : unique_(!shape.unique_path.empty()),
      path_(unique_ ? rooted(shape.unique_path) : shape.path),
      before_path_(shape.method + " "),
      keys_(std::move(keys)) {
  std::string head = " HTTP/1.1\r\nHost: " + shape.host + "\r\n";
  for (const std::string& header : shape.headers) head += header + "\r\n";
  if (!shape.body.empty()) head += "Content-Length: " + std::to_string(shape.body.size()) + "\r\n";
  const std::string end = "\r\n" + shape.body;
  if (keys_) {
    before_key_ = head + "X-API-Key: ";
    after_key_ = "\r\n" + end;
  } else {
    before_key_ = head + end;
  }
}

void RequestBuilder::append_path(std::string& out, RequestId id) const {
  out += path_;
  if (!unique_) return;
  fmt::format_to(std::back_inserter(out), "{:05}{:010}", id.connection, id.number);
}

std::int64_t RequestBuilder::append(std::string& out, RequestId id) {
  out += before_path_;
  append_path(out, id);
  out += before_key_;
  if (!keys_) return -1;
  const std::uint64_t index = keys_->next();
  out += keys_->key(index);
  out += after_key_;
  return static_cast<std::int64_t>(index);
}

std::string RequestBuilder::path_of(RequestId id) const {
  std::string path;
  append_path(path, id);
  return path;
}

}  // namespace bench
