// Just enough of UTF-8 to refuse what is not text and to count columns as people do.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace muster::config {

/// The position of the first byte that is not valid UTF-8 (RFC 3629) or is a control character
/// other than tab and line ends; nothing when all is well.
std::optional<std::size_t> first_bad_byte(std::string_view text);

/// Characters (code points) in valid UTF-8.
std::size_t characters(std::string_view text);

}  // namespace muster::config
