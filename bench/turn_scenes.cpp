#include "turn_scenes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "spoken.hpp"
#include "voice/turn_policy.hpp"

namespace aimpact::bench {

void fail(const base::Error& error) {
    std::cerr << "bench_turn_taking: " << error.message << ' ' << error.detail << '\n';
    std::exit(base::exit_code(error.code));
}

namespace {

constexpr int kRate = voice::kRecognitionRate;
constexpr double kTailSeconds = 3.0;
constexpr double kCallerLevel = 0.06;  // active, about -24 dBFS

constexpr const char* kNoises[] = {"kitchen", "babble_8spk", "pink"};
constexpr std::size_t kBabble = 1;  // other people's talk: listed apart

Scene scene_of(std::string group, std::string name, Kind kind) {
    Scene scene;
    scene.group = std::move(group);
    scene.name = std::move(name);
    scene.kind = kind;
    return scene;
}

class Material {
  public:
    Material(const TurnSettings& settings, voice::Synthesizer& synthesizer, voice::Recognizer& recognizer)
        : settings_(settings), synthesizer_(synthesizer), recognizer_(recognizer) {
        for (const char* name : kNoises)
            noises_.push_back(read(settings.audio / "noise" / (std::string(name) + ".flac")));
    }
    bool test() const { return settings_.set == "test"; }

    static Samples read(const std::filesystem::path& file) {
        auto clip = voice::read_audio_file(file.string(), {}, kRate);
        if (!clip) fail(clip.error());
        return std::move(clip->samples);
    }
    // LibriSpeech test-other of this half's speakers.
    std::vector<std::filesystem::path> sentences() const {
        const std::vector<std::string> speakers = test() ? std::vector<std::string>{"2414", "2609", "3005"}
                                                         : std::vector<std::string>{"1688", "1998", "2033"};
        std::vector<std::filesystem::path> out;
        for (const auto& speaker : speakers)
            for (const auto& entry :
                 std::filesystem::directory_iterator(settings_.audio / "librispeech-test-other" / speaker))
                if (entry.path().extension() == ".flac") out.push_back(entry.path());
        std::sort(out.begin(), out.end());
        return out;
    }
    // One recording each of half of the hundred speakers.
    std::vector<std::filesystem::path> speakers() const {
        std::vector<std::filesystem::path> all, out;
        for (const auto& entry :
             std::filesystem::directory_iterator(settings_.audio / "librispeech-speakers"))
            if (entry.path().extension() == ".flac") all.push_back(entry.path());
        std::sort(all.begin(), all.end());
        for (std::size_t i = 0; i < all.size(); ++i)
            if ((i % 2 == 1) == test()) out.push_back(all[i]);
        return out;
    }
    std::vector<std::string> voices() const {
        return test() ? std::vector<std::string>{"af_sarah", "am_michael", "bf_emma", "bm_george"}
                      : std::vector<std::string>{"af_bella", "am_adam", "bf_alice", "bm_daniel"};
    }
    Samples say(const std::string& text, const std::string& voice) {
        const auto spoken = speak(synthesizer_, text, {.voice = voice});
        if (spoken.outcome.has_error()) fail(spoken.outcome.error());
        return spoken.samples;
    }
    // Cut to where it sounds, at the caller's level.
    Samples say_as_caller(const std::string& text, const std::string& voice) {
        return trimmed(voice::resample(say(text, voice), voice::kSynthesisRate, kRate));
    }
    static Samples trimmed(const Samples& samples) {
        const auto begin = static_cast<std::ptrdiff_t>(speech_begin(samples));
        const auto end = static_cast<std::ptrdiff_t>(speech_end(samples));
        return scaled_to({samples.begin() + begin, samples.begin() + end}, kCallerLevel);
    }
    std::vector<voice::Word> words(const Samples& samples) {
        voice::RecognitionOptions options;
        options.words = true;
        auto transcript =
            base::run_sync(recognizer_.transcribe(samples, options, inference::Priority::batch));
        if (!transcript) fail(transcript.error());
        std::vector<voice::Word> out;
        for (const auto& segment : transcript->segments)
            out.insert(out.end(), segment.words.begin(), segment.words.end());
        return out;
    }
    // The caller's sound after `lead` seconds, with noise under all of it, maybe through a telephone.
    void mix(Scene& scene, const Samples& sound, double lead, Random& random) {
        scene.seed = random();
        scene.begin_ms = lead * 1000;
        scene.end_ms = scene.begin_ms + static_cast<double>(sound.size()) * 1000 / kRate;
        scene.caller.assign(static_cast<std::size_t>((lead + kTailSeconds) * kRate) + sound.size(), 0.0F);
        std::copy(sound.begin(), sound.end(),
                  scene.caller.begin() + static_cast<std::ptrdiff_t>(lead * kRate));
        // Babble in a quarter of them.
        const std::size_t which = random() % 4 == 0 ? kBabble : random() % 2 * 2;
        const Samples& noise = noises_[which];
        const double snr = uniform(random, 5, 20);
        double power = 0;
        for (const float s : noise) power += static_cast<double>(s) * s;
        const double gain =
            kCallerLevel * std::pow(10.0, -snr / 20) / std::sqrt(power / static_cast<double>(noise.size()));
        std::size_t at = random() % noise.size();
        for (float& s : scene.caller) {
            s += static_cast<float>(gain) * noise[at];
            at = (at + 1) % noise.size();
        }
        if (random() % 3 == 0) scene.caller = telephone(scene.caller);
        if (which == kBabble) scene.group += ", babble";
        scene.name += fmt::format(" at {:.0f} dB of {}", snr, kNoises[which]);
    }
    const Samples& our_speech(std::size_t which) {
        static const std::vector<std::string> texts = {
            "Thank you for waiting. I have looked at your account, and I can see that the last payment was "
            "received on "
            "Monday, so the next one is due in two weeks and there is nothing to do for now.",
            "We are open from nine to five on weekdays, and on Saturdays until noon. You can find us on Hill "
            "Street, right "
            "beside the old post office, and there is parking behind the house."};
        while (ours_.size() < texts.size())
            ours_.push_back(say(texts[ours_.size()], ours_.empty() ? "af_heart" : "am_fenrir"));
        return ours_[which % ours_.size()];
    }

  private:
    const TurnSettings& settings_;
    voice::Synthesizer& synthesizer_;
    voice::Recognizer& recognizer_;
    std::vector<Samples> noises_, ours_;
};

void add_pauses(Material& material, std::vector<Scene>& scenes, Random& random) {
    for (const auto& file : material.sentences()) {
        const Samples sound = Material::trimmed(without_pauses(Material::read(file)));
        const auto words = material.words(sound);
        std::vector<std::size_t> places;  // inside clauses
        for (std::size_t i = 2; i + 3 < words.size(); ++i)
            if (std::string_view(".,?!;:").find(words[i].text.back()) == std::string_view::npos)
                places.push_back(i);
        if (places.empty()) continue;
        for (int n = 0; n < 2; ++n) {
            const double at = words[places[random() % places.size()] + 1].start_seconds,
                         pause = uniform(random, 0.3, 1.5);
            // The quietest place near the word's beginning.
            std::size_t best = 0;
            double least = -1;
            for (double t = at - 0.08; t <= at + 0.05; t += 0.01) {
                const auto from = static_cast<std::size_t>(std::max(0.0, t) * kRate);
                double power = 0;
                for (std::size_t i = from; i < std::min(sound.size(), from + kRate / 50); ++i)
                    power += sound[i] * sound[i];
                if (least < 0 || power < least) least = power, best = from + kRate / 100;
            }
            if (best >= sound.size()) continue;  // a word's time may lie behind the end
            Samples halting(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(best));
            halting.resize(halting.size() + static_cast<std::size_t>(pause * kRate));
            halting.insert(halting.end(), sound.begin() + static_cast<std::ptrdiff_t>(best), sound.end());
            Scene scene = scene_of(
                "pauses", fmt::format("{} {:.1f}+{:.2f} s", file.stem().string(), at, pause), Kind::turn);
            material.mix(scene, halting, 0.5, random);
            scenes.push_back(std::move(scene));
        }
    }
}

void add_numbers(Material& material, std::vector<Scene>& scenes, Random& random) {
    static const std::vector<std::vector<std::string>> numbers = {
        {"It's five five five.", "One two three.", "Four five six seven."},
        {"Four one five.", "Two two nine.", "Eight zero zero six."},
        {"My number is seven nine one.", "Three three eight.", "Two five five four."},
        {"Six one seven.", "Five five.", "Zero.", "Nine one two four."}};
    for (const auto& voice : material.voices())
        for (const auto& groups : numbers) {
            Samples said;
            for (const auto& group : groups) {
                if (!said.empty())
                    said.resize(said.size() + static_cast<std::size_t>(uniform(random, 0.5, 1.3) * kRate));
                const Samples sound = material.say_as_caller(group, voice);
                said.insert(said.end(), sound.begin(), sound.end());
            }
            Scene scene = scene_of("numbers", voice + " " + groups[0], Kind::turn);
            scene.expected = voice::expected_after("May I have your phone number, please?");
            material.mix(scene, said, 0.5, random);
            scenes.push_back(std::move(scene));
        }
}

Scene over_ours(Material& material, const std::string& group, std::string name, Kind kind,
                const Samples& sound, Random& random) {
    Scene scene = scene_of(group, std::move(name), kind);
    material.mix(scene, sound, kOursAt + uniform(random, 1.2, 3.5), random);
    scene.ours = material.our_speech(random());
    return scene;
}

void add_interruptions(Material& material, std::vector<Scene>& scenes, Random& random, bool echo) {
    const std::string group = echo ? "double talk" : "interruptions";
    const auto add = [&](const std::string& name, Samples sound) {
        Scene scene = over_ours(material, group, name, Kind::must_stop, sound, random);
        if (echo) scene.echo_db = uniform(random, -20, -10), scene.echo_delay = uniform(random, 0.04, 0.45);
        scenes.push_back(std::move(scene));
    };
    std::size_t n = 0;
    for (const auto& file : material.speakers()) {
        if (echo && n++ % 2 == 0) continue;
        Samples sound = Material::trimmed(Material::read(file));
        sound.resize(
            std::min<std::size_t>(sound.size(), static_cast<std::size_t>(uniform(random, 1.5, 3) * kRate)));
        add(file.stem().string(), std::move(sound));
    }
    for (const auto& voice : material.voices())
        for (const char* text : {"Wait.", "No, stop.", "Sorry, I have a question.", "Hold on a second.",
                                 "Can I speak to a person?", "Actually, that's not what I meant."})
            if (!echo || random() % 2 == 0) add(voice + " " + text, material.say_as_caller(text, voice));
}

void add_backchannels(Material& material, std::vector<Scene>& scenes, Random& random) {
    for (const auto& voice : material.voices())
        for (const char* text : {"Uh-huh.", "Mm-hmm.", "Right.", "Yeah.", "Okay.", "I see.", "Sure.", "Yes.",
                                 "Oh, really?", "Got it.", "Yeah, right.", "Hmm."}) {
            Samples sound = material.say_as_caller(text, voice);
            const double softer = uniform(random, 0, 9);
            for (float& s : sound) s *= static_cast<float>(std::pow(10.0, -softer / 20));
            scenes.push_back(
                over_ours(material, "backchannels", voice + " " + text, Kind::must_not, sound, random));
        }
}

void add_noises(Material& material, std::vector<Scene>& scenes, Random& random) {
    const auto add = [&](const char* name, Samples sound) {
        const double louder = uniform(random, -6, 6);
        scenes.push_back(over_ours(material, "coughs and clicks", name, Kind::must_not,
                                   scaled_to(std::move(sound), kCallerLevel * std::pow(10.0, louder / 20)),
                                   random));
    };
    for (int i = 0; i < 24; ++i) add("cough", cough(random));
    for (int i = 0; i < 16; ++i) add("clicks", clicks(random));
    for (int i = 0; i < 8; ++i) add("thump", thump(random));
}

void add_echoes(Material& material, std::vector<Scene>& scenes, Random& random) {
    for (int i = 0; i < 40; ++i) {
        Scene scene = over_ours(material, "echo", "echo", Kind::must_not, Samples(kRate * 4), random);
        scene.begin_ms = 0;
        scene.echo_db = uniform(random, -20, -10), scene.echo_delay = uniform(random, 0.04, 0.45);
        scene.name += fmt::format(" {:.0f} dB {:.0f} ms", scene.echo_db, scene.echo_delay * 1000);
        scenes.push_back(std::move(scene));
    }
}

}  // namespace

std::vector<Scene> make_scenes(const TurnSettings& settings, voice::Synthesizer& synthesizer,
                               voice::Recognizer& recognizer) {
    Material material(settings, synthesizer, recognizer);
    std::vector<Scene> out;
    const auto add = [&](const char* name, auto&& make) {
        if (!settings.only.empty() &&
            std::find(settings.only.begin(), settings.only.end(), name) == settings.only.end())
            return;
        Random random(settings.seed + static_cast<unsigned>(std::hash<std::string_view>{}(name) % 1000));
        make(random);
    };
    add("pauses", [&](Random& r) { add_pauses(material, out, r); });
    add("numbers", [&](Random& r) { add_numbers(material, out, r); });
    add("interruptions", [&](Random& r) { add_interruptions(material, out, r, false); });
    add("backchannels", [&](Random& r) { add_backchannels(material, out, r); });
    add("noises", [&](Random& r) { add_noises(material, out, r); });
    add("echo", [&](Random& r) { add_echoes(material, out, r); });
    add("double", [&](Random& r) { add_interruptions(material, out, r, true); });
    return out;
}

}  // namespace aimpact::bench
