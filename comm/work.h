// A collective operation under way.
#pragma once

#include <memory>

#include "common/deadline.h"

namespace muster::comm {

/// A handle; copies refer to the same operation. A default-made one is complete.
class Work {
 public:
  /// What a backend implements. Calls come from one thread.
  class Operation {
   public:
    virtual ~Operation() = default;
    virtual bool is_complete() = 0;
    virtual void wait() = 0;
  };

  Work() = default;
  explicit Work(std::shared_ptr<Operation> operation) : operation_(std::move(operation)) {}

  /// True when wait() would return at once.
  bool is_complete() const { return !operation_ || operation_->is_complete(); }

  /// Blocks until the result is there and the operation's buffers may be used again (with a stream:
  /// until the stream has been told to wait). Throws Error{timeout} after the call's timeout, and
  /// Error{aborted} when a peer left or the communicator was aborted; the communicator is then
  /// finished.
  void wait() {
    if (operation_) operation_->wait();
  }

 private:
  std::shared_ptr<Operation> operation_;
};

}  // namespace muster::comm
