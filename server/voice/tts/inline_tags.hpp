// Tags that a language model may write into a plain reply: "[pause 300ms]", "[happy]...[/happy]". They are
// few and exact, so that ordinary words in brackets stay what they are; docs/SPEECH.md lists them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voice/tts/speech_part.hpp"

namespace aimpact::voice {

// Reads a reply as it streams in. Nothing in it is an error: what is no tag is text, a tag that is never
// closed lasts to the end, one that closes nothing is dropped.
class InlineTagReader {
  public:
    // `emotions`: what the synthesiser knows; tags of others are taken away without effect.
    InlineTagReader(SpeechStyle base, std::vector<std::string> emotions);

    // Cut at any byte. A tag that isn't complete yet is held back, and so is what [spell] and [emphasis]
    // enclose.
    std::vector<SpeechPart> push(std::string_view delta);
    std::vector<SpeechPart> finish();

  private:
    struct Open {
        std::string name;
        SpeechStyle outside;
    };

    std::size_t read(bool end);  // bytes of held_ that were used
    std::size_t read_enclosed(bool end);
    void text(std::string_view words);
    bool tag(std::string_view inside);
    bool open_tag(std::string_view name, std::string_view argument);
    void close_tag(std::string_view name);
    void restyle(SpeechStyle next);
    void flush();

    SpeechStyle style_;
    std::vector<std::string> emotions_;
    std::vector<Open> open_;
    std::string held_;       // not yet known to be text or a tag
    std::string enclosing_;  // "spell" or "emphasis" while inside it
    bool after_tag_ = false;
    char last_ = ' ';
    SpeechPart pending_;
    std::vector<SpeechPart> out_;
};

}  // namespace aimpact::voice
