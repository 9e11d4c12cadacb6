#include "tools/cli/text_table.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "core/base/check.h"
#include "core/base/utf8.h"

namespace tollgate {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::string_view kEllipsis = "…";
// A column wider than this is cut even where the line has no end.
constexpr std::size_t kColumnMax = 400;

// "rate_limit" -> "RATE LIMIT".
std::string title_of(std::string_view field) {
  std::string title;
  for (const char c : field) {
    title += c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return title;
}

std::size_t line_width(const std::vector<std::size_t>& widths, std::size_t columns) {
  if (columns == 0) return 0;
  const auto end = widths.begin() + static_cast<std::ptrdiff_t>(columns);
  return std::accumulate(widths.begin(), end, (columns - 1) * kGap.size());
}

}  // namespace

std::string cut(std::string_view text, std::size_t characters) {
  if (core::utf8_count(text) <= characters) return std::string(text);
  if (characters == 0) return "";
  std::size_t bytes = 0;
  for (std::size_t kept = 0; kept + 1 < characters; ++kept) {
    bytes += std::max<std::size_t>(core::utf8_sequence_length(text.substr(bytes)), 1);
  }
  return std::string(text.substr(0, bytes)).append(kEllipsis);
}

std::vector<std::size_t> fit_columns(std::vector<std::size_t> natural, std::size_t width) {
  for (std::size_t& each : natural) each = std::min(each, kColumnMax);
  if (width == 0) return natural;
  while (line_width(natural, natural.size()) > width) {
    const auto widest = std::ranges::max_element(natural);
    if (widest == natural.end() || *widest <= kColumnMin) break;
    --*widest;
  }
  std::size_t columns = natural.size();
  while (columns > 1 && line_width(natural, columns) > width) --columns;
  std::fill(natural.begin() + static_cast<std::ptrdiff_t>(columns), natural.end(), 0);
  return natural;
}

TextTable::TextTable(std::vector<std::string> titles, const TableStyle& style)
    : titles_(std::move(titles)), style_(style) {
  for (std::string& title : titles_) {
    title = title_of(title);
    natural_.push_back(core::utf8_count(title));
  }
}

std::string TextTable::add(const std::vector<std::vector<Cell>>& rows) {
  for (const std::vector<Cell>& row : rows) {
    CHECK(row.size() == titles_.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      natural_[i] = std::max(natural_[i], core::utf8_count(row[i].text));
    }
  }
  const auto widths = fit_columns(natural_, style_.width);
  std::string lines;
  if (!begun_) {
    begun_ = true;
    std::vector<Cell> titles;
    for (std::size_t i = 0; i < titles_.size(); ++i) {
      titles.push_back({titles_[i], !rows.empty() && rows.front()[i].is_number});
    }
    const std::string text = line(titles, widths);
    lines += style_.colours ? "\x1b[1m" + text + "\x1b[0m\n" : text + "\n";
  }
  for (const std::vector<Cell>& row : rows) lines += line(row, widths) + "\n";
  return lines;
}

std::string TextTable::line(const std::vector<Cell>& cells,
                            const std::vector<std::size_t>& widths) const {
  std::string text;
  for (std::size_t i = 0; i < cells.size() && (i == 0 || widths[i] > 0); ++i) {
    if (i > 0) text += kGap;
    const std::string cell = cut(cells[i].text, widths[i]);
    const std::string blanks(widths[i] - core::utf8_count(cell), ' ');
    text += cells[i].is_number ? blanks + cell : cell + blanks;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace tollgate
