// How good the turns of a session sound, and how well the two sides went together. See
// agents/turn_quality.hpp.
#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <cmath>

#include "realtime/session_impl.hpp"
#include "voice/quality/speaking_rate.hpp"

namespace aimpact::realtime {

namespace {

double ms_between(base::SteadyTime from, base::SteadyTime to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

// How long ago a speech began that is told of now: the listener wants three frames before it says so.
constexpr double kOnsetMsMax = 500;
// A score that comes later than this after the end of its session is not written down any more.
constexpr std::chrono::seconds kScoresWait{30};

}  // namespace

void Session::Impl::caller_started(double audio_start_ms) {
    const auto prefix = static_cast<double>(config.listener.prefix_padding.count());
    const double ago = std::clamp(caller_sound.received_ms() - (audio_start_ms + prefix), 0.0, kOnsetMsMax);
    caller_since = parts.clock.steady() - std::chrono::duration_cast<base::SteadyTime::duration>(
                                              std::chrono::duration<double, std::milli>(ago));
}

void Session::Impl::caller_stopped(base::SteadyTime at) {
    if (!caller_since) return;
    add_overlap(at);
    caller_since.reset();
}

// What is playing is the answer in progress, or one that was made already.
void Session::Impl::add_overlap(base::SteadyTime to) {
    if (!caller_since) return;
    const base::SteadyTime from = std::max(*caller_since, overlap_until);
    overlap_until = std::max(overlap_until, to);
    const auto add = [this](agents::TurnQuality& quality, double ms) {
        quality.overlap_ms = rounded_ms(quality.overlap_ms.value_or(0) + ms);
        parts.metrics.overlap(ms);
    };
    for (const auto& [item_id, ms] : playback.playing_ms(from, to)) {
        if (active && active->message_id == item_id) {
            add(active->origin.quality, ms);
            continue;
        }
        for (agents::Turn& turn : turns) {
            if (turn.assistant_item_id != item_id) continue;
            add(turn.quality, ms);
            // A cut that follows records the turn anyway; records are few, and each is whole.
            record(turn);
        }
    }
}

// Nobody has spoken since the caller's end, or since all was heard that was sent: until now, or until the
// caller went on.
double Session::Impl::silence_before(const ActiveResponse& a, base::SteadyTime now) const {
    const base::SteadyTime from = std::max(a.origin.zero, playback.plays_until());
    const base::SteadyTime to = caller_since ? std::min(now, *caller_since) : now;
    return std::max(0.0, ms_between(from, to));
}

void Session::Impl::add_silence(ActiveResponse& a, base::SteadyTime now) {
    const double ms = silence_before(a, now);
    agents::TurnQuality& quality = a.origin.quality;
    quality.dead_air_ms = quality.dead_air_ms.value_or(0) + ms;
    quality.longest_silence_ms = std::max(quality.longest_silence_ms.value_or(0), ms);
    if (!a.sound.silent() && ms > 0) a.sound.late(ms);
}

agents::SpeechQuality Session::Impl::judge_caller(const voice::TurnEnded& turn) {
    agents::SpeechQuality quality = caller_sound.quality(turn.audio_start_ms, turn.audio_end_ms);
    const auto prefix = static_cast<double>(config.listener.prefix_padding.count());
    quality.words_per_minute = voice::words_per_minute(voice::count_words(turn.transcript.text),
                                                       turn.audio_end_ms - turn.audio_start_ms - prefix);
    if (quality.words_per_minute) quality.words_per_minute = std::round(*quality.words_per_minute);
    parts.metrics.caller_sound(quality);
    return quality;
}

// At the end of an answer: its own sound, and what the caller waited for in vain.
void Session::Impl::judge_reply(ActiveResponse& a) {
    agents::TurnQuality& quality = a.origin.quality;
    if (!a.audio) return;
    if (a.sound.silent()) {
        add_silence(a, parts.clock.steady());
    } else {
        quality.reply = a.sound.quality();
        if (const Playback::Item* said = playback.find(a.message_id)) {
            int words = 0;
            for (const SpokenPiece& piece : said->pieces) words += voice::count_words(piece.text);
            quality.reply->words_per_minute = voice::words_per_minute(words, said->sent_ms);
            if (quality.reply->words_per_minute)
                quality.reply->words_per_minute = std::round(*quality.reply->words_per_minute);
        }
    }
    if (quality.dead_air_ms) quality.dead_air_ms = rounded_ms(*quality.dead_air_ms);
    if (quality.longest_silence_ms) quality.longest_silence_ms = rounded_ms(*quality.longest_silence_ms);
    if (!a.greeting) parts.metrics.turn_sound(quality);
}

// ---------------------------------------------------------------------------------------- scores

void Session::Impl::take_sample(ActiveResponse& a) {
    a.sampled = parts.sampler && parts.sampler->choose(parts.random);
    if (!a.sampled) {
        a.origin.audio_16k.reset();
        return;
    }
    // Whatever the wire's rate, the sampler cuts it to its own limit.
    a.sound.keep(parts.sampler->samples_max(voice::kSynthesisRate));
}

void Session::Impl::submit_samples(ActiveResponse& a, int turn_index) {
    if (!a.sampled) return;
    if (!scores) {
        scores = std::make_shared<Inbox>();
        scores->executor = executor;
        scores->session = weak_from_this();
    }
    const auto submit = [&](voice::SpeechDirection direction, std::vector<float> samples, int rate) {
        auto done = [inbox = scores, turn_index, direction](Result<voice::DnsmosScore> score) {
            std::lock_guard lock(inbox->mutex);
            if (!inbox->open) return;
            base::asio::post(inbox->executor, [weak = inbox->session, turn_index, direction, score] {
                if (const auto self = weak.lock()) self->on_score(turn_index, direction, score);
            });
        };
        if (parts.sampler->submit(direction, std::move(samples), rate, std::move(done))) ++scores_due;
    };
    if (a.origin.audio_16k && !a.origin.audio_16k->empty())
        submit(voice::SpeechDirection::caller, std::move(*a.origin.audio_16k), voice::kRecognitionRate);
    if (!a.sound.silent()) submit(voice::SpeechDirection::reply, a.sound.take_kept(), a.sound.rate());
}

void Session::Impl::on_score(int turn_index, voice::SpeechDirection direction,
                             const Result<voice::DnsmosScore>& score) {
    --scores_due;
    if (score.has_value())
        for (agents::Turn& turn : turns) {
            if (turn.index != turn_index) continue;
            auto& side =
                direction == voice::SpeechDirection::caller ? turn.quality.caller : turn.quality.reply;
            if (!side) continue;
            side->dnsmos = scores_of(*score);
            record(turn);
        }
    if (scores_due == 0 && scores_timer) scores_timer->cancel();
}

// The session is over; what is still being scored is written down when it comes.
Task<void> Session::Impl::await_scores(std::shared_ptr<Impl> self) {
    self->scores_timer.emplace(self->executor);
    self->scores_timer->expires_after(kScoresWait);
    while (self->scores_due > 0 &&
           self->scores_timer->expiry() > base::asio::steady_timer::clock_type::now()) {
        boost::system::error_code ignored;
        co_await self->scores_timer->async_wait(
            base::asio::redirect_error(base::asio::use_awaitable, ignored));
    }
    while (self->recording) co_await base::sleep_for(std::chrono::milliseconds(5));
}

void Session::Impl::close_inbox() {
    if (!scores) return;
    std::lock_guard lock(scores->mutex);
    scores->open = false;
}

}  // namespace aimpact::realtime
