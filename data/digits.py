"""Makes digits.hdf5: the UCI optical digits as scikit-learn ships them, in the layout of MNISTdata.hdf5.

    pip install scikit-learn h5py && python data/digits.py

A stratified fifth is the test half. The bytes are the same at every run.
"""

from pathlib import Path

import h5py
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

digits = load_digits()
x = (digits.data / 16.0).astype(np.float32)
y = digits.target.astype(np.int32).reshape(-1, 1)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=1797, stratify=y)

with h5py.File(Path(__file__).with_name("digits.hdf5"), "w", libver=("earliest", "v110")) as file:
    for name, array in dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test).items():
        file.create_dataset(
            name, data=array, chunks=(min(512, len(array)), array.shape[1]),
            compression="gzip", compression_opts=9, shuffle=True, fletcher32=True, track_times=False,
        )
