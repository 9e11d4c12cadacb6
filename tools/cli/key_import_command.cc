#include "tools/cli/key_import_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "core/runtime/clock.h"
#include "core/service/key_import.h"
#include "tools/cli/import_line.h"
#include "tools/cli/import_progress.h"
#include "tools/cli/import_sender.h"
#include "tools/cli/line_reader.h"

namespace tollgate {
namespace {

// Half of what a request may bring by default.
constexpr std::size_t kBatchBytesMax = std::size_t{512} << 10;

struct ImportOptions {
  std::string file;
  std::string errors;
  std::size_t connections = 8;
  std::size_t batch_keys = 250;
  bool dry_run = false;
};

struct FileCloser {
  void operator()(std::FILE* file) const noexcept {
    if (file != stdin) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

std::expected<File, std::string> open_file(const std::string& path, const char* mode) {
  if (path == "-") return File(stdin);
  File file(std::fopen(path.c_str(), mode));
  if (!file) return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  return file;
}

// 0 for what is no file.
std::uint64_t size_of(std::FILE* file) {
  struct stat about {};
  const bool is_file = ::fstat(::fileno(file), &about) == 0 && S_ISREG(about.st_mode);
  return is_file ? static_cast<std::uint64_t>(about.st_size) : 0;
}

ImportProgress::Options progress_options(std::FILE* in, std::FILE* errors) {
  const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  return {.to = stderr,
          .is_terminal = is_terminal,
          .width = terminal_width(STDERR_FILENO),
          .errors = errors,
          .bytes_total = size_of(in)};
}

// Walks over the lines of a file. `take` gets the object of each good one, false ends the walk.
class ImportFile {
 public:
  ImportFile(std::FILE* file, ImportProgress& progress) : reader_(file), progress_(progress) {}

  template <typename Take>
  void walk(Take take) {
    while (const auto line = reader_.next()) {
      if (line->text.find_first_not_of(" \t") == std::string_view::npos && !line->too_long) {
        continue;
      }
      const auto object = line->too_long ? too_long() : import_line_.read(line->text);
      if (!object) {
        refuse(line->number, {object.error()});
      } else if (!take(*object, line->number)) {
        return;
      }
    }
  }

  void refuse(std::uint64_t line, const std::vector<core::FieldIssue>& issues) {
    for (const core::FieldIssue& issue : issues) {
      progress_.refuse(line, issue.field, issue.message);
    }
    progress_.add({.lines = 1, .refused = 1});
  }

  // Of the file, since the call before.
  std::uint64_t take_bytes() noexcept {
    const std::uint64_t bytes = reader_.bytes_read() - counted_;
    counted_ += bytes;
    return bytes;
  }

  ImportLine& import_line() noexcept { return import_line_; }

 private:
  static std::expected<std::string, core::FieldIssue> too_long() {
    return std::unexpected(
        core::FieldIssue{"", fmt::format("must have at most {} bytes", LineReader::kLineBytesMax)});
  }

  LineReader reader_;
  ImportLine import_line_;
  ImportProgress& progress_;
  std::uint64_t counted_ = 0;
};

void check_lines(ImportFile& file, ImportProgress& progress, core::WallMicros now) {
  file.walk([&](const std::string& object, std::uint64_t line) {
    const auto issues = file.import_line().check(object, now);
    if (!issues.empty()) {
      file.refuse(line, issues);
    } else {
      progress.add({.lines = 1, .bytes = file.take_bytes()});
    }
    return true;
  });
}

CommandEnd send_lines(ImportFile& file, ImportSender& sender, std::size_t batch_keys) {
  ImportBatch batch;
  const auto send = [&] {
    batch.bytes = file.take_bytes();
    return sender.push(std::exchange(batch, {}));
  };
  bool goes_on = true;
  file.walk([&](const std::string& object, std::uint64_t line) {
    const bool is_full =
        batch.lines.size() == batch_keys ||
        (!batch.lines.empty() && batch.body.size() + object.size() > kBatchBytesMax);
    if (is_full) goes_on = send();
    batch.add(object, line);
    return goes_on;
  });
  if (goes_on && !batch.lines.empty()) goes_on = send();
  const auto end = sender.finish();
  if (end) return {};
  return std::unexpected(end.error() +
                         "\nthe import has ended early: to go on, run it again (keys that are "
                         "there stay as they are)");
}

std::expected<std::vector<ImportAsk>, std::string> connect(const AdminClientOptions& server,
                                                           std::size_t count) {
  std::vector<ImportAsk> connections;
  for (std::size_t i = 0; i < count; ++i) {
    auto client = AdminClient::open(server);
    if (!client) return std::unexpected(client.error());
    connections.push_back(
        [client = std::make_shared<AdminClient>(*std::move(client))](const std::string& body) {
          return client->ask("POST", "/api/keys/import", body);
        });
  }
  return connections;
}

std::string summary(const ImportCounts& counts, double seconds, bool dry_run) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object().key("lines").uint64(counts.lines);
  if (dry_run) {
    json.key("good").uint64(counts.lines - counts.refused);
  } else {
    json.key("created").uint64(counts.created).key("existing").uint64(counts.existing);
  }
  json.key("refused").uint64(counts.refused);
  json.key("seconds").raw(fmt::format("{:.1f}", seconds)).end_object();
  return text;
}

void pause(int tries) {
  std::this_thread::sleep_for(std::chrono::milliseconds(std::min(50 * tries, 1000)));
}

CommandEnd import_keys(Session& session, const ImportOptions& options) {
  const auto in = open_file(options.file, "r");
  if (!in) return std::unexpected(in.error());
  auto errors = options.errors.empty() ? File() : open_file(options.errors, "w");
  if (!errors) return std::unexpected(errors.error());
  const core::SystemClock clock;
  ImportProgress progress(progress_options(in->get(), errors->get()), clock);
  ImportFile file(in->get(), progress);
  CommandEnd end;
  if (options.dry_run) {
    check_lines(file, progress, clock.now().wall_us);
  } else {
    auto connections = connect(session.server, options.connections);
    if (!connections) return std::unexpected(connections.error());
    ImportSender sender(*std::move(connections), progress, pause);
    end = send_lines(file, sender, options.batch_keys);
  }
  progress.finish();
  const ImportCounts counts = progress.counts();
  session.output.value(summary(counts, progress.seconds(), options.dry_run));
  if (!end) return end;
  if (std::ferror(in->get()) != 0) return std::unexpected(options.file + ": can't be read");
  if (counts.refused == 0) return {};
  return std::unexpected(fmt::format("{} of {} lines were refused", counts.refused, counts.lines));
}

}  // namespace

void add_key_import_command(CommandGroup& group) {
  const auto options = std::make_shared<ImportOptions>();
  CLI::App& import = group.add(
      "import", "Create keys that exist elsewhere, from JSON lines",
      "  tollgate keys import keys.jsonl --errors refused.jsonl\n"
      "  exporter | tollgate keys import -\n"
      "A line holds the fields of a new key, and \"key\" (the clear text, of any prefix: it is "
      "hashed here and does not leave this machine) or \"sha256\" (its hash, 64 hexadecimal "
      "digits):\n"
      "  {\"tenant\":\"acme\",\"name\":\"old 1\",\"key\":\"sk_live_4eC39HqLyjWDarjtT1zdp7dc\"}\n"
      "  {\"tenant_id\":7,\"name\":\"old 2\",\"rate_limit\":100,\"sha256\":\"9f86d081...\"}\n"
      "Run again, it leaves the keys that are there as they are.",
      [options](Session& session) { return import_keys(session, *options); });
  import.add_option("FILE", options->file, "File of JSON lines; - is stdin")->required();
  import.add_option("--errors", options->errors, "Write refused lines to this file, as JSON lines");
  import.add_flag("--dry-run", options->dry_run, "Check the lines; send nothing");
  import.add_option("--connections", options->connections, "Requests under way at once")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  import.add_option("--batch", options->batch_keys, "Keys of a request")
      ->check(CLI::Range(std::size_t{1}, core::kImportedKeysMax))
      ->capture_default_str();
}

}  // namespace tollgate
