"""Makes pose.h5, the frozen truth that judges how backburn moves images: scipy's Gaussian filter and its interpolation.

    pip install numpy scipy h5py && python tests/augment/make.py

Group `field`: `noise` is the part of a white noise image of 28 x 20 pixels that its 9 x 9 lowest cosines hold
(orthonormal DCT-II, [down, across]); `smooth` is the whole noise filtered by a Gaussian whose deviation is a seventh of
the side, borders mirrored, divided by the root mean square that such a field has on average.

Groups `grey`, `last` and `first` (28 x 20 pixels of one colour, of three colours last, of three colours first): `image`,
an affine map as `matrix` (y, x to y, x, about the centre) and `shift` (in sides), the `background` of each colour, the
weights `down` and `across` ([9, 9]) of an elastic field of `size` sides, and the `moved` image: every pixel looked up
bilinearly, the background beyond the border.
"""

from pathlib import Path

import h5py
import numpy as np
from scipy.fft import dctn, idctn
from scipy.ndimage import gaussian_filter, map_coordinates

HEIGHT, WIDTH, WAVES = 28, 20, 9
SIGMA = np.array([HEIGHT, WIDTH]) / 7


def usual(n, sigma):
    """The root mean square, over one side, of white noise smoothed with mirrored borders."""
    filtered = gaussian_filter(np.eye(n), (sigma, 0), mode="reflect", truncate=10)
    return np.sqrt((filtered**2).sum() / n)


def smooth(noise):
    filtered = gaussian_filter(noise, SIGMA, mode="reflect", truncate=10)
    return filtered / usual(HEIGHT, SIGMA[0]) / usual(WIDTH, SIGMA[1])


def field(weights):
    spectrum = np.zeros((HEIGHT, WIDTH))
    spectrum[:WAVES, :WAVES] = weights
    return smooth(idctn(spectrum, norm="ortho"))


def moved(image, places, background):
    return map_coordinates(image, places, order=1, mode="grid-constant", cval=background)


def main():
    rng = np.random.default_rng(2003)
    with h5py.File(Path(__file__).parent / "pose.h5", "w") as f:
        noise = rng.standard_normal((HEIGHT, WIDTH))
        f["field/noise"] = dctn(noise, norm="ortho")[:WAVES, :WAVES].astype("f4")
        f["field/smooth"] = smooth(noise).astype("f4")
        for name, colours in ("grey", 1), ("last", 3), ("first", 3):
            planes = rng.uniform(-1, 2, (colours, HEIGHT, WIDTH))
            background = rng.uniform(-1, 2, colours)
            matrix, shift = np.eye(2) + rng.uniform(-0.3, 0.3, (2, 2)), rng.uniform(-0.2, 0.2, 2)
            down, across = rng.standard_normal((2, WAVES, WAVES))
            size = 0.07
            side, centre = np.array([HEIGHT, WIDTH]), (np.array([HEIGHT, WIDTH]) - 1) / 2
            grid = np.moveaxis(np.mgrid[:HEIGHT, :WIDTH], 0, -1) - centre
            places = np.moveaxis(grid @ matrix.T + centre + shift * side, -1, 0)
            places += size * side[:, None, None] * np.stack([field(down), field(across)])
            result = np.stack([moved(p, places, b) for p, b in zip(planes, background)])
            order = (1, 2, 0) if name == "last" else (0, 1, 2)
            arrays = dict(image=planes.transpose(order), moved=result.transpose(order), background=background,
                          matrix=matrix, shift=shift, down=down, across=across, size=size)
            for key, value in arrays.items():
                f[f"{name}/{key}"] = np.asarray(value, "f4")


main()
