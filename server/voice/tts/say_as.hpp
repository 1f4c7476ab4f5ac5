// SSML's <say-as>: text of a declared kind -> how it is said.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::voice {

struct SayAs {
    std::string_view kind;         // interpret-as
    std::string_view format = {};  // of a date (mdy, dmy, ymd, md, dm, ym, my, y) or a time (hms12, hms24)
    bool british = false;
};

struct SaidText {
    SaidAs::How how = SaidAs::How::words;
    std::string said;       // empty with How::letters: the text itself
    bool left_out = false;  // an expletive: a short silence stands for it
};

// characters (spell-out, verbatim), cardinal (number), ordinal, digits, telephone, fraction, date, time,
// currency, unit, address, name, expletive. invalid_argument for other kinds, and for text that isn't of its
// kind.
base::Result<SaidText> say_as(std::string_view text, const SayAs& how);

}  // namespace aimpact::voice
