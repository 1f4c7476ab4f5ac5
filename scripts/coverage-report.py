#!/usr/bin/env python3
"""Turns `llvm-cov export` into a table per folder, the files least covered, and the functions that nothing runs."""

import collections
import json
import pathlib
import subprocess
import sys

FILES_SHOWN, FUNCTION_LINES_MIN = 25, 20


def percent(covered, count):
    return f"{100 * covered / count:5.1f} %" if count else "      -"


def row(name, summary):
    cells = [f"{name:<44}"]
    for kind in ("lines", "functions", "branches"):
        covered, count = summary[kind]
        cells.append(f"{percent(covered, count)} {f'{covered}/{count}':>12}")
    return "  ".join(cells)


def demangled(names):
    done = subprocess.run(["llvm-cxxfilt-19"], input="\n".join(names), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def main():
    data = json.loads(pathlib.Path(sys.argv[1]).read_text())["data"][0]
    server = f"{pathlib.Path(__file__).resolve().parent.parent}/server/"
    files = {}
    for entry in data["files"]:
        if entry["filename"].startswith(server):
            summary = entry["summary"]
            files[entry["filename"].removeprefix(server)] = {
                kind: (summary[kind]["covered"], summary[kind]["count"]) for kind in ("lines", "functions", "branches")
            }
    folders = collections.defaultdict(lambda: {kind: (0, 0) for kind in ("lines", "functions", "branches")})
    for name, summary in files.items():
        folder = str(pathlib.PurePath(name).parent)
        for place in (f"server/{folder}" if folder != "." else "server", "all"):
            for kind, (covered, count) in summary.items():
                before = folders[place][kind]
                folders[place][kind] = before[0] + covered, before[1] + count
    print(f"{'folder':<44}  {'lines':>20}  {'functions':>20}  {'branches':>20}")
    for name in sorted(folders, key=lambda name: (name == "all", name)):
        print(row(name, folders[name]))

    print(f"\nThe {FILES_SHOWN} files with most lines that no test runs:")
    least = sorted(files.items(), key=lambda item: item[1]["lines"][0] - item[1]["lines"][1])
    for name, summary in least[:FILES_SHOWN]:
        print(row(name, summary))

    # A template or an inline function has one entry for each instance; it is untested only if all are.
    functions = collections.defaultdict(lambda: [0, 0, ""])
    for function in data["functions"]:
        filename = function["filenames"][0]
        if not filename.startswith(server) or filename.removeprefix(server) not in files:
            continue
        first, last = function["regions"][0][0], max(region[2] for region in function["regions"])
        place = functions[filename.removeprefix(server), first]
        place[0] += function["count"]
        place[1] = max(place[1], last - first + 1)
        place[2] = function["name"].split(":")[-1]
    untested = [(where, lines, name) for where, (count, lines, name) in functions.items()
                if count == 0 and lines >= FUNCTION_LINES_MIN]  # fmt: skip
    print(f"\nFunctions of {FUNCTION_LINES_MIN} lines or more that no test runs:")
    untested.sort(key=lambda item: -item[1])
    for ((name, line), lines, _), text in zip(untested, demangled([item[2] for item in untested]), strict=False):
        print(f"  {lines:4} lines  {name}:{line}  {text.split('(')[0][:110]}")


if __name__ == "__main__":
    main()
