// A text to be said, as it arrives: an SSML document if it begins like one, else plain text with inline tags.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "voice/tts/inline_tags.hpp"
#include "voice/tts/speech_cutter.hpp"
#include "voice/tts/ssml.hpp"

namespace aimpact::voice {

enum class MarkupErrors {
    strict,    // an SSML document must be right
    tolerant,  // from its first error on a document is read as text without its tags (a model wrote it)
};

class SpeechMarkup {
  public:
    SpeechMarkup(SpeechStyle style, const Synthesizer& synthesizer, MarkupErrors errors);

    // Cut at any byte. Fails only if strict.
    Result<std::vector<SpeechPart>> push(std::string_view delta);
    Result<std::vector<SpeechPart>> finish();

  private:
    // What is left of a broken document: its text.
    class TagDropper {
      public:
        std::string push(std::string_view text);

      private:
        bool inside_ = false;
    };
    Result<std::vector<SpeechPart>> read(std::string_view text, bool end);
    std::vector<SpeechPart> plain(std::string_view text);

    const SpeechStyle style_;
    const Synthesizer& synthesizer_;
    const MarkupErrors errors_;
    std::string beginning_;  // until it is known what it is
    std::variant<std::monostate, SsmlReader, InlineTagReader, TagDropper> reader_;
};

// The text of the parts, without tags: what was written to be heard.
std::string words_of(const std::vector<SpeechPart>& parts);
// The same of a whole text; a wrong document is read as far as it can be.
std::string words_of(std::string_view text, const SpeechStyle& style, const Synthesizer& synthesizer);

// The whole of a text: clauses ready to be said, in order. A wrong SSML document is invalid_argument with
// line and column.
Result<std::vector<PlannedClause>> plan_speech(std::string_view text, const SpeechStyle& style,
                                               const Synthesizer& synthesizer);

}  // namespace aimpact::voice
