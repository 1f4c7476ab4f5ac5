#include "base/clock.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <cstdio>
#include <cstdlib>

namespace aimpact::base {

using namespace std::chrono;

WallTime ManualClock::now() const {
    std::lock_guard lock(mutex_);
    return now_;
}

SteadyTime ManualClock::steady() const {
    std::lock_guard lock(mutex_);
    return steady_;
}

void ManualClock::advance(nanoseconds by) {
    std::lock_guard lock(mutex_);
    now_ += duration_cast<WallTime::duration>(by);
    steady_ += duration_cast<SteadyTime::duration>(by);
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n = getrandom(bytes.data() + done, bytes.size() - done, 0);
        if (n < 0) {
            if (errno == EINTR) continue;
            std::perror("aimpact: getrandom");
            std::abort();
        }
        done += static_cast<std::size_t>(n);
    }
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
    std::lock_guard lock(mutex_);
    for (std::uint8_t& byte : bytes) {
        state_ += 0x9e3779b97f4a7c15ull;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        byte = static_cast<std::uint8_t>(z ^ (z >> 31));
    }
}

std::string format_time(WallTime time) {
    const auto millis = floor<milliseconds>(time);
    const auto day = floor<days>(millis);
    const year_month_day ymd{day};
    const hh_mm_ss hms{millis - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(ymd.year()),
                       static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                       hms.hours().count(), hms.minutes().count(), hms.seconds().count(),
                       hms.subseconds().count());
}

bool parse_time(std::string_view text, WallTime& out) {
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0, used = 0;
    const std::string copy(text);
    // NOLINTNEXTLINE(cert-err34-c): the widths keep every number in range, and their count is checked
    if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &y, &mo, &d, &h, &mi, &s, &used) != 6)
        return false;
    std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(used));
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        int scale = 100;
        while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
            ms += (rest.front() - '0') * scale;
            scale /= 10;
            rest.remove_prefix(1);
        }
    }
    if (rest != "Z") return false;
    const year_month_day ymd{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!ymd.ok() || h > 23 || mi > 59 || s > 60) return false;
    out = WallTime{sys_days{ymd} + hours{h} + minutes{mi} + seconds{s} + milliseconds{ms}};
    return true;
}

std::int64_t unix_seconds(WallTime time) {
    return floor<seconds>(time).time_since_epoch().count();
}
std::int64_t unix_millis(WallTime time) {
    return floor<milliseconds>(time).time_since_epoch().count();
}
WallTime from_unix_millis(std::int64_t millis) {
    return WallTime{milliseconds{millis}};
}

}  // namespace aimpact::base
