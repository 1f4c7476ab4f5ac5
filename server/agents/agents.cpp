#include "agents/agents.hpp"

#include "agents/agent_routes.hpp"
#include "agents/conversation_routes.hpp"
#include "agents/openai_routes.hpp"
#include "agents/word_routes.hpp"

namespace aimpact::agents {

AgentsModule::AgentsModule(Parts parts)
    : parts_(std::move(parts)),
      files_({"recordings", 1, 512}),
      recordings_(parts_.data_dir, files_),
      word_lists_(parts_.database, parts_.clock),
      words_({parts_.database, parts_.clock, parts_.random, word_lists_, files_}),
      agents_(
          {parts_.database, parts_.clock, parts_.random, parts_.models, parts_.secrets, parts_.check_style}),
      conversations_(
          {parts_.database, parts_.clock, parts_.random, parts_.models, agents_, recordings_, word_lists_}),
      chat_({parts_.clock, parts_.random, parts_.models, agents_, conversations_}) {}

void AgentsModule::register_routes(net::Router& router, accounts::Authenticator& authenticator) {
    register_agent_routes(router, authenticator, agents_);
    register_word_routes(router, authenticator, words_);
    register_conversation_routes(router, authenticator, conversations_);
    register_openai_routes(
        router, authenticator,
        {chat_, agents_, parts_.models, parts_.embedder, parts_.other_models, parts_.clock});
}

}  // namespace aimpact::agents
