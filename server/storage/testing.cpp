#include "storage/testing.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace aimpact::storage {

namespace {

const char* postgres_url() {
    const char* url = std::getenv("AIMPACT_TEST_POSTGRES_URL");
    return url && *url ? url : nullptr;
}

template <class T>
T must(Result<T> result) {
    if (result.has_error())
        throw std::runtime_error(result.error().message + " [" + result.error().detail + "]");
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

void on_server(const std::string& statement) {
    base::Metrics metrics;
    const auto admin =
        must(Database::open({.url = postgres_url(), .connections = 1, .sqlite_vec_extension = {}}, metrics));
    must(admin->write_now([&](soci::session& sql) { sql << statement; }));
}

std::string make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "aimpact-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a folder like " + name);
    return name;
}

}  // namespace

std::string TestDatabase::missing_reason() {
    return "AIMPACT_TEST_POSTGRES_URL is not set: start a server with scripts/test-postgres run -- COMMAND";
}

std::unique_ptr<TestDatabase> TestDatabase::create(Dialect dialect, bool migrated) {
    static std::atomic<int> count = 0;
    std::unique_ptr<TestDatabase> made(new TestDatabase);
    made->dialect_ = dialect;
    if (dialect == Dialect::sqlite) {
        made->folder_ = make_folder();
        made->url_ = "sqlite:" + made->folder_ + "/test.db";
    } else {
        if (!postgres_url()) return nullptr;
        made->schema_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
        on_server("CREATE SCHEMA " + made->schema_);
        made->url_ = postgres_url();
        made->url_ += made->url_.find('?') == std::string::npos ? '?' : '&';
        made->url_ += "options=-csearch_path%3D" + made->schema_ + "%2Cpublic";
    }
    made->database_ = made->open_again();
    if (migrated) must(migrate(*made->database_));
    return made;
}

std::unique_ptr<Database> TestDatabase::open_again(int connections) {
    return must(
        Database::open({.url = url_, .connections = connections, .sqlite_vec_extension = {}}, metrics_));
}

void TestDatabase::reopen() {
    database_.reset();
    database_ = open_again();
}

TestDatabase::~TestDatabase() {
    database_.reset();
    std::error_code ec;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ec);
    try {
        if (!schema_.empty()) on_server("DROP SCHEMA " + schema_ + " CASCADE");
    } catch (const std::exception& error) {
        ADD_FAILURE() << "the schema " << schema_ << " stays behind: " << error.what();
    }
}

}  // namespace aimpact::storage
