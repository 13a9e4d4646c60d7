"""Pages as people meet them: in a browser, at the widths of a phone and of a desk, light and dark.

    python3 tests/browser/check.py target/release/backburn

Reports and exported pages open, ask nobody for anything, keep the console empty and do not scroll sideways. Digits that
are drawn with mouse and keyboard come out right, and the page gives the probabilities that `predict` gives.
"""

import base64
import csv
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser, path  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
MNIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/data/mnist/MNISTdata.hdf5")
SEEN = []


def backburn(*args):
    """What a command prints."""
    done = subprocess.run([BINARY, *args], capture_output=True, text=True)
    assert done.returncode == 0, f"backburn {' '.join(args)}: {done.stderr}"
    return done.stdout


def opens_well(browser, file):
    """A page is itself in every window."""
    address = "file://" + os.path.abspath(file)
    for width in [320, 1280]:
        for dark in [False, True]:
            browser.open(address, width, 900, dark)
            at = f"{os.path.basename(file)} at {width} px, {'dark' if dark else 'light'}"
            wide = browser.run("document.documentElement.scrollWidth")
            assert wide <= width, f"{at}: scrolls sideways, {wide} px"
            assert browser.requests() == [address], f"{at}: asks for {browser.requests()}"
            assert browser.console() == [], f"{at}: {browser.console()}"
            ground = browser.run("getComputedStyle(document.body).backgroundColor")
            light = sum(int(part) for part in ground[4:-1].split(",")) > 380
            assert light != dark, f"{at}: the ground is {ground}"
            SEEN.append(at)


def values_on_hover(browser):
    """A chart shows its values under the pointer, and no text of it lies over another."""
    box = browser.run("(() => { const at = document.querySelectorAll('.at')[2]; at.scrollIntoView({block: 'center'});"
                      "const b = at.querySelector('.catch').getBoundingClientRect();"
                      "return [b.x + b.width / 2, b.y + b.height / 2] })()")
    shown = "[...document.querySelectorAll('.seen')].filter(g => getComputedStyle(g).visibility == 'visible').length"
    browser.mouse("mouseMoved", 2, 2)
    assert browser.run(shown) == 0
    browser.mouse("mouseMoved", *box)
    assert browser.run(shown) == 1, "nothing is shown under the pointer"
    overlaps = browser.run("""[...document.querySelectorAll('figure svg')].flatMap(svg => {
        const texts = [...svg.querySelectorAll('text')].filter(t => !t.closest('.seen')).map(t => [t, t.getBoundingClientRect()]);
        return texts.flatMap(([t, a], i) => texts.slice(i + 1).filter(([u, b]) =>
            a.left < b.right - 1 && b.left < a.right - 1 && a.top + 3 < b.bottom - 3 && b.top + 3 < a.bottom - 3)
            .map(([u]) => t.textContent + ' | ' + u.textContent)) })""")
    assert overlaps == [], f"labels overlap: {overlaps[:5]}"


def strokes(digit):
    """The way of a pen through a square from 0 to 1."""
    circle = [(0.5 + 0.18 * math.sin(t / 8 * math.pi), 0.5 - 0.27 * math.cos(t / 8 * math.pi)) for t in range(17)]
    return {
        "0": circle,
        "1": [(0.52, 0.2), (0.51, 0.4), (0.5, 0.6), (0.49, 0.8)],
        "7": [(0.3, 0.25), (0.5, 0.25), (0.7, 0.25), (0.6, 0.45), (0.52, 0.62), (0.46, 0.8)],
    }[digit]


def draw(browser, way):
    """Draws with real mouse events."""
    browser.run("document.getElementById('clear').click(); document.getElementById('paper').scrollIntoView()")
    left, top, side = browser.run("(() => { const b = document.getElementById('paper').getBoundingClientRect();"
                                  "return [b.x, b.y, b.width] })()")
    points = [(left + x * side, top + y * side) for x, y in way]
    browser.mouse("mouseMoved", *points[0])
    browser.mouse("mousePressed", *points[0])
    for point in points[1:]:
        browser.mouse("mouseMoved", *point)
    browser.mouse("mouseReleased", *points[-1])


def answers(browser, model, what):
    """The page and `predict` give the picture on the canvas the same probabilities."""
    with open("drawn.png", "wb") as file:
        file.write(base64.b64decode(browser.run("document.getElementById('paper').toDataURL()").split(",")[1]))
    there = json.loads(backburn("predict", model, "drawn.png", "--json"))["probabilities"]
    here = browser.run("shown")
    assert len(here) == len(there), f"{what}: the page shows {here}"
    gap = max(abs(a - b) for a, b in zip(here, there))
    assert gap < 1e-4, f"{what}: the page and predict differ by {gap}"
    return gap


def draws_digits(browser, model, file):
    """Digits that are drawn come out right."""
    opens_well(browser, file)
    for width in [1280, 320]:
        browser.open("file://" + os.path.abspath(file), width)
        for digit in ["1", "0", "7"]:
            draw(browser, strokes(digit))
            said = browser.run("document.getElementById('answer').textContent")
            gap = answers(browser, model, f"{digit} on {file}")
            assert said == digit, f"{file} at {width} px: a drawn {digit} is called {said}"
            print(f"{file} at {width} px: a drawn {digit} is called {said}; within {gap:.1e} of predict")
    browser.run("document.getElementById('clear').click(); document.getElementById('paper').focus()")
    for key in ["ArrowUp"] * 8 + [" "] + ["ArrowDown"] * 16:
        browser.key(key)
    assert browser.run("document.getElementById('answer').textContent") == "1", "a 1 by the keyboard is something else"
    answers(browser, model, "by the keyboard")


def fills_a_form(browser):
    """The form of a table gives the probabilities of `predict`."""
    lines = ["petal length,petal width,<b>,species"]
    lines += [f"{1 + i % 7},{2 * (i % 5)},{i % 3},{['=setosa', '<i>virginica'][(i % 7 > 3)]}" for i in range(200)]
    with open("table.csv", "w") as file:
        file.write("\n".join(lines) + "\n")
    backburn("import", "table.csv", "-o", "table.h5")
    backburn("train", "table.h5", "-q", "--epochs", "5", "--run", "table")
    backburn("export", "table", "--format", "page", "-o", "form.html")
    opens_well(browser, "table/report.html")
    assert "petal width" in browser.run("document.body.textContent"), "columns are not called by their names"
    opens_well(browser, "form.html")
    assert "petal length" in browser.run("document.querySelector('.fields').textContent")
    first = next(csv.DictReader(io.StringIO(backburn("predict", "table", "table.h5"))))
    there = [float(value) for name, value in first.items() if name.startswith("p_")]
    browser.run("[1, 0, 0].forEach((v, i) => { const field = document.querySelectorAll('#input input')[i];"
                "field.value = v; field.dispatchEvent(new Event('input')) })")
    gap = max(abs(a - b) for a, b in zip(browser.run("shown"), there))
    assert gap < 1e-4, f"form and predict differ by {gap}"


def grows(browser):
    """The page of a run that goes on fills by itself, and hears of the end."""
    long = ["--epochs", "200", "--hidden", "800,800", "--threads", "1"]   # some ten seconds, so that both pages see it run
    run = subprocess.Popen([BINARY, "train", *long, "--live", "--run", "live"], stderr=subprocess.PIPE, text=True)
    address = next(line for line in run.stderr if line.startswith("live: ")).split()[1]
    for width, dark in [(1280, False), (320, True)]:
        browser.open(address, width, 900, dark)
        until(browser, "document.querySelectorAll('figure svg').length > 3", "the page stays empty")
        assert browser.run("document.documentElement.scrollWidth") <= width
        assert browser.requests() == [address, address + "events"], browser.requests()
    run.communicate()
    until(browser, "document.getElementById('state').textContent == 'the run is over'", "the page goes on without its run")
    assert browser.console() == [], browser.console()


def until(browser, what, else_):
    """Waits until an expression is true in the page."""
    deadline = time.time() + 30
    while not browser.run(what):
        assert time.time() < deadline, else_
        time.sleep(0.1)


def main():
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)
    browser = Browser()
    try:
        backburn("train", "-q", "--run", "digits")
        backburn("train", "-q", "--epochs", "1", "--batch-size", "400", "--run", "four-steps")
        for run in ["digits", "four-steps"]:
            opens_well(browser, run + "/report.html")
            values_on_hover(browser)
        backburn("report", "digits", "four-steps", "-o", "both.html")
        opens_well(browser, "both.html")
        backburn("report", "digits", "--svg", "charts")
        opens = [name for name in os.listdir("charts") if name.endswith(".svg")]
        assert len(opens) > 6, opens
        grows(browser)
        backburn("export", "digits", "--format", "page", "-o", "8x8.html")
        draws_digits(browser, "digits", "8x8.html")
        fills_a_form(browser)
        if os.path.exists(MNIST):
            backburn("train", MNIST, "-q", "--epochs", "1", "--run", "mnist")
            backburn("export", "mnist", "--format", "page", "-o", "28x28.html")
            draws_digits(browser, "mnist", "28x28.html")
            opens_well(browser, "mnist/report.html")
        else:
            print("NOT TESTED: a page of 28 x 28 pixels, for want of MNIST")
        print(f"{len(SEEN)} windows are as they should be")
    finally:
        browser.close()


if __name__ == "__main__":
    if path() is None:
        sys.exit("no chromium here")
    main()
