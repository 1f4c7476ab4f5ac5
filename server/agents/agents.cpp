#include "agents/agents.hpp"

#include "agents/agent_routes.hpp"
#include "agents/conversation_routes.hpp"
#include "agents/openai_routes.hpp"
#include "agents/voice_routes.hpp"
#include "agents/word_routes.hpp"

namespace aimpact::agents {

AgentsModule::OwnVoiceParts::OwnVoiceParts(const Parts& parts, base::ThreadPool& files)
    : recordings(parts.data_dir),
      directory(parts.database, parts.clock, parts.audit, *parts.voice_engines),
      maker(parts.database, parts.clock, *parts.audit, *parts.voice_engines, directory, recordings),
      service({parts.database, parts.clock, parts.random, files, *parts.audit, *parts.consent_checker,
               *parts.voice_engines, directory, recordings, maker, parts.consent}) {}

AgentsModule::AgentsModule(Parts parts)
    : parts_(std::move(parts)),
      files_({"recordings", 1, 512}),
      recordings_(parts_.data_dir, files_),
      voices_(parts_.audit && parts_.consent_checker && parts_.voice_engines
                  ? std::make_unique<OwnVoiceParts>(parts_, files_)
                  : nullptr),
      word_lists_(parts_.database, parts_.clock),
      words_({parts_.database, parts_.clock, parts_.random, word_lists_, files_}),
      agents_({parts_.database, parts_.clock, parts_.random, parts_.models, parts_.secrets,
               parts_.check_style,
               voices_ ? OwnVoicesOf([this](std::string org_id, std::string actor) {
                   return voices_->directory.of(std::move(org_id), std::move(actor));
               })
                       : OwnVoicesOf()}),
      conversations_(
          {parts_.database, parts_.clock, parts_.random, parts_.models, agents_, recordings_, word_lists_}),
      chat_({parts_.clock, parts_.random, parts_.models, agents_, conversations_}) {}

void AgentsModule::register_routes(net::Router& router, accounts::Authenticator& authenticator) {
    register_agent_routes(router, authenticator, agents_);
    register_word_routes(router, authenticator, words_);
    if (voices_) register_voice_routes(router, authenticator, voices_->service);
    register_conversation_routes(router, authenticator, conversations_);
    register_openai_routes(
        router, authenticator,
        {chat_, agents_, parts_.models, parts_.embedder, parts_.other_models, parts_.clock});
}

}  // namespace aimpact::agents
