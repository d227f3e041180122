#include "coordinator/net/log_tail.h"

#include <algorithm>
#include <fstream>

#include "common/text.h"

namespace muster::coordinator {
namespace {

constexpr std::size_t kTailBytes = 64 * 1024;
constexpr std::size_t kLineBytes = 400;

std::string printable(std::string line) {
  if (line.size() > kLineBytes) line = line.substr(0, kLineBytes) + " ...";
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < ' ' && c != '\t') || byte == 0x7f) c = '?';
  }
  return line;
}

}  // namespace

std::string last_bytes(const std::filesystem::path& path, std::size_t bytes) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
  std::string text(std::min(size, bytes), '\0');
  file.seekg(static_cast<std::streamoff>(size - text.size()));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return text;
}

std::vector<std::string> last_lines(const std::filesystem::path& path, std::size_t count) {
  const std::string text = last_bytes(path, kTailBytes);
  std::vector<std::string> lines = split(text, '\n');
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.size() > count) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  }
  std::transform(lines.begin(), lines.end(), lines.begin(), printable);
  return lines;
}

}  // namespace muster::coordinator
