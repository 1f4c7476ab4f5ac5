// The command line. One function a subcommand; each gets the configuration and its own options, prints
// results to standard output and problems to standard error, and returns the process's exit code
// (base::exit_code).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "voice/custom_voice.hpp"

namespace aimpact::app {

// Parses, dispatches, never throws. --help prints to standard output and gives 0; a wrong command line gives
// 64 and says what is wrong.
int run(int argc, char** argv);

int serve(const base::Config& config);

struct TranscribeOptions {
    std::vector<std::string> files;
    bool json = false;
    bool accurate = false, words = false;
    std::string vocabulary;  // a file with a term a line
    bool diarise = false;    // say who speaks
    int speakers = 0;        // how many there are; 0: find out
};
int transcribe(const base::Config& config, const TranscribeOptions& options);

// One JSON object a line and file: how it is said.
int emotion(const base::Config& config, const std::vector<std::string>& files);

struct SpeakOptions {
    std::string text;  // "-": from standard input
    std::string file;  // in its place: a text of any length
    std::string voice, emotion;
    std::string voice_file;  // of match-voice, in place of a voice
    double intensity = 1.0, speed = 1.0, pitch = 0, volume = 0;
    std::string output;  // the extension names the format; "-": WAV to standard output
    std::string words;   // a file for the times of words
    bool json = false;   // timings on standard output
};
int speak(const base::Config& config, const SpeakOptions& options);

struct MatchVoiceOptions {
    std::string sample, output = "voice.json";
    bool instant = false;  // without the search of a minute or two
    bool json = false;
    int evaluations = 80;
    std::uint64_t seed = 1;
    std::string voice;  // whose language and accent it is to have; empty: American
};
int match_voice(const base::Config& config, const MatchVoiceOptions& options);
// A matched voice as match-voice wrote it.
base::Result<std::shared_ptr<const voice::CustomVoice>> read_voice_file(const std::string& path);

struct ConverseOptions {
    std::string agent;  // an id in the database, or a JSON file
    std::vector<std::string> audio;
    std::string output, timeline;  // reply.wav, t.json
    bool fast = false;             // not paced in real time
    std::string server, api_key;   // remote; empty: embedded
    bool json = false;
};
int converse(const base::Config& config, const ConverseOptions& options);

int models_list(const base::Config& config, bool json);
int models_verify(const base::Config& config, bool json);

struct UserOptions {
    std::string email, name, role, organisation;
    bool json = false;
};
int user_create(const base::Config& config, const UserOptions& options);
int user_list(const base::Config& config, const UserOptions& options);
int user_reset_password(const base::Config& config, const UserOptions& options);

int migrate(const base::Config& config, bool json);
// Every route with the permission it demands.
int routes_list(const base::Config& config, bool json);
int config_show(const base::Config& config, bool json);

// "aimpact: message" (and the log detail, if any) on standard error; returns the exit code.
int report(const base::Error& error);

}  // namespace aimpact::app
