#include "storage/row_counting.h"

#include <pthread.h>

#include <utility>

#include "core/base/check.h"
#include "storage/records.h"
#include "storage/row_scan.h"

namespace storage {

RowCounting::RowCounting(Environment& environment)
    : environment_(environment), waiting_(kWaitingMax) {}

RowCounting::~RowCounting() {
  stop();
}

void RowCounting::start() {
  CHECK(!thread_.joinable());
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "tg-counter");
}

void RowCounting::stop() {
  stopping_.store(true, std::memory_order_release);
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool RowCounting::ask(core::CountQuestion&& question, core::ReplyPost& reply,
                      std::uint64_t token) noexcept {
  if (stopping_.load(std::memory_order_relaxed)) return false;
  if (!waiting_.push({std::move(question), &reply, token})) return false;
  arrived_.notify_one();
  return true;
}

void RowCounting::run() {
  const auto snapshot = Snapshot::open(environment_);
  for (;;) {
    const bool stopping = stopping_.load(std::memory_order_acquire);
    Waiting next;
    while (waiting_.pop(next)) {
      core::Reply reply{next.token, {}};
      if (snapshot) reply.body = answer(next.question, **snapshot);
      next.reply->post(std::move(reply));
    }
    // Whatever was asked before the stop is answered by now.
    if (stopping) return;
    arrived_.await(
        [this] { return !waiting_.empty() || stopping_.load(std::memory_order_acquire); });
  }
}

core::ReplyBody RowCounting::answer(const core::CountQuestion& question, Snapshot& snapshot) {
  core::ReplyBody body;
  if (const Txn* const txn = snapshot.renewed()) {
    Records records(*txn, environment_.tables(), environment_.damage());
    const auto resource = records.resource(question.resource);
    if (resource && resource->deleted_at == 0) {
      const core::RowsOf rows{question.tenant, *resource};
      const core::RowCount count{count_found(records, rows, question.filters)};
      if (!records.damaged()) body = count;
    } else if (!records.damaged()) {
      body = core::RowCount{};  // It was deleted since the question was asked.
    }
  }
  snapshot.drop();
  return body;
}

}  // namespace storage
