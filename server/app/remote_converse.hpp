// The caller's side of /v1/realtime: plays recordings to an agent of a running server, paced as speech, and
// collects the replies. What `aimpact converse --server` drives.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "realtime/converse.hpp"

namespace aimpact::app {

struct RemoteCall {
    std::string server;  // "https://host:port"
    std::string api_key;
    std::string agent;  // id or name
};

// As realtime::converse, but through the wire. Turn timelines are the server's own, in `timelines` (JSON of
// openapi.yaml's Turn), one for each answer; ConverseTurn::turn is left empty.
struct RemoteResult {
    realtime::ConverseResult result;
    boost::json::array timelines;
};
base::Task<base::Result<RemoteResult>> converse_remotely(RemoteCall call,
                                                         std::vector<voice::AudioClip> recordings,
                                                         realtime::ConverseOptions options,
                                                         const base::Clock& clock);

}  // namespace aimpact::app
