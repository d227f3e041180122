// Text in columns: widths as seen on a terminal, padding, tables, paragraphs. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muster::coordinator::cli {

/// Columns that UTF-8 `text` takes: one a code point; ANSI colour sequences take none. (Wide East
/// Asian characters are not printed by this program except in names.)
std::size_t columns_of(std::string_view text);

/// `text` with spaces behind (left) or before it (right) to at least `width` columns.
std::string pad_left_aligned(std::string text, std::size_t width);
std::string pad_right_aligned(const std::string& text, std::size_t width);

/// At most `width` columns of `text`, which has no colours; a cut is marked with "...".
std::string cut_to(const std::string& text, std::size_t width);

/// Rows with two spaces between columns, every row after `indent` spaces. The first row is the
/// heading. Right-aligned.
std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t indent);

/// Words of `text` in lines of at most `width` columns, each after `indent` spaces and ended by a
/// newline.
std::string paragraph(const std::string& text, std::size_t indent, std::size_t width);

/// "label       value\n", the form of the lines that describe a run or a plan.
std::string labelled(const std::string& label, const std::string& value);

/// "1 worker", "2 workers".
std::string counted(long long count, const std::string& noun);

/// `path` as one would type it here: relative when it is below the working directory.
std::string path_from_here(const std::string& path);

}  // namespace muster::coordinator::cli
