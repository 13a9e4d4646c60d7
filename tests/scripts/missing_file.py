"""Ends before its first update: the data is not there."""
import numpy as np

data = np.loadtxt("no_such_file.csv", delimiter=",")
