// What every command that touches data stands on: the database (migrated) and accounts. Built once, destroyed
// in reverse order.
#pragma once

#include <filesystem>
#include <memory>

#include "accounts/accounts.hpp"
#include "base/clock.hpp"
#include "base/config.hpp"
#include "base/metrics.hpp"
#include "base/thread_pool.hpp"
#include "storage/database.hpp"

namespace aimpact::app {

// What everything in a process shares.
struct Process {
    base::SystemClock clock;
    base::SystemRandom random;
    base::Metrics metrics;
};

struct Foundation {
    const base::Config& config;
    Process& process;
    std::filesystem::path data_dir;
    std::unique_ptr<storage::Database> database;
    int migrations_applied = 0;
    base::ThreadPool crypto;  // Argon2id: memory-hard, so few threads
    std::unique_ptr<accounts::Accounts> accounts;

    // Makes the data folder, opens and migrates the database, opens accounts. `public_url` is what links
    // point to. Both arguments before it must outlive it.
    static base::Result<std::unique_ptr<Foundation>> open(const base::Config& config, Process& process,
                                                          const std::string& public_url = {});
    ~Foundation();

  private:
    Foundation(const base::Config& config_in, Process& process_in);
};

// Makes data.dir, private to its owner. Errors say what to do.
base::Result<std::filesystem::path> prepare_data_dir(const base::Config& config);
base::Result<std::unique_ptr<storage::Database>> open_database(const base::Config& config,
                                                               base::Metrics& metrics);

}  // namespace aimpact::app
