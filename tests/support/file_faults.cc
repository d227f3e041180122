#include "tests/support/file_faults.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>

namespace muster {
namespace {

FileFault armed_fault;
bool is_armed = false;
std::atomic<int> calls = 0;

/// True when this call is to fail, with errno set.
bool fails(FileCalls kind = FileCalls::changing) {
  if (!is_armed) return false;
  const bool changes = kind != FileCalls::lookup && kind != FileCalls::reading;
  const bool is_counted =
      armed_fault.only == FileCalls::changing ? changes : kind == armed_fault.only;
  if (!is_counted) return false;
  const int call = ++calls;
  const bool is_due = armed_fault.at_call > 0 && call > armed_fault.at_call && armed_fault.stays;
  if (call != armed_fault.at_call && !is_due) return false;
  if (armed_fault.error_number == 0) kill(getpid(), SIGKILL);
  errno = armed_fault.error_number;
  return true;
}

/// The C library's function of that name.
template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

/// A call that gives something a name.
template <class Call>
int name(const Call& call) {
  if (!fails(FileCalls::naming)) return call();
  const int error_number = errno;
  if (armed_fault.is_done) call();
  errno = error_number;
  return -1;
}

bool writes(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0; }

}  // namespace

void arm(const FileFault& fault) {
  armed_fault = fault;
  calls = 0;
  is_armed = true;
}

int disarm() {
  is_armed = false;
  return calls;
}

}  // namespace muster

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = va_arg(rest, mode_t);
  va_end(rest);
  using muster::FileCalls;
  if (muster::fails(muster::writes(flags) ? FileCalls::changing : FileCalls::lookup)) return -1;
  static const auto real = muster::next<int (*)(const char*, int, ...)>("open");
  return real(path, flags, mode);
}

ssize_t read(int file, void* bytes, size_t count) {
  if (muster::fails(muster::FileCalls::reading)) return -1;
  static const auto real = muster::next<ssize_t (*)(int, void*, size_t)>("read");
  return real(file, bytes, count);
}

ssize_t pread(int file, void* bytes, size_t count, off_t offset) {
  if (muster::fails(muster::FileCalls::reading)) return -1;
  static const auto real = muster::next<ssize_t (*)(int, void*, size_t, off_t)>("pread");
  return real(file, bytes, count, offset);
}

ssize_t write(int file, const void* bytes, size_t count) {
  if (muster::fails()) return -1;
  static const auto real = muster::next<ssize_t (*)(int, const void*, size_t)>("write");
  return real(file, bytes, count);
}

int close(int file) {
  if (muster::fails()) return -1;
  static const auto real = muster::next<int (*)(int)>("close");
  return real(file);
}

int fsync(int file) {
  if (muster::fails(muster::FileCalls::fsync)) return -1;
  static const auto real = muster::next<int (*)(int)>("fsync");
  return real(file);
}

int fdatasync(int file) {
  if (muster::fails(muster::FileCalls::fsync)) return -1;
  static const auto real = muster::next<int (*)(int)>("fdatasync");
  return real(file);
}

int ftruncate(int file, off_t bytes) noexcept {
  if (muster::fails()) return -1;
  static const auto real = muster::next<int (*)(int, off_t)>("ftruncate");
  return real(file, bytes);
}

int sync_file_range(int file, off_t offset, off_t count, unsigned flags) {
  if ((flags & SYNC_FILE_RANGE_WAIT_AFTER) != 0 && muster::fails(muster::FileCalls::fsync)) {
    return -1;
  }
  static const auto real = muster::next<int (*)(int, off_t, off_t, unsigned)>("sync_file_range");
  return real(file, offset, count, flags);
}

int mkdir(const char* path, mode_t mode) {
  if (muster::fails()) return -1;
  static const auto real = muster::next<int (*)(const char*, mode_t)>("mkdir");
  return real(path, mode);
}

int rename(const char* from, const char* to) noexcept {
  static const auto real = muster::next<int (*)(const char*, const char*)>("rename");
  return muster::name([&] { return real(from, to); });
}

int link(const char* from, const char* to) noexcept {
  static const auto real = muster::next<int (*)(const char*, const char*)>("link");
  return muster::name([&] { return real(from, to); });
}

int stat(const char* path, struct stat* status) noexcept {
  if (muster::fails(muster::FileCalls::lookup)) return -1;
  static const auto real = muster::next<int (*)(const char*, struct stat*)>("stat");
  return real(path, status);
}

int lstat(const char* path, struct stat* status) noexcept {
  if (muster::fails(muster::FileCalls::lookup)) return -1;
  static const auto real = muster::next<int (*)(const char*, struct stat*)>("lstat");
  return real(path, status);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  if (muster::is_armed && muster::armed_fault.no_exclusive_rename) {
    errno = EINVAL;
    return -1;
  }
  static const auto real =
      muster::next<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return muster::name([&] { return real(from_folder, from, to_folder, to, flags); });
}

int unlink(const char* path) noexcept {
  if (muster::fails()) return -1;
  static const auto real = muster::next<int (*)(const char*)>("unlink");
  return real(path);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  if (muster::fails()) return -1;
  static const auto real = muster::next<int (*)(int, const char*, int)>("unlinkat");
  return real(folder, path, flags);
}

int remove(const char* path) noexcept {
  if (muster::fails()) return -1;
  static const auto real = muster::next<int (*)(const char*)>("remove");
  return real(path);
}

int rmdir(const char* path) noexcept {
  if (muster::fails()) return -1;
  static const auto real = muster::next<int (*)(const char*)>("rmdir");
  return real(path);
}

}  // extern "C"
