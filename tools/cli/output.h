// What commands print: tables on a terminal, JSON in a pipe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "tools/cli/text_table.h"

namespace CLI {
class App;
}

namespace tollgate {

struct OutputOptions {
  bool as_json = false;
  bool as_table = false;
};

// --json and --table.
void add_output_options(CLI::App& command, OutputOptions& options);

// Where stdout goes.
struct Terminal {
  bool is_there = false;
  std::size_t width = 0;  // Characters of a line; 0: no end.
  bool colours = false;   // Never with NO_COLOR (no-color.org).
};
Terminal terminal_of_stdout();

// Of the terminal behind that descriptor; else what COLUMNS says, else 80.
std::size_t terminal_width(int descriptor);

// Prints `text`, a line or several, to stderr, "tollgate: " before each. Returns the exit code 1.
int report_failure(std::string_view text);

// One command's output. In JSON it is one document: a row as the API sent it, or a list of rows
// that is written page by page. A failure in the midst of a list leaves the document open, so that
// nobody takes it for whole.
class Output {
 public:
  Output(const OutputOptions& options, const Terminal& terminal);

  bool is_json() const noexcept { return is_json_; }

  // One value as JSON; a row of it as a table has a line for each member.
  void value(const std::string& json);

  // For people only: nothing in JSON.
  void note(std::string_view text);

  // A list: begin, any number of pages (JSON arrays of rows), end.
  void begin_list(const std::vector<std::string>& columns);
  void page(const std::string& rows);
  void end_list();

 private:
  void print_members(core::JsonValue object);
  void print_rows(core::JsonValue rows);

  TableStyle style_;
  bool is_json_;
  std::vector<std::string> columns_;
  std::vector<TextTable> table_;  // Of the list under way: one or none.
  std::size_t rows_ = 0;
};

}  // namespace tollgate
