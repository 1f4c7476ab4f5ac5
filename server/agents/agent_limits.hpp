// Every limit of an agent's definition, in one place (openapi.yaml states the same numbers).
#pragma once

#include <cstddef>

namespace aimpact::agents::limits {

// Texts are counted in characters (code points), not bytes.
inline constexpr std::size_t kNameChars = 80;
inline constexpr std::size_t kDescriptionChars = 500;
inline constexpr std::size_t kInstructionsChars = 32'768;
inline constexpr std::size_t kGreetingChars = 1'000;
inline constexpr std::size_t kVariables = 64;
inline constexpr std::size_t kVariableNameChars = 64;
inline constexpr std::size_t kVariableValueChars = 4'096;
inline constexpr std::size_t kTools = 64;
inline constexpr std::size_t kToolNameChars = 64;
inline constexpr std::size_t kToolDescriptionChars = 1'024;
inline constexpr std::size_t kToolParametersBytes = 32 << 10;  // of the JSON Schema as text
inline constexpr std::size_t kModelNameChars = 128;
inline constexpr std::size_t kApiKeyChars = 512;
inline constexpr double kTemperatureMax = 2.0;
inline constexpr int kOutputTokensMax = 16'384;
inline constexpr double kSpeedMin = 0.5, kSpeedMax = 2.0;
inline constexpr int kPrefixPaddingMsMax = 2'000;
inline constexpr int kSilenceMsMin = 100, kSilenceMsMax = 5'000;
inline constexpr std::size_t kMannerTexts = 8, kMannerTextBytes = 500;  // idle.prompts, fillers.texts
inline constexpr double kIdleSecondsMin = 2, kIdleSecondsMax = 600;
inline constexpr int kIdlePromptsMax = 10;
inline constexpr int kFillerAfterMsMin = 200, kFillerEveryMsMin = 1'000, kFillerMsMax = 60'000;
inline constexpr std::size_t kAgentsPerOrganisation = 10'000;

// Of a conversation.
inline constexpr std::size_t kItems = 4'096;
inline constexpr std::size_t kItemTextBytes = 256 << 10;
inline constexpr std::size_t kItemIdChars = 64;
inline constexpr double kRecordedAudioSeconds = 2 * 3600.0;

}  // namespace aimpact::agents::limits
