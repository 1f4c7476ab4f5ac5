#!/usr/bin/env python3
"""Adds up a folder of JUnit XML files, check lines and exit codes; prints the closing line of ./test."""
import pathlib
import sys
import xml.etree.ElementTree as ET


def main(folder: pathlib.Path) -> int:
    passed = failed = skipped = 0
    notes, skips = [], {}
    suites_with_failures = set()
    for path in sorted(folder.rglob("*.xml")):
        try:
            root = ET.parse(path).getroot()
        except ET.ParseError as error:
            failed += 1
            notes.append(f"{path.name}: unreadable results ({error}): its runner did not end well")
            continue
        for case in root.iter("testcase"):
            name = f"{case.get('classname', '')}.{case.get('name', '')}"
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                notes.append(f"{path.stem}: {name}")
                suites_with_failures.add(path.stem)
            elif case.find("skipped") is not None or case.get("status") == "notrun":
                if case.get("status") == "notrun" and case.find("skipped") is None:
                    continue  # disabled
                skipped += 1
                why = case.find("skipped")
                reason = (why.get("message") or why.text or "no reason given").strip().splitlines()[-1]
                skips[reason] = skips.get(reason, 0) + 1
            else:
                passed += 1
    checks = folder / "checks.txt"
    for line in checks.read_text().splitlines() if checks.exists() else []:
        state, name = line.split(" ", 1)
        if state == "pass":
            passed += 1
        else:
            failed += 1
            notes.append(name)
    codes = folder / "exit-codes.txt"
    for line in codes.read_text().splitlines() if codes.exists() else []:
        if failed == 0:  # a runner that failed without a failed case: a crash, or nothing ran
            failed += 1
            notes.append(f"{line.split()[0]}: its runner ended with exit code {line.split()[1]}")
    for reason, count in sorted(skips.items()):
        print(f"skipped {count}: {reason}")
    for note in notes:
        print(f"FAILED {note}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
