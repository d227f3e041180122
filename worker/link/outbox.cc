#include "worker/link/outbox.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::worker {
namespace {

bool is_metrics(const wire::Message& message) {
  return std::holds_alternative<wire::MetricsLine>(message);
}

}  // namespace

void Outbox::push(wire::Message message) {
  if (is_metrics(message)) {
    ++metrics_;
    if (metrics_ > metrics_limit_) drop_oldest_metrics();
  }
  messages_.push_back(std::move(message));
}

std::optional<wire::Message> Outbox::take() {
  if (messages_.empty()) return std::nullopt;
  wire::Message message = std::move(messages_.front());
  messages_.pop_front();
  if (is_metrics(message)) --metrics_;
  return message;
}

void Outbox::put_back(wire::Message message) {
  if (is_metrics(message)) {
    if (metrics_ >= metrics_limit_) {  // It would be the oldest.
      ++dropped_;
      return;
    }
    ++metrics_;
  }
  messages_.push_front(std::move(message));
}

void Outbox::drop_oldest_metrics() {
  // Nearly always the first: other messages come once per checkpoint or once per run.
  const auto oldest = std::ranges::find_if(messages_, is_metrics);
  if (oldest == messages_.end()) return;
  messages_.erase(oldest);
  --metrics_;
  ++dropped_;
}

}  // namespace muster::worker
