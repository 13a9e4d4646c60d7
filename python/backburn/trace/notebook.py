"""Notebooks: the code cells of an `.ipynb` file, in order, without what only IPython understands.
"""
import json
import os
import re

# Where a line of IPython's own begins: `%magic`, `!command`, `?name`, `name?` or `name??`. What goes on with the expression
# of the line above is Python: an indented `% (a, b)` or `!= b`, and whatever follows a backslash.
MAGIC = re.compile(r"(?<!\\\n)^(?=[%!?]|[ \t]+(?:%+\w+(?:\s|$)|!(?!=)|\?)|[ \t]*[\w.]+\?{1,2}\s*$)([ \t]*)", re.MULTILINE)


def cells(path):
    """The code cells of a notebook as (name, text); what is not Python becomes a comment."""
    with open(path, encoding="utf-8") as file:
        notebook = json.load(file)
    sheets = notebook.get("cells") or [cell for sheet in notebook.get("worksheets", []) for cell in sheet["cells"]]
    number = 0
    for cell in sheets:
        if cell.get("cell_type") != "code":
            continue
        number += 1
        text = cell.get("source", cell.get("input", ""))
        text = "".join(text) if isinstance(text, list) else text
        if text.startswith("%%") and not text.startswith(("%%time", "%%capture")):
            continue
        yield f"{os.path.basename(path)} cell {number}", without_magic(text)


def without_magic(text):
    """The text with the lines of IPython as comments, each beside a `pass` as far to the right as the line was."""
    return MAGIC.sub(r"\1pass  # ", text)
