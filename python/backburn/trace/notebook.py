"""Notebooks: the code cells of an `.ipynb` file, in order, without what only IPython understands.
"""
import json
import os


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
        lines = ("".join(text) if isinstance(text, list) else text).split("\n")
        plain = ["pass  # " + line if line.startswith(("%", "!", "?")) or line.rstrip().endswith("?") else
                 line[:len(line) - len(line.lstrip())] + "pass" if line.lstrip().startswith(("%", "!")) else line
                 for line in lines]
        if lines and lines[0].startswith("%%") and not lines[0].startswith(("%%time", "%%capture")):
            continue
        yield f"{os.path.basename(path)} cell {number}", "\n".join(plain)
