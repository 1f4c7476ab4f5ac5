// Which of a recording's windows are of one voice: agglomerative clustering (average linkage of cosines)
// finds how many voices there are, then two rounds of Viterbi decoding over the voices' means give each
// window its speaker, with a cost for every change, so that a window between two turns founds no speaker of
// its own. Pure arithmetic. The constants were chosen on conversations composed of
// ../shared/audio/librispeech-speakers.
#pragma once

#include <span>
#include <vector>

#include "voice/speakers/speaker_encoder.hpp"

namespace aimpact::voice {

struct ClusteringOptions {
    int speakers = 0;       // how many there are (fewer if no more differ); 0: find out
    int speakers_max = 10;  // then at most so many
    // Average cosine between two groups of windows from which on they are one speaker.
    float same_speaker = 0.64F;
    std::size_t windows_min = 3;  // of a speaker, where the number is to be found
};

struct SpeakerClusters {
    std::vector<int> labels;               // of each window, 0 .. voices.size() - 1
    std::vector<SpeakerEmbedding> voices;  // mean of each speaker's windows; numbered by first appearance
};

// `windows` in the order of time; `regions[i]` is the stretch of uninterrupted speech that window i is of.
// Memory and time are bounded: beyond kClusteringUnitsMax windows, neighbours of one region are grouped first
// (16 MB and half a second at most, for any length).
inline constexpr std::size_t kClusteringUnitsMax = 2000;
SpeakerClusters cluster_speakers(std::span<const SpeakerEmbedding> windows, std::span<const int> regions,
                                 const ClusteringOptions& options = {});

}  // namespace aimpact::voice
