#include "comm/local/local_host.h"

namespace muster::comm {

void LocalNode::add(std::shared_ptr<Mapping> mapping) {
  const std::lock_guard lock(mutex_);
  mappings_.push_back(std::move(mapping));
  added_.notify_all();
}

std::shared_ptr<Mapping> LocalNode::get(std::size_t index) {
  std::unique_lock lock(mutex_);
  const auto until = std::chrono::system_clock::now() + std::chrono::milliseconds(20);
  added_.wait_until(lock, until, [&] { return index < mappings_.size(); });
  return index < mappings_.size() ? mappings_[index] : nullptr;
}

std::shared_ptr<Mapping> LocalHost::share(std::size_t bytes, Backing,
                                          const std::function<void()>& check) {
  if (is_first_) node_->add(Mapping::anonymous(bytes));
  std::shared_ptr<Mapping> mapping;
  while (!(mapping = node_->get(shared_))) check();
  ++shared_;
  return mapping;
}

}  // namespace muster::comm
