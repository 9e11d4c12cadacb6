// Writes the requests of a run: bytes prepared once, with the key and the unique path filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/key_picker.h"

namespace bench {

// What every request of a run has in common.
struct RequestShape {
  std::string method = "GET";
  std::string host;  // Host field: "127.0.0.1:8000".
  std::string path;  // With its query; unused where unique_path is set.
  // "crash/" makes /crash/000030000000017 of request 17 on connection 3: digits alone, so that
  // "api/data/1" makes paths of rows.
  std::string unique_path;
  std::vector<std::string> headers;  // Whole field lines without CR LF: "Accept: text/csv".
  std::string body;                  // Sent with a Content-Length unless it is empty.
};

// Names one request of a run: connections and the requests of each are counted from 0.
struct RequestId {
  std::uint32_t connection = 0;
  std::uint64_t number = 0;
};

// One thread.
class RequestBuilder {
 public:
  // Without a picker, requests carry no X-API-Key.
  RequestBuilder(const RequestShape& shape, std::optional<KeyPicker> keys);

  // Appends one request to `out`. Returns the line number of the key it carries, -1 for none.
  std::int64_t append(std::string& out, RequestId id);

  // The path that append() gave to that request.
  std::string path_of(RequestId id) const;

 private:
  void append_path(std::string& out, RequestId id) const;

  const bool unique_;
  const std::string path_;   // The fixed path, or the unique path's prefix with its slash.
  std::string before_path_;  // "GET "
  std::string before_key_;   // " HTTP/1.1" to "X-API-Key: ", or to the end where there are no keys.
  std::string after_key_;    // The key line's CR LF to the end of the body; empty without keys.
  std::optional<KeyPicker> keys_;
};

}  // namespace bench
