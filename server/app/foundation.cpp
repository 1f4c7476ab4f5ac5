#include "app/foundation.hpp"

#include <fmt/format.h>

namespace aimpact::app {

using base::Result;

Result<std::filesystem::path> prepare_data_dir(const base::Config& config) {
    const std::filesystem::path dir = config.text("data.dir");
    std::error_code ec;
    const bool made = std::filesystem::create_directories(dir, ec);
    if (ec)
        return base::Error{
            base::ErrorCode::unavailable,
            fmt::format("The data folder '{}' can't be made: {}. Set data.dir (AIMPACT_DATA_DIR) to a "
                        "folder that this user may write.",
                        dir.string(), ec.message())};
    if (made) std::filesystem::permissions(dir, std::filesystem::perms::owner_all, ec);
    return std::filesystem::absolute(dir);
}

Result<std::unique_ptr<storage::Database>> open_database(const base::Config& config, base::Metrics& metrics) {
    AIMPACT_TRY(const std::filesystem::path data_dir, prepare_data_dir(config));
    std::string url = config.text("database.url");
    if (url.empty()) url = "sqlite:" + (data_dir / "aimpact.db").string();
    return storage::Database::open({.url = std::move(url),
                                    .connections = static_cast<int>(config.integer("database.connections")),
                                    .sqlite_vec_extension = AIMPACT_SQLITE_VEC},
                                   metrics);
}

Foundation::Foundation(const base::Config& config_in, Process& process_in)
    : config(config_in), process(process_in), crypto({.name = "crypto", .threads = 2, .queue_max = 64}) {}

Foundation::~Foundation() {
    accounts.reset();
    crypto.stop();
    if (database) database->checkpoint();
}

Result<std::unique_ptr<Foundation>> Foundation::open(const base::Config& config, Process& process,
                                                     const std::string& public_url) {
    std::unique_ptr<Foundation> self(new Foundation(config, process));
    AIMPACT_TRY(self->data_dir, prepare_data_dir(config));
    AIMPACT_TRY(self->database, open_database(config, process.metrics));
    AIMPACT_TRY(self->migrations_applied, storage::migrate(*self->database));
    AIMPACT_TRY(self->accounts,
                accounts::Accounts::open(
                    *self->database, self->crypto, process.clock, process.random, process.metrics,
                    {.base_url = public_url,
                     .master_key = config.text("auth.master_key"),
                     .master_key_file = (self->data_dir / "master.key").string(),
                     .access_token_life = std::chrono::minutes(config.integer("auth.access_token_minutes")),
                     .sessions = {.idle = std::chrono::hours(24 * config.integer("auth.refresh_token_days"))},
                     .passwords = {}}));
    return self;
}

}  // namespace aimpact::app
