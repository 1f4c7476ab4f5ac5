#include "realtime/openai_session.hpp"

#include "realtime/openai_events.hpp"
#include "realtime/openai_fields.hpp"
#include "realtime/openai_voices.hpp"
#include "realtime/prompt_terms.hpp"

namespace aimpact::realtime::openai {
namespace {

using base::ErrorCode;
using base::invalid_argument;
using voice::ListenerOptions;

Result<WireFormat> read_format(const json::value& value, const std::string& path) {
    if (value.is_string()) {  // beta
        const std::string_view name = value.get_string();
        if (name == "pcm16") return WireFormat::pcm;
        if (name == "g711_ulaw") return WireFormat::pcmu;
        if (name == "g711_alaw") return WireFormat::pcma;
        return invalid_argument("The format must be pcm16, g711_ulaw or g711_alaw.", path);
    }
    AIMPACT_TRY(const json::object object, read<json::object>(value, path));
    AIMPACT_TRY(const std::string type, read_required<std::string>(object, "type", path));
    if (type == "audio/pcm") {
        int rate = 24'000;
        AIMPACT_CHECK(read_if<int>(object, "rate", path, rate));
        if (rate != 24'000) return invalid_argument("audio/pcm has a rate of 24000.", path_of(path, "rate"));
        return WireFormat::pcm;
    }
    if (type == "audio/pcmu") return WireFormat::pcmu;
    if (type == "audio/pcma") return WireFormat::pcma;
    return invalid_argument("The format must be audio/pcm, audio/pcmu or audio/pcma.", path_of(path, "type"));
}

Result<std::chrono::milliseconds> read_ms(const json::value& value, const std::string& path, int max) {
    AIMPACT_TRY(const int ms, read<int>(value, path));
    if (ms < 0 || ms > max)
        return invalid_argument("This is between 0 and " + std::to_string(max) + " milliseconds.", path);
    return std::chrono::milliseconds(ms);
}

// null: the client commits by hand. Fields that are left out keep their defaults, as with OpenAI.
Result<> read_turn_detection(const json::value& value, const std::string& path, WireSession& s) {
    if (value.is_null()) {
        s.turn_detection = false;
        s.config.listener.mode = ListenerOptions::Mode::manual;
        s.config.create_response = false;
        return {};
    }
    AIMPACT_TRY(const json::object td, read<json::object>(value, path));
    ListenerOptions options = s.config.listener;
    std::string type = options.mode == ListenerOptions::Mode::server_vad ? "server_vad" : "semantic_vad";
    if (!s.turn_detection) type = "server_vad";
    AIMPACT_CHECK(read_if<std::string>(td, "type", path, type));
    if (type == "server_vad") {
        options.mode = ListenerOptions::Mode::server_vad;
    } else if (type == "semantic_vad") {
        options.mode = ListenerOptions::Mode::semantic_vad;
    } else {
        return invalid_argument("type must be server_vad or semantic_vad.", path_of(path, "type"));
    }
    AIMPACT_CHECK(read_if<double>(td, "threshold", path, options.threshold));
    if (!(options.threshold >= 0 && options.threshold <= 1))
        return invalid_argument("threshold is between 0 and 1.", path_of(path, "threshold"));
    if (const auto* v = member(td, "prefix_padding_ms")) {
        AIMPACT_TRY(options.prefix_padding, read_ms(*v, path_of(path, "prefix_padding_ms"), 5'000));
    }
    if (const auto* v = member(td, "silence_duration_ms")) {
        AIMPACT_TRY(options.silence_duration, read_ms(*v, path_of(path, "silence_duration_ms"), 10'000));
    }
    std::string eagerness;
    AIMPACT_CHECK(read_if<std::string>(td, "eagerness", path, eagerness));
    if (eagerness == "low") {
        options.eagerness = voice::Eagerness::low;
    } else if (eagerness == "high") {
        options.eagerness = voice::Eagerness::high;
    } else if (eagerness == "auto" || eagerness == "medium") {
        options.eagerness = voice::Eagerness::automatic;
    } else if (!eagerness.empty()) {
        return invalid_argument("eagerness must be low, medium, high or auto.", path_of(path, "eagerness"));
    }
    bool create = !s.turn_detection || s.config.create_response, interrupt = s.config.interrupt_response;
    AIMPACT_CHECK(read_if<bool>(td, "create_response", path, create));
    AIMPACT_CHECK(read_if<bool>(td, "interrupt_response", path, interrupt));
    s.turn_detection = true;
    s.config.listener = options;
    s.config.create_response = create && !s.transcription_only;
    s.config.interrupt_response = interrupt;
    return {};
}

Result<> read_transcription(const json::value& value, const std::string& path, WireSession& s) {
    if (value.is_null()) {
        s.transcription = false;
        s.transcription_settings = {};
        s.config.listener.recognition.vocabulary = s.words;
        return {};
    }
    AIMPACT_TRY(const json::object settings, read<json::object>(value, path));
    for (const char* name : {"model", "language", "prompt"}) {
        std::string text;
        AIMPACT_CHECK(read_if<std::string>(settings, name, path, text));
        if (text.size() > 4096)
            return invalid_argument("This is too long: at most 4096 characters.", path_of(path, name));
        if (!text.empty()) s.transcription_settings[name] = text;
        if (name == std::string_view("prompt") && !text.empty())
            s.config.listener.recognition.vocabulary = with_prompt(s.words, text);
    }
    s.transcription = true;
    return {};
}

Result<> read_voice(const json::value& value, const std::string& path, const voice::Synthesizer& synthesizer,
                    WireSession& s) {
    AIMPACT_TRY(const std::string name, parse_voice(value, path));
    voice::SpeechStyle style = s.config.style;
    style.voice = voice_of(synthesizer, name);
    if (auto ok = synthesizer.check(style); ok.has_error()) {
        Error error = ok.error();
        error.param = path;
        return error;
    }
    s.config.style = style;
    s.voice_name = name;
    return {};
}

Result<> read_speed(const json::value& value, const std::string& path, WireSession& s) {
    AIMPACT_TRY(const double speed, read<double>(value, path));
    if (!(speed >= 0.25 && speed <= 4)) return invalid_argument("speed is between 0.25 and 4.", path);
    s.config.style.speed = speed;
    return {};
}

// For some members null says something that absence does not: f is called for both values, not for absence.
template <class F>
Result<> given(const json::object& object, std::string_view name, F f) {
    const auto* value = object.if_contains(name);
    return value ? f(*value) : Result<>{};
}

Result<> read_audio(const json::object& audio, const voice::Synthesizer& synthesizer, WireSession& s) {
    const std::string in_path = "session.audio.input", out_path = "session.audio.output";
    if (const auto* value = member(audio, "input")) {
        AIMPACT_TRY(const json::object in, read<json::object>(*value, in_path));
        if (const auto* v = member(in, "format")) {
            AIMPACT_TRY(s.input, read_format(*v, path_of(in_path, "format")));
        }
        AIMPACT_CHECK(given(in, "turn_detection", [&](const json::value& v) {
            return read_turn_detection(v, path_of(in_path, "turn_detection"), s);
        }));
        AIMPACT_CHECK(given(in, "transcription", [&](const json::value& v) {
            return read_transcription(v, path_of(in_path, "transcription"), s);
        }));
        if (const auto* v = in.if_contains("noise_reduction")) s.noise_reduction = *v;
    }
    if (const auto* value = member(audio, "output")) {
        AIMPACT_TRY(const json::object out, read<json::object>(*value, out_path));
        if (const auto* v = member(out, "format")) {
            AIMPACT_TRY(s.output, read_format(*v, path_of(out_path, "format")));
        }
        if (const auto* v = member(out, "voice"))
            AIMPACT_CHECK(read_voice(*v, path_of(out_path, "voice"), synthesizer, s));
        if (const auto* v = member(out, "speed"))
            AIMPACT_CHECK(read_speed(*v, path_of(out_path, "speed"), s));
    }
    return {};
}

Result<> read_beta_audio(const json::object& u, const voice::Synthesizer& synthesizer, WireSession& s) {
    if (const auto* v = member(u, "input_audio_format")) {
        AIMPACT_TRY(s.input, read_format(*v, "session.input_audio_format"));
    }
    if (const auto* v = member(u, "output_audio_format")) {
        AIMPACT_TRY(s.output, read_format(*v, "session.output_audio_format"));
    }
    AIMPACT_CHECK(given(u, "turn_detection", [&](const json::value& v) {
        return read_turn_detection(v, "session.turn_detection", s);
    }));
    AIMPACT_CHECK(given(u, "input_audio_transcription", [&](const json::value& v) {
        return read_transcription(v, "session.input_audio_transcription", s);
    }));
    if (const auto* v = u.if_contains("input_audio_noise_reduction")) s.noise_reduction = *v;
    if (const auto* v = member(u, "voice")) AIMPACT_CHECK(read_voice(*v, "session.voice", synthesizer, s));
    if (const auto* v = member(u, "speed")) AIMPACT_CHECK(read_speed(*v, "session.speed", s));
    AIMPACT_CHECK(read_if<double>(u, "temperature", "session", s.config.temperature));
    if (s.config.temperature && !(*s.config.temperature >= 0 && *s.config.temperature <= 2))
        return invalid_argument("temperature is between 0 and 2.", "session.temperature");
    return {};
}

// How it takes turns: as an agent's definition has it, for this session.
Result<> read_manners(const json::object& own, const std::string& path, WireSession& s) {
    std::string interruptions;
    AIMPACT_CHECK(read_if<std::string>(own, "interruptions", path, interruptions));
    if (interruptions == "vad")
        s.config.listener.interruptions = voice::Interruptions::vad;
    else if (interruptions == "adaptive")
        s.config.listener.interruptions = voice::Interruptions::adaptive;
    else if (!interruptions.empty())
        return invalid_argument("interruptions must be adaptive or vad.", path_of(path, "interruptions"));
    if (const auto* v = member(own, "idle")) {
        const std::string at = path_of(path, "idle");
        AIMPACT_TRY(const auto input, (base::wire::decode<agents::IdleInput>(*v, at, base::Unknown::reject)));
        AIMPACT_TRY(s.config.idle, agents::idle_of(input, at));
    }
    if (const auto* v = member(own, "fillers")) {
        const std::string at = path_of(path, "fillers");
        AIMPACT_TRY(const auto input,
                    (base::wire::decode<agents::FillersInput>(*v, at, base::Unknown::reject)));
        AIMPACT_TRY(s.config.fillers, agents::fillers_of(input, at));
    }
    return {};
}

Result<> read_additions(const json::object& u, const voice::Synthesizer& synthesizer, WireSession& s) {
    const auto* value = member(u, "aimpact");
    if (!value) return {};
    const std::string path = "session.aimpact";
    AIMPACT_TRY(const json::object own, read<json::object>(*value, path));
    s.additions = true;
    voice::SpeechStyle style = s.config.style;
    AIMPACT_CHECK(read_if<std::string>(own, "emotion", path, style.emotion));
    AIMPACT_CHECK(read_if<double>(own, "emotion_intensity", path, style.intensity));
    if (!(style.intensity >= 0 && style.intensity <= 1))
        return invalid_argument("emotion_intensity is between 0 and 1.", path_of(path, "emotion_intensity"));
    AIMPACT_CHECK(read_if<bool>(own, "word_times", path, s.word_times));
    AIMPACT_CHECK(read_manners(own, path, s));
    if (const auto* v = member(own, "variables")) {
        AIMPACT_TRY(s.variables, (read<std::map<std::string, std::string>>(*v, path_of(path, "variables"))));
    }
    if (auto ok = synthesizer.check(style); ok.has_error()) {
        Error error = ok.error();
        error.param = path_of(path, "emotion");
        return error;
    }
    s.config.style = style;
    return {};
}

json::value turn_detection_json(const WireSession& s) {
    if (!s.turn_detection) return nullptr;
    const ListenerOptions& o = s.config.listener;
    json::object out;
    if (o.mode == ListenerOptions::Mode::server_vad) {
        out["type"] = "server_vad";
        out["threshold"] = o.threshold;
        out["prefix_padding_ms"] = o.prefix_padding.count();
        out["silence_duration_ms"] = o.silence_duration.count();
        if (!s.beta) out["idle_timeout_ms"] = nullptr;
    } else {
        out["type"] = "semantic_vad";
        out["eagerness"] = o.eagerness == voice::Eagerness::low    ? "low"
                           : o.eagerness == voice::Eagerness::high ? "high"
                                                                   : "auto";
    }
    out["create_response"] = s.config.create_response;
    out["interrupt_response"] = s.config.interrupt_response;
    return out;
}

json::value transcription_json(const WireSession& s) {
    if (!s.transcription) return nullptr;
    json::object out = s.transcription_settings;
    if (!out.contains("model")) out["model"] = "moonshine-tiny-en";
    return out;
}

json::array tools_json(const WireSession& s) {
    json::array out;
    for (const llm::Tool& tool : s.tools)
        out.push_back({{"type", "function"},
                       {"name", tool.name},
                       {"description", tool.description},
                       {"parameters", tool.parameters}});
    return out;
}

json::value tool_choice_json(const WireSession& s) {
    const std::string& choice = s.config.tool_choice;
    if (choice == "auto" || choice == "none" || choice == "required") return json::string(choice);
    return json::object{{"type", "function"}, {"name", choice}};
}

}  // namespace

int sample_rate(WireFormat format) {
    return format == WireFormat::pcm ? 24'000 : 8'000;
}

float full_scale(WireFormat format) {
    if (format == WireFormat::pcm) return 32'767.0F / 32'768;
    return (format == WireFormat::pcmu ? 32'124.0F : 32'256.0F) / 32'768;  // ITU-T G.711's largest values
}

WireSession initial_session(const agents::Agent& agent, bool beta) {
    WireSession s;
    s.beta = beta;
    s.model = agent.id.empty() ? agent.name : agent.id;
    s.agent_id = agent.id;
    s.config = config_of(agent);
    s.words = s.config.listener.recognition.vocabulary;
    s.turn_detection = agent.turn_detection.mode != ListenerOptions::Mode::manual;
    s.voice_name = agent.style.voice;
    s.instructions = agent.instructions;
    s.tools = agent.tools;
    s.tracing = nullptr;
    s.truncation = "auto";
    return s;
}

Result<WireSession> updated_session(const WireSession& before, const json::object& u,
                                    const voice::Synthesizer& synthesizer, const OpenAiLimits& limits) {
    WireSession s = before;
    const std::string path = "session";
    std::string type;
    AIMPACT_CHECK(read_if<std::string>(u, "type", path, type));
    if (type == "transcription") {
        s.transcription_only = true;
        s.config.create_response = false;
    } else if (!type.empty() && type != "realtime") {
        return invalid_argument("type must be realtime or transcription.", "session.type");
    }
    if (const auto* v = member(u, "model")) {
        // A session keeps its agent; clients repeat the model they connected with.
        AIMPACT_CHECK(read<std::string>(*v, "session.model"));
    }
    if (const auto* v = member(u, "instructions")) {
        AIMPACT_TRY(s.instructions, read<std::string>(*v, "session.instructions"));
        s.instructions_given = true;
        if (s.instructions.size() > limits.instructions_bytes_max)
            return Error{
                ErrorCode::payload_too_large,
                "instructions may have at most " + std::to_string(limits.instructions_bytes_max) + " bytes.",
                {},
                "session.instructions"};
    }
    for (const char* name : {"output_modalities", "modalities"})
        if (const auto* v = member(u, name)) {
            AIMPACT_TRY(s.config.audio, parse_modalities(*v, path_of(path, name)));
        }
    if (const auto* v = member(u, "tools")) {
        AIMPACT_TRY(s.tools, parse_tools(*v, "session.tools", limits));
    }
    if (const auto* v = member(u, "tool_choice")) {
        AIMPACT_TRY(s.config.tool_choice, parse_tool_choice(*v, "session.tool_choice"));
    }
    for (const char* name : {"max_output_tokens", "max_response_output_tokens"})
        if (const auto* v = member(u, name)) {
            AIMPACT_TRY(s.config.output_tokens_max, parse_output_tokens(*v, path_of(path, name)));
        }
    if (const auto* v = member(u, "audio")) {
        AIMPACT_TRY(const json::object audio, read<json::object>(*v, "session.audio"));
        AIMPACT_CHECK(read_audio(audio, synthesizer, s));
    }
    AIMPACT_CHECK(read_beta_audio(u, synthesizer, s));
    AIMPACT_CHECK(read_additions(u, synthesizer, s));
    if (const auto* v = u.if_contains("tracing")) s.tracing = *v;
    if (const auto* v = u.if_contains("include")) s.include = *v;
    if (const auto* v = u.if_contains("truncation")) s.truncation = *v;
    if (const auto* v = u.if_contains("prompt")) s.prompt = *v;
    return s;
}

json::object render_format(WireFormat format) {
    switch (format) {
        case WireFormat::pcm:
            return {{"type", "audio/pcm"}, {"rate", 24'000}};
        case WireFormat::pcmu:
            return {{"type", "audio/pcmu"}};
        case WireFormat::pcma:
            break;
    }
    return {{"type", "audio/pcma"}};
}

std::string_view beta_format(WireFormat format) {
    return format == WireFormat::pcm ? "pcm16" : format == WireFormat::pcmu ? "g711_ulaw" : "g711_alaw";
}

json::value render_output_tokens(const std::optional<int>& tokens) {
    return tokens ? json::value(*tokens) : json::value("inf");
}

json::object render_session(const WireSession& s) {
    json::object out{{"id", s.id}, {"object", "realtime.session"}};
    // Ours, harmless to others: how to come back to this conversation.
    out["conversation_id"] = s.conversation_id;
    if (s.expires_at > 0) out["expires_at"] = s.expires_at;
    if (s.transcription_only) {
        out["type"] = "transcription";
        out["audio"] = json::object{{"input", json::object{{"format", render_format(s.input)},
                                                           {"transcription", transcription_json(s)},
                                                           {"noise_reduction", s.noise_reduction},
                                                           {"turn_detection", turn_detection_json(s)}}}};
        out["include"] = s.include;
        return out;
    }
    out["model"] = s.model;
    out["instructions"] = s.instructions;
    out["tools"] = tools_json(s);
    out["tool_choice"] = tool_choice_json(s);
    out["tracing"] = s.tracing;
    out["aimpact"] = json::object{
        {"agent_id", s.agent_id},
        {"emotion", s.config.style.emotion},
        {"emotion_intensity", s.config.style.intensity},
        {"word_times", s.word_times},
        {"interruptions", s.config.listener.interruptions == voice::Interruptions::vad ? "vad" : "adaptive"},
        {"idle", agents::idle_json(s.config.idle)},
        {"fillers", agents::fillers_json(s.config.fillers)}};
    if (s.beta) {
        out["modalities"] = s.config.audio ? json::array{"audio", "text"} : json::array{"text"};
        out["voice"] = s.voice_name;
        out["speed"] = s.config.style.speed;
        out["input_audio_format"] = beta_format(s.input);
        out["output_audio_format"] = beta_format(s.output);
        out["input_audio_transcription"] = transcription_json(s);
        out["input_audio_noise_reduction"] = s.noise_reduction;
        out["turn_detection"] = turn_detection_json(s);
        out["temperature"] = s.config.temperature.value_or(0.8);
        out["max_response_output_tokens"] = render_output_tokens(s.config.output_tokens_max);
        return out;
    }
    out["type"] = "realtime";
    out["output_modalities"] = s.config.audio ? json::array{"audio"} : json::array{"text"};
    out["max_output_tokens"] = render_output_tokens(s.config.output_tokens_max);
    out["audio"] = json::object{{"input", json::object{{"format", render_format(s.input)},
                                                       {"transcription", transcription_json(s)},
                                                       {"noise_reduction", s.noise_reduction},
                                                       {"turn_detection", turn_detection_json(s)}}},
                                {"output", json::object{{"format", render_format(s.output)},
                                                        {"voice", s.voice_name},
                                                        {"speed", s.config.style.speed}}}};
    out["truncation"] = s.truncation;
    out["prompt"] = s.prompt;
    out["include"] = s.include;
    return out;
}

}  // namespace aimpact::realtime::openai
