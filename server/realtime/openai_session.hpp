// The session object of the OpenAI Realtime wire, in its GA and beta shapes: read from session.update (all of
// it or nothing is applied), and rendered whole. Pure.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agents/agent.hpp"
#include "realtime/openai_limits.hpp"
#include "realtime/session.hpp"

namespace aimpact::realtime::openai {

namespace json = boost::json;

enum class WireFormat { pcm, pcmu, pcma };  // pcm16 at 24 kHz; G.711 at 8 kHz
int sample_rate(WireFormat format);
float full_scale(WireFormat format);  // the largest magnitude of a decoded sample

struct WireSession {
    bool beta = false;
    bool transcription_only = false;  // session.type "transcription": listens, never answers
    std::string id, model, conversation_id;
    std::string agent_id;
    std::int64_t expires_at = 0;  // Unix seconds

    SessionConfig config;
    bool turn_detection = true;  // false: the client commits
    WireFormat input = WireFormat::pcm, output = WireFormat::pcm;
    bool transcription = true;                       // send transcription events
    json::object transcription_settings;             // as the client gave them (model, language, prompt)
    std::shared_ptr<const voice::Vocabulary> words;  // the organisation's, without the prompt's
    std::string voice_name;                          // as the client called it
    std::string instructions;
    bool instructions_given = false;  // by the client; else they are the agent's
    std::vector<llm::Tool> tools;
    // Told back as they came; without effect here.
    json::value noise_reduction, tracing, include, truncation, prompt;
    // Our additions (session.aimpact). The client that names them is sent aimpact.* events.
    bool additions = false;
    bool word_times = false;                       // aimpact.output_audio.words, off unless asked for
    std::map<std::string, std::string> variables;  // given by the client
};

// The session as it starts, from the agent.
WireSession initial_session(const agents::Agent& agent, bool beta);

// `update` is the event's `session`. On an error nothing of it holds.
Result<WireSession> updated_session(const WireSession& before, const json::object& update,
                                    const voice::Synthesizer& synthesizer, const OpenAiLimits& limits);

json::object render_session(const WireSession& session);

json::object render_format(WireFormat format);    // {"type": "audio/pcm", "rate": 24000}
std::string_view beta_format(WireFormat format);  // "pcm16"
json::value render_output_tokens(const std::optional<int>& tokens);

}  // namespace aimpact::realtime::openai
