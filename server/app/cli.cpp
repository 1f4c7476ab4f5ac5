#include "app/cli.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>

#include "app/version.hpp"
#include "base/log.hpp"
#include "base/process_memory.hpp"
#include "base/wire.hpp"
#include "inference/kernel_cache.hpp"
#include "inference/sherpa_recognizer.hpp"
#include "inference/sherpa_voice.hpp"
#include "voice/speakers/diariser.hpp"

namespace aimpact::app {

namespace {

struct Global {
    std::string config_file;
    std::vector<std::string> settings;  // key=value
    std::map<std::string, std::string> overrides;
};

base::Result<base::Config> load_config(const Global& global) {
    base::Config::Sources sources{.file = global.config_file, .overrides = global.overrides};
    for (const std::string& pair : global.settings) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos)
            return base::invalid_argument(fmt::format("--set takes key=value, not '{}'.", pair));
        sources.overrides[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    return base::Config::load(sources);
}

void configure_log(const base::Config& config, bool quiet) {
    const std::string& level = config.text("log.level");
    const std::string& format = config.text("log.format");
    const bool text = format == "text" || (format == "auto" && isatty(STDERR_FILENO));
    base::LogLevel chosen = level == "debug"  ? base::LogLevel::debug
                            : level == "info" ? base::LogLevel::info
                            : level == "warn" ? base::LogLevel::warn
                            : level == "off"  ? base::LogLevel::off
                                              : base::LogLevel::error;
    // Commands other than serve talk on the terminal themselves; logs are for trouble, unless asked for.
    if (quiet && config.source("log.level") == "default") chosen = base::LogLevel::error;
    base::configure_log(chosen, text ? base::LogFormat::text : base::LogFormat::json);
}

}  // namespace

int report(const base::Error& error) {
    std::fprintf(stderr, "aimpact: %s\n", error.message.c_str());
    if (!error.detail.empty()) std::fprintf(stderr, "  (%s)\n", error.detail.c_str());
    return base::exit_code(error.code);
}

int run(int argc, char** argv) {
    // Both before there is a thread.
    base::keep_heaps_small();
    inference::limit_kernel_cache();
    CLI::App cli{"AImpact: voice agents on your own machine.", "aimpact"};
    cli.require_subcommand(1);
    cli.set_help_all_flag("--help-all", "Help of every subcommand");
    cli.footer("Settings: `aimpact config show`, docs/CONFIGURATION.md. Exit codes follow sysexits.h.");
    Global global;
    cli.add_option("--config", global.config_file,
                   "Configuration file (default: aimpact.toml if it is there)");
    // One value each: the next word is the command.
    cli.add_option("--set", global.settings, "Override a setting: key=value (repeatable)")
        ->allow_extra_args(false);

    // The chosen subcommand sets `command`; it runs after the configuration is loaded.
    std::function<int(const base::Config&)> command;
    bool quiet = true;
    bool json = false;

    auto* serve_cmd = cli.add_subcommand("serve", "Serve the API and the dashboard");
    std::string host;
    int port = -1;
    serve_cmd->add_option("--host", host, "Address to listen on");
    serve_cmd->add_option("--port", port, "Port; 0 takes a free one and prints it")
        ->check(CLI::Range(0, 65535));
    serve_cmd->callback([&] {
        if (!host.empty()) global.overrides["server.host"] = host;
        if (port >= 0) global.overrides["server.port"] = std::to_string(port);
        quiet = false;
        command = serve;
    });

    std::vector<std::string> emotion_files;
    auto* emotion_cmd = cli.add_subcommand("emotion", "How audio files are said: emotions, as JSON");
    emotion_cmd->add_option("FILE", emotion_files, "WAV, FLAC, Ogg, Opus or MP3")->required();
    emotion_cmd->callback(
        [&] { command = [&](const base::Config& c) { return emotion(c, emotion_files); }; });

    TranscribeOptions transcribe_options;
    auto* transcribe_cmd = cli.add_subcommand("transcribe", "Write down what is said in audio files");
    transcribe_cmd->add_option("FILE", transcribe_options.files, "WAV, FLAC, Ogg, Opus or MP3")->required();
    transcribe_cmd->add_flag("--json", transcribe_options.json, "One JSON object a line and file");
    transcribe_cmd->add_flag("--accurate", transcribe_options.accurate,
                             "Fewer errors at about twice the cost");
    transcribe_cmd->add_flag("--words", transcribe_options.words,
                             "Times and confidence of each word, in the JSON");
    transcribe_cmd->add_option("--vocabulary", transcribe_options.vocabulary,
                               "File of names and terms to prefer where they sound alike: one a line, "
                               "optionally \"term = sounds like, or like\"");
    transcribe_cmd->add_flag("--diarize", transcribe_options.diarise, "Say who speaks: A, B, ...");
    transcribe_cmd
        ->add_option("--speakers", transcribe_options.speakers, "How many speakers there are, if known")
        ->check(CLI::Range(1, voice::kSpeakersMax))
        ->needs("--diarize");
    transcribe_cmd->callback(
        [&] { command = [&](const base::Config& c) { return transcribe(c, transcribe_options); }; });

    SpeakOptions speak_options;
    auto* speak_cmd = cli.add_subcommand("speak", "Say a text");
    auto* said = speak_cmd->add_option("TEXT", speak_options.text, "What to say; - reads standard input");
    speak_cmd->add_option("--file", speak_options.file, "A text of any length to say instead")
        ->excludes(said);
    speak_cmd->add_option("--voice", speak_options.voice, "Voice (default af_heart)");
    speak_cmd->add_option("--voice-file", speak_options.voice_file, "A voice that match-voice wrote")
        ->excludes("--voice");
    speak_cmd->add_option("--emotion", speak_options.emotion, "neutral, happy, sad, angry, calm, ...");
    speak_cmd->add_option("--intensity", speak_options.intensity, "How strongly, 0 to 1")
        ->check(CLI::Range(0.0, 1.0));
    speak_cmd->add_option("--speed", speak_options.speed, "0.25 to 4")->check(CLI::Range(0.25, 4.0));
    speak_cmd->add_option("--pitch", speak_options.pitch, "Semitones, -12 to 12");
    speak_cmd->add_option("--volume", speak_options.volume,
                          "Decibels on top of the usual loudness, -40 to 12");
    speak_cmd->add_option("--words", speak_options.words, "Write when each word is said to this JSON file");
    speak_cmd->add_option("-o,--output", speak_options.output,
                          "File: .wav .mp3 .opus .flac .pcm (default speech.wav)");
    speak_cmd->add_flag("--json", speak_options.json, "Print timings as JSON");
    speak_cmd->callback([&] { command = [&](const base::Config& c) { return speak(c, speak_options); }; });

    MatchVoiceOptions match_options;
    auto* match_cmd = cli.add_subcommand("match-voice", "Match a voice to a recording of one person");
    match_cmd->add_option("SAMPLE", match_options.sample, "3 s to 2 min of speech; 10 to 30 s are best")
        ->required();
    match_cmd->add_option("-o,--output", match_options.output, "The voice's file (default voice.json)");
    match_cmd->add_flag("--instant", match_options.instant, "In seconds, less alike: without the search");
    match_cmd->add_option("--evaluations", match_options.evaluations, "Sentences to search with (default 80)")
        ->check(CLI::Range(10, 400));
    match_cmd->add_option("--seed", match_options.seed, "Another search for another seed (default 1)");
    match_cmd->add_option("--pronounced-as", match_options.voice,
                          "Stock voice whose language and accent to have (default af_heart)");
    match_cmd->add_flag("--json", match_options.json, "Print the result as JSON");
    match_cmd->callback(
        [&] { command = [&](const base::Config& c) { return match_voice(c, match_options); }; });

    ConverseOptions converse_options;
    auto* converse_cmd = cli.add_subcommand("converse", "Play audio files to an agent as its caller");
    converse_cmd->add_option("--agent", converse_options.agent, "Agent id, or a JSON file")->required();
    converse_cmd->add_option("--audio", converse_options.audio, "What the caller says, one file a turn")
        ->required();
    converse_cmd->add_option("-o,--output", converse_options.output, "Write the replies here (WAV)");
    converse_cmd->add_option("--timeline", converse_options.timeline,
                             "Write each turn's timeline here (JSON)");
    converse_cmd->add_flag("--fast", converse_options.fast, "As fast as possible instead of in real time");
    converse_cmd->add_option("--server", converse_options.server,
                             "A running server's URL (default: embedded)");
    converse_cmd->add_option("--api-key", converse_options.api_key,
                             "Its API key (default: $AIMPACT_API_KEY)");
    converse_cmd->add_flag("--json", converse_options.json, "Print the result as JSON");
    converse_cmd->callback(
        [&] { command = [&](const base::Config& c) { return converse(c, converse_options); }; });

    auto* models_cmd = cli.add_subcommand("models", "The models on this machine");
    models_cmd->require_subcommand(1);
    auto* models_list_cmd = models_cmd->add_subcommand("list", "What is there");
    models_list_cmd->add_flag("--json", json, "As JSON");
    models_list_cmd->callback([&] { command = [&](const base::Config& c) { return models_list(c, json); }; });
    auto* models_verify_cmd = models_cmd->add_subcommand("verify", "Check every file against its sha256");
    models_verify_cmd->add_flag("--json", json, "As JSON");
    models_verify_cmd->callback(
        [&] { command = [&](const base::Config& c) { return models_verify(c, json); }; });

    UserOptions user_options;
    auto* user_cmd = cli.add_subcommand("user", "People");
    user_cmd->require_subcommand(1);
    auto* user_create_cmd = user_cmd->add_subcommand("create", "Add a person; prints an initial password");
    user_create_cmd->add_option("EMAIL", user_options.email)->required();
    user_create_cmd->add_option("--name", user_options.name, "Full name");
    user_create_cmd->add_option("--role", user_options.role, "owner, admin, developer or viewer")
        ->default_val("viewer");
    user_create_cmd->add_option("--organisation", user_options.organisation,
                                "Its id; needed when there are several");
    user_create_cmd->add_flag("--json", user_options.json, "As JSON");
    user_create_cmd->callback(
        [&] { command = [&](const base::Config& c) { return user_create(c, user_options); }; });
    auto* user_list_cmd = user_cmd->add_subcommand("list", "Who is there");
    user_list_cmd->add_flag("--json", user_options.json, "As JSON");
    user_list_cmd->callback(
        [&] { command = [&](const base::Config& c) { return user_list(c, user_options); }; });
    auto* user_reset_cmd = user_cmd->add_subcommand("reset-password", "Set a new password; prints it");
    user_reset_cmd->add_option("EMAIL", user_options.email)->required();
    user_reset_cmd->add_flag("--json", user_options.json, "As JSON");
    user_reset_cmd->callback(
        [&] { command = [&](const base::Config& c) { return user_reset_password(c, user_options); }; });

    auto* migrate_cmd = cli.add_subcommand("migrate", "Bring the database up to date");
    migrate_cmd->add_flag("--json", json, "As JSON");
    migrate_cmd->callback([&] { command = [&](const base::Config& c) { return migrate(c, json); }; });

    auto* routes_cmd = cli.add_subcommand("routes", "Every HTTP route and the permission it demands");
    routes_cmd->add_flag("--json", json, "As JSON");
    routes_cmd->callback([&] { command = [&](const base::Config& c) { return routes_list(c, json); }; });

    auto* config_cmd = cli.add_subcommand("config", "Settings");
    config_cmd->require_subcommand(1);
    auto* config_show_cmd =
        config_cmd->add_subcommand("show", "Every setting, its value and where it comes from");
    config_show_cmd->add_flag("--json", json, "As JSON");
    config_show_cmd->callback([&] { command = [&](const base::Config& c) { return config_show(c, json); }; });
    config_cmd->add_subcommand("check", "Only check; says what is wrong")->callback([&] {
        command = [](const base::Config& c) {
            fmt::print("The configuration is good{}.\n", c.file().empty() ? "" : " (" + c.file() + ")");
            return 0;
        };
    });
    config_cmd->add_subcommand("docs", "The reference page, as Markdown")->callback([&] {
        command = [](const base::Config&) {
            fmt::print("{}", base::settings_markdown());
            return 0;
        };
    });

    auto* version_cmd = cli.add_subcommand("version", "What this is");
    version_cmd->add_flag("--json", json, "As JSON");
    version_cmd->callback([&] {
        command = [&](const base::Config&) {
            if (json)
                fmt::print("{}\n", base::to_text(version_json()));
            else
                fmt::print("{}\n", version_text());
            return 0;
        };
    });

    // Hidden: loads one recogniser and exits, so that a bad model ends a child and not the server.
    std::string probe_dir;
    auto* probe_cmd = cli.add_subcommand("probe-recognizer", "")->group("");
    probe_cmd->add_option("DIR", probe_dir)->required();
    probe_cmd->callback([&] {
        command = [&](const base::Config&) {
            const base::Result<> loaded = inference::probe_recognizer(probe_dir);
            return loaded.has_error() ? report(loaded.error()) : 0;
        };
    });

    auto* probe_voice_cmd = cli.add_subcommand("probe-voice-model", "")->group("");
    probe_voice_cmd->add_option("DIR", probe_dir)->required();
    probe_voice_cmd->callback([&] {
        command = [&](const base::Config&) {
            const base::Result<> loaded = inference::probe_voice_model(probe_dir);
            return loaded.has_error() ? report(loaded.error()) : 0;
        };
    });

    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        // "A subcommand is required" would leave out which word was not understood.
        const std::vector<std::string> unknown = cli.remaining(true);
        if (e.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) && !unknown.empty())
            return report(base::invalid_argument(
                fmt::format("There is no command '{}'. `aimpact --help` lists them.", unknown.front())));
        const int code = cli.exit(e);
        return code == 0 ? 0 : 64;
    }
    const base::Result<base::Config> config = load_config(global);
    if (config.has_error()) return report(config.error());
    configure_log(*config, quiet);
    try {
        return command(*config);
    } catch (const std::exception& e) {
        return report(base::internal_error(e.what()));
    }
}

}  // namespace aimpact::app
