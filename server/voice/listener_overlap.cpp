// The half of ListenerCore that judges sound over ours: echo, coughs, backchannels and interruptions. See
// overlap.hpp and echo_detector.hpp.
#include <algorithm>

#include "voice/listener_core.hpp"

namespace aimpact::voice {
namespace {

constexpr std::int64_t kDismissSilence = 6;  // frames, 192 ms: it ended without being a voice
constexpr std::int64_t kIgnoredSilence = 9;  // 288 ms after a backchannel: we go on
constexpr double kConfirmSeconds = 1.0;      // the same, with the gaps between its words
constexpr int kConfirmFrames = 28;           // 0.9 s of speech is more than a backchannel
constexpr int kQuietFrames = 12;             // 0.4 s
constexpr int kJudgedFramesMax = 40;         // a talk in the background begins anew
constexpr int kOverlapFramesMin = 4;         // "No!" is short
constexpr int kSpeechFramesMin = static_cast<int>(0.25 / kVadFrameSeconds);
constexpr int kEchoFramesTold = 6;

constexpr double ms_of_frame(std::int64_t frame) {
    return static_cast<double>(frame) * kVadFrameSeconds * 1000;
}

}  // namespace

// The VAD's probability, or 0 where the frame is our own voice come back.
float ListenerCore::without_echo(std::span<const float, kVadFrame> frame, float probability) {
    const auto played = own_sound_.take(kPlayedFrame);
    if (options_.interruptions != Interruptions::adaptive || manual()) return probability;
    const bool speech =
        probability >= SpeechTracker::Options{static_cast<float>(options_.threshold)}.release();
    const auto source = echo_.hear(frame, played, speech);
    if (source == EchoDetector::Source::caller) {
        echo_frames_ = 0;
        return probability;
    }
    if (source == EchoDetector::Source::echo && ++echo_frames_ == kEchoFramesTold)
        emit(&Listener::Events::sound_ignored,
             SoundIgnored{SoundKind::echo, ms_of_frame(heard_.end_frame() - kEchoFramesTold),
                          ms_of_frame(heard_.end_frame())});
    return 0;
}

// A frame of a turn that began over ours and isn't decided.
void ListenerCore::judge(float probability, bool loud) {
    Turn& turn = *turn_;
    const bool voice = loud && tracker_.silent_frames() == 0;
    turn.loud_frames += voice;
    if (voice) {
        turn.loud_last = heard_.end_frame() - 1;
        turn.maybe_echo = echo_.suspected();
        if (turn.loud_first < 0) turn.loud_first = turn.loud_last;
    }
    turn.frames_since_loud = voice ? 0 : turn.frames_since_loud + 1;
    if (!turn.announced) {
        const auto samples = heard_.samples(heard_.end_sample() - 1024, heard_.end_sample());
        if (samples.size() == 1024 &&
            turn.judge.hear(samples, probability, loud) == OverlapJudge::Verdict::voice)
            return announce(true);
        if (tracker_.silent_frames() >= kDismissSilence || turn.judge.frames() >= kJudgedFramesMax)
            dismiss(turn.judge.kind());
        return;
    }
    // Our own echo ends a moment after us; who speaks on is the caller.
    if (!turn.maybe_echo && (turn.loud_frames >= kConfirmFrames || turn.loud_seconds() >= kConfirmSeconds))
        return confirm();
    // Others talk on; who spoke to us has stopped.
    if (turn.frames_since_loud >= kQuietFrames && tracker_.silent_frames() == 0) end_turn();
}

void ListenerCore::announce(bool tentative) {
    turn_->announced = true;
    turn_->confirmed = !tentative;
    emit(&Listener::Events::speech_started,
         SpeechStarted{static_cast<double>(turn_->begin_sample) * 1000.0 / kRecognitionRate, tentative});
}

// It is forgotten, and told as what it was.
void ListenerCore::dismiss(SoundKind kind) {
    const SoundIgnored ignored{kind, ms_of_frame(turn_->first_frame), ms_of_frame(tracker_.end_frame())};
    turn_->abandon();
    turn_.reset();
    tracker_.end();
    emit(&Listener::Events::sound_ignored, ignored);
}

void ListenerCore::confirm() {
    turn_->confirmed = true;
    emit(&Listener::Events::speech_confirmed, SpeechConfirmed{});
}

// Words of the turn as far as they are known.
void ListenerCore::consider_words(const TurnPtr& turn, std::string_view text) {
    if (turn != turn_ || !judging() || !turn->announced || text.empty()) return;
    if (turn->maybe_echo && !bids(text)) return;
    if (turn->near_end || !is_backchannel(text, turn->loud_seconds())) confirm();
}

// The silence that ends what may be a backchannel; none where the ordinary rules hold.
std::optional<std::int64_t> ListenerCore::overlap_silence() const {
    if (!judging()) return std::nullopt;
    const auto& attempt = turn_->attempt;
    if (!attempt || !attempt->result || attempt->result->has_error()) {
        if (tracker_.speech_frames() < speech_frames_min()) return kIgnoredSilence;
        return std::nullopt;
    }
    return kind_of(*turn_, **attempt->result) == SoundKind::speech ? std::nullopt
                                                                   : std::optional(kIgnoredSilence);
}

SoundKind ListenerCore::kind_of(const Turn& turn, const Transcript& transcript) const {
    if (!turn.overlap || turn.confirmed) return SoundKind::speech;
    if (transcript.text.empty()) return SoundKind::noise;
    if (is_backchannel(transcript.text, turn.loud_seconds()) && !turn.near_end) return SoundKind::backchannel;
    return turn.maybe_echo && !bids(transcript.text) ? SoundKind::echo : SoundKind::speech;
}

int ListenerCore::speech_frames_min() const {
    return turn_ && turn_->overlap ? kOverlapFramesMin : kSpeechFramesMin;
}

}  // namespace aimpact::voice
