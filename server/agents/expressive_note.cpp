#include "agents/expressive_note.hpp"

#include "voice/tts/emotion.hpp"

namespace aimpact::agents {

void add_expressive_note(std::string& instructions) {
    static const std::string note = [] {
        std::string names;
        for (const std::string& name : voice::emotion_names())
            if (name != "neutral") names += (names.empty() ? "" : ", ") + name;
        return "Your reply is spoken. Where a sentence deserves a feeling, put it in a tag around that "
               "sentence: "
               "[happy]Great news, it arrived![/happy] or, weaker, [sad 0.4]I'm sorry to hear that.[/sad] "
               "The feelings are " +
               names + ". Most sentences need none. Never speak about the tags.";
    }();
    if (!instructions.empty()) instructions += "\n\n";
    instructions += note;
}

}  // namespace aimpact::agents
