// Collects what is wrong with an experiment, so that all of it can be said at once.
#pragma once

#include <string>
#include <vector>

#include "common/config/load.h"
#include "common/config/place.h"

namespace muster::config {

class Complaints {
 public:
  void add(Place place, std::string message, std::string hint = {});

  bool empty() const { return complaints_.empty(); }
  /// More are not kept: nobody reads them, and a hostile file must not cost time.
  bool full() const { return complaints_.size() >= kMost; }

  /// In the order of their places; `file` is the name for those in the file.
  std::vector<Diagnostic> in_order(const std::string& file) const;

 private:
  static constexpr std::size_t kMost = 100;
  struct Complaint {
    Place place;
    std::string message;
    std::string hint;
  };

  std::vector<Complaint> complaints_;
};

}  // namespace muster::config
