#include "accounts/audit_log.hpp"

#include <gtest/gtest.h>

#include "accounts/testing.hpp"
#include "base/log.hpp"
#include "storage/types.hpp"

namespace aimpact::accounts {
namespace {

class AuditLogTest : public storage::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        base::configure_log(base::LogLevel::off, base::LogFormat::json);
        for (const char* org : {"org_a", "org_b"}) {
            const std::string id = org;
            const auto done = database().write_now([&](soci::session& sql) {
                const WallTime now = clock_.now();
                sql << "INSERT INTO organisations (id, name, created_at, updated_at) VALUES (:id, 'x', :a, "
                       ":b)",
                    soci::use(id), soci::use(now), soci::use(now);
            });
            ASSERT_TRUE(done.has_value()) << done.error().detail;
        }
        log_ = std::make_unique<AuditLog>(database(), clock_, random_, metrics_);
    }
    static AuditEntry entry(std::string target, std::string org = "org_a") {
        AuditEntry out;
        out.org_id = std::move(org);
        out.actor = "usr_1";
        out.action = "voice.created";
        out.target = std::move(target);
        out.detail = {{"engine", "matched"}};
        out.address = "192.0.2.7";
        return out;
    }
    std::vector<AuditEntry> all(const std::string& org = "org_a", AuditFilter filter = {},
                                PageRequest page = {"", 100}) {
        auto found = base::run_sync(log_->list(org, std::move(filter), std::move(page)));
        EXPECT_TRUE(found.has_value()) << found.error().message << found.error().detail;
        return found.has_value() ? found->data : std::vector<AuditEntry>{};
    }

    base::ManualClock clock_;
    base::SeededRandom random_{5};
    base::Metrics metrics_;
    std::unique_ptr<AuditLog> log_;
};
AIMPACT_ON_BOTH_DATABASES(AuditLogTest);

TEST_P(AuditLogTest, KeepsTheOrderAndSeparatesOrganisations) {
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(log_->record(entry("voice_" + std::to_string(i))));
    EXPECT_TRUE(log_->record(entry("voice_9", "org_b")));
    ASSERT_TRUE(log_->flush().has_value());
    const auto lines = all();
    ASSERT_EQ(lines.size(), 5u);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_EQ(lines[i].position, 5 - static_cast<int>(i)) << "newest first, no gap";
        EXPECT_EQ(lines[i].target, "voice_" + std::to_string(4 - i));
    }
    EXPECT_EQ(lines[0].detail.at("engine").as_string(), "matched");
    EXPECT_EQ(lines[0].address, "192.0.2.7");
    EXPECT_EQ(all("org_b").size(), 1u);
    EXPECT_EQ(all("org_b")[0].position, 1) << "each organisation counts for itself";
    EXPECT_EQ(all("org_a", {.target = "voice_3"}).size(), 1u);
    EXPECT_EQ(all("org_a", {.action = "voice.deleted"}).size(), 0u);
}

TEST_P(AuditLogTest, PagesWithoutLossAndRefusesOthersCursors) {
    for (int i = 0; i < 7; ++i) log_->record(entry("voice_" + std::to_string(i)));
    log_->record(entry("voice_b", "org_b"));
    ASSERT_TRUE(log_->flush().has_value());
    std::vector<std::string> seen;
    PageRequest page{"", 3};
    for (int pages = 0; pages < 4; ++pages) {
        auto found = base::run_sync(log_->list("org_a", {}, page));
        ASSERT_TRUE(found.has_value());
        for (const AuditEntry& one : found->data) seen.push_back(one.target);
        if (!found->next_cursor) break;
        page.cursor = *found->next_cursor;
    }
    EXPECT_EQ(seen.size(), 7u);
    EXPECT_EQ(seen.front(), "voice_6");
    EXPECT_EQ(seen.back(), "voice_0");
    EXPECT_TRUE(all("org_a", {}, {all("org_b")[0].id, 10}).empty()) << "a line of another organisation";
    EXPECT_TRUE(base::run_sync(log_->list("org_a", {}, {"key_1", 10})).has_error());
    EXPECT_TRUE(base::run_sync(log_->list("org_a", {}, {"", 101})).has_error());
}

TEST_P(AuditLogTest, ALineIsThereExactlyIfItsChangeIs) {
    const auto failed = database().write_now([&](soci::session& sql) -> Result<> {
        log_->append(sql, entry("voice_1"));
        return base::not_found("no");
    });
    EXPECT_TRUE(failed.has_error());
    EXPECT_TRUE(all().empty());
    ASSERT_TRUE(
        database().write_now([&](soci::session& sql) { log_->append(sql, entry("voice_1")); }).has_value());
    EXPECT_EQ(all().at(0).position, 1) << "the line that was rolled back left no gap";
}

TEST_P(AuditLogTest, WritesByItselfAndWhatWaitsAtItsEnd) {
    log_->record(entry("voice_1"));
    for (int i = 0; i < 100 && all().empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{50});
    EXPECT_EQ(all().size(), 1u);
    log_->record(entry("voice_2"));
    log_.reset();
    log_ = std::make_unique<AuditLog>(database(), clock_, random_, metrics_);
    EXPECT_EQ(all().size(), 2u);
}

TEST_P(AuditLogTest, ALineOfNobodyDoesNotKeepTheOthersOut) {
    log_->record(entry("voice_1"));
    log_->record(entry("voice_2", "org_gone"));
    log_->record(entry("voice_3"));
    ASSERT_TRUE(log_->flush().has_value());
    EXPECT_EQ(all().size(), 2u);
}

TEST_P(AuditLogTest, ItsLimitsHold) {
    AuditEntry long_one = entry("voice_1");
    long_one.detail = {{"text", std::string(AuditLog::kDetailBytesMax, 'x')}};
    log_->record(std::move(long_one));
    ASSERT_TRUE(log_->flush().has_value());
    EXPECT_TRUE(all().at(0).detail.contains("left_out"));
    std::size_t taken = 0;
    // The log's own thread may write some of them meanwhile.
    for (std::size_t i = 0; i < 3 * AuditLog::kQueueMax; ++i) {
        if (!log_->record(entry("voice_2"))) break;
        ++taken;
    }
    EXPECT_GE(taken, AuditLog::kQueueMax);
    EXPECT_LT(taken, 3 * AuditLog::kQueueMax) << "the queue has an end";
}

}  // namespace
}  // namespace aimpact::accounts
