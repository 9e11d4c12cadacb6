#include "tools/cli/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "core/base/decimal.h"
#include "core/base/utf8.h"
#include "tools/cli/cell_text.h"

namespace tollgate {
namespace {

constexpr std::size_t kWidthDefault = 80;

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::vector<Cell> cells_of(core::JsonValue row, const std::vector<std::string>& columns) {
  std::vector<Cell> cells;
  for (const std::string& column : columns) {
    const core::JsonValue value = row.find(column).value_or(core::JsonValue());
    cells.push_back({cell_text(column, value), value.kind() == core::JsonKind::kNumber});
  }
  return cells;
}

}  // namespace

void add_output_options(CLI::App& command, OutputOptions& options) {
  auto* const json =
      command.add_flag("--json", options.as_json, "The API's data as it came (default in a pipe)");
  command.add_flag("--table", options.as_table, "A table (default on a terminal)")->excludes(json);
}

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const columns = std::getenv("COLUMNS");
  const auto width = core::parse_decimal(columns == nullptr ? "" : columns, 10'000);
  return width && *width > 0 ? *width : kWidthDefault;
}

Terminal terminal_of_stdout() {
  if (::isatty(STDOUT_FILENO) == 0) return {};
  return {.is_there = true, .width = terminal_width(STDOUT_FILENO), .colours = !is_set("NO_COLOR")};
}

int report_failure(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    std::fprintf(stderr, "tollgate: %.*s\n", static_cast<int>(line.size()), line.data());
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return 1;
}

Output::Output(const OutputOptions& options, const Terminal& terminal)
    : style_{.width = terminal.width, .colours = terminal.colours},
      is_json_(options.as_json || (!terminal.is_there && !options.as_table)) {}

void Output::value(const std::string& json) {
  if (is_json_) return print(json + "\n");
  core::JsonParser parser(json.size());
  const auto parsed = parser.parse(json);
  if (!parsed) return;
  if (parsed->kind() == core::JsonKind::kObject) {
    print_members(*parsed);
  } else {
    print(cell_text("", *parsed) + "\n");
  }
}

void Output::note(std::string_view text) {
  if (!is_json_ && !text.empty()) print(std::string(text) + "\n");
}

void Output::print_members(core::JsonValue object) {
  std::size_t width = 0;
  for (const auto& [name, value] : object.members()) width = std::max(width, name.size());
  for (const auto& [name, value] : object.members()) {
    const std::string label = std::string(name) + std::string(width - name.size() + 2, ' ');
    const std::string text = cell_text(name, value);
    print((style_.colours ? "\x1b[1m" + label + "\x1b[0m" : label) + text + "\n");
  }
}

void Output::begin_list(const std::vector<std::string>& columns) {
  columns_ = columns;
  table_.assign(1, TextTable(columns_, style_));
  rows_ = 0;
  if (is_json_) print("[");
}

void Output::page(const std::string& rows) {
  core::JsonParser parser(rows.size());
  const auto parsed = parser.parse(rows);
  if (!parsed || parsed->kind() != core::JsonKind::kArray || parsed->size() == 0) return;
  if (is_json_) {
    print(rows_ > 0 ? "," : "");
    print(std::string_view(rows).substr(1, rows.size() - 2));  // Without its brackets.
  } else {
    print_rows(*parsed);
  }
  rows_ += parsed->size();
}

void Output::print_rows(core::JsonValue rows) {
  std::vector<std::vector<Cell>> cells;
  cells.reserve(rows.size());
  for (const core::JsonValue row : rows.elements()) cells.push_back(cells_of(row, columns_));
  print(table_.front().add(cells));
}

void Output::end_list() {
  if (is_json_) return print("]\n");
  if (rows_ == 0) print(table_.front().add({}));
}

}  // namespace tollgate
