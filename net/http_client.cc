#include "net/http_client.h"

#include <curl/curl.h>

#include "core/base/check.h"

namespace net {
namespace {

struct ListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Fields = std::unique_ptr<curl_slist, ListDeleter>;

void add(Fields& fields, const std::string& line) {
  curl_slist* const longer = curl_slist_append(fields.get(), line.c_str());
  CHECK(longer != nullptr);
  fields.release();
  fields.reset(longer);
}

// Less than it was given ends the transfer.
std::size_t take_bytes(char* bytes, std::size_t, std::size_t count, void* answer) {
  std::string& body = static_cast<ClientAnswer*>(answer)->body;
  if (body.size() + count > HttpClient::kAnswerBytesMax) return 0;
  body.append(bytes, count);
  return count;
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = nullptr;
  long timeout_s = 0;
  char error[CURL_ERROR_SIZE] = "";
};

HttpClient::HttpClient(std::chrono::seconds timeout) : handle_(std::make_unique<Handle>()) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(ready == CURLE_OK);
  handle_->curl = curl_easy_init();
  CHECK(handle_->curl != nullptr);
  handle_->timeout_s = static_cast<long>(timeout.count());
}

HttpClient::~HttpClient() {
  curl_easy_cleanup(handle_->curl);
}

std::expected<ClientAnswer, std::string> HttpClient::ask(const ClientRequest& request) {
  CURL* const curl = handle_->curl;
  ClientAnswer answer;
  Fields fields;
  for (const std::string& field : request.fields) add(fields, field);
  add(fields, "Expect:");  // No pause of a second in front of a body.
  if (!request.body.empty()) add(fields, "Content-Type: application/json");

  curl_easy_reset(curl);
  handle_->error[0] = '\0';
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->error);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, handle_->timeout_s);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  if (!request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK) {
    const std::string why = handle_->error[0] != '\0' ? handle_->error : curl_easy_strerror(code);
    return std::unexpected(request.url + ": " + why);
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace net
