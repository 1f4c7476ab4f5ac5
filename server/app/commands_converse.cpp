// aimpact converse: recordings as the caller, against an agent in this process or of a running server.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/cli.hpp"
#include "app/remote_converse.hpp"
#include "app/services.hpp"
#include "base/wire.hpp"
#include "realtime/openai_render.hpp"

namespace aimpact::app {

namespace json = boost::json;
using base::Result;
using base::Task;

namespace {

Result<std::vector<voice::AudioClip>> read_recordings(const std::vector<std::string>& files) {
    std::vector<voice::AudioClip> clips;
    for (const std::string& file : files) {
        auto clip = voice::read_audio_file(file);
        if (clip.has_error()) return clip.error();
        clips.push_back(*std::move(clip));
    }
    return clips;
}

Result<std::string> read_text_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in.is_open()) return base::not_found(fmt::format("'{}' can't be read.", path));
    return text;
}

base::Error named(const std::string& file, base::Error error) {
    error.message = file + ": " + error.message;
    return error;
}

// The loop of the agent that --agent names: a JSON file, or an agent of this database by id or name.
Task<Result<std::unique_ptr<agents::TurnLoop>>> open_loop(Services& services, const std::string& agent) {
    if (agent.ends_with(".json") || std::filesystem::is_regular_file(agent)) {
        AIMPACT_CO_TRY(const std::string text, read_text_file(agent));
        const auto input = agents::decode_agent_input(text);
        if (input.has_error()) co_return named(agent, input.error());
        auto unsaved = services.agents.agents().unsaved(*input);
        if (unsaved.has_error()) co_return named(agent, unsaved.error());
        co_return services.agents.conversations().open_unsaved(*std::move(unsaved));
    }
    AIMPACT_CO_TRY(const auto organisations, services.foundation.accounts->users().organisations());
    for (const accounts::Organisation& organisation : organisations) {
        auto found = co_await services.agents.agents().resolve(organisation.id, agent);
        if (found.has_value())
            co_return co_await services.agents.conversations().open(organisation.id, {}, found->id,
                                                                    "command_line", {});
        if (found.error().code != base::ErrorCode::not_found) co_return found.error();
    }
    co_return base::not_found(fmt::format(
        "There is no agent '{}' here, and no file of that name. `--agent` takes an agent's id or name, or a "
        "JSON file.",
        agent));
}

void print_turn(std::size_t index, const realtime::ConverseTurn& turn) {
    fmt::print("[{}] caller: {}\n", index, turn.transcript);
    if (!turn.problem.empty()) fmt::print("    problem: {}\n", turn.problem);
    if (turn.problem.empty() || !turn.reply.empty()) fmt::print("    agent:  {}\n", turn.reply);
    const agents::TurnTimeline& t = turn.turn.timeline;
    if (t.first_audio_ms >= 0)
        fmt::print(
            "    end of speech -> decided {:.0f} ms, transcript {:.0f}, first token {:.0f}, first audio "
            "{:.0f}\n",
            t.decided_ms, t.transcript_ms, t.first_token_ms, t.first_audio_ms);
    const auto side = [](const char* who, const std::optional<agents::SpeechQuality>& quality) {
        if (!quality) return;
        fmt::print("    {}: {:.1f} dBFS, {:.2f} % clipped, {} gaps", who, quality->active_level_dbfs,
                   100 * quality->clipped_share, quality->gaps);
        if (quality->words_per_minute) fmt::print(", {:.0f} words a minute", *quality->words_per_minute);
        fmt::print("\n");
    };
    side("caller's sound", turn.turn.quality.caller);
    side("agent's sound ", turn.turn.quality.reply);
    if (turn.turn.quality.dead_air_ms)
        fmt::print("    dead air {:.0f} ms, longest silence {:.0f} ms, overlap {:.0f} ms\n",
                   *turn.turn.quality.dead_air_ms, turn.turn.quality.longest_silence_ms.value_or(0),
                   turn.turn.quality.overlap_ms.value_or(0));
    std::fflush(stdout);
}

// The replies one after the other, half a second apart.
std::vector<float> all_audio(const realtime::ConverseResult& result) {
    std::vector<float> out = result.greeting_audio;
    for (const realtime::ConverseTurn& turn : result.turns) {
        if (!out.empty()) out.insert(out.end(), voice::kSynthesisRate / 2, 0.0F);
        out.insert(out.end(), turn.reply_audio.begin(), turn.reply_audio.end());
    }
    return out;
}

json::object result_json(const realtime::ConverseResult& result, const json::array& timelines) {
    json::array turns;
    for (std::size_t i = 0; i < result.turns.size(); ++i) {
        const realtime::ConverseTurn& turn = result.turns[i];
        json::object row{
            {"transcript", turn.transcript},
            {"reply", turn.reply},
            {"reply_audio_seconds", static_cast<double>(turn.reply_audio.size()) / voice::kSynthesisRate}};
        if (!turn.problem.empty()) row["problem"] = turn.problem;
        if (i < timelines.size()) row["timeline"] = timelines[i];
        turns.push_back(std::move(row));
    }
    json::object out{{"conversation_id", result.conversation_id}, {"turns", std::move(turns)}};
    if (!result.greeting.empty()) out["greeting"] = result.greeting;
    return out;
}

struct Outcome {
    realtime::ConverseResult result;
    json::array timelines;
};

Result<Outcome> converse_here(const base::Config& config, const ConverseOptions& options,
                              std::vector<voice::AudioClip> clips) {
    Process process;
    AIMPACT_TRY(const auto foundation, Foundation::open(config, process));
    Services services(*foundation);
    services.engines.load({.hearing = true, .speaking = true, .language_model = true, .warm_voice = true});
    AIMPACT_CHECK(services.engines.ready_for_sessions());
    std::size_t turn_index = 0;
    const auto drive = [&]() -> Task<Result<realtime::ConverseResult>> {
        AIMPACT_CO_TRY(auto loop, co_await open_loop(services, options.agent));
        realtime::SessionParts parts = co_await services.realtime.session_parts();
        realtime::ConverseOptions how;
        how.real_time = !options.fast;
        std::function<void(const realtime::ConverseTurn&)> on_turn;
        if (!options.json)
            on_turn = [&turn_index](const realtime::ConverseTurn& turn) { print_turn(++turn_index, turn); };
        co_return co_await realtime::converse(std::move(parts), std::move(loop), std::move(clips), how,
                                              on_turn);
    };
    AIMPACT_TRY(auto result, base::run_sync(drive()));
    Outcome out;
    for (const realtime::ConverseTurn& turn : result.turns)
        out.timelines.push_back(realtime::openai::render_turn(turn.turn));
    out.result = std::move(result);
    return out;
}

Result<Outcome> converse_there(const ConverseOptions& options, std::vector<voice::AudioClip> clips) {
    std::string key = options.api_key;
    if (const char* set = std::getenv("AIMPACT_API_KEY"); key.empty() && set) key = set;
    if (key.empty())
        return base::invalid_argument("A remote server needs an API key: --api-key, or AIMPACT_API_KEY.",
                                      "api-key");
    base::SystemClock clock;
    realtime::ConverseOptions how;
    AIMPACT_TRY(auto answer, base::run_sync(converse_remotely({options.server, std::move(key), options.agent},
                                                              std::move(clips), how, clock)));
    if (!options.json)
        for (std::size_t i = 0; i < answer.result.turns.size(); ++i)
            print_turn(i + 1, answer.result.turns[i]);
    return Outcome{std::move(answer.result), std::move(answer.timelines)};
}

}  // namespace

int converse(const base::Config& config, const ConverseOptions& options) {
    auto clips = read_recordings(options.audio);
    if (clips.has_error()) return report(clips.error());
    const auto outcome = options.server.empty() ? converse_here(config, options, *std::move(clips))
                                                : converse_there(options, *std::move(clips));
    if (outcome.has_error()) return report(outcome.error());
    const realtime::ConverseResult& result = outcome->result;
    if (!options.output.empty()) {
        const Result<> written =
            voice::write_wav_file(options.output, all_audio(result), voice::kSynthesisRate);
        if (written.has_error()) return report(written.error());
    }
    const std::string text = base::to_text(result_json(result, outcome->timelines));
    if (!options.timeline.empty()) {
        std::ofstream out(options.timeline);
        out << text << '\n';
        if (!out.flush())
            return report(base::invalid_argument(fmt::format("'{}' can't be written.", options.timeline)));
    }
    if (options.json) fmt::print("{}\n", text);
    bool answered = true;
    for (const realtime::ConverseTurn& turn : result.turns) answered = answered && turn.problem.empty();
    return answered ? 0 : base::exit_code(base::ErrorCode::upstream_failed);
}

}  // namespace aimpact::app
