// What reading a request costs. Budget: 80 ns for a head of 200 bytes with 4 fields.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "net/http_body.h"
#include "net/http_parser.h"

namespace net {
namespace {

// What a typical client sends: 200 bytes, 4 fields.
constexpr std::string_view kKeyedGet =
    "GET /api/invoices/184467440737?fields=id,total,state HTTP/1.1\r\n"
    "Host: api.example.com:8000\r\n"
    "User-Agent: python-httpx/0.27.0\r\n"
    "X-API-Key: fp_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHI\r\n"
    "Accept: */*\r\n"
    "\r\n";
static_assert(kKeyedGet.size() == 200);

constexpr std::string_view kBrowserGet =
    "GET /dashboard/tenants?page=2&sort=-created_at HTTP/1.1\r\n"
    "Host: tollgate.example.com\r\n"
    "Connection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Referer: https://tollgate.example.com/dashboard\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Authorization: Bearer fp_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHI\r\n"
    "\r\n";

void parse_whole(benchmark::State& state, std::string_view bytes) {
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    CHECK(parser.parse(bytes, head) == ParseOutcome::kComplete);
    benchmark::DoNotOptimize(head);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void RequestParser_KeyedGet(benchmark::State& state) {
  parse_whole(state, kKeyedGet);
}
BENCHMARK(RequestParser_KeyedGet);

void RequestParser_BrowserGet(benchmark::State& state) {
  parse_whole(state, kBrowserGet);
}
BENCHMARK(RequestParser_BrowserGet);

// The head comes in two pieces, cut in the third line.
void RequestParser_KeyedGetInTwo(benchmark::State& state) {
  const ParserLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  const std::string_view first = kKeyedGet.substr(0, 100);
  for (auto _ : state) {
    CHECK(parser.parse(first, head) == ParseOutcome::kNeedMore);
    CHECK(parser.parse(kKeyedGet, head) == ParseOutcome::kComplete);
    benchmark::DoNotOptimize(head);
  }
}
BENCHMARK(RequestParser_KeyedGetInTwo);

// A 64 KiB body in chunks of range(0) bytes.
void BodyReader_Chunked(benchmark::State& state) {
  constexpr std::size_t kBody = 64 * 1024;
  const auto chunk_bytes = static_cast<std::size_t>(state.range(0));
  char size_line[24];
  std::snprintf(size_line, sizeof size_line, "%zx\r\n", chunk_bytes);
  std::string coded;
  for (std::size_t at = 0; at < kBody; at += chunk_bytes) {
    coded += size_line + std::string(chunk_bytes, 'x') + "\r\n";
  }
  coded += "0\r\n\r\n";

  const BodyLimits limits;
  BodyReader reader(limits);
  RequestHead head;
  head.chunked = head.has_body = true;
  std::string payload;
  for (auto _ : state) {
    payload.clear();
    CHECK(reader.start(head) == BodyOutcome::kNeedMore);
    CHECK(reader.feed(coded, payload).outcome == BodyOutcome::kComplete);
    benchmark::DoNotOptimize(payload);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBody));
}
BENCHMARK(BodyReader_Chunked)->Arg(16)->Arg(1024)->Arg(16 * 1024);

}  // namespace
}  // namespace net
