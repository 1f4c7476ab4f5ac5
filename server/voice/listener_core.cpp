#include "voice/listener_core.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/log.hpp"

namespace aimpact::voice {

namespace asio = base::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t frames_of(double seconds) {
    return static_cast<std::int64_t>(seconds / kVadFrameSeconds + 0.5);
}
constexpr double ms_of(std::int64_t sample) {
    return static_cast<double>(sample) * 1000.0 / kRecognitionRate;
}

constexpr std::int64_t kTurnFramesMax = frames_of(kTurnSecondsMax);
// Less speech than this is a cough or a click: the turn ends without a text.
constexpr int kSpeechFramesMin = static_cast<int>(0.25 / kVadFrameSeconds);
constexpr std::int64_t kCoughSilence = frames_of(0.5);
constexpr std::int64_t kCutFrames = frames_of(0.6);  // a turn that begins so soon goes on with the last one
// The same over our own sound, where "No!" must count; how much of ours is to come when an answer is no more
// "over".
constexpr int kOverlapFramesMin = 4;
constexpr double kNearEndMs = 700;

}  // namespace

ListenerCore::ListenerCore(asio::any_io_executor executor, const Hearing& hearing, Recognizer& recognizer,
                           inference::Scheduler& scheduler, Listener::Events events)
    : executor_(std::move(executor)),
      turn_detector_(hearing.turn),
      text_end_(hearing.text_end),
      recognizer_(recognizer),
      scheduler_(scheduler),
      events_(std::make_shared<const Listener::Events>(std::move(events))) {
    auto vad = hearing.vad->stream();
    if (vad)
        vad_ = std::move(*vad);
    else
        base::log_error("voice.vad_failed", {{"error", vad.error().detail.c_str()}});
}

void ListenerCore::configure(const ListenerOptions& options) {
    options_ = options;
    tracker_.set_threshold(static_cast<float>(std::clamp(options.threshold, 0.05, 0.99)));
}

void ListenerCore::close() {
    closed_ = true;
    if (turn_) turn_->abandon();
    for (const TurnPtr& turn : finished_) turn->abandon();
    turn_.reset();
    finished_.clear();
    events_.reset();
}

double ListenerCore::buffered_ms() const {
    const std::int64_t from = turn_ ? turn_->begin_sample : heard_.begin_sample();
    return ms_of(heard_.end_sample() - from + static_cast<std::int64_t>(partial_size_));
}

void ListenerCore::push(std::span<const float> samples) {
    const auto self = shared_from_this();  // an event may destroy the listener
    while (!samples.empty() && !closed_) {
        const std::size_t take = std::min(samples.size(), kVadFrame - partial_size_);
        std::copy_n(samples.begin(), take,
                    partial_frame_.begin() + static_cast<std::ptrdiff_t>(partial_size_));
        partial_size_ += take;
        samples = samples.subspan(take);
        if (partial_size_ < kVadFrame) return;
        partial_size_ = 0;
        on_frame(partial_frame_);
    }
}

void ListenerCore::on_frame(std::span<const float, kVadFrame> frame) {
    const float probability = without_echo(frame, vad_ ? vad_->probability(frame) : 0.0F);
    if (closed_) return;
    const float level = level_db(frame);
    const bool loud = background_.loud(level, turn_ && turn_->announced);
    if (!turn_ || !turn_->announced) background_.hear(level, probability >= 0.35F);
    heard_.append(frame, probability);
    if (tracker_.push(probability) && !turn_) {
        begin_turn();
        if (closed_) return;
    }
    if (!turn_) return trim();
    if (judging()) {
        judge(probability, loud);
        if (closed_ || !turn_ || !turn_->announced) return;
    }
    if (tracker_.silent_frames() == 0)
        on_speech();
    else
        on_silence();
    if (closed_ || !turn_) return;
    if (heard_.end_frame() - turn_->first_frame >= kTurnFramesMax) return end_turn();
    try_partial();
}

void ListenerCore::trim() {
    // Manual: everything counts until it is committed. Otherwise what a turn may reach back to.
    const std::int64_t keep =
        manual() ? kTurnFramesMax
                 : frames_of(static_cast<double>(options_.prefix_padding.count()) / 1000.0) + frames_of(0.5);
    heard_.drop_before(std::max(turn_floor_, heard_.end_frame() - keep));
}

void ListenerCore::begin_turn() {
    turn_ = std::make_shared<Turn>();
    Turn& turn = *turn_;
    turn.first_frame = turn.cut_frame = tracker_.first_frame();
    // Who speaks again so soon hadn't finished.
    if (last_turn_frame_ >= 0 && turn.first_frame - last_turn_frame_ < kCutFrames) pace_.cut();
    const auto prefix = static_cast<std::int64_t>(options_.prefix_padding.count()) * kRecognitionRate / 1000;
    turn.begin_sample = manual() ? heard_.begin_sample()
                                 : std::max({turn.first_frame * HeardAudio::kFrame - prefix,
                                             turn_floor_ * HeardAudio::kFrame, heard_.begin_sample()});
    turn.partial_frame = turn.first_frame;
    const bool judged = options_.interruptions == Interruptions::adaptive && !manual();
    turn.overlap = judged && own_sound_.remaining_ms() > 0;
    turn.near_end = own_sound_.remaining_ms() < kNearEndMs;
    if (turn.overlap)
        turn.announced = turn.confirmed = false;
    else if (!manual())
        announce(false);
}

void ListenerCore::on_speech() {
    Turn& turn = *turn_;
    turn.out.speech_end_at = Clock::now();
    if (turn.in_pause) {
        turn.in_pause = false;
        pace_.paused(turn.pause_frames);
        turn.probability.reset();
        turn.drop_attempt();
        drop_likely_end();
        if (closed_ || !turn_) return;
    }
    cut_piece();
}

void ListenerCore::on_silence() {
    Turn& turn = *turn_;
    if (!turn.in_pause) {
        turn.in_pause = true;
        ++turn.pause;
    }
    const std::int64_t silent = turn.pause_frames = tracker_.silent_frames();
    try_attempt();
    const bool cough = tracker_.speech_frames() < speech_frames_min();
    if (options_.mode == ListenerOptions::Mode::semantic_vad && !cough && turn_detector_ &&
        std::find(kTurnChecks.begin(), kTurnChecks.end(), silent) != kTurnChecks.end())
        ask_turn_model(turn_);
    consider_end();
}

std::int64_t ListenerCore::silence_needed() const {
    if (manual()) return std::numeric_limits<std::int64_t>::max();
    if (const auto ignored = overlap_silence()) return *ignored;
    if (tracker_.speech_frames() < kSpeechFramesMin) return kCoughSilence;
    if (options_.mode == ListenerOptions::Mode::server_vad || !turn_detector_)
        return static_cast<std::int64_t>(
            std::ceil(static_cast<double>(options_.silence_duration.count()) / 1000.0 / kVadFrameSeconds));
    TurnEvidence evidence;
    evidence.probability = turn_->probability;
    if (turn_->attempt && turn_->attempt->result && turn_->attempt->result->has_value())
        evidence.ending = ending_of((*turn_->attempt->result)->text, expected_);
    evidence.text_end = turn_->text_end;
    evidence.words = turn_->words;
    evidence.text_pending = turn_->text_pending;
    return pace_.scaled(voice::silence_needed(options_.eagerness, evidence));
}

// After a frame of silence, and when inference has said something new about the pause.
void ListenerCore::consider_end() {
    if (!turn_ || !turn_->in_pause) return;
    const std::int64_t silent = tracker_.silent_frames(), needed = silence_needed();
    if (silent >= needed) return end_turn();
    if (!manual() && silent >= likely_silence(needed)) tell_likely_end();
}

void ListenerCore::tell_likely_end() {
    Turn& turn = *turn_;
    if (turn.likely_id != 0 || !events_->likely_end || judging()) return;
    if (!turn.attempt || turn.attempt->end_frame != tracker_.end_frame() || !turn.ready()) return;
    // Preparing is a guess: it must not take from those whose turn is over.
    if (scheduler_.queued(inference::Priority::caller_waiting) > 0) return;
    auto transcript = turn.transcript();
    if (transcript.has_error() || transcript->text.empty()) return;
    turn.likely_id = ++likely_ends_;
    emit(&Listener::Events::likely_end,
         LikelyEnd{turn.likely_id, std::move(transcript->text), ms_of(turn.begin_sample),
                   ms_of(tracker_.end_frame() * HeardAudio::kFrame), turn.out.speech_end_at});
}

void ListenerCore::drop_likely_end() {
    if (!turn_ || turn_->likely_id == 0) return;
    emit(&Listener::Events::likely_end_dropped, LikelyEndDropped{std::exchange(turn_->likely_id, 0)});
}

void ListenerCore::end_turn() {
    const TurnPtr turn = std::exchange(turn_, nullptr);
    const std::int64_t speech_end = tracker_.end_frame();
    const bool spoke = tracker_.speech_frames() >= (turn->overlap ? kOverlapFramesMin : kSpeechFramesMin) ||
                       !turn->pieces.empty();
    turn->out.decided_at = Clock::now();
    turn->out.audio_start_ms = ms_of(turn->begin_sample);
    turn->out.audio_end_ms = ms_of(speech_end * HeardAudio::kFrame);
    const auto audio = heard_.samples(turn->begin_sample, heard_.end_sample());
    turn->out.audio_16k.assign(audio.begin(), audio.end());
    turn->out.likely_id = turn->likely_id;
    // An attempt that failed (a full queue, say) gets another chance.
    if (turn->attempt && (turn->attempt->end_frame != speech_end ||
                          (turn->attempt->result && turn->attempt->result->has_error())))
        turn->drop_attempt();
    if (!spoke) {
        turn->drop_attempt();
        turn->out.transcript.rejected = "too little speech";
    } else if (!turn->attempt && speech_end > turn->cut_frame) {
        turn->attempt = decode(turn, turn->cut_frame, speech_end, heard_.end_frame(),
                               inference::Priority::caller_waiting);
    }
    if (spoke) pace_.turn_ended();
    last_turn_frame_ = spoke ? heard_.end_frame() : -1;
    finished_.push_back(turn);
    tracker_.end();
    turn_floor_ = heard_.end_frame();
    heard_.drop_before(turn_floor_);
    if (turn->ready()) post_finished();
    if (!manual()) emit(&Listener::Events::speech_stopped, SpeechStopped{turn->out.audio_end_ms});
}

bool ListenerCore::commit() {
    const auto self = shared_from_this();
    if (turn_) {
        end_turn();
        return true;
    }
    if (heard_.end_frame() == heard_.begin_frame()) return false;
    // Nobody spoke: the turn is its silence.
    const auto turn = std::make_shared<Turn>();
    const auto audio = heard_.samples(heard_.begin_sample(), heard_.end_sample());
    turn->out.audio_16k.assign(audio.begin(), audio.end());
    turn->out.audio_start_ms = ms_of(heard_.begin_sample());
    turn->out.audio_end_ms = ms_of(heard_.end_sample());
    turn->out.speech_end_at = turn->out.decided_at = Clock::now();
    turn->out.transcript.rejected = "no speech";
    finished_.push_back(turn);
    tracker_.end();
    turn_floor_ = heard_.end_frame();
    heard_.drop_before(turn_floor_);
    post_finished();
    return true;
}

void ListenerCore::clear() {
    const auto self = shared_from_this();
    drop_likely_end();
    if (turn_) turn_->abandon();
    turn_.reset();
    tracker_.end();
    turn_floor_ = heard_.end_frame();
    heard_.drop_before(turn_floor_);
}

void ListenerCore::post_finished() {
    asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
}

void ListenerCore::deliver() {
    while (!closed_ && !finished_.empty() && finished_.front()->ready()) {
        const TurnPtr turn = std::move(finished_.front());
        finished_.pop_front();
        turn->out.transcript_at = Clock::now();
        auto transcript = turn->transcript();
        if (transcript.has_error()) {
            emit(&Listener::Events::failed, std::move(transcript).error());
            continue;
        }
        const std::string why = std::exchange(turn->out.transcript.rejected, {});
        turn->out.transcript = std::move(*transcript);
        if (turn->out.transcript.rejected.empty()) turn->out.transcript.rejected = why;
        turn->out.kind = kind_of(*turn, turn->out.transcript);
        turn->out.transcript.audio_seconds =
            static_cast<double>(turn->out.audio_16k.size()) / kRecognitionRate;
        emit(&Listener::Events::turn_ended, std::move(turn->out));
    }
}

}  // namespace aimpact::voice
