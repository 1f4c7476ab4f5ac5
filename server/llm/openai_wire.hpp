// OpenAI's error shape, which everything under /v1 answers with, and the guard of those routes.
//
//   {"error": {"message": "...", "type": "invalid_request_error", "param": "messages", "code":
//   "invalid_argument"}}
#pragma once

#include <boost/json.hpp>

#include "accounts/principal.hpp"
#include "net/http.hpp"

namespace aimpact::llm {

// The "error" object: also what OpenAI's realtime and streaming errors carry.
boost::json::object openai_error(const base::Error& error);

// The error as a response; logs the detail, sets Retry-After.
net::Response openai_problem(const base::Error& error, const net::Request& request);
// The same with another status than the code's own (426, 431, ...).
net::Response openai_problem(const base::Error& error, const net::Request& request, int status);

// accounts::guarded, with refusals in OpenAI's shape.
net::Handler openai_guarded(accounts::Authenticator& authenticator, accounts::Permission permission,
                            accounts::AuthorizedHandler handler);

}  // namespace aimpact::llm
