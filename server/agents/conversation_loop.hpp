// The TurnLoop over a ChatModel: context, prompt, answers, and what is written down. See turn_loop.hpp for
// the contract. Internal to agents: Conversations makes them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agents/audio_recording.hpp"
#include "agents/prompt_builder.hpp"
#include "agents/prompt_template.hpp"
#include "agents/recorder.hpp"
#include "agents/turn_loop.hpp"
#include "base/clock.hpp"

namespace aimpact::agents {

class ConversationLoop final : public TurnLoop {
  public:
    struct Parts {
        const base::Clock& clock;
        base::Random& random;
        std::shared_ptr<llm::ChatModel> model;
        std::shared_ptr<Recorder> recorder;     // null: nothing is kept
        AudioRecordings* recordings = nullptr;  // null: no audio is kept
        std::string org_id, conversation_id;
        // What there was before.
        std::vector<Item> items;
        std::vector<int> positions;  // of items, ascending
        int turns = 0;
    };
    // `agent` holds its templates; they are rendered with `variables` (overrides of its defaults).
    static Result<std::unique_ptr<ConversationLoop>> make(Agent agent, const Variables& variables,
                                                          Parts parts);

    const Agent& agent() const override { return agent_; }
    const std::string& conversation_id() const override { return parts_.conversation_id; }
    void set_instructions(std::string text) override { agent_.instructions = std::move(text); }
    void set_tools(std::vector<llm::Tool> tools) override { agent_.tools = std::move(tools); }
    Result<> set_variables(const std::map<std::string, std::string>& values) override;

    const std::vector<Item>& items() const override { return items_; }
    Result<> add(Item item, const std::string& previous_id = {}) override;
    Result<> remove(const std::string& id) override;
    const Item* find(const std::string& id) const override;
    Result<> truncate(const std::string& id, std::string heard_text) override;

    Task<Result<ResponseResult>> respond(ResponseOptions options, llm::OnDelta on_delta,
                                         std::stop_token stop) override;

    Task<void> record_turn(Turn turn) override;
    void record_audio(llm::ChatRole who, double at_ms, std::span<const float> samples, int rate) override;
    void touch() override;
    Task<void> finish() override;
    ~ConversationLoop() override;

  private:
    struct Answer;

    ConversationLoop(Agent agent, Parts parts);
    bool taken_over() const { return parts_.recorder && parts_.recorder->revoked(); }
    std::size_t index_of(const std::string& id) const;  // items_.size() if there is none
    Result<llm::ChatRequest> request(const ResponseOptions& options);
    std::vector<Item> keep(Answer& answer, const ResponseOptions& options, bool complete);
    void put_item(std::size_t index);
    void put_end();

    Agent agent_;            // rendered
    const Agent templates_;  // as saved
    Parts parts_;
    std::vector<Item> items_;
    std::vector<int> positions_;  // stored order of items_
    PromptBuilder prompt_;
    bool answering_ = false, finished_ = false, audio_marked_ = false;
};

}  // namespace aimpact::agents
