// Lets a coroutine race against a stop token. Internal to llm.
#pragma once

#include <stop_token>

#include "base/async.hpp"

namespace aimpact::llm {

// Returns once the token is stopped, or the coroutine is cancelled.
base::Task<void> wait_stopped(std::stop_token stop);

}  // namespace aimpact::llm
