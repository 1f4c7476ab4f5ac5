#include "voice/tts/word_times.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

enum class Kind { space, mark, vowel, consonant, stress };

Kind kind_of(char32_t c) {
    if (c == U' ') return Kind::space;
    if (c == kPrimaryStress || c == kSecondaryStress || c == U'ː') return Kind::stress;
    if (std::u32string_view(U";:,.!?\u2014\u2026()\"\u201C\u201D").find(c) != std::u32string_view::npos)
        return Kind::mark;
    return is_vowel(c) ? Kind::vowel : Kind::consonant;
}

// Costs in quarters of a phone.
int cost_alone(Kind kind) {
    switch (kind) {
        case Kind::stress:
            return 1;
        case Kind::mark:
            return 2;
        default:
            return 4;
    }
}
int cost_pair(char32_t a, char32_t b) {
    if (a == b) return 0;
    const Kind x = kind_of(a), y = kind_of(b);
    if (x == y) return x == Kind::stress ? 1 : x == Kind::vowel ? 3 : 5;
    return x == Kind::space || y == Kind::space ? 12 : 7;
}

struct Symbol {
    char32_t phone = U' ';
    int word = -1;
};

// For each phone the word of the symbol that it is aligned with; -1 where it is with none.
std::vector<int> align(const Phones& phones, const std::vector<Symbol>& symbols) {
    const auto n = static_cast<std::ptrdiff_t>(phones.size()),
               m = static_cast<std::ptrdiff_t>(symbols.size());
    // Only cells near the diagonal: the two hardly differ in length but for numbers.
    const std::ptrdiff_t band = std::abs(n - m) + 96, width = 2 * band + 1;
    constexpr int kFar = std::numeric_limits<int>::max() / 2;
    enum Step : std::uint8_t { pair, phone_alone, symbol_alone };
    std::vector<Step> steps(static_cast<std::size_t>((n + 1) * width), pair);
    std::vector<int> before(static_cast<std::size_t>(width), kFar), row(before);
    // Column of symbol j in row i: j - centre(i) + band.
    const auto centre = [n, m](std::ptrdiff_t i) { return n > 0 ? i * m / n : 0; };
    for (std::ptrdiff_t i = 0; i <= n; ++i) {
        std::fill(row.begin(), row.end(), kFar);
        const std::ptrdiff_t shift = centre(i) - (i > 0 ? centre(i - 1) : 0);
        for (std::ptrdiff_t k = 0; k < width; ++k) {
            const std::ptrdiff_t j = centre(i) + k - band;
            if (j < 0 || j > m) continue;
            int best = i == 0 && j == 0 ? 0 : kFar;
            Step step = pair;
            const auto above = [&](std::ptrdiff_t column) {  // row i - 1
                const std::ptrdiff_t at = k + shift + column;
                return i > 0 && at >= 0 && at < width ? before[static_cast<std::size_t>(at)] : kFar;
            };
            const auto i_ = static_cast<std::size_t>(i), j_ = static_cast<std::size_t>(j);
            if (i > 0 && j > 0 && above(-1) + cost_pair(phones[i_ - 1], symbols[j_ - 1].phone) < best) {
                best = above(-1) + cost_pair(phones[i_ - 1], symbols[j_ - 1].phone);
                step = pair;
            }
            if (i > 0 && above(0) + cost_alone(kind_of(phones[i_ - 1])) < best) {
                best = above(0) + cost_alone(kind_of(phones[i_ - 1]));
                step = phone_alone;
            }
            if (j > 0 && k > 0) {
                const int there =
                    row[static_cast<std::size_t>(k - 1)] + cost_alone(kind_of(symbols[j_ - 1].phone));
                if (there < best) {
                    best = there;
                    step = symbol_alone;
                }
            }
            row[static_cast<std::size_t>(k)] = best;
            steps[static_cast<std::size_t>(i * width + k)] = step;
        }
        std::swap(before, row);
    }
    std::vector<int> out(phones.size(), -1);
    for (std::ptrdiff_t i = n, j = m; i > 0;) {
        const std::ptrdiff_t k = j - centre(i) + band;
        const Step step = k >= 0 && k < width ? steps[static_cast<std::size_t>(i * width + k)] : phone_alone;
        if (step == symbol_alone && j > 0) {
            --j;
        } else {
            --i;
            if (step == pair && j > 0) {
                --j;
                out[static_cast<std::size_t>(i)] = symbols[static_cast<std::size_t>(j)].word;
            }
        }
    }
    return out;
}

// Stress and length are tokens too and last a while.
bool takes_time(char32_t c) {
    const Kind kind = kind_of(c);
    return kind != Kind::space && kind != Kind::mark;
}

}  // namespace

bool is_sound(char32_t phone) {
    const Kind kind = kind_of(phone);
    return (kind == Kind::vowel || kind == Kind::consonant) && phone_token(phone) != 0;
}

std::vector<WrittenWord> written_words(std::string_view text, std::span<const SaidAs> parts) {
    std::vector<WrittenWord> out;
    std::size_t from = text.size();
    bool inside = false;
    const auto held = [&](std::size_t at) {  // a space within a part that is said as a whole
        return std::any_of(parts.begin(), parts.end(), [at](const SaidAs& part) {
            return part.how != SaidAs::How::stress && at > part.begin && at + 1 < part.end;
        });
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_space(text[at]) && !held(at)) {
            if (inside) out.push_back({from, at});
            inside = false;
        } else if (!inside) {
            inside = true;
            from = at;
        }
    }
    if (inside) out.push_back({from, text.size()});
    return out;
}

std::vector<int> words_of_phones(const Phones& phones, std::span<const Phones> alone) {
    std::vector<Symbol> symbols;
    for (std::size_t w = 0; w < alone.size(); ++w) {
        if (alone[w].empty()) continue;
        if (!symbols.empty()) symbols.push_back({});
        for (const char32_t c : alone[w]) symbols.push_back({c, static_cast<int>(w)});
    }
    const std::vector<int> aligned = align(phones, symbols);
    std::vector<int> out(phones.size(), -1);
    int last = -1;
    for (std::size_t begin = 0; begin < phones.size();) {
        if (!takes_time(phones[begin])) {
            ++begin;
            continue;
        }
        std::size_t end = begin;
        while (end < phones.size() && phones[end] != U' ') ++end;
        // The word that most of the group says; without any, it goes with the one before.
        std::vector<std::pair<int, int>> votes;  // word, how many phones
        for (std::size_t i = begin; i < end; ++i) {
            if (aligned[i] < 0 || !takes_time(phones[i])) continue;
            const auto it = std::find_if(votes.begin(), votes.end(),
                                         [&](const auto& vote) { return vote.first == aligned[i]; });
            if (it == votes.end())
                votes.emplace_back(aligned[i], 1);
            else
                ++it->second;
        }
        int word = std::max(last, 0);
        if (!votes.empty())
            word = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) {
                       return a.second < b.second;
                   })->first;
        last = std::max(last, word);
        if (!alone.empty()) {
            for (std::size_t i = begin; i < end; ++i)
                if (takes_time(phones[i])) out[i] = last;
        }
        begin = end;
    }
    return out;
}

std::vector<WordFrames> word_frames(std::span<const int> words, std::span<const int> frames) {
    std::vector<WordFrames> out;
    int at = frames.empty() ? 0 : frames[0];
    for (std::size_t t = 0; t < words.size() && t + 1 < frames.size(); ++t) {
        const int end = at + frames[t + 1];
        if (words[t] >= 0) {
            if (out.empty() || out.back().word != words[t])
                out.push_back({words[t], at, end});
            else
                out.back().end = end;
        }
        at = end;
    }
    return out;
}

}  // namespace aimpact::voice
