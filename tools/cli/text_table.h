// Rows in columns, for a terminal of some width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct Cell {
  std::string text;
  bool is_number = false;  // To the right of its column.
};

struct TableStyle {
  std::size_t width = 0;  // Of a line, in characters; 0: as wide as it must be.
  bool colours = false;
};

// `text`, cut to that many characters; the last one is then an ellipsis.
std::string cut(std::string_view text, std::size_t characters);

// Widths of columns that together fit into a line of `width`, two blanks between them: the widest
// are cut first, none below kColumnMin. If that isn't enough, the last columns are left out (0).
inline constexpr std::size_t kColumnMin = 6;
std::vector<std::size_t> fit_columns(std::vector<std::size_t> natural, std::size_t width);

// A table that is written page by page: memory holds one page. Columns are as wide as the pages so
// far needed, so they may move at the beginning of a page.
class TextTable {
 public:
  TextTable(std::vector<std::string> titles, const TableStyle& style);

  // The lines of these rows, behind the line of titles if they are the first. Requires: each row
  // has a cell for each title.
  std::string add(const std::vector<std::vector<Cell>>& rows);

 private:
  std::string line(const std::vector<Cell>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<std::string> titles_;
  TableStyle style_;
  std::vector<std::size_t> natural_;  // Widths that the cells so far need.
  bool begun_ = false;
};

}  // namespace tollgate
