#include "voice/speakers/speaker_clustering.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace aimpact::voice {

namespace {

constexpr int kRounds = 2;
// Viterbi: a window's score is kSharpness times its cosine to the voice; a change of speaker costs kChange. A
// window must be 0.1 closer to another voice to change over and back for it alone.
constexpr float kSharpness = 10, kChange = 1;
constexpr std::size_t kStrayGroupsMax = 12;  // of windows between turns, noises: beside the given speakers
constexpr float kNever = -2;                 // less than any cosine

// Runs of neighbouring windows of one region that are clustered as one.
struct Units {
    std::vector<SpeakerEmbedding> means;
    std::vector<float> weights;  // windows in it
    std::vector<int> of_window;
};

Units make_units(std::span<const SpeakerEmbedding> windows, std::span<const int> regions,
                 bool across = false) {
    const std::size_t length = (windows.size() + kClusteringUnitsMax - 1) / kClusteringUnitsMax;
    Units units;
    units.of_window.resize(windows.size());
    for (std::size_t from = 0; from < windows.size();) {
        std::size_t to = from + 1;
        while (to < windows.size() && to - from < length && (across || regions[to] == regions[from])) ++to;
        std::fill_n(units.of_window.begin() + static_cast<std::ptrdiff_t>(from), to - from,
                    static_cast<int>(units.means.size()));
        units.means.push_back(mean_voice(windows.subspan(from, to - from)));
        units.weights.push_back(static_cast<float>(to - from));
        from = to;
    }
    // Thousands of short regions: neighbours share a unit even over a silence.
    if (units.means.size() > kClusteringUnitsMax) return make_units(windows, regions, true);
    return units;
}

// Average linkage; the matrix holds the average cosine between groups, kept up by Lance and Williams's
// formula.
class Agglomeration {
  public:
    Agglomeration(const std::vector<SpeakerEmbedding>& points, std::vector<float> weights)
        : size_(points.size()),
          weights_(std::move(weights)),
          matrix_(size_ * size_, kNever),
          nearest_(size_, 0) {
        for (std::size_t i = 0; i < size_; ++i)
            for (std::size_t j = 0; j < i; ++j) at(i, j) = at(j, i) = similarity(points[i], points[j]);
        for (std::size_t i = 0; i < size_; ++i) find_nearest(i);
        alive_.assign(size_, true);
    }

    // Joins the closest groups until one is left or none are as close as `threshold`.
    void run(float threshold) {
        for (std::size_t left = size_; left > 1; --left) {
            std::size_t a = size_;
            for (std::size_t i = 0; i < size_; ++i)
                if (alive_[i] && (a == size_ || at(i, nearest_[i]) > at(a, nearest_[a]))) a = i;
            const std::size_t b = nearest_[a];
            if (at(a, b) < threshold) break;
            join(std::min(a, b), std::max(a, b));
            joins_.emplace_back(std::min(a, b), std::max(a, b));
        }
    }
    // The group of each point when `count` were left, or as many as run() left if those are more.
    std::vector<int> groups(std::size_t count) const {
        const std::size_t joined = std::min(joins_.size(), size_ - std::min(size_, count));
        std::vector<int> group(size_);
        std::iota(group.begin(), group.end(), 0);
        // What a group went into went elsewhere later, if at all: from the last join to the first.
        for (std::size_t j = joined; j-- > 0;) group[joins_[j].second] = group[joins_[j].first];
        return group;
    }

  private:
    float& at(std::size_t i, std::size_t j) { return matrix_[i * size_ + j]; }
    void find_nearest(std::size_t i) {
        const float* row = &matrix_[i * size_];
        nearest_[i] = static_cast<std::size_t>(std::max_element(row, row + size_) - row);
    }
    void join(std::size_t a, std::size_t b) {
        const float sum = weights_[a] + weights_[b];
        for (std::size_t k = 0; k < size_; ++k) {
            if (alive_[k] && k != a && k != b)
                at(a, k) = at(k, a) = (weights_[a] * at(a, k) + weights_[b] * at(b, k)) / sum;
            at(b, k) = at(k, b) = kNever;
        }
        weights_[a] = sum;
        alive_[b] = false;
        find_nearest(a);
        for (std::size_t k = 0; k < size_; ++k) {
            if (!alive_[k] || k == a) continue;
            if (nearest_[k] == a || nearest_[k] == b)
                find_nearest(k);
            else if (at(k, a) > at(k, nearest_[k]))
                nearest_[k] = a;
        }
    }

    const std::size_t size_;
    std::vector<float> weights_;
    std::vector<float> matrix_;
    std::vector<std::size_t> nearest_;
    std::vector<bool> alive_;
    std::vector<std::pair<std::size_t, std::size_t>> joins_;  // the second went into the first
};

// Labels become 0, 1, ... in the order in which they appear; returns how many there are.
int number_by_appearance(std::vector<int>& labels) {
    std::vector<int> number;
    int count = 0;
    for (int& label : labels) {
        const auto at = static_cast<std::size_t>(label);
        if (at >= number.size()) number.resize(at + 1, -1);
        if (number[at] < 0) number[at] = count++;
        label = number[at];
    }
    return count;
}

std::vector<SpeakerEmbedding> means(std::span<const SpeakerEmbedding> windows, const std::vector<int>& labels,
                                    int count) {
    std::vector<std::vector<SpeakerEmbedding>> members(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < windows.size(); ++i)
        members[static_cast<std::size_t>(labels[i])].push_back(windows[i]);
    std::vector<SpeakerEmbedding> out;
    for (const auto& one : members) out.push_back(mean_voice(one));
    return out;
}

// The closest two become one, until there are `count`.
void reduce(std::vector<SpeakerEmbedding>& voices, std::vector<std::size_t>& sizes, std::size_t count) {
    while (voices.size() > count) {
        std::size_t a = 0, b = 1;
        for (std::size_t i = 0; i < voices.size(); ++i)
            for (std::size_t j = i + 1; j < voices.size(); ++j)
                if (similarity(voices[i], voices[j]) > similarity(voices[a], voices[b])) a = i, b = j;
        SpeakerEmbedding sum;
        for (std::size_t k = 0; k < sum.size(); ++k)
            sum[k] =
                voices[a][k] * static_cast<float>(sizes[a]) + voices[b][k] * static_cast<float>(sizes[b]);
        voices[a] = mean_voice({&sum, 1});
        sizes[a] += sizes[b];
        voices.erase(voices.begin() + static_cast<std::ptrdiff_t>(b));
        sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(b));
    }
}

std::vector<int> viterbi(std::span<const SpeakerEmbedding> windows,
                         const std::vector<SpeakerEmbedding>& voices) {
    const std::size_t states = voices.size();
    std::vector<float> best(states, 0.0F);
    std::vector<std::uint16_t> from(windows.size() * states);
    for (std::size_t t = 0; t < windows.size(); ++t) {
        const auto top = static_cast<std::size_t>(std::ranges::max_element(best) - best.begin());
        const float changed = best[top] - kChange;
        for (std::size_t s = 0; s < states; ++s) {
            const bool stays = best[s] >= changed;
            from[t * states + s] = static_cast<std::uint16_t>(stays ? s : top);
            best[s] = (stays ? best[s] : changed) + kSharpness * similarity(windows[t], voices[s]);
        }
    }
    std::vector<int> labels(windows.size());
    auto state = static_cast<std::size_t>(std::ranges::max_element(best) - best.begin());
    for (std::size_t t = windows.size(); t-- > 0;) {
        labels[t] = static_cast<int>(state);
        state = from[t * states + state];
    }
    return labels;
}

std::vector<std::size_t> sizes_of(const std::vector<int>& labels, int count) {
    std::vector<std::size_t> sizes(static_cast<std::size_t>(count), 0);
    for (const int label : labels) ++sizes[static_cast<std::size_t>(label)];
    return sizes;
}

// Voices of too few windows to be a speaker's go, unless there are no others; then the smallest beyond
// `most`.
void drop_small(std::vector<SpeakerEmbedding>& voices, std::vector<std::size_t>& sizes,
                std::size_t windows_min, std::size_t most) {
    const auto drop = [&](std::size_t i) {
        voices.erase(voices.begin() + static_cast<std::ptrdiff_t>(i));
        sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(i));
    };
    const bool some = std::ranges::any_of(sizes, [&](auto n) { return n >= windows_min; });
    for (std::size_t i = voices.size(); some && i-- > 0;)
        if (sizes[i] < windows_min) drop(i);
    while (voices.size() > most)
        drop(static_cast<std::size_t>(std::ranges::min_element(sizes) - sizes.begin()));
}

}  // namespace

SpeakerClusters cluster_speakers(std::span<const SpeakerEmbedding> windows, std::span<const int> regions,
                                 const ClusteringOptions& options) {
    SpeakerClusters out;
    if (windows.empty()) return out;
    const Units units = make_units(windows, regions);
    const auto given = static_cast<std::size_t>(std::max(0, options.speakers));
    Agglomeration agglomeration(units.means, units.weights);
    agglomeration.run(given ? kNever : options.same_speaker);
    const auto label = [&](std::size_t groups) {
        const auto of_unit = agglomeration.groups(groups);
        out.labels.clear();
        for (const int unit : units.of_window) out.labels.push_back(of_unit[static_cast<std::size_t>(unit)]);
        return number_by_appearance(out.labels);
    };
    // A given number of speakers: as many groups as it takes to have so many that are large enough.
    const std::size_t groups_max = given ? std::min(units.means.size(), given + kStrayGroupsMax) : 1;
    std::size_t groups = std::max<std::size_t>(1, given);
    for (; groups <= groups_max; ++groups) {
        const int count = label(groups);
        const auto sizes = sizes_of(out.labels, count);
        const auto large = std::ranges::count_if(sizes, [&](auto n) { return n >= options.windows_min; });
        if (static_cast<std::size_t>(large) >= given) break;
    }
    if (groups > groups_max) label(given);

    for (int round = 0; round < kRounds; ++round) {
        const int count = number_by_appearance(out.labels);
        auto voices = means(windows, out.labels, count);
        auto sizes = sizes_of(out.labels, count);
        drop_small(voices, sizes, options.windows_min, given ? given : voices.size());
        reduce(voices, sizes, static_cast<std::size_t>(std::max(1, options.speakers_max)));
        out.labels = viterbi(windows, voices);
    }
    out.voices = means(windows, out.labels, number_by_appearance(out.labels));
    return out;
}

}  // namespace aimpact::voice
