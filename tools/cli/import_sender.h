// Sends batches of keys over several connections at once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tools/cli/admin_client.h"
#include "tools/cli/import_progress.h"

namespace tollgate {

// Keys of one request.
struct ImportBatch {
  std::string body = R"({"keys":[)";  // Each add()ed object; closed when it is sent.
  std::vector<std::uint64_t> lines;   // Of each key, its line in the file.
  std::uint64_t bytes = 0;            // Of the file, that it stands for.

  void add(std::string_view object, std::uint64_t line);
};

// A connection: asks POST /api/keys/import with that body.
using ImportAsk = std::function<std::expected<AdminAnswer, AdminRefusal>(const std::string& body)>;

// One thread for each connection. What is not answered at once because the server is busy (503) is
// sent again, some times; any other failure ends the import. Sending a batch twice does no harm.
//
// Bound:  as many batches as there are connections wait, and as many are under way.
// Shared: push() and finish() from the one owner.
class ImportSender {
 public:
  static constexpr int kTriesMax = 40;

  // `pause` waits a moment before try n (from 1). The progress must outlive the sender.
  ImportSender(std::vector<ImportAsk> connections, ImportProgress& progress,
               std::function<void(int)> pause);
  ~ImportSender();

  // Waits for room. False: the import has failed, and nothing is sent any more.
  bool push(ImportBatch&& batch);

  // Waits for all answers. The error says why the import failed.
  std::expected<void, std::string> finish();

 private:
  void run(const ImportAsk& ask);
  bool pop(ImportBatch& batch);
  std::expected<AdminAnswer, AdminRefusal> ask_with_patience(const ImportAsk& ask,
                                                             const std::string& body) const;
  void fail(const std::string& why);
  // Notes what became of the batch's keys; false if the answer is none.
  bool note(const ImportBatch& batch, const std::string& answer);

  ImportProgress& progress_;
  const std::function<void(int)> pause_;
  std::vector<ImportAsk> connections_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ImportBatch> waiting_;
  std::string failure_;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tollgate
