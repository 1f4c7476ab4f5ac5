// In which tone an agent answers a caller, by how the caller sounds.
//
//   heard       mirror       soothe
//   neutral     neutral      neutral
//   calm        calm         neutral
//   happy       happy        neutral
//   sad         sad          empathetic
//   angry       calm         calm
//   fearful     empathetic   empathetic
//   disgust     neutral      calm
//   surprised   surprised    neutral
//
// Anger and fear are never given back. Where a voice has no "empathetic", it is calm.
#pragma once

#include <boost/describe/enum.hpp>
#include <span>
#include <string>

#include "voice/emotion/emotion.hpp"

namespace aimpact::voice {

enum class TonePolicy {
    off,      // the agent's own tone; what is heard is told, and changes nothing
    neutral,  // neutral, whatever is heard and whatever the agent's own tone is
    mirror,
    soothe,
};
BOOST_DESCRIBE_ENUM(TonePolicy, off, neutral, mirror, soothe)

struct Tone {
    std::string emotion = "neutral";
    double intensity = 1;  // 0 .. 1

    bool operator==(const Tone&) const = default;
};

// Below this nothing is sure enough to be acted on.
inline constexpr double kToneConfidenceMin = 0.3;

// For mirror and soothe. Intensity: 0.4 at kToneConfidenceMin, 1 from 0.8 on. `offered`: the emotions that
// can be spoken.
Tone tone_for(TonePolicy policy, const EmotionEstimate& heard, std::span<const std::string> offered);

}  // namespace aimpact::voice
