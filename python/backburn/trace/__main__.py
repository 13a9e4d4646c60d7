"""The tracer as a program: `python3 path/to/trace --out FOLDER -- SCRIPT.py`.

The folder may have any name, since its modules import each other relatively; so no module of the script's own can be taken
for one of the tracer's.
"""
import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    if sys.version_info < (3, 9):
        sys.exit("too old: %d.%d" % sys.version_info[:2])
    sys.path[0] = os.path.dirname(HERE)
    importlib.import_module(os.path.basename(HERE) + ".run").main(sys.argv[1:])
