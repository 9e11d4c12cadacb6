#include "tools/cli/import_sender.h"

#include <utility>

#include "core/base/json.h"

namespace tollgate {
namespace {

constexpr int kBusy = 503;

std::uint64_t number_of(core::JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? static_cast<std::uint64_t>(value->as_int64().value_or(0)) : 0;
}

std::string_view text_of(core::JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? value->as_string().value_or("") : "";
}

}  // namespace

void ImportBatch::add(std::string_view object, std::uint64_t line) {
  if (!lines.empty()) body += ',';
  body += object;
  lines.push_back(line);
}

ImportSender::ImportSender(std::vector<ImportAsk> connections, ImportProgress& progress,
                           std::function<void(int)> pause)
    : progress_(progress), pause_(std::move(pause)), connections_(std::move(connections)) {
  for (const ImportAsk& ask : connections_) threads_.emplace_back([this, &ask] { run(ask); });
}

ImportSender::~ImportSender() {
  if (!finish()) return;  // Its error was the caller's to ask for.
}

bool ImportSender::push(ImportBatch&& batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return waiting_.size() < connections_.size() || !failure_.empty(); });
  if (!failure_.empty()) return false;
  waiting_.push_back(std::move(batch));
  changed_.notify_all();
  return true;
}

std::expected<void, std::string> ImportSender::finish() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  if (!failure_.empty()) return std::unexpected(failure_);
  return {};
}

bool ImportSender::pop(ImportBatch& batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.empty() || ended_ || !failure_.empty(); });
  if (waiting_.empty() || !failure_.empty()) return false;
  batch = std::move(waiting_.front());
  waiting_.pop_front();
  changed_.notify_all();
  return true;
}

void ImportSender::fail(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (failure_.empty()) failure_ = why;
  changed_.notify_all();
}

void ImportSender::run(const ImportAsk& ask) {
  ImportBatch batch;
  while (pop(batch)) {
    batch.body += "]}";
    const auto answer = ask_with_patience(ask, batch.body);
    if (!answer) return fail(answer.error().text);
    if (!note(batch, answer->data)) return fail("the server's answer is no report of an import");
  }
}

std::expected<AdminAnswer, AdminRefusal> ImportSender::ask_with_patience(
    const ImportAsk& ask, const std::string& body) const {
  for (int tries = 1;; ++tries) {
    auto answer = ask(body);
    if (answer || answer.error().status != kBusy || tries == kTriesMax) return answer;
    pause_(tries);
  }
}

bool ImportSender::note(const ImportBatch& batch, const std::string& answer) {
  core::JsonParser parser(answer.size());
  const auto report = parser.parse(answer);
  const auto refused = report ? report->find("refused") : std::nullopt;
  if (!refused) return false;
  ImportCounts counts{.lines = batch.lines.size(),
                      .created = number_of(*report, "created"),
                      .existing = number_of(*report, "existing"),
                      .bytes = batch.bytes};
  std::size_t last = batch.lines.size();  // A key may be refused for several reasons.
  for (const core::JsonValue each : refused->elements()) {
    const std::uint64_t index = number_of(each, "index");
    if (index >= batch.lines.size()) return false;
    if (index != last) ++counts.refused;
    last = index;
    progress_.refuse(batch.lines[index], text_of(each, "field"), text_of(each, "message"));
  }
  progress_.add(counts);
  return true;
}

}  // namespace tollgate
