"""The arrows test can fail: each rule is shown a file that breaks it, and one that does not."""

import unittest

import arrows

BAD = [
    ("common/text.cc", '#include "common/config/load.h"', "common must not include common/config"),
    ("common/wire/codec.cc", '#include "common/run/plan.h"', "must not include common/run"),
    ("common/run/plan.cc", '#include "common/checkpoint/store.h"', "must not include common/check"),
    ("coordinator/core/a.cc", '#include "common/checkpoint/store.h"', "must not include common/c"),
    ("data/loader.cc", '#include "comm/work.h"', "data must not include comm"),
    ("comm/work.h", '#include "data/batch.h"', "comm must not include data"),
    ("worker/link/link.cc", '#include "coordinator/core/x.h"', "must not include coordinator/core"),
    ("coordinator/cli/run.cc", '#include "worker/train/x.h"', "must not include worker"),
    ("coordinator/core/a.cc", '#include "coordinator/net/x.h"', "must not include coordinator/net"),
    ("coordinator/launch/a.cc", '#include "coordinator/net/x.h"', "must not include"),
    ("coordinator/net/a.cc", '#include "data/batch.h"', "must not include data"),
    ("data/loader.cc", '#include "loader.h"', "does not start at the root"),
    ("data/loader.cc", '#include "../common/text.h"', "does not start at the root"),
    ("comm/mpi/world.h", "#include <mpi.h>", "MPI must not be included by a header"),
    ("comm/local/world.cc", "#include <mpi.h>", "MPI belongs into comm/mpi"),
    ("common/config/yaml.h", "#include <yaml-cpp/yaml.h>", "yaml-cpp must not be included by a"),
    ("common/log.h", "#include <spdlog/spdlog.h>", "spdlog must not be included by a header"),
    ("comm/buffer.h", "#include <ATen/ATen.h>", "libtorch belongs into worker"),
    ("coordinator/core/a.cc", "#include <thread>", "coordinator/core must not use threads"),
    ("coordinator/core/a.cc", "#include <random>", "coordinator/core must not use threads"),
    ("coordinator/core/a.h", "#include <sys/socket.h>", "must not use the operating system"),
    ("coordinator/core/a.cc", "#include <boost/asio.hpp>", "Asio belongs into"),
    ("coordinator/core/a.cc", "auto now = std::chrono::steady_clock::now();", "use a clock"),
    ("coordinator/core/a.cc", "const auto t = Clock::now();", "use a clock"),
    ("plugins/a.cc", '#include "common/text.h"', "no arrows are declared"),
]

GOOD = [
    ("common/run/plan.cc", '#include "common/config/load.h"'),
    ("common/config/resolve.cc", '#include "common/config/models/models.h"'),
    ("worker/link/link.cc", '#include "common/wire/messages.h"'),
    ("worker/train/trainer.cc", '#include "common/checkpoint/store.h"'),
    ("coordinator/cli/checkpoint_command.cc", '#include "common/checkpoint/store.h"'),
    ("worker/train/step.cc", "#include <ATen/ATen.h>"),
    ("comm/mpi/world.cc", "#include <mpi.h>"),
    ("coordinator/cli/run.cc", '#include "coordinator/net/coordinator.h"'),
    ("coordinator/cli/plan.cc", '#include "data/partition.h"'),
    ("coordinator/core/a.cc", "#include <chrono>"),
    ("coordinator/core/a.cc", "// The caller asks Clock::now() and hands it in."),
    ("tests/data/test_loader.cc", '#include "data/loader.h"'),
    ("data/loader.cc", "#include <thread>"),
]


class Arrows(unittest.TestCase):
    def test_every_rule_finds_its_bad_example(self):
        for path, line, expected in BAD:
            with self.subTest(path=path, line=line):
                self.assertIn(expected, "\n".join(arrows.check_file(path, [line])))

    def test_good_examples_pass(self):
        for path, line in GOOD:
            with self.subTest(path=path, line=line):
                self.assertEqual([], arrows.check_file(path, [line]))

    def test_place_is_named(self):
        found = arrows.check_file("data/a.cc", ["", '#include "comm/work.h"'])
        self.assertTrue(found[0].startswith("data/a.cc:2: "), found)


if __name__ == "__main__":
    unittest.main()
