"""Runs a training script as it is and finds out, by arithmetic and not by names, what each of its arrays is.

    python3 FOLDER/trace --out FOLDER [--seconds 60] -- SCRIPT.py [ARGS]

The script is the person's own code and is run, with all that it does: nothing here protects from it. It runs in its own
folder until its parameters have been updated twice. Then FOLDER holds `dump.npz` (the first batch, its weights and
gradients in the names that `backburn gradcheck` knows), `roles.json` (which expression of the script is which array, and
the line that computes it) and `output.txt` (what the script printed).

On the path of a script:

    source.py, assigned.py   every operation becomes a call       notebook.py, old_names.py, old_python.py   older code
    calls.py, places.py      what it calls, which writes on the tape     value.py    an array as it was at one moment
    contracted.py, joined.py     products that are written as sums, or with the bias in them
    tape.py     who was made of whom, in order                    parameters.py    what is updated, and when to stop
    told.py     the update that shows most                        story.py    forward: layers, functions, x, y, loss
    biases.py, output.py     the same story's other parts         layer.py, functions.py      what all need
    steps.py, updates.py     backward: the gradients, and what an update makes of them
    rules.py    momentum, Adam, sums that are kept                beside.py   order of the rows, the printed loss
    never.py    a weight that no update takes
    shown.py    the numbers that it shows of itself       printed.py  those that it prints beside each other
    report.py   the dump and the roles                  plain_numbers.py, forms.py, number_steps.py   programs without arrays
    entries.py, vectors.py   arrays that are read one entry at a time
    run.py      all of it, from the command line                  again.py    a second run under another reading
    moves.py, moved.py, slopes.py   another second run, which moves the parameters to see what the gradients are

What cannot be proved is left out of the dump and said. Needs Python 3.9 and numpy, nothing else; the program
`backburn` carries these files inside and runs them with the person's own Python.
"""
