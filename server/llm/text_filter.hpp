// Turns the bytes of sampled tokens into text that may be shown: whole UTF-8 characters only (a character may
// span tokens), and nothing of a stop string, which may span tokens too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aimpact::llm {

class TextFilter {
  public:
    explicit TextFilter(std::vector<std::string> stop = {}) : stop_(std::move(stop)) {}

    // Returns what can be shown now. After a stop string everything else is swallowed.
    std::string push(std::string_view bytes);
    // What was held back, at the end; an unfinished character becomes U+FFFD.
    std::string finish();
    bool stopped() const { return stopped_; }

  private:
    std::vector<std::string> stop_;
    std::string held_;
    bool stopped_ = false;
};

// `text` with every byte that is not part of valid UTF-8 replaced by U+FFFD (Unicode 15, 3.9, maximal
// subparts taken bytewise). An unfinished character at the end is left out and its length given in
// `unfinished`.
std::string valid_utf8(std::string_view text, std::size_t& unfinished);

}  // namespace aimpact::llm
