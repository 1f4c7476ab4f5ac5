#!/usr/bin/env python3
"""How near matched voices come to the speakers of librispeech-test-other, and what that costs in clearness: fitted to one
half of each speaker's utterances, judged by the other (bench_matching), by GE2E and by a second, unrelated verifier
(speaker_lda.py); word errors and DNSMOS of what they say beside the nearest stock voice's."""
import json
import pathlib
import subprocess
import sys
import tempfile

import jiwer
import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

import report
import speaker_lda
from report import ROOT, Report
from worker import add_peers, peers_of

VOICES = ["stock", "instant", "instant_eq", "refined", "refined_eq"]
LEVEL = -26
LINE_MIN = 60  # as bench_matching


def arguments():
    parser = report.arguments(__doc__)
    add_peers(parser)
    parser.add_argument("--recogniser", choices=["moonshine", "whisper"], default="moonshine")
    parser.add_argument("--bench", default="build/release/bench_matching", help="our program")
    parser.add_argument("--made", type=pathlib.Path, help="a folder with what it made before: *.json and wav files")
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "var/models")
    parser.add_argument("--audio", type=pathlib.Path, default=ROOT.parent / "shared/audio")
    parser.add_argument("--sentences", type=pathlib.Path, default=ROOT / "bench/tts_sentences.txt")
    parser.add_argument("--lines", type=int, default=4)
    parser.add_argument("--evaluations", type=int, default=80)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def make(options, folder):
    made = subprocess.run(
        [options.bench, "--models", options.models, "--audio", options.audio, "--lines", str(options.lines), "--evaluations",
         str(options.evaluations), "--threads", str(options.threads), "--wav", folder, "--json"],
        stdout=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    if made.returncode:
        sys.exit(made.returncode)
    (folder / "all.json").write_bytes(made.stdout)


def second_opinion(options, folder, speakers, voices):
    """{(speaker, voice): (cosine, rank)}; the judging halves are the last five utterances of each speaker, and both sides
    are centred: all synthetic speech is alike to this verifier."""
    verifier = speaker_lda.Verifier(options.audio / "librispeech-speakers")
    files = {who: sorted((options.audio / "librispeech-test-other" / who).glob("*.flac")) for who in speakers}
    people = np.array([np.mean([verifier.embed(speaker_lda.read(path)) for path in files[who][len(files[who]) // 2 :]], 0)
                       for who in speakers])  # fmt: skip
    people -= people.mean(0)
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    found = {}
    for voice in voices:
        said = np.array([np.mean([verifier.embed(speaker_lda.read(path)) for path in sorted(folder.glob(f"{who}_{voice}_[0-9].wav"))], 0)
                         for who in speakers])  # fmt: skip
        said -= said.mean(0)
        said /= np.linalg.norm(said, axis=1, keepdims=True)
        scores = said @ people.T
        for number, who in enumerate(speakers):
            found[who, voice] = scores[number, number], 1 + int((scores[number] > scores[number, number]).sum())
    return found


def clearness(options, folder, speakers, voices):
    """{voice: (word errors, words, [DNSMOS])}"""
    normalise = EnglishTextNormalizer()
    sentences = [line for line in options.sentences.read_text().splitlines() if len(line) >= LINE_MIN][: options.lines]
    peers = peers_of(options)
    model = options.models / "moonshine-tiny-en" if options.recogniser == "moonshine" else peers.folder / "whisper-base"
    found = {}
    with peers.worker("judge", "judge.py", "--recogniser", options.recogniser, "--model", model, "--threads", options.threads) as judge:
        for voice in voices:
            errors, words, scores = 0, 0, []
            for who in speakers:
                files = [str(folder / f"{who}_{voice}_{number}.wav") for number in range(len(sentences))]
                for sentence, score in zip(sentences, judge.ask(files=files, level=LEVEL)["scores"]):
                    counted = jiwer.process_words(normalise(sentence), normalise(score["text"]))
                    errors += counted.substitutions + counted.deletions + counted.insertions
                    words += len(normalise(sentence).split())
                    scores.append(score["overall"])
            found[voice] = errors, words, scores
    return found


def main():
    options = arguments()
    result = Report("matching", options)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.made or pathlib.Path(temporary)
        if not options.made:
            make(options, folder)
        rows = [row for path in sorted(folder.glob("*.json")) for row in json.loads(path.read_text())["rows"]]
        rows.sort(key=lambda row: row["speaker"])
        speakers = [row["speaker"] for row in rows]
        voices = [voice for voice in VOICES if voice in rows[0]["voices"]]
        other = second_opinion(options, folder, speakers, voices)
        clear = clearness(options, folder, speakers, voices)
    table = result.table(
        "Cosine of GE2E embeddings to the judging half of the speaker's utterances (different speakers 0.56, the same 0.91)",
        ["speaker", "nearest stock", *voices, "ranks"],
    )
    for row in rows:
        said = row["voices"]
        table.append([row["speaker"], row["stock_voice"], *(f"{said[voice]['cosine']:.3f}" for voice in voices),
                      " ".join(str(said[voice]["rank"]) for voice in voices)])  # fmt: skip
    table.append(["mean", "", *(f"{np.mean([row['voices'][voice]['cosine'] for row in rows]):.3f}" for voice in voices), ""])
    table = result.table(
        "All speakers",
        ["voice", "cosine", "ranked first", "second verifier, centred", "ranked first by it", "WER %", "DNSMOS"],
    )
    for voice in voices:
        errors, words, scores = clear[voice]
        seconds = [other[who, voice] for who in speakers]
        table.append([voice, f"{np.mean([row['voices'][voice]['cosine'] for row in rows]):.3f}",
                      f"{sum(row['voices'][voice]['rank'] == 1 for row in rows)} of {len(rows)}",
                      f"{np.mean([cosine for cosine, _ in seconds]):.2f}", f"{sum(rank == 1 for _, rank in seconds)} of {len(rows)}",
                      f"{100 * errors / words:.1f}", f"{np.mean(scores):.2f}"])  # fmt: skip
    result.note(
        f"Time: instant {np.median([row['instant_s'] for row in rows]):.1f} s ({np.median([row['instant_cpu_s'] for row in rows]):.1f} s "
        f"of CPU), refined {np.median([row['refine_s'] for row in rows]):.0f} s ({np.median([row['refine_cpu_s'] for row in rows]):.0f} s of "
        f"CPU) with {int(np.median([row['evaluations'] for row in rows]))} sentences synthesised; medians."
    )
    result.finish()


if __name__ == "__main__":
    main()
