#include "realtime/sent_sound.hpp"

#include <algorithm>
#include <cmath>

#include "voice/audio.hpp"

namespace aimpact::realtime {
namespace {

using Duration = base::SteadyTime::duration;
constexpr auto kKept = std::chrono::seconds(1);
constexpr double kRewindMost = 0.3, kRewindLeast = 0.06, kQuiet = 0.02;  // seconds

Duration duration_of(std::size_t samples) {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(static_cast<double>(samples) / voice::kSynthesisRate));
}

std::ptrdiff_t samples_in(Duration time) {
    return std::lround(std::chrono::duration<double>(time).count() * voice::kSynthesisRate);
}

// Where to begin again, given where it was stopped: the middle of the quietest 20 ms shortly before.
std::size_t restart(const std::vector<float>& samples, std::size_t stopped) {
    const auto of = [](double seconds) { return static_cast<std::size_t>(seconds * voice::kSynthesisRate); };
    const std::size_t window = of(kQuiet);
    const std::size_t first = stopped > of(kRewindMost) ? stopped - of(kRewindMost) : 0;
    std::size_t best = first;
    double least = -1;
    for (std::size_t at = first; at + of(kRewindLeast) <= stopped; at += window / 2) {
        double power = 0;
        for (std::size_t n = at; n < std::min(samples.size(), at + window); ++n)
            power += static_cast<double>(samples[n]) * samples[n];
        if (least < 0 || power < least) least = power, best = at;
    }
    return least < 0 ? first : std::min(stopped, best + window / 2);
}

}  // namespace

void SentSound::sent(const std::string& response_id, const std::string& item_id, double at_ms,
                     std::span<const float> samples, base::SteadyTime plays_at) {
    if (samples.empty()) return;
    pieces_.push_back({response_id,
                       item_id,
                       at_ms,
                       {samples.begin(), samples.end()},
                       plays_at,
                       plays_at + duration_of(samples.size())});
}

void SentSound::played(base::SteadyTime from, std::span<float> out) {
    while (!pieces_.empty() && pieces_.front().to + kKept < from) pieces_.pop_front();
    std::fill(out.begin(), out.end(), 0.0F);
    for (const Piece& piece : pieces_) {
        std::ptrdiff_t to = samples_in(piece.from - from), at = 0;
        if (to < 0) at = -to, to = 0;
        const auto size = static_cast<std::ptrdiff_t>(out.size()),
                   there = static_cast<std::ptrdiff_t>(piece.samples.size());
        if (to >= size) break;
        if (at >= there) continue;
        std::copy_n(piece.samples.begin() + at, std::min(size - to, there - at), out.begin() + to);
    }
}

std::optional<double> SentSound::kept_from_ms(const std::string& item_id) const {
    for (const Piece& piece : pieces_)
        if (piece.item_id == item_id) return piece.at_ms;
    return std::nullopt;
}

std::vector<SentSound::Rest> SentSound::cut(base::SteadyTime now) {
    std::vector<Rest> rests;
    std::vector<std::size_t> stopped;  // samples of each that were played
    // All pieces of the items that have something left, so that a restart may reach back into the piece
    // before.
    for (const Piece& piece : pieces_) {
        const bool left = std::any_of(pieces_.begin(), pieces_.end(), [&](const Piece& p) {
            return p.item_id == piece.item_id && p.to > now;
        });
        if (!left) continue;
        if (rests.empty() || rests.back().item_id != piece.item_id) {
            rests.push_back({piece.response_id, piece.item_id, piece.at_ms, {}});
            stopped.push_back(0);
        }
        Rest& rest = rests.back();
        rest.samples.insert(rest.samples.end(), piece.samples.begin(), piece.samples.end());
        stopped.back() +=
            static_cast<std::size_t>(std::clamp(samples_in(now - piece.from), std::ptrdiff_t{0},
                                                static_cast<std::ptrdiff_t>(piece.samples.size())));
    }
    for (std::size_t i = 0; i < rests.size(); ++i) {
        Rest& rest = rests[i];
        const std::size_t from = restart(rest.samples, stopped[i]);
        rest.from_ms += static_cast<double>(from) * 1000.0 / voice::kSynthesisRate;
        rest.samples.erase(rest.samples.begin(), rest.samples.begin() + static_cast<std::ptrdiff_t>(from));
    }
    std::erase_if(pieces_, [&](const Piece& piece) { return piece.from >= now; });
    if (!pieces_.empty() && pieces_.back().to > now) {
        Piece& last = pieces_.back();
        last.samples.resize(
            static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, samples_in(now - last.from))));
        last.to = now;
    }
    return rests;
}

}  // namespace aimpact::realtime
