// Time and randomness come in through these two, so that tests own them.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>

namespace aimpact::base {

using WallTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;

// Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual WallTime now() const = 0;       // UTC wall clock: what is stored and shown
    virtual SteadyTime steady() const = 0;  // monotonic: what durations are measured with
};

class SystemClock final : public Clock {
  public:
    WallTime now() const override { return std::chrono::system_clock::now(); }
    SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

// For tests: stands still until advanced.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(WallTime start = WallTime{std::chrono::seconds{1'700'000'000}}) : now_(start) {}
    WallTime now() const override;
    SteadyTime steady() const override;
    void advance(std::chrono::nanoseconds by);

  private:
    mutable std::mutex mutex_;
    WallTime now_;
    SteadyTime steady_{std::chrono::seconds{1}};
};

// Thread-safe.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// The kernel's CSPRNG (getrandom). Aborts if the kernel cannot give entropy: nothing safe can go on.
class SystemRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> bytes) override;
};

// For tests: a reproducible stream (splitmix64). Never for secrets.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> bytes) override;

  private:
    std::mutex mutex_;
    std::uint64_t state_;
};

// RFC 3339 with milliseconds, UTC: "2026-11-24T08:00:00.000Z". Also the form in which times are stored.
std::string format_time(WallTime time);
// Parses what format_time writes (the fraction is optional). False on anything else; `out` is then unchanged.
bool parse_time(std::string_view text, WallTime& out);

std::int64_t unix_seconds(WallTime time);
std::int64_t unix_millis(WallTime time);
WallTime from_unix_millis(std::int64_t millis);

}  // namespace aimpact::base
