// Small helpers for text: joining values into a message, splitting, and suggestions for misspelt
// words.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// The values one after the other, as operator<< prints them.
template <class... Args>
std::string concat(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}

/// The shortest decimal text that reads back as exactly `value` ("0.003", "1e-08", "nan").
std::string shortest(double value);

/// "1,797": for people, never for files.
std::string with_thousands(long long value);

/// "1.5 GB", "320 B": decimal units, for people.
std::string human_bytes(double bytes);

/// "2m 05s", "14.2s": for people.
std::string human_seconds(double seconds);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// `word` as one would type it into a shell: quoted where a shell would take it apart.
std::string shell_quoted(const std::string& word);

/// The word of `words` that `misspelt` was most likely meant to be; empty when none is near.
/// Near: a Damerau-Levenshtein distance of at most a third of the longer word, or one is the
/// beginning of the other.
std::string nearest_word(std::string_view misspelt, const std::vector<std::string>& words);

}  // namespace muster
