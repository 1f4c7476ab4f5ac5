// Parts of speech -> clauses: each in one style, short enough to synthesise, never cut inside a place that is
// said otherwise than written.
#pragma once

#include <string>
#include <vector>

#include "voice/synthesizer.hpp"
#include "voice/tts/speech_part.hpp"

namespace aimpact::voice {

struct PlannedClause {
    double silence_seconds = 0;  // before it
    std::string text;            // as written; empty: only the silence
    SpeechStyle style;           // said_as is for places in `text`
};

// The clauses' texts joined are the parts' texts joined, but for white space at the very end. One per reply;
// not thread-safe.
class SpeechCutter {
  public:
    std::vector<PlannedClause> push(std::vector<SpeechPart> parts);
    std::vector<PlannedClause> finish();

  private:
    void add(SpeechPart part, std::vector<PlannedClause>& out);
    void give(const std::vector<std::string>& clauses, std::vector<PlannedClause>& out);

    ClauseSplitter splitter_;
    std::string text_;             // given to the splitter (in a masked form) and not given out yet
    std::vector<SaidAs> said_as_;  // of text_
    SpeechStyle style_;
    double silence_seconds_ = 0;
    bool started_ = false;
};

}  // namespace aimpact::voice
