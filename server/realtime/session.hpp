// The live session: one caller and one agent. Owns the listener, the turn loop, the speaking of replies and the
// barge-in policy. It knows nothing of any wire: a protocol adapter (OpenAI Realtime, telephony, `aimpact
// converse`) turns its wire's messages into these calls and these events back into messages.
//
// Lives on one executor; every call and every event happens there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/turn_loop.hpp"
#include "inference/admission.hpp"
#include "voice/listener.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::realtime {

using base::Error;
using base::Result;
using base::Task;

// What one response may be asked for, beyond agents::ResponseOptions.
struct SpeakOptions {
    agents::ResponseOptions response;
    bool audio = true;  // false: text only
    std::optional<voice::SpeechStyle> style;
};

enum class ResponseStatus { completed, cancelled, failed, incomplete };

// Everything the session tells its adapter. The adapter is called on the session's executor and must not block.
class SessionEvents {
  public:
    virtual ~SessionEvents() = default;
    virtual void speech_started(const std::string& item_id, double audio_start_ms) = 0;
    virtual void speech_stopped(const std::string& item_id, double audio_end_ms) = 0;
    virtual void input_committed(const std::string& item_id, const std::string& previous_item_id) = 0;
    virtual void partial_transcript(const std::string& item_id, const std::string& text) = 0;
    virtual void transcript_completed(const std::string& item_id, const voice::Transcript& transcript) = 0;
    virtual void transcript_failed(const std::string& item_id, const Error& error) = 0;
    virtual void item_added(const agents::Item& item, const std::string& previous_item_id) = 0;
    virtual void item_done(const agents::Item& item, const std::string& previous_item_id) = 0;
    virtual void response_started(const std::string& response_id) = 0;
    virtual void text_delta(const std::string& response_id, const std::string& item_id, std::string_view delta) = 0;
    // 24 kHz samples and the words they say.
    virtual void audio_delta(const std::string& response_id, const std::string& item_id,
                             std::span<const float> samples, std::string_view text) = 0;
    virtual void audio_done(const std::string& response_id, const std::string& item_id) = 0;
    virtual void function_call_delta(const std::string& response_id, const std::string& item_id,
                                     const std::string& call_id, const std::string& name, std::string_view delta) = 0;
    virtual void response_done(const std::string& response_id, ResponseStatus status,
                               const std::vector<agents::Item>& items, const llm::Usage& usage,
                               const std::optional<Error>& error) = 0;
    // Our audio must stop now: whatever was sent and not played yet is void.
    virtual void interrupted(const std::string& response_id, const std::string& item_id) = 0;
    virtual void item_truncated(const std::string& item_id, double audio_end_ms) = 0;
    virtual void turn_recorded(const agents::Turn& turn) = 0;
    virtual void failed(const Error& error) = 0;  // not tied to a response; the session goes on
};

}  // namespace aimpact::realtime
