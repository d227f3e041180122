#include "common/checkpoint/generation.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <exception>
#include <string_view>
#include <system_error>

#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/text.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kClaim = ".generation-";
constexpr std::string_view kUnfinished = ".tmp-";

[[noreturn]] void fail(const fs::path& path, std::string_view what, const std::string& why) {
  throw Error(ErrorCode::storage, concat(path.string(), ": cannot ", what, ": ", why));
}

/// 3 for ".generation-3" and for ".tmp-3-step-000120"; 0 for anything else.
std::int64_t number_after(std::string_view prefix, const std::string& name) {
  if (!name.starts_with(prefix)) return 0;
  std::int64_t number = 0;
  std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
  return number;
}

template <class Look>
void for_each_name(const fs::path& folder, const Look& look) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    look(entry->path().filename().string());
  }
  if (error) fail(folder, "list", error.message());
}

}  // namespace

std::int64_t present_generation(const fs::path& folder) {
  std::int64_t present = 0;
  for_each_name(folder, [&](const std::string& name) {
    present = std::max(present, number_after(kClaim, name));
  });
  return present;
}

void claim_folder(const fs::path& folder, std::int64_t generation) {
  MUSTER_ASSERT(generation >= 1, "generations are counted from 1");
  const std::int64_t present = present_generation(folder);
  if (present > generation) {
    throw Error(ErrorCode::aborted, concat(folder.string(), ": generation ", generation,
                                           " gives way to generation ", present));
  }
  if (present < generation) {
    const fs::path claim = folder / concat(kClaim, generation);
    FileDescriptor file(open(claim.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    if (!file.is_open() || !file.close()) fail(claim, "create", errno_text(errno));
  }
  // Also when the claim was there: who made it may have died before this.
  for_each_name(folder, [&](const std::string& name) {
    const std::int64_t older =
        std::max(number_after(kClaim, name), number_after(kUnfinished, name));
    if (older == 0 || older >= generation) return;
    std::error_code ignored;  // Its owner may be removing it at the same time.
    fs::remove_all(folder / name, ignored);
  });
}

void remove_unfinished(const fs::path& folder, std::int64_t generation) noexcept try {
  for_each_name(folder, [&](const std::string& name) {
    const std::int64_t owner = number_after(kUnfinished, name);
    std::error_code ignored;
    if (owner >= 1 && owner <= generation) fs::remove_all(folder / name, ignored);
  });
} catch (const std::exception&) {
  return;  // Of no folder, say.
}

}  // namespace muster::checkpoint
