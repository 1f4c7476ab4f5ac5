// What an agent does of its own accord: when the caller says nothing, and while a called function takes its
// time. Part of an agent's definition, and of a live session's (session.aimpact), in the same JSON.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace aimpact::agents {

struct IdlePolicy {
    std::chrono::milliseconds after{0};  // of silence on both sides; 0: it waits for ever
    // Said one after the other, the last one again; none: the model words it.
    std::vector<std::string> prompts{"Are you still there?"};
    int prompts_max = 2;  // after so many, the next silence ends the session
};

// Not part of the conversation: the model never sees them.
struct Fillers {
    std::vector<std::string> texts;  // in turn; none: it stays silent
    std::chrono::milliseconds after{1'000}, every{6'000};
};

struct IdleInput {
    std::optional<double> after_seconds;
    std::optional<std::vector<std::string>> prompts;
    std::optional<int> max_prompts;
};
BOOST_DESCRIBE_STRUCT(IdleInput, (), (after_seconds, prompts, max_prompts))

struct FillersInput {
    std::optional<std::vector<std::string>> texts;
    std::optional<int> after_ms, every_ms;
};
BOOST_DESCRIBE_STRUCT(FillersInput, (), (texts, after_ms, every_ms))

// Replaced as a whole: what is absent has its default again. invalid_argument, with the parameter below
// `path`, where a limit (agent_limits.hpp) is passed.
base::Result<IdlePolicy> idle_of(const IdleInput& input, const std::string& path);
base::Result<Fillers> fillers_of(const FillersInput& input, const std::string& path);
boost::json::object idle_json(const IdlePolicy& idle);
boost::json::object fillers_json(const Fillers& fillers);

}  // namespace aimpact::agents
