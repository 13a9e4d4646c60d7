"""One run of a script under the tracer, from its first line to what is written of it.

The script runs in its own folder, with its own arguments, an empty input and no window; what it prints goes to a file.
Whatever ends it is told as what it is, with the script's own line.
"""
import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import json
import math
import os
import random
import signal
import sys
import time
import traceback
import types

import numpy as np

from . import again, beside, printed, rules, shown
from .calls import Calls
from .carried import carried
from .layer import LARGE, Fault, Unclear
from .moved import Moved
from .moves import moves_of, moves_without_story
from .notebook import cells
from .old_names import put_back
from .old_python import NAMES, Shell
from .parameters import Stop
from .plain_numbers import NumberStory
from .report import Report
from .source import HOOK, compiled
from .story import story_of
from .told import told, without_momentum




USAGE = "trace --out FOLDER [--seconds 60] [--all 85] [--moves FOLDER/moves.npz] -- SCRIPT.py [ARGS]"
READING = 25               # seconds besides for reading what the script did, unless the program says how long all may take


class Late(BaseException):
    """The time for reading what the run left is over."""


class Finder(importlib.abc.MetaPathFinder):
    """Rewrites the modules of the script's own folder when they are imported, and those of folders that the script itself
    adds to its path."""

    def __init__(self, folder, read):
        self.folder, self.read, self.known = folder, read, {os.path.abspath(place) for place in sys.path}

    def find_spec(self, name, path, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        origin = getattr(spec, "origin", None) or ""
        added = {os.path.abspath(place) for place in sys.path} - self.known
        folders = [os.path.join(place, "") for place in {self.folder, *added}]
        inside = any(os.path.abspath(origin).startswith(place) for place in folders) and "site-packages" not in origin
        if inside and origin.endswith(".py") and "backburn" not in os.path.basename(origin):
            spec.loader = Loader(name, origin, os.path.relpath(origin, self.folder), self.read)
        return spec


class Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name, path, file, read):
        super().__init__(name, path)
        self.file, self.read = file, read

    def exec_module(self, module):
        text = importlib.util.decode_source(self.get_data(self.path))
        exec(self.read(text, self.file, module.__dict__), module.__dict__)


class Run:
    """One run of a script under the tracer, from its first line to what is written of it."""

    def __init__(self, script, arguments, folder, seconds, whole, moves):
        self.script, self.arguments, self.out, self.seconds = os.path.abspath(script), arguments, os.path.abspath(folder), seconds
        self.sites, self.dropped, self.ended, self.python2 = [], set(), None, False
        self.texts = []                          # the script as (name, text), in parts where it is a notebook
        self.begun = again.BEGUN
        end, self.all, self.moves = self.begun + seconds, whole or seconds + READING, moves
        self.tape = Moved(self.sites, end, self.give_up, moves, self.out) if moves else Calls(self.sites, end, self.give_up)
        self.tape.numbers_tell = NumberStory.told_by
        self.tape.by_numbers, self.tape.by_entries = again.asked("NUMBERS"), again.asked("ENTRIES")
        self.home = os.path.dirname(self.script)

    def parts(self):
        if self.script.endswith(".ipynb"):
            return list(cells(self.script))
        with open(self.script, "rb") as file:
            return [(os.path.basename(self.script), importlib.util.decode_source(file.read()))]

    def run(self):
        os.makedirs(self.out, exist_ok=True)
        self.redirect()
        os.environ["MPLBACKEND"] = "Agg"
        os.chdir(self.home)
        sys.argv = [self.script] + self.arguments
        sys.path[0] = self.home
        sys.dont_write_bytecode = True
        sys.meta_path.insert(0, Finder(self.home, self.read))
        sys.setrecursionlimit(max(4000, sys.getrecursionlimit()))
        put_back(self.dropped)
        repeatable()
        setattr(builtins, HOOK, self.tape)
        builtins.get_ipython = Shell
        main = types.ModuleType("__main__")
        main.__file__ = self.script
        sys.modules["__main__"] = main
        if self.script.endswith(".ipynb"):
            main.display = print
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self.alarm)
            signal.alarm(max(1, int(self.begun + self.seconds - time.monotonic())))
        try:
            self.texts = self.parts()
            for name, text in self.texts:
                exec(self.read(text, name, main.__dict__), main.__dict__)
            self.ended = {"how": "end"}
        except Stop as stop:
            self.ended = {"how": "stopped", "why": str(stop)}
        except SystemExit as end:
            self.ended = {"how": "exit", "code": end.code if isinstance(end.code, (int, type(None))) else str(end.code)}
        except BaseException as error:
            if isinstance(error, NameError) and getattr(error, "name", None) in NAMES and not self.python2:
                again.run("PYTHON2")
            self.ended = self.failed(error)
        self.finish()

    def read(self, text, file, namespace):
        """The code of a file of the script, rewritten; whether one of them is Python 2 is kept."""
        code, old = compiled(text, file, self.sites, namespace)
        self.python2 = self.python2 or old
        return code

    def redirect(self):
        """The script's output goes to a file, its input is empty."""
        output = os.open(os.path.join(self.out, "output.txt"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        sys.stdout.flush()
        os.dup2(output, 1), os.dup2(output, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def alarm(self, *_):
        self.tape.stopping = "its time was over"
        signal.alarm(3)
        self.tape.halt()

    def failed(self, error):
        """What ended the script, with its own line and not that of the tracer or of a library."""
        own = {site.file for site in self.sites} | {name for name, _ in self.texts}
        frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
        frames = [(name, line) for name, line in frames if name in own]
        name, line = frames[-1] if frames else (os.path.basename(self.script), getattr(error, "lineno", 0) or 0)
        source = next((site.source for site in self.sites if site.file == name and site.line == line), "")
        if not source:
            for part, text in self.texts:
                lines = text.splitlines()
                if part == name and 0 < line <= len(lines):
                    source = lines[line - 1].strip()
        traceback.print_exception(type(error), error, error.__traceback__)
        text = str(error)
        return {"how": "error", "type": type(error).__name__, "text": text, "file": name, "line": line, "source": source,
                "missing": error.name if isinstance(error, ModuleNotFoundError) else
                error.filename if isinstance(error, FileNotFoundError) else None}

    def beside(self, story):
        """What is wrong with the program beside its gradients, and what has to be said of later updates; as much as there is
        time for."""
        found, left = [], []
        plain = isinstance(story, NumberStory)
        looks = [NumberStory.slips] if plain else [rules.mistakes, beside.mistakes, shown.mistakes, printed.mistakes]
        try:
            for look in looks:
                try:
                    found += look(story).items()
                except Exception:                # of no weight beside a verdict
                    traceback.print_exc()
            left = [] if plain else [[name, what] for name, what in carried(story)]
        except Late:
            pass
        places = [(name, self.sites[site] if site is not None else None, of) for name, (site, of) in found]
        return [{"name": name, "numbers": finite(of), **site.place()} for name, site, of in places if site is not None], left

    def give_up(self):
        """Ends a program that catches everything."""
        self.ended = {"how": "stopped", "why": self.tape.stopping}
        self.finish()
        sys.stdout.flush()
        os._exit(0)

    def once_more(self, how):
        """Starts a second run under another reading, if there is time for it."""
        if time.monotonic() - self.begun < 0.7 * self.seconds:
            again.run(how)

    def finish(self):
        if self.moves:
            os._exit(1)                          # it came to no end of the pass
        self.limited(True)
        sys.stdout.flush()
        report, story, why, fault = None, None, None, False
        try:
            story, why = told(self.tape) if not self.tape.by_entries else (None, None)
            report = Report(story) if story is not None else None
            if report is None and not any(len(chain.versions) > 1 for chain in self.tape.chains.values()):
                report = NumberStory(self.tape)
        except Unclear as unclear:
            why, fault = str(unclear) if self.tape.floats or why is None else why, isinstance(unclear, Fault)
            if not fault and self.tape.scaled and max(self.tape.written, self.tape.entry_products) < 4 and not self.tape.columns:
                self.once_more("NUMBERS")
        except Late:
            why = "what it does before its first update is too much to be read; fewer rows or smaller layers show the same"
        except Exception as error:               # a program of a kind that nobody thought of
            traceback.print_exc()
            why = f"the tracer could not read what it saw ({type(error).__name__}: {error})"
        if report is None and not fault and (max(self.tape.written, self.tape.entry_products) >= 4 or self.tape.columns or self.tape.by_units()):
            self.once_more("ENTRIES")
        if report is None and self.tape.threshold is not None:
            place = self.tape.sites[self.tape.threshold]
            why = f"{place.file}:{place.line}  {place.source}  is a step, which has no gradient: the rule of the perceptron follows none"
        self.write(report, story, why, fault)

    def write(self, report, story, why, fault):
        """Leaves what was found."""
        result = {"ended": self.ended, "dropped_names": sorted(self.dropped), "python2": self.python2, "found": report is not None, "why_not": why,
                  "fault": fault}
        whole = isinstance(report, Report)
        slips, left = self.beside(story if whole else report) if report is not None else ([], [])
        if whole:
            self.later(story)
        for n, moves in enumerate(self.to_move(story if whole else None, report) if not fault else []):
            np.savez(os.path.join(self.out, f"moves{n}.npz"), **moves)
        self.limited(False)
        if report is not None:
            notes = {name: np.asarray(value) for name, value in report.notes.items()}
            np.savez(os.path.join(self.out, "dump.npz"), **report.arrays, **notes)
            if whole and report.sample:
                np.savez(os.path.join(self.out, "sample.npz"), **report.whole(), **notes)
            result.update(report.object(), slips=slips)
            result["conditions"] += left
        path = os.path.join(self.out, "roles.json")
        with open(path + ".part", "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1, default=str)
        os.replace(path + ".part", path)

    def to_move(self, story, report):
        """What a second run may move to see what the gradients are: of the story, or of the first updates where there is none."""
        if not hasattr(os, "fork") or report is not None and story is None or self.tape.by_entries:
            return []
        try:
            found = [moves_of(story)] if story is not None else [moves_without_story(self.tape, t) for t in (0, 1)]
        except (Exception, Late):                # of no weight beside a verdict
            traceback.print_exc()
            return []
        return [moves for moves in found if moves is not None]

    def later(self, story):
        """Writes the update after the one that is judged, too, where it is small and can be read: what the first leaves open,
        a second may tell."""
        if story.layers[0].input.size > LARGE or time.monotonic() - self.begun > 0.5 * self.seconds:
            return
        try:
            second = story_of(self.tape, story.t + 1)
            without_momentum(self.tape, second)
            report = Report(second)
            said = json.dumps(report.object(), default=str)
        except (Exception, Late):                # of no weight beside the first
            return
        notes = {name: np.asarray(value) for name, value in report.notes.items()}
        np.savez(os.path.join(self.out, "later.npz"), **report.arrays, **notes)
        with open(os.path.join(self.out, "later.json"), "w", encoding="utf-8") as file:
            file.write(said)

    def limited(self, on):
        """Sets a limit to the time of reading, shortly before the program ends this process, or takes it away."""
        if hasattr(signal, "SIGALRM"):
            left = self.all - (time.monotonic() - self.begun) - 2
            signal.signal(signal.SIGALRM, late)
            signal.setitimer(signal.ITIMER_REAL, max(left, 1) if on else 0)


def late(*_):
    raise Late


def repeatable():
    """Seeds what draws numbers, so that a second run draws the same; a script that seeds for itself does so after this."""
    random.seed(0)
    np.random.seed(0)
    drawn = np.random.default_rng
    np.random.default_rng = lambda seed=None: drawn(0 if seed is None else seed)


def finite(numbers):
    """The numbers that JSON can hold: it has no word for infinity, nor for what is no number."""
    return {name: number for name, number in numbers.items() if math.isfinite(number)}


def main(words):
    folder, seconds, whole, moves = None, 60.0, None, None
    while words and words[0] != "--":
        flag = words.pop(0)
        if flag == "--out" and words:
            folder = words.pop(0)
        elif flag == "--seconds" and words:
            seconds = float(words.pop(0))
        elif flag == "--all" and words:
            whole = float(words.pop(0))
        elif flag == "--moves" and words:
            moves = os.path.abspath(words.pop(0))
        else:
            sys.exit(f"the tracer does not know {flag}: {USAGE}")
    if folder is None or len(words) < 2:
        sys.exit(f"usage: {USAGE}")
    Run(words[1], words[2:], folder, seconds, whole, moves).run()
