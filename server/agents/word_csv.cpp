#include <algorithm>
#include <array>

#include "agents/word_wire.hpp"
#include "net/text.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::agents {

namespace {

constexpr std::array<std::string_view, 4> kColumns{"word", "pronunciation", "sounds_like", "recognise"};
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Error bad_line(std::size_t line, std::string why) {
    return base::invalid_argument("Line " + std::to_string(line) + ": " + std::move(why),
                                  "line " + std::to_string(line));
}

// Records of RFC 4180, one at a time.
class CsvReader {
  public:
    CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {}

    bool at_end() const { return at_ >= text_.size(); }
    std::size_t line() const { return record_line_; }  // where the record begins that was read last

    // Not at the end.
    Result<std::vector<std::string>> record() {
        record_line_ = line_;
        std::vector<std::string> fields;
        for (;;) {
            AIMPACT_TRY(std::string one, field());
            fields.push_back(std::move(one));
            if (at_end()) return fields;
            const char c = text_[at_++];
            if (c == separator_) continue;
            if (c == '\r' && !at_end() && text_[at_] == '\n') ++at_;
            ++line_;
            return fields;
        }
    }

  private:
    // Ends before a separator or a line's end.
    Result<std::string> field() {
        if (at_end() || text_[at_] != '"') {
            const std::size_t begin = at_;
            while (!at_end() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
            return std::string(text_.substr(begin, at_ - begin));
        }
        ++at_;
        std::string out;
        for (; !at_end(); ++at_) {
            const char c = text_[at_];
            if (c == '\n') ++line_;
            if (c != '"') {
                out += c;
                continue;
            }
            if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                out += c;
                ++at_;
                continue;
            }
            ++at_;
            if (!at_end() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r')
                return bad_line(record_line_,
                                "there is text behind a closing quote. Write \"\" for a quote inside "
                                "a quoted field.");
            return out;
        }
        return bad_line(record_line_, "a quote is opened and not closed.");
    }

    std::string_view text_;
    char separator_;
    std::size_t at_ = 0, line_ = 1, record_line_ = 1;
};

std::string trimmed(std::string_view text) {
    return std::string(net::trim(text));
}

std::vector<std::string> spellings(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty())
        if (std::string one = trimmed(net::take_until(text, '|')); !one.empty())
            out.push_back(std::move(one));
    return out;
}

Result<bool> yes_or_no(std::string_view text, std::size_t line) {
    const std::string lower = voice::to_lower(text);
    if (lower == "true" || lower == "yes" || lower == "1") return true;
    if (lower == "false" || lower == "no" || lower == "0") return false;
    return bad_line(line, "recognise is true or false.");
}

// Which column each field of a record is: an index into kColumns.
Result<std::vector<std::size_t>> read_header(const std::vector<std::string>& names) {
    std::vector<std::size_t> out;
    for (const std::string& name : names) {
        const auto known = std::find(kColumns.begin(), kColumns.end(), voice::to_lower(trimmed(name)));
        if (known == kColumns.end())
            return bad_line(1, "the header has a column \"" + name.substr(0, 40) +
                                   "\". The columns are word, pronunciation, sounds_like and recognise.");
        const auto column = static_cast<std::size_t>(known - kColumns.begin());
        if (std::find(out.begin(), out.end(), column) != out.end())
            return bad_line(1, "the header names the column \"" + std::string(*known) + "\" twice.");
        out.push_back(column);
    }
    if (std::find(out.begin(), out.end(), 0U) == out.end())
        return bad_line(1, "the header must name the column \"word\".");
    return out;
}

char separator_of(std::string_view text) {
    const std::string_view header = text.substr(0, text.find_first_of("\r\n"));
    char best = ',';
    for (const char c : {';', '\t'})
        if (std::count(header.begin(), header.end(), c) > std::count(header.begin(), header.end(), best))
            best = c;
    return best;
}

std::string in_quotes(std::string_view text) {
    if (text.find_first_of(",\"\r\n;\t") == std::string_view::npos && net::trim(text) == text)
        return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += c;
        out += c;
    }
    return out + '"';
}

}  // namespace

Result<WordList> words_from_csv(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (!net::is_utf8(text))
        return base::invalid_argument("The list must be UTF-8. Save it as \"CSV UTF-8\".");
    if (text.empty()) return bad_line(1, "the list is empty. Its first line names the columns.");
    CsvReader reader(text, separator_of(text));
    AIMPACT_TRY(const std::vector<std::string> names, reader.record());
    AIMPACT_TRY(const std::vector<std::size_t> columns, read_header(names));
    WordList out;
    while (!reader.at_end()) {
        AIMPACT_TRY(const std::vector<std::string> fields, reader.record());
        const bool blank = std::all_of(fields.begin(), fields.end(),
                                       [](const std::string& f) { return net::trim(f).empty(); });
        if (blank) continue;
        if (fields.size() > columns.size())
            return bad_line(reader.line(), "there are " + std::to_string(fields.size()) + " fields, but " +
                                               std::to_string(columns.size()) +
                                               " columns. Put a field with a separator in it into quotes.");
        WordInput input;
        input.word.emplace();  // also where its field is missing
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const std::string value = trimmed(fields[i]);
            switch (columns[i]) {
                case 0:
                    input.word = value;
                    break;
                case 1:
                    input.pronunciation = value;
                    break;
                case 2:
                    input.sounds_like = spellings(value);
                    break;
                default:
                    if (value.empty()) break;
                    AIMPACT_TRY(input.recognise, yes_or_no(value, reader.line()));
            }
        }
        out.entries.push_back(std::move(input));
        out.places.push_back("line " + std::to_string(reader.line()));
    }
    return out;
}

std::string words_csv(const std::vector<WordEntry>& entries) {
    std::string out = "word,pronunciation,sounds_like,recognise\r\n";
    for (const WordEntry& entry : entries) {
        std::string sounds;
        for (const std::string& sound : entry.sounds_like) sounds += (sounds.empty() ? "" : "|") + sound;
        out += in_quotes(entry.word) + "," + in_quotes(entry.pronunciation) + "," + in_quotes(sounds) + "," +
               (entry.recognise ? "true" : "false") + "\r\n";
    }
    return out;
}

}  // namespace aimpact::agents
