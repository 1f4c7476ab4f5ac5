#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "base/wire.hpp"
#include "spoken.hpp"
#include "voice/audio.hpp"
#include "voice/tts/pronouncer.hpp"
#include "voice/tts/spoken_form.hpp"

namespace json = boost::json;

namespace aimpact::bench {

namespace {

std::string utf8(const voice::Phones& phones) {
    std::string out;
    for (const char32_t phone : phones) {
        if (phone < 0x80) {
            out += static_cast<char>(phone);
        } else if (phone < 0x800) {
            out += static_cast<char>(0xC0 | (phone >> 6));
            out += static_cast<char>(0x80 | (phone & 0x3F));
        } else {
            out += static_cast<char>(0xE0 | (phone >> 12));
            out += static_cast<char>(0x80 | ((phone >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (phone & 0x3F));
        }
    }
    return out;
}

std::string text_of(const json::object& job, std::string_view name, std::string_view otherwise) {
    const json::value* value = job.if_contains(name);
    return std::string(value && value->is_string() ? std::string_view(value->get_string()) : otherwise);
}

double number_of(const json::object& job, std::string_view name, double otherwise) {
    const json::value* value = job.if_contains(name);
    return value && value->is_number() ? value->to_number<double>() : otherwise;
}

voice::ProsodyEdit edit_of(const json::object& numbers) {
    voice::ProsodyEdit e;
    const auto read = [&numbers](std::string_view name, double& value) {
        value = number_of(numbers, name, value);
    };
    read("rate", e.rate);
    read("vowels", e.vowels);
    read("pauses", e.pauses);
    read("pitch", e.pitch);
    read("range", e.range);
    read("slope", e.slope);
    read("ending", e.ending);
    read("tremor", e.tremor);
    read("roughness", e.roughness);
    read("effort", e.effort);
    read("low_db", e.low_db);
    read("high_db", e.high_db);
    read("gain_db", e.gain_db);
    return e;
}

class Lines {
  public:
    Lines(voice::Synthesizer& synthesizer, std::string models_dir, TriedEdit& tried)
        : synthesizer_(synthesizer), models_dir_(std::move(models_dir)), tried_(tried) {}

    json::object answer(const std::string& line) {
        boost::system::error_code wrong;
        const json::value job = json::parse(line, wrong);
        if (wrong || !job.is_object()) return {{"error", "a job is one JSON object on a line"}};
        const json::object& object = job.get_object();
        const std::string text = text_of(object, "text", "");
        voice::SpeechStyle style;
        style.voice = text_of(object, "voice", style.voice);
        style.emotion = text_of(object, "emotion", style.emotion);
        style.intensity = number_of(object, "intensity", style.intensity);
        const json::value* edit = object.if_contains("edit");
        tried_.reset();
        if (edit && edit->is_object()) tried_ = edit_of(edit->get_object());
        return object.contains("phones") ? pronounce(text, style)
                                         : say(text, style, text_of(object, "wav", ""));
    }

  private:
    json::object say(const std::string& text, const voice::SpeechStyle& style, const std::string& wav) {
        const Spoken spoken = speak(synthesizer_, text, style);
        if (spoken.outcome.has_error()) return {{"error", spoken.outcome.error().message}};
        if (!wav.empty()) {
            const auto written = voice::write_wav_file(wav, spoken.samples, voice::kSynthesisRate);
            if (written.has_error()) return {{"error", written.error().message}};
        }
        return {{"first_ms", spoken.first_ms},
                {"whole_ms", spoken.whole_ms},
                {"cpu_s", spoken.cpu},
                {"audio_s", static_cast<double>(spoken.samples.size()) / voice::kSynthesisRate}};
    }

    // The clauses that speak() makes of the text, as the synthesiser pronounces them.
    json::object pronounce(const std::string& text, const voice::SpeechStyle& style) {
        const bool british = style.voice.starts_with('b');
        auto& pronouncer = pronouncers_[british];
        if (!pronouncer) {
            auto loaded = voice::Pronouncer::load(std::filesystem::path(models_dir_) / "kokoro-82m/dict",
                                                  british ? voice::Accent::british : voice::Accent::american);
            if (loaded.has_error()) return {{"error", loaded.error().message}};
            pronouncer = *loaded;
        }
        voice::ClauseSplitter splitter;
        std::vector<std::string> clauses = splitter.push(text);
        for (auto& rest : splitter.finish()) clauses.push_back(std::move(rest));
        json::array out;
        for (const std::string& clause : clauses)
            out.push_back(json::object{
                {"text", clause}, {"phones", utf8(voice::spoken_form(*pronouncer, clause, style, british))}});
        return {{"clauses", std::move(out)}};
    }

    voice::Synthesizer& synthesizer_;
    std::string models_dir_;
    TriedEdit& tried_;
    std::map<bool, std::shared_ptr<const voice::Pronouncer>> pronouncers_;
};

}  // namespace

int speak_lines(voice::Synthesizer& synthesizer, const std::string& models_dir, TriedEdit& tried) {
    if (const auto warm = base::run_sync(synthesizer.warm_up()); warm.has_error()) {
        std::cerr << "bench_tts: " << warm.error().message << '\n';
        return 1;
    }
    Lines lines(synthesizer, models_dir, tried);
    std::cout << "{\"ready\":true}" << std::endl;
    for (std::string line; std::getline(std::cin, line);)
        std::cout << base::to_text(lines.answer(line)) << std::endl;
    return 0;
}

int speak_file(voice::Synthesizer& synthesizer, const std::string& file, const std::string& folder,
               const std::vector<std::string>& voices, const std::string& emotion) {
    std::filesystem::create_directories(folder);
    std::ifstream lines(file);
    if (!lines) {
        std::cerr << "bench_tts: the file '" << file << "' cannot be read\n";
        return 2;
    }
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        for (const std::string& voice : voices) {
            const Spoken spoken = speak(synthesizer, line, {.voice = voice, .emotion = emotion});
            auto done = spoken.outcome;
            if (!done.has_error()) {
                const std::string wav = folder + "/" + voice + "_" + std::to_string(number) + ".wav";
                done = voice::write_wav_file(wav, spoken.samples, voice::kSynthesisRate);
            }
            if (done.has_error()) {
                std::cerr << "bench_tts: " << done.error().message << '\n';
                return 1;
            }
        }
    }
    return 0;
}

}  // namespace aimpact::bench
