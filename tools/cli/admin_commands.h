// The commands that drive a running server: tollgate tenants|keys|...
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/cli/admin_client.h"
#include "tools/cli/output.h"

namespace CLI {
class App;
}

namespace tollgate {

// What a command works with while it runs.
struct Session {
  AdminClient& client;
  Output& output;
  const AdminClientOptions& server;  // For further connections.
};

// The error is for the user: a line for each field, as in AdminRefusal.
using CommandEnd = std::expected<void, std::string>;
using CommandBody = std::function<CommandEnd(Session&)>;

class AdminCommands;

// "tollgate keys": the commands behind a first word.
class CommandGroup {
 public:
  CommandGroup(AdminCommands& commands, CLI::App& group) : commands_(commands), group_(group) {}

  // "name: what it does", below it examples, a line each, as they would be typed. The command has
  // --url, --token, --token-file, --data, --json and --table; its other options are the caller's to
  // add, and must live as long as `body`.
  CLI::App& add(const std::string& name, const std::string& what, const std::string& examples,
                CommandBody body);

 private:
  AdminCommands& commands_;
  CLI::App& group_;
};

class AdminCommands {
 public:
  // Adds them all.
  explicit AdminCommands(CLI::App& app);

  // Runs the command that was parsed: 0 done, 1 refused or not reached, with the reason on stderr.
  // Nothing if none of these was.
  std::optional<int> run() const;

 private:
  friend class CommandGroup;
  struct Command {
    CLI::App* app = nullptr;
    AdminClientOptions server;
    OutputOptions output;
    CommandBody body;
  };
  CommandGroup group(const std::string& name, const std::string& what);

  CLI::App& app_;
  std::vector<std::unique_ptr<Command>> commands_;
};

// A list: pages of rows.
struct ListOptions {
  bool all = false;
  std::string limit;
  std::string cursor;
  std::vector<std::string> columns;  // Empty: those that the command has chosen.
};

// --all, --limit, --cursor and --columns, for commands whose list has pages.
void add_list_options(CLI::App& command, ListOptions& options);

// Prints what GET `path` lists: a page, or with --all each page as soon as it is there. `query`:
// names and values, of which the empty ones are left out.
struct ListRequest {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query = {};
  std::vector<std::string> columns;
};
CommandEnd print_list(Session& session, const ListRequest& request, const ListOptions& options);

// Asks, and prints the row that is answered.
CommandEnd print_answer(Session& session, std::string_view method, const std::string& path,
                        const std::string& body = {});

}  // namespace tollgate
