#include "voice/beam_search.hpp"

#include <algorithm>
#include <cmath>

#include "voice/audio.hpp"

namespace aimpact::voice {

using inference::Moonshine;

namespace {

struct Candidate {
    double log_probability;  // of the whole beginning with the token
    std::size_t row;
    std::int64_t token;
    float own;  // of the token alone
};

// The best `count` of a row's tokens.
void add_candidates(std::span<const float> row_scores, double before, std::size_t row, std::size_t count,
                    std::vector<Candidate>& out) {
    const std::size_t first = out.size();
    float floor = -std::numeric_limits<float>::infinity();
    for (std::size_t id = 0; id < row_scores.size(); ++id) {
        if (row_scores[id] <= floor) continue;
        out.push_back({before + row_scores[id], row, static_cast<std::int64_t>(id), row_scores[id]});
        if (out.size() - first < 4 * count) continue;
        const auto begin = out.begin() + static_cast<std::ptrdiff_t>(first);
        const auto kept = begin + static_cast<std::ptrdiff_t>(count);
        std::nth_element(begin, kept - 1, out.end(),
                         [](const Candidate& a, const Candidate& b) { return a.own > b.own; });
        floor = (kept - 1)->own;
        out.erase(kept, out.end());
    }
}

class Search {
  public:
    Search(Moonshine::Session& session, const BeamOptions& options)
        : session_(session), options_(options), beams_(static_cast<std::size_t>(options.beams)) {}

    base::Result<std::vector<Hypothesis>> run(std::size_t tokens_max) {
        session_.begin(beams_);
        live_.assign(beams_, {});
        // The beginnings differ only after the first step.
        sums_.assign(beams_, -1e9);
        sums_[0] = 0;
        std::vector<std::int64_t> tokens(beams_, Moonshine::kBegin), parents(beams_);
        for (std::size_t i = 0; i < beams_; ++i) parents[i] = static_cast<std::int64_t>(i);
        for (std::size_t length = 0; length < tokens_max && !settled(); ++length) {
            AIMPACT_TRY(const auto scores, session_.step(tokens, parents));
            extend(scores, tokens, parents);
        }
        if (done_.empty())  // cut short by the limit
            for (std::size_t row = 0; row < beams_; ++row) finish(live_[row], sums_[row]);
        std::sort(done_.begin(), done_.end(),
                  [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
        return std::move(done_);
    }

  private:
    double normalised(double sum, std::size_t tokens) const {
        return sum / std::pow(static_cast<double>(tokens) + 1, options_.length_power);
    }
    void finish(Hypothesis hypothesis, double sum) {
        hypothesis.score = normalised(sum, hypothesis.tokens.size());
        done_.push_back(std::move(hypothesis));
    }
    // No beginning that goes on can still become the best, or there is enough to choose from.
    bool settled() const {
        if (done_.size() >= 2 * beams_) return true;
        if (done_.size() < beams_) return false;
        double best = done_.front().score;
        for (const Hypothesis& h : done_) best = std::max(best, h.score);
        return normalised(sums_[0], live_[0].tokens.size()) < best;
    }
    void extend(std::span<const float> scores, std::vector<std::int64_t>& tokens,
                std::vector<std::int64_t>& parents) {
        const std::size_t vocabulary = scores.size() / beams_;
        candidates_.clear();
        for (std::size_t row = 0; row < beams_; ++row)
            add_candidates(scores.subspan(row * vocabulary, vocabulary), sums_[row], row, beams_ + 1,
                           candidates_);
        std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
            return a.log_probability > b.log_probability;
        });
        std::vector<Hypothesis> next;
        std::vector<double> sums;
        for (const Candidate& c : candidates_) {
            if (next.size() == beams_) break;
            Hypothesis grown = live_[c.row];
            grown.log_probabilities.push_back(c.own);
            if (c.token == Moonshine::kEnd) {
                finish(std::move(grown), c.log_probability);
                continue;
            }
            grown.tokens.push_back(c.token);
            tokens[next.size()] = c.token;
            parents[next.size()] = static_cast<std::int64_t>(c.row);
            next.push_back(std::move(grown));
            sums.push_back(c.log_probability);
        }
        live_ = std::move(next);
        sums_ = std::move(sums);
    }

    Moonshine::Session& session_;
    const BeamOptions& options_;
    const std::size_t beams_;
    std::vector<Hypothesis> live_, done_;
    std::vector<double> sums_;
    std::vector<Candidate> candidates_;
};

}  // namespace

base::Result<std::vector<Hypothesis>> beam_search(Moonshine::Session& session, std::span<const float> audio,
                                                  const BeamOptions& options) {
    std::vector<std::vector<float>> renditions;
    renditions.emplace_back(audio.begin(), audio.end());
    if (options.second_pace > 0)
        renditions.push_back(resample(renditions.front(),
                                      static_cast<int>(std::lround(kRecognitionRate * options.second_pace)),
                                      kRecognitionRate));
    AIMPACT_CHECK(session.encode(renditions));
    const double seconds = static_cast<double>(audio.size()) / kRecognitionRate;
    return Search(session, options)
        .run(static_cast<std::size_t>(seconds * options.tokens_per_second_max) + 2);
}

}  // namespace aimpact::voice
