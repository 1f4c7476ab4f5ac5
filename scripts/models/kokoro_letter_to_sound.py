"""Letter-to-sound rules for words that no dictionary has, learned from the dictionaries.

1. Align letters with phones: every letter yields 0 to 3 phones; expectation-maximisation
   over Viterbi alignments (Damper et al. 2005, "Aligning text and phonemes").
2. For each letter, count what it yields in contexts of decreasing size (Daelemans & van den
   Bosch 1997, IGTree); at run time the widest known context decides. An entry that says
   what the next narrower context says anyway is dropped.
3. Stress: the vowels' pattern is looked up by which vowels are reduced and by the word's
   last letters, again the longest known ending first.

Everything is ordered, so that the same dictionaries give the same bytes.

File format, little endian (lts_us.bin):
    char[8]  "AIMPLTS1"
    u32      number of phone strings;      each: u8 length, UTF-8 bytes
    u32      number of context levels, widest first; each level:
      u8 left, u8 right, u32 entries
      entries sorted by key: (left + 1 + right) ASCII bytes of context, u16 phone string index
    u32      number of stress patterns;    each: u8 length, one byte '0' | '1' | '2' for each vowel
    u32      number of ending levels, longest first; each level:
      u8 suffix length k, u32 entries
      entries sorted by key: u8 vowel count, u16 big-endian mask (bit i: vowel i is reduced),
      k ASCII bytes, u16 pattern index
A word is lower-case a-z; '#' pads it on both sides for contexts, on the left for endings.
Stress '1' becomes U+02C8 and '2' U+02CC before the vowel.
"""
import collections
import json
import math
import struct
from pathlib import Path

MAGIC = b"AIMPLTS1"
CONTEXTS = [(4, 4), (3, 4), (3, 3), (2, 3), (2, 2), (1, 2), (1, 1), (0, 1), (0, 0)]
PAD = 4
ENDINGS = [6, 5, 4, 3, 2, 1, 0]
PRIMARY, SECONDARY = "\u02c8", "\u02cc"
VOWELS = "aeiouæɑɔəɛɜɪʊʌAIOQWYᵊᵻɐ"
REDUCED = "əᵊᵻɐ"
MAX_LETTERS = 20
ALIGNMENT_WORDS = 12000
ALIGNMENT_ROUNDS = 3


def read_dictionaries(gold: dict, silver: dict) -> dict[str, str]:
    """word -> phones with stress; gold wins over silver. Only plain lower-cased words."""
    words = {}
    for dictionary in (silver, gold):
        for word, value in dictionary.items():
            phones = value if isinstance(value, str) else value.get("DEFAULT")
            plain = word.isascii() and word.isalpha() and not word.isupper()
            if plain and phones and 1 < len(word) <= MAX_LETTERS:
                words[word.lower()] = phones
    return words


def split_stress(phones: str) -> tuple[str, str]:
    """'kˈæt' -> ('kæt', '1'): phones without marks, and one stress digit for each vowel."""
    plain, pattern, mark = [], [], "0"
    for symbol in phones:
        if symbol in (PRIMARY, SECONDARY):
            mark = "1" if symbol == PRIMARY else "2"
        elif symbol != "ː":
            plain.append(symbol)
            if symbol in VOWELS:
                pattern.append(mark)
                mark = "0"
    return "".join(plain), "".join(pattern)


class Aligner:
    def __init__(self):
        self.costs: dict[tuple[str, str], float] = {}

    def cost(self, letter: str, phones: str) -> float:
        if self.costs:
            return self.costs.get((letter, phones), 9.0)
        if not phones:
            return 2.5
        agree = (letter in "aeiouy") == (phones[0] in VOWELS)
        return (1.0 if agree else 4.0) + 2.2 * (len(phones) - 1)

    def align(self, word: str, phones: str) -> list[str] | None:
        """The cheapest split of `phones` over the letters; None when there are too many phones."""
        n, m = len(word), len(phones)
        infinite = float("inf")
        best = [[infinite] * (m + 1) for _ in range(n + 1)]
        step = [[0] * (m + 1) for _ in range(n + 1)]
        best[0][0] = 0.0
        for i in range(n):
            for j in range(m + 1):
                if best[i][j] == infinite:
                    continue
                for k in range(min(3, m - j) + 1):
                    total = best[i][j] + self.cost(word[i], phones[j:j + k])
                    if total < best[i + 1][j + k]:
                        best[i + 1][j + k] = total
                        step[i + 1][j + k] = k
        if best[n][m] == infinite:
            return None
        parts, j = [], m
        for i in range(n, 0, -1):
            k = step[i][j]
            parts.append(phones[j - k:j])
            j -= k
        return parts[::-1]

    def learn(self, words: list[tuple[str, str]], report) -> None:
        for turn in range(ALIGNMENT_ROUNDS):
            report(turn / ALIGNMENT_ROUNDS * 0.3, "aligning letters with phones")
            pairs, letters = collections.Counter(), collections.Counter()
            for word, phones in words:
                for letter, part in zip(word, self.align(word, phones) or []):
                    pairs[letter, part] += 1
                    letters[letter] += 1
            self.costs = {pair: -math.log(count / letters[pair[0]]) for pair, count in sorted(pairs.items())}


def most_common(counter: collections.Counter) -> str:
    return min(counter, key=lambda item: (-counter[item], item))


class Rules:
    """Phone contexts and stress endings; `say` is the reference of the C++ reader."""

    def __init__(self):
        self.contexts: list[dict[str, str]] = [{} for _ in CONTEXTS]
        self.endings: list[dict[tuple[int, int, str], str]] = [{} for _ in ENDINGS]

    @staticmethod
    def train(words: dict[str, str], report=lambda fraction, what: None) -> "Rules":
        entries = [(word, *split_stress(phones)) for word, phones in sorted(words.items())]
        aligner = Aligner()
        step = max(1, len(entries) // ALIGNMENT_WORDS)
        aligner.learn([(word, phones) for word, phones, _ in entries[::step]], report)
        contexts = [collections.defaultdict(collections.Counter) for _ in CONTEXTS]
        endings = [collections.defaultdict(collections.Counter) for _ in ENDINGS]
        for number, (word, phones, pattern) in enumerate(entries):
            if number % 2000 == 0:
                report(0.3 + 0.7 * number / len(entries), "learning letter-to-sound rules")
            for counts, window in zip(contexts, windows(word, aligner.align(word, phones) or [])):
                for key, part in window:
                    counts[key][part] += 1
            if "1" in pattern:
                for counts, key in zip(endings, ending_keys(word, phones)):
                    counts[key][pattern] += 1
        rules = Rules()
        rules.contexts = [{k: most_common(c) for k, c in sorted(level.items())} for level in contexts]
        rules.endings = [{k: most_common(c) for k, c in sorted(level.items())} for level in endings]
        rules.prune()
        return rules

    def prune(self) -> None:
        """Drops, from the narrowest level up, what the next narrower entry would answer anyway."""
        for level in range(len(CONTEXTS) - 2, -1, -1):
            left, right = CONTEXTS[level]
            self.contexts[level] = {
                key: part for key, part in self.contexts[level].items()
                if self.lookup_context(key, left, level + 1) != part}
        for level in range(len(ENDINGS) - 2, -1, -1):
            self.endings[level] = {
                key: pattern for key, pattern in self.endings[level].items()
                if self.lookup_ending(key, level + 1) != pattern}

    def lookup_context(self, window: str, centre: int, level: int = 0) -> str:
        for (left, right), entries in zip(CONTEXTS[level:], self.contexts[level:]):
            part = entries.get(window[centre - left:centre + right + 1])
            if part is not None:
                return part
        return ""

    def lookup_ending(self, key: tuple[int, int, str], level: int = 0) -> str | None:
        count, mask, suffix = key
        for length, entries in zip(ENDINGS[level:], self.endings[level:]):
            pattern = entries.get((count, mask, suffix[len(suffix) - length:]))
            if pattern is not None:
                return pattern
        return None

    def say(self, word: str) -> str:
        """Phones with stress marks, as Kokoro's vocabulary spells them."""
        padded = "#" * PAD + word + "#" * PAD
        phones = "".join(self.lookup_context(padded[i:i + 2 * PAD + 1], PAD) for i in range(len(word)))
        pattern = self.lookup_ending(ending_keys(word, phones)[0]) or default_pattern(phones)
        marks = iter(pattern)
        said = []
        for phone in phones:
            mark = next(marks) if phone in VOWELS else "0"
            said.append({"0": "", "1": PRIMARY, "2": SECONDARY}[mark] + phone)
        return "".join(said)

    def to_bytes(self) -> bytes:
        data = bytearray(MAGIC)
        parts = strings(data, {part for level in self.contexts for part in level.values()})
        data += struct.pack("<I", len(CONTEXTS))
        for (left, right), level in zip(CONTEXTS, self.contexts):
            data += struct.pack("<BBI", left, right, len(level))
            for key, part in sorted((k.encode("ascii"), v) for k, v in level.items()):
                data += key + struct.pack("<H", parts[part])
        patterns = strings(data, {p for level in self.endings for p in level.values()})
        data += struct.pack("<I", len(ENDINGS))
        for length, level in zip(ENDINGS, self.endings):
            data += struct.pack("<BI", length, len(level))
            rows = [(struct.pack(">BH", count, mask) + suffix.encode("ascii"), pattern)
                    for (count, mask, suffix), pattern in level.items()]
            for key, pattern in sorted(rows):
                data += key + struct.pack("<H", patterns[pattern])
        return bytes(data)


def windows(word: str, parts: list[str]):
    """For each context level the (key, phones) of every letter."""
    padded = "#" * PAD + word + "#" * PAD
    for left, right in CONTEXTS:
        yield [(padded[i + PAD - left:i + PAD + right + 1], part) for i, part in enumerate(parts)]


def ending_keys(word: str, phones: str) -> list[tuple[int, int, str]]:
    vowels = [phone for phone in phones if phone in VOWELS][:16]
    mask = sum(1 << i for i, vowel in enumerate(vowels) if vowel in REDUCED)
    padded = "#" * ENDINGS[0] + word
    return [(len(vowels), mask, padded[len(padded) - length:]) for length in ENDINGS]


def default_pattern(phones: str) -> str:
    """Primary stress on the first full vowel: English's commonest, and always a legal answer."""
    vowels = [phone for phone in phones if phone in VOWELS]
    at = next((i for i, vowel in enumerate(vowels) if vowel not in REDUCED), 0)
    return "".join("1" if i == at else "0" for i in range(len(vowels)))


def strings(data: bytearray, values: set[str]) -> dict[str, int]:
    """Appends a string table and returns each string's index."""
    ordered = sorted(values)
    data += struct.pack("<I", len(ordered))
    for value in ordered:
        encoded = value.encode()
        data += struct.pack("<B", len(encoded)) + encoded
    return {value: index for index, value in enumerate(ordered)}


def build(gold_path: Path, silver_path: Path, out: Path, report) -> None:
    gold, silver = (json.loads(path.read_text()) for path in (gold_path, silver_path))
    out.write_bytes(Rules.train(read_dictionaries(gold, silver), report).to_bytes())
