// Tells a transcript from the recogniser's known ways to fail: loops, more words than the time allows, and
// stock phrases invented on coughs, breath and noise.
#pragma once

#include <string>
#include <string_view>

namespace aimpact::voice {

struct GuardInput {
    std::string_view text;
    std::size_t tokens = 0;
    double audio_seconds = 0;    // what was decoded, with its padding
    double vad_probability = 1;  // mean over the speech frames
};

enum class Verdict { good, too_many_tokens, repeats, doubtful };

// Words for Transcript::rejected ("repeats itself"); empty for good.
std::string_view to_string(Verdict verdict);

Verdict judge(const GuardInput& input);

// A transcript whose last sentence is a stock phrase behind others: silence at the end may have invented it.
bool ends_in_stock_phrase(std::string_view text);

}  // namespace aimpact::voice
