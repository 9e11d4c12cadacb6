// What the pieces of core/base cost that lie on the path of a request or a record.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "core/base/access_log.h"
#include "core/base/civil_date.h"
#include "core/base/decimal.h"
#include "core/base/digest.h"
#include "core/base/json.h"
#include "core/base/time.h"

namespace core {
namespace {

constexpr std::string_view kKey = "fp_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
constexpr std::string_view kBody =
    R"({"name":"Widget","price":"12.50","tags":["red","small"],"stock":120,"active":true,)"
    R"("details":{"weight":1.25,"note":"ships in \"two\" days"}})";

void Digest_Sha256OfAKey(benchmark::State& state) {
  Hasher hasher;
  for (auto _ : state) benchmark::DoNotOptimize(hasher.sha256(kKey).prefix());
}
BENCHMARK(Digest_Sha256OfAKey);

void Digest_HmacOfAKibibyte(benchmark::State& state) {
  const std::string message(1024, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(hmac_sha256(kKey, message).prefix());
}
BENCHMARK(Digest_HmacOfAKibibyte);

void Decimal_Writes(benchmark::State& state) {
  char text[kDecimalBytesMax];
  auto value = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(value);
    benchmark::DoNotOptimize(write_decimal(text, value));
  }
}
BENCHMARK(Decimal_Writes)->Arg(7)->Arg(1023)->Arg(1'767'323'045)->Arg(9'000'000'000'000'000'000);

void CivilDate_FromDays(benchmark::State& state) {
  DayNumber day = 20'000;
  for (auto _ : state) {
    benchmark::DoNotOptimize(day);
    benchmark::DoNotOptimize(civil_from_days(day));
  }
}
BENCHMARK(CivilDate_FromDays);

void Time_WritesRfc3339(benchmark::State& state) {
  char text[kRfc3339Bytes];
  WallMicros time = 1'767'323'045'000'006;
  for (auto _ : state) {
    benchmark::DoNotOptimize(time);
    benchmark::DoNotOptimize(write_rfc3339(text, time));
  }
}
BENCHMARK(Time_WritesRfc3339);

void Json_ParsesABody(benchmark::State& state) {
  JsonParser parser(1 << 20);
  for (auto _ : state) benchmark::DoNotOptimize(parser.parse(kBody)->size());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBody.size()));
}
BENCHMARK(Json_ParsesABody);

void Json_ParsesAMebibyte(benchmark::State& state) {
  std::string text = "[";
  while (text.size() + kBody.size() + 2 < (1 << 20)) text.append(kBody).append(",");
  text += "0]";
  JsonParser parser(1 << 20);
  for (auto _ : state) benchmark::DoNotOptimize(parser.parse(text)->size());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(Json_ParsesAMebibyte)->Unit(benchmark::kMillisecond);

void JsonWriter_WritesARow(benchmark::State& state) {
  std::string out;
  out.reserve(1024);
  for (auto _ : state) {
    out.clear();
    JsonWriter json(out);
    json.begin_object().key("id").int64(12345).key("name").string("A widget of some kind");
    json.key("value").raw(R"({"a":1})").key("active").boolean(true).end_object();
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(JsonWriter_WritesARow);

void AccessLog_AppendsOrDrops(benchmark::State& state) {
  const auto log = AccessLog::open({.file = "/dev/null"}).value();
  const std::string line(250, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(log->append(0, line));
  state.counters["dropped"] = static_cast<double>(log->dropped());
}
BENCHMARK(AccessLog_AppendsOrDrops);

}  // namespace
}  // namespace core
