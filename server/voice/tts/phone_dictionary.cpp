// A record: u8 length of the word, the word, u8 number of variants (bit 7: silver, bit 6: spelled as a noun),
// and for each variant u8 WordClass, u8 length, token bytes.
#include "voice/tts/phone_dictionary.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <fstream>
#include <iterator>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace json = boost::json;

namespace {

std::uint64_t hash(std::string_view word) {  // FNV-1a
    std::uint64_t h = 0xcbf29ce484222325ull;
    for (char c : word) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    return h ^ (h >> 29);
}

constexpr std::uint8_t kSilver = 0x80, kSpelledAsNoun = 0x40, kCountMask = 0x3F;

std::optional<WordClass> class_of(std::string_view name) {
    if (name == "DEFAULT") return WordClass::other;
    if (name == "NOUN") return WordClass::noun;
    if (name == "VERB") return WordClass::verb;
    if (name == "ADJ") return WordClass::adjective;
    if (name == "ADV") return WordClass::adverb;
    if (name == "VBD") return WordClass::past;
    if (name == "VBN") return WordClass::participle;
    if (name == "VBP") return WordClass::present;
    if (name == "DT") return WordClass::determiner;
    if (name == "None") return WordClass::final;
    return std::nullopt;
}

}  // namespace

// Receives the parser's events; files come in one piece, so only escapes split strings.
class DictionaryBuilder {
  public:
    static constexpr std::size_t max_object_size = std::size_t(-1), max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1), max_string_size = std::size_t(-1);
    using Ec = boost::system::error_code;

    explicit DictionaryBuilder(PhoneDictionary& out) : out_(out) {
        out_.slots_.assign(1u << 19, 0);
        out_.records_.reserve(6u << 20);
    }
    void next_file(bool silver) { silver_ = silver; }

    bool on_document_begin(Ec&) { return true; }
    bool on_document_end(Ec&) { return true; }
    bool on_array_begin(Ec&) { return false; }
    bool on_array_end(std::size_t, Ec&) { return false; }
    bool on_object_begin(Ec&) {
        ++depth_;
        return true;
    }
    bool on_object_end(std::size_t, Ec&) {
        if (--depth_ == 1) finish_word();
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, Ec&) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, Ec&) {
        text_.append(part.data(), part.size());
        (depth_ == 1 ? word_ : class_) = text_;
        text_.clear();
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, Ec&) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool on_string(json::string_view part, std::size_t, Ec&) {
        text_.append(part.data(), part.size());
        add_variant(depth_ == 1 ? "DEFAULT" : std::string_view(class_), text_);
        text_.clear();
        if (depth_ == 1) finish_word();
        return true;
    }
    bool on_null(Ec&) {
        if (depth_ == 2 && class_ == "NOUN") flags_ |= kSpelledAsNoun;
        return true;
    }
    bool on_number_part(json::string_view, Ec&) { return true; }
    bool on_int64(std::int64_t, json::string_view, Ec&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, Ec&) { return true; }
    bool on_double(double, json::string_view, Ec&) { return true; }
    bool on_bool(bool, Ec&) { return true; }
    bool on_comment_part(json::string_view, Ec&) { return true; }
    bool on_comment(json::string_view, Ec&) { return true; }

  private:
    void add_variant(std::string_view name, std::string_view phones) {
        const auto cls = class_of(name);
        if (!cls) return;
        std::string tokens;
        for (std::size_t at = 0; at < phones.size();) {
            if (const auto token = phone_token(next_code_point(phones, at)))
                tokens += static_cast<char>(token);
        }
        if (tokens.size() > 255) return;
        variants_ += static_cast<char>(*cls);
        variants_ += static_cast<char>(tokens.size());
        variants_ += tokens;
        ++count_;
    }

    void finish_word() {
        if (count_ > 0 && word_.size() <= 255 && out_.words_ * 10 < out_.slots_.size() * 7) {
            const std::size_t mask = out_.slots_.size() - 1;
            std::size_t slot = hash(word_) & mask;
            bool known = false;
            for (; out_.slots_[slot] != 0; slot = (slot + 1) & mask) {
                const std::size_t at = out_.slots_[slot] - 1;
                const auto length = static_cast<unsigned char>(out_.records_[at]);
                if (std::string_view(out_.records_).substr(at + 1, length) == word_) {
                    known = true;  // gold came first
                    break;
                }
            }
            if (!known) {
                out_.slots_[slot] = static_cast<std::uint32_t>(out_.records_.size()) + 1;
                out_.records_ += static_cast<char>(word_.size());
                out_.records_ += word_;
                out_.records_ += static_cast<char>(count_ | flags_ | (silver_ ? kSilver : 0));
                out_.records_ += variants_;
                ++out_.words_;
            }
        }
        variants_.clear();
        count_ = 0;
        flags_ = 0;
    }

    PhoneDictionary& out_;
    std::string text_, word_, class_, variants_;
    int depth_ = 0, count_ = 0;
    std::uint8_t flags_ = 0;
    bool silver_ = false;
};

base::Result<PhoneDictionary> PhoneDictionary::load(const std::filesystem::path& gold,
                                                    const std::filesystem::path& silver) {
    PhoneDictionary dictionary;
    json::basic_parser<DictionaryBuilder> parser(json::parse_options{}, dictionary);
    for (const auto& path : {gold, silver}) {
        std::ifstream file(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        parser.reset();
        parser.handler().next_file(path == silver);
        boost::system::error_code ec;
        const std::size_t read = file ? parser.write_some(false, text.data(), text.size(), ec) : 0;
        if (!file || ec || read != text.size()) {
            return base::Error{base::ErrorCode::unavailable,
                               "The pronunciation dictionary " + path.string() +
                                   " is missing or damaged. Run scripts/fetch-models to repair it.",
                               ec ? ec.message() : ""};
        }
    }
    dictionary.records_.shrink_to_fit();
    return dictionary;
}

std::optional<PhoneDictionary::Entry> PhoneDictionary::find(std::string_view word) const {
    if (slots_.empty() || word.empty() || word.size() > 255) return std::nullopt;
    const std::string_view records(records_);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = hash(word) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
        std::size_t at = slots_[slot] - 1;
        const auto length = static_cast<unsigned char>(records[at]);
        if (records.substr(at + 1, length) != word) continue;
        at += 1 + length;
        const auto header = static_cast<std::uint8_t>(records[at++]);
        Entry entry;
        entry.gold = !(header & kSilver);
        entry.spelled_as_noun = header & kSpelledAsNoun;
        for (int i = header & kCountMask; i > 0; --i) {
            const auto cls = static_cast<std::uint8_t>(records[at]),
                       size = static_cast<std::uint8_t>(records[at + 1]);
            entry.variants[cls] = records.substr(at + 2, size);
            at += 2 + size;
        }
        return entry;
    }
    return std::nullopt;
}

Phones PhoneDictionary::phones(const Entry& entry, WordClass cls) {
    std::string_view tokens = entry.variants[static_cast<std::size_t>(cls)];
    // A verb's tense falls back to the plain verb.
    if (tokens.empty() &&
        (cls == WordClass::past || cls == WordClass::participle || cls == WordClass::present)) {
        tokens = entry.variants[static_cast<std::size_t>(WordClass::verb)];
    }
    if (tokens.empty()) tokens = entry.variants[0];
    Phones out;
    for (char t : tokens) out += token_phone(static_cast<std::uint8_t>(t));
    return out;
}

}  // namespace aimpact::voice
