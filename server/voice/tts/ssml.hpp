// SSML 1.1 (https://www.w3.org/TR/speech-synthesis11/) as it arrives -> what is said, in pieces.
// docs/SPEECH.md lists the elements. XML is read by expat; document types, and so entities of one's own, are
// refused.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "voice/synthesizer.hpp"
#include "voice/tts/speech_part.hpp"

namespace aimpact::voice {

struct SsmlLimits {
    std::size_t bytes_max = 256 << 10;  // of the document
    int depth_max = 32;
    int elements_max = 2'000;
    double pauses_max_seconds = 300;  // all of them together
};

// True if `text` begins like an SSML document; false if it can't any more. nullopt: too short to tell.
std::optional<bool> begins_as_ssml(std::string_view text);

class SsmlReader {
  public:
    // `base` is the style outside all elements; voices and styles are checked with `synthesizer`, which must
    // outlive the reader.
    SsmlReader(SpeechStyle base, const Synthesizer& synthesizer, SsmlLimits limits = {});
    ~SsmlReader();
    SsmlReader(SsmlReader&&) noexcept;
    SsmlReader& operator=(SsmlReader&&) noexcept;

    // The document as it comes, cut at any byte; returns what is known to be said by now. invalid_argument
    // tells line, column and the element; afterwards the reader is of no further use.
    Result<std::vector<SpeechPart>> push(std::string_view bytes);
    // The end of the document.
    Result<std::vector<SpeechPart>> finish();
    // The root element is closed: white space is all that may follow.
    bool complete() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aimpact::voice
