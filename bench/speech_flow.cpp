// bench_speech_flow: whether long speech is of one piece, measured on what is heard.
//
//   build/release/bench_speech_flow [--models var/models] [--cache var/cache/openvino] [--voices a,b,...]
//                                   [--only joints,loudness,words,prosody]
//
// joints    the sharpest corner near joints of windows and clauses, against the same number of places
// elsewhere loudness  integrated loudness (ITU-R BS.1770) by voice and by emotion, without the emotions' own
// gain words     the times told of words, against where sound begins and ends beside pauses prosody   how far
// the clauses of a text lie apart in pitch and pace, spoken clause by clause and as a whole
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/log.hpp"
#include "base/process_memory.hpp"
#include "inference/kernel_cache.hpp"
#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "voice/audio.hpp"
#include "voice/tts/emotion.hpp"
#include "voice/tts/kokoro.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/speech_measures.hpp"
#include "voice/tts/voice_catalog.hpp"

using namespace aimpact;

namespace {

constexpr int kRate = voice::kSynthesisRate;

const std::vector<std::string> kTexts = {
    "Thank you for waiting. I have looked at your account, and I can see that the last payment was received "
    "on "
    "Monday. The next one is due in two weeks, so there is nothing to do for now. If you would like to "
    "change the "
    "date, I can do that for you. Would you like me to send you a message before it is due?",
    "The old lighthouse stood at the edge of the bay. Every evening, a man climbed the stairs to light the "
    "lamp. He "
    "did it for forty years, and he never missed a night. When the storm came, the ships found their way "
    "home. "
    "People still talk about it today.",
    "There are three ways to get to the airport. The train is the fastest, and it leaves every half hour. "
    "The bus "
    "takes longer, but it is cheaper. A taxi is the easiest, if you have a lot of luggage. Which one suits "
    "you "
    "best?"};

struct Part {
    std::string text;
    std::size_t begin = 0, end = 0;  // samples
    double sound_end = 0;            // seconds, of its last word
};

struct Take {
    std::vector<float> samples;
    std::vector<std::size_t> joints;  // of chunks within clauses
    std::vector<Part> clauses;
    std::vector<voice::SpokenWord> words;  // times from the first sample of all
};

base::Result<Take> take(voice::Synthesizer& synthesizer, const std::string& text,
                        const voice::SpeechStyle& style, bool whole) {
    Take out;
    Part part;
    std::size_t clause_begin = 0;
    auto add = [&](voice::SpokenChunk chunk) {
        const double from = static_cast<double>(clause_begin) / kRate;
        for (voice::SpokenWord word : chunk.words) {
            word.start_seconds += from;
            word.end_seconds += from;
            part.sound_end = word.end_seconds;
            out.words.push_back(std::move(word));
        }
        part.text += chunk.text;
        out.samples.insert(out.samples.end(), chunk.samples.begin(), chunk.samples.end());
        if (!chunk.last_of_clause) {
            out.joints.push_back(out.samples.size());
            return;
        }
        part.begin = clause_begin;
        part.end = clause_begin = out.samples.size();
        out.clauses.push_back(std::exchange(part, {}));
    };
    if (whole) {
        AIMPACT_CHECK(
            base::run_sync(synthesizer.stream(text, style, inference::Priority::caller_waiting, add)));
        return out;
    }
    auto sink = [&](voice::SpokenChunk chunk) -> base::Task<base::Result<>> {
        add(std::move(chunk));
        co_return base::Result<>{};
    };
    AIMPACT_CHECK(base::run_sync(synthesizer.speak(text, style, inference::Priority::caller_waiting, sink)));
    return out;
}

double mean(const std::vector<double>& v) {
    double sum = 0;
    for (double x : v) sum += x;
    return v.empty() ? 0 : sum / static_cast<double>(v.size());
}
double deviation(const std::vector<double>& v) {
    const double m = mean(v);
    double sum = 0;
    for (double x : v) sum += (x - m) * (x - m);
    return v.size() < 2 ? 0 : std::sqrt(sum / static_cast<double>(v.size() - 1));
}
double quantile(std::vector<double> v, double q) {
    if (v.empty()) return 0;
    std::sort(v.begin(), v.end());
    return v[static_cast<std::size_t>(q * static_cast<double>(v.size() - 1) + 0.5)];
}

// The sharpest corner within 12 ms of a place.
double sharpest(const std::vector<float>& samples, std::size_t place) {
    const std::size_t reach = kRate * 12 / 1000;
    double most = 0;
    for (std::size_t i = place - std::min(place, reach); i < std::min(samples.size(), place + reach); ++i)
        most = std::max(most, voice::corner(samples, kRate, i));
    return most;
}

void joints(const std::string& name, const std::vector<Take>& takes) {
    std::mt19937 random(1);
    std::vector<double> at, elsewhere, between;
    for (const Take& t : takes) {
        for (const std::size_t joint : t.joints) {
            at.push_back(sharpest(t.samples, joint));
            for (int i = 0; i < 3; ++i) {
                std::size_t place = 0;
                do place = random() % t.samples.size();
                while (std::any_of(t.joints.begin(), t.joints.end(), [place](std::size_t j) {
                    return std::max(j, place) - std::min(j, place) < kRate / 40;
                }));
                elsewhere.push_back(sharpest(t.samples, place));
            }
        }
        for (const Part& clause : t.clauses)
            if (clause.end < t.samples.size()) between.push_back(sharpest(t.samples, clause.end));
    }
    fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {} | {:.1f} |\n", name, at.size(),
               quantile(at, 0.5), quantile(at, 1), quantile(elsewhere, 0.5), quantile(elsewhere, 1),
               between.size(), quantile(between, 1));
}

// Beside pauses of 80 ms and more: where sound begins and ends, against the nearest word's times.
void words(const std::string& name, const std::vector<Take>& takes) {
    std::vector<double> begins, ends;
    const auto nearest = [](double at, const std::vector<double>& times) {
        double best = 1;
        for (const double t : times)
            if (std::abs(t - at) < std::abs(best)) best = t - at;
        return best;
    };
    for (const Take& t : takes) {
        std::vector<double> starts, stops;
        for (const auto& w : t.words) {
            starts.push_back(w.start_seconds);
            stops.push_back(w.end_seconds);
        }
        for (const auto& silence : voice::silences(t.samples, kRate, -52, 0.08)) {
            const double b = nearest(silence.end, starts), e = nearest(silence.begin, stops);
            // A pause within a word (before a stop consonant) is near the beginning of none.
            if (std::abs(b) > 0.15 || std::abs(e) > 0.15) continue;
            begins.push_back(1000 * b);
            ends.push_back(1000 * e);
        }
    }
    const auto sizes = [](std::vector<double> v) {
        for (double& x : v) x = std::abs(x);
        return v;
    };
    fmt::print("| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} |\n", name, begins.size(),
               mean(begins), quantile(sizes(begins), 0.5), quantile(sizes(begins), 0.95), mean(ends),
               quantile(sizes(ends), 0.5), quantile(sizes(ends), 0.95));
}

// Of the stretch of a take in which these words are said.
struct Said {
    double pitch = 0;  // semitones over 100 Hz
    double pace = 0;   // characters a second
    double range = 0;  // semitones, 10th to 90th percentile
};
Said said(const Take& t, std::size_t first, std::size_t count) {
    const double from = t.words[first].start_seconds, to = t.words[first + count - 1].end_seconds;
    const auto at = [](double s) { return static_cast<std::size_t>(std::max(0.0, s) * kRate); };
    const std::size_t begin = std::min(at(from), t.samples.size()), end = std::min(at(to), t.samples.size());
    const auto track = voice::pitch_track(std::span(t.samples).subspan(begin, end - begin), kRate);
    std::vector<double> semitones;
    for (const float hz : track)
        if (hz > 0) semitones.push_back(12 * std::log2(static_cast<double>(hz) / 100));
    double characters = 0, seconds = 0;
    for (std::size_t i = first; i < first + count; ++i) {
        characters += static_cast<double>(t.words[i].text.size());
        seconds += t.words[i].end_seconds - t.words[i].start_seconds;
    }
    return {quantile(semitones, 0.5), characters / std::max(0.01, seconds),
            quantile(semitones, 0.9) - quantile(semitones, 0.1)};
}

void prosody(const std::string& name, voice::Synthesizer& synthesizer, const std::vector<Take>& takes) {
    std::vector<double> pitch[2], pace[2], range[2], apart, slower, steps[2];
    for (std::size_t i = 0; i < takes.size(); ++i) {
        const auto whole = take(synthesizer, kTexts[i], {.voice = name}, true);
        if (whole.has_error() || whole->words.size() != takes[i].words.size()) {
            fmt::print(stderr, "{}: the words of text {} differ\n", name, i);
            continue;
        }
        std::size_t first = 0;
        std::vector<double> pitches[2], paces[2];
        for (const Part& clause : takes[i].clauses) {
            const auto in_clause = [&](const voice::SpokenWord& w) {
                return w.start_seconds >= static_cast<double>(clause.begin) / kRate &&
                       w.start_seconds < static_cast<double>(clause.end) / kRate;
            };
            const auto count = static_cast<std::size_t>(
                std::count_if(takes[i].words.begin(), takes[i].words.end(), in_clause));
            if (count == 0) continue;
            const Said one = said(takes[i], first, count), other = said(*whole, first, count);
            first += count;
            for (const auto& [k, s] : {std::pair(0, one), std::pair(1, other)}) {
                pitches[k].push_back(s.pitch);
                paces[k].push_back(std::log(s.pace) * 100);
                range[k].push_back(s.range);
            }
            apart.push_back(one.pitch - other.pitch);
            slower.push_back(100 * (one.pace / other.pace - 1));
        }
        for (int k : {0, 1}) {
            pitch[k].push_back(deviation(pitches[k]));
            pace[k].push_back(deviation(paces[k]));
            for (std::size_t c = 1; c < pitches[k].size(); ++c)
                steps[k].push_back(std::abs(pitches[k][c] - pitches[k][c - 1]));
        }
    }
    fmt::print(
        "| {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:+.2f} | {:+.1f} "
        "|\n",
        name, mean(pitch[0]), mean(pitch[1]), mean(steps[0]), mean(steps[1]), mean(pace[0]), mean(pace[1]),
        mean(range[0]), mean(range[1]), mean(apart), mean(slower));
}

}  // namespace

int main(int argc, char** argv) {
    base::keep_heaps_small();
    inference::limit_kernel_cache();
    std::filesystem::path models = "var/models", cache = "var/cache/openvino";
    std::vector<std::string> voices = {"af_heart",  "af_bella", "am_michael",
                                       "am_fenrir", "bf_emma",  "bm_george"};
    std::vector<std::string> only = {"joints", "loudness", "words", "prosody"};
    CLI::App app("Whether long speech is of one piece: joints, loudness, times of words, prosody.");
    bench::add_models(app, models);
    bench::add_cache(app, cache);
    app.add_option("--voices", voices, "Voices, with commas between")->delimiter(',')->capture_default_str();
    app.add_option("--only", only, "Which of joints, loudness, words, prosody")->delimiter(',');
    CLI11_PARSE(app, argc, argv);
    base::configure_log(base::LogLevel::warn, base::LogFormat::text);
    base::Metrics metrics;
    inference::OpenVinoRuntime runtime(cache);
    inference::Scheduler scheduler({.threads = 1}, metrics);
    auto made =
        voice::make_kokoro({.models_dir = models, .cache_dir = cache, .threads = 1, .cache_bytes_max = 0},
                           runtime, scheduler, metrics);
    if (made.has_error()) {
        fmt::print(stderr, "{} ({})\n", made.error().message, made.error().detail);
        return 1;
    }
    const auto wanted = [&](std::string_view what) {
        return std::find(only.begin(), only.end(), what) != only.end();
    };
    std::map<std::string, std::vector<Take>> takes;
    for (const auto& name : voices) {
        for (const auto& text : kTexts) {
            auto spoken = take(**made, text, {.voice = name}, false);
            if (spoken.has_error()) {
                fmt::print(stderr, "{} ({})\n", spoken.error().message, spoken.error().detail);
                return 1;
            }
            takes[name].push_back(*std::move(spoken));
        }
    }
    if (wanted("joints")) {
        fmt::print(
            "\n| voice | window joints | sharpest corner p50 | max | elsewhere p50 | max | clause joints | "
            "max "
            "|\n|---|---|---|---|---|---|---|---|\n");
        for (const auto& name : voices) joints(name, takes[name]);
    }
    if (wanted("words")) {
        fmt::print(
            "\n| voice | pauses | word begins: mean ms | size p50 | p95 | word ends: mean ms | size p50 | "
            "p95 "
            "|\n|---|---|---|---|---|---|---|---|\n");
        for (const auto& name : voices) words(name, takes[name]);
    }
    if (wanted("loudness")) {
        fmt::print("\n| voice | text | LUFS | clauses, least | most |\n|---|---|---|---|---|\n");
        for (const auto& name : voices) {
            for (std::size_t i = 0; i < takes[name].size(); ++i) {
                const Take& t = takes[name][i];
                std::vector<double> each;
                for (const Part& c : t.clauses)
                    each.push_back(
                        voice::loudness_lufs(std::span(t.samples).subspan(c.begin, c.end - c.begin), kRate));
                fmt::print("| {} | {} | {:.2f} | {:.2f} | {:.2f} |\n", name, i + 1,
                           voice::loudness_lufs(t.samples, kRate), quantile(each, 0), quantile(each, 1));
            }
        }
        fmt::print("\n| voice | emotion | LUFS less its own gain |\n|---|---|---|\n");
        for (const auto& name : voices) {
            for (const auto& emotion : voice::emotion_names()) {
                const auto t = take(**made, kTexts[1], {.voice = name, .emotion = emotion}, false);
                if (t.has_error()) return 1;
                fmt::print("| {} | {} | {:.2f} |\n", name, emotion,
                           voice::loudness_lufs(t->samples, kRate) -
                               voice::emotion_edit(emotion, 1, voice::is_man(name)).gain_db);
            }
        }
    }
    if (wanted("prosody")) {
        fmt::print(
            "\nPitch: semitones; pace: percent; by clause / the same words of the text spoken as a whole.\n\n"
            "| voice | pitch spread | whole | pitch step | whole | pace spread | whole | range | whole | "
            "pitch "
            "by clause against whole | pace |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
        for (const auto& name : voices) prosody(name, **made, takes[name]);
    }
    return 0;
}
