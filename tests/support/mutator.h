// Text that is almost right: a good one with a few random changes. For parsers of what comes from
// outside: whatever is done to a good text, it is read to its end, without a crash, and is either
// right or refused with an error of its own kind.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace muster {

class Mutator {
 public:
  /// `pieces`: what means something to the parser, and is put in here and there.
  Mutator(unsigned seed, std::vector<std::string> pieces)
      : generator_(seed), pieces_(std::move(pieces)) {}

  /// `text` after one to four changes.
  std::string mutate(std::string text) {
    for (std::size_t times = 1 + below(4); times > 0; --times) change(text);
    return text;
  }

  /// A random number below `bound`.
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(generator_);
  }

 private:
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = below(8);
    switch (below(5)) {
      case 0:
        text.erase(std::min(at, text.size()), length);
        break;
      case 1:
        text.insert(at, pieces_[below(pieces_.size())]);
        break;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), 20));
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      default:
        text.resize(at);
    }
  }

  std::mt19937 generator_;
  std::vector<std::string> pieces_;
};

}  // namespace muster
