#!/usr/bin/env python3
"""Our synthesis beside kokoro-onnx and sherpa-onnx's offline synthesis, all with Kokoro-82M, in one run: first audio,
share of real time, DNSMOS, and what a recogniser understands. The engines take turns, text by text, so that whatever
else happens on the machine hits all alike; each is pinned to as many cores as it gets threads."""
import contextlib
import pathlib
import tempfile

import jiwer
from whisper_normalizer.english import EnglishTextNormalizer

import report
from report import ROOT, Report, percentile
from worker import add_peers, our_voice, peers_of

TEXTS = {  # the clause is that of ../shared/peers/bench_tts_kokoro.py
    "1 s": "Sure, let me see.",
    "2 s": "Let me check the status of your order.",
    "2.3 s clause": "Thank you for calling, one moment please.",
    "5 s": "Thank you for calling, my name is Anna, and I would be happy to help you with your order today.",
    "12 s": "I have found three restaurants near you. The first one is an Italian place on Main Street, open until 11 pm. "
    "The second serves Thai food, and the third is a small bakery. Which one would you like to hear more about?",
}
ENGINES = ["ours", "kokoro-onnx", "kokoro-onnx-float", "sherpa-onnx"]
VOICES = ["af_heart", "am_michael", "bf_emma"]  # of the sentences for quality, in turns


def engine(name, threads, peers, options):
    if name == "ours":
        return our_voice(options.models, threads, options.bench)
    if name == "sherpa-onnx":
        return peers.worker(name, "tts_sherpa.py", "--folder", peers.folder / "sherpa-kokoro", "--threads", threads, cores=threads)
    model = {"kokoro-onnx": options.kokoro or peers.folder / "kokoro-int8.onnx",
             "kokoro-onnx-float": peers.folder / "kokoro-float.onnx"}[name]  # fmt: skip
    voices = options.voices or peers.folder / "voices.bin"
    return peers.worker(name, "tts_kokoro_onnx.py", "--model", model, "--voices", voices, "--threads", threads, cores=threads)


def timed(engines, options):
    """{(text, engine): answers}; the first round of all warms up and isn't kept."""
    found = {}
    for repeat in range(options.repeats + 1):
        for name, text in TEXTS.items():
            for one in engines:
                answer = one.ask(text=text, voice=options.voice)
                if repeat:
                    found.setdefault((name, one.name), []).append(answer)
    return found


def add_times(rows, ratios, threads, engines, found):
    for text in TEXTS:
        medians = {}
        for one in engines:
            answers = found[text, one.name]
            first = [a["first_ms"] for a in answers]
            wall = [a["whole_ms"] / 1000 / a["audio_s"] for a in answers]
            cpu = [a["cpu_s"] / a["audio_s"] for a in answers]
            medians[one.name] = percentile(first, 0.5), percentile(wall, 0.5), percentile(cpu, 0.5)
            rows.append([threads, text, one.name, percentile([a["audio_s"] for a in answers], 0.5), medians[one.name][0],
                         percentile(first, 0.95), percentile([a["whole_ms"] for a in answers], 0.5), medians[one.name][1],
                         percentile(wall, 0.95), medians[one.name][2]])  # fmt: skip
        for one in engines[1:]:
            if engines[0].name == "ours":
                ours, theirs = medians["ours"], medians[one.name]
                ratios.append([threads, text, one.name, *(b / a for a, b in zip(ours, theirs))])


def add_quality(rows, engines, judge, sentences, folder):
    normalise = EnglishTextNormalizer()
    files = {one.name: [] for one in engines}
    for number, sentence in enumerate(sentences):
        for one in engines:
            path = str(folder / f"{one.name}_{number}.wav")
            one.ask(text=sentence, voice=VOICES[number % len(VOICES)], wav=path)
            files[one.name].append(path)
    for one in engines:
        scores = judge.ask(files=files[one.name], level=-26)["scores"]
        mean = lambda field: sum(s[field] for s in scores) / len(scores)  # noqa: E731
        said = [normalise(sentence) for sentence in sentences]
        wer = 100 * jiwer.wer(said, [normalise(score["text"]) for score in scores])
        lead = [1000 * score["lead_s"] for score in scores if score["lead_s"] is not None]
        rows.append([one.name, len(scores), mean("overall"), mean("signal"), mean("background"), wer, mean("level"), percentile(lead, 0.5)])


def main():
    parser = report.arguments(__doc__)
    add_peers(parser)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=["ours", "kokoro-onnx", "sherpa-onnx"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=15, help="of each text, after one that warms up")
    parser.add_argument("--voice", default="af_heart", help="of the timed texts")
    parser.add_argument("--limit", type=int, help="only the first N sentences for quality; 0: none")
    parser.add_argument("--models", default=ROOT / "var/models")
    parser.add_argument("--bench", default="build/release/bench_tts", help="our program")
    parser.add_argument("--kokoro", help="the model of kokoro-onnx, if it isn't the peers' int8 one")
    parser.add_argument("--voices", help="its voices")
    parser.add_argument("--recogniser-model", help="folder of the Whisper model that listens (default: the peers' base)")
    options = parser.parse_args()
    peers = peers_of(options)
    sentences = (ROOT / "bench/tts_sentences.txt").read_text().splitlines()[: options.limit]

    result = Report("tts_peers", options)
    rows = result.table(
        f"Text to speech, {options.repeats} times each in turns, voice {options.voice}",
        ["threads", "text", "engine", "audio s", "first audio p50 ms", "p95", "whole p50 ms", "RTF p50", "p95", "CPU s per s"],
    )
    ratios = result.table(
        "Theirs divided by ours, medians of the same run",
        ["threads", "text", "engine", "first audio", "RTF (wall)", "CPU"],
    )
    for threads in options.threads:
        with contextlib.ExitStack() as stack:
            engines = [stack.enter_context(engine(name, threads, peers, options)) for name in options.engines]
            add_times(rows, ratios, threads, engines, timed(engines, options))
    if sentences:
        quality = result.table(
            "What it sounds like, voices in turns: DNSMOS (P.835) at the same level, and what Whisper understands",
            ["engine", "sentences", "DNSMOS", "signal", "background", "WER %", "level dBFS", "silence first, p50 ms"],
        )
        model = options.recogniser_model or peers.folder / "whisper-base"
        judge_options = ["--recogniser", "whisper", "--model", model]
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            engines = [stack.enter_context(engine(name, 2, peers, options)) for name in options.engines]
            judge = stack.enter_context(peers.worker("judge", "judge.py", *judge_options))
            add_quality(quality, engines, judge, sentences, folder)
    result.note(
        "First audio is the first samples that an engine hands out. Theirs are those of its own streaming call: "
        "kokoro-onnx's first chunk (up to 510 phonemes), sherpa-onnx's first sentence."
    )
    result.finish()


if __name__ == "__main__":
    main()
