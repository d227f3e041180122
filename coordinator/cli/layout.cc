#include "coordinator/cli/layout.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "common/text.h"

namespace muster::coordinator::cli {
namespace {

constexpr std::size_t kLabelColumns = 12;

bool starts_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  bool in_escape = false;
  for (const char byte : text) {
    if (byte == '\x1b') {
      in_escape = true;
    } else if (in_escape) {
      in_escape = byte != 'm';
    } else if (starts_code_point(byte)) {
      ++columns;
    }
  }
  return columns;
}

std::string pad_left_aligned(std::string text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  text.append(width > columns ? width - columns : 0, ' ');
  return text;
}

std::string pad_right_aligned(const std::string& text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  return std::string(width > columns ? width - columns : 0, ' ') + text;
}

std::string cut_to(const std::string& text, std::size_t width) {
  if (columns_of(text) <= width) {
    return text;
  }
  const std::string mark = width > 3 ? "..." : "";
  const std::size_t kept_columns = width - mark.size();
  std::size_t columns = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (starts_code_point(text[end]) && columns++ == kept_columns) {
      break;
    }
  }
  return text.substr(0, end) + mark;
}

std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t indent) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], columns_of(row[column]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (std::size_t column = 0; column < row.size(); ++column) {
      cells.push_back(pad_right_aligned(row[column], widths[column]));
    }
    text += std::string(indent, ' ') + join(cells, "  ") + "\n";
  }
  return text;
}

std::string paragraph(const std::string& text, std::size_t indent, std::size_t width) {
  std::istringstream words(text);
  std::string result;
  std::string line;
  for (std::string word; words >> word;) {
    if (!line.empty() && indent + columns_of(line) + 1 + columns_of(word) > width) {
      result += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? result : result + std::string(indent, ' ') + line + "\n";
}

std::string labelled(const std::string& label, const std::string& value) {
  return pad_left_aligned(label, kLabelColumns) + value + "\n";
}

std::string counted(long long count, const std::string& noun) {
  return concat(with_thousands(count), " ", noun, count == 1 ? "" : "s");
}

std::string path_from_here(const std::string& path) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  const std::filesystem::path relative = std::filesystem::path(path).lexically_relative(here);
  const bool is_below = !error && !relative.empty() && *relative.begin() != "..";
  return is_below ? relative.string() : path;
}

}  // namespace muster::coordinator::cli
