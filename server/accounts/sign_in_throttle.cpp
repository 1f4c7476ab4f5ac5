#include "accounts/sign_in_throttle.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cmath>

namespace aimpact::accounts {

namespace {

using namespace std::chrono_literals;

constexpr int kFreeTries = 5;
constexpr std::chrono::seconds kWaitMax = 15min;
constexpr std::chrono::seconds kForgetAfter = 1h;
constexpr double kAddressTokens = 50;
constexpr double kAddressTokensPerSecond = 200.0 / 3600;

base::Error too_many(std::chrono::seconds wait) {
    return {base::ErrorCode::rate_limited,
            "Too many failed sign-ins. Wait " + std::to_string(wait.count()) + " s and try again.",
            {},
            {},
            wait};
}

std::string pair_key(const std::string& account, const std::string& place) {
    return account + "\n" + place;
}

}  // namespace

std::string SignInThrottle::place_of(const std::string& address) {
    boost::system::error_code ec;
    const auto parsed = boost::asio::ip::make_address(address, ec);
    if (ec || !parsed.is_v6() || parsed.to_v6().is_v4_mapped()) return address;
    auto bytes = parsed.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

SignInThrottle::Address& SignInThrottle::refilled(const std::string& place, base::SteadyTime now) {
    if (Address* held = addresses_.find(place)) {
        const std::chrono::duration<double> idle = now - held->last;
        held->tokens = std::min(kAddressTokens, held->tokens + idle.count() * kAddressTokensPerSecond);
        held->last = now;
        return *held;
    }
    return addresses_.put(place, {kAddressTokens, now});
}

base::Result<> SignInThrottle::begin(const std::string& account, const std::string& address) {
    const base::SteadyTime now = clock_.steady();
    const std::string place = place_of(address);
    const std::string key = pair_key(account, place);
    const std::lock_guard lock(mutex_);
    Account* held = accounts_.find(key);
    if (held && now - held->last > kForgetAfter) *held = {};
    if (held && now < held->open_at)
        return too_many(std::chrono::ceil<std::chrono::seconds>(held->open_at - now));
    Address& bucket = refilled(place, now);
    if (bucket.tokens < 1) {
        const double wait = std::ceil((1 - bucket.tokens) / kAddressTokensPerSecond);
        return too_many(std::chrono::seconds{static_cast<int>(wait)});
    }
    bucket.tokens -= 1;
    Account& counted = held ? *held : accounts_.put(key, {});
    counted.last = now;
    if (++counted.failures >= kFreeTries) {
        const int doublings = std::min(counted.failures - kFreeTries, 10);
        counted.open_at =
            now + std::min<std::chrono::seconds>(kWaitMax, std::chrono::seconds{1 << doublings});
    }
    return {};
}

void SignInThrottle::succeeded(const std::string& account, const std::string& address) {
    const std::string place = place_of(address);
    const std::lock_guard lock(mutex_);
    accounts_.erase(pair_key(account, place));
    Address& bucket = refilled(place, clock_.steady());
    bucket.tokens = std::min(kAddressTokens, bucket.tokens + 1);
}

}  // namespace aimpact::accounts
