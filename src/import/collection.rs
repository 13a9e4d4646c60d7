//! Collections: the public data sets that can be fetched, with their mirrors and the checksums of their files.
//!
//! A collection is data and no code: whoever wants another of this kind adds an entry here, and `import NAME` fetches it.
//! The checksums are the MD5 sums that are published with the files. They guard against a broken download and against a mirror
//! that has been replaced, not against an attacker who can make two files of one MD5 sum.

/// A public data set of four IDX files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collection {
    /// Its name on the command line.
    pub name: &'static str,
    /// The name of the HDF5 file made of it.
    pub file: &'static str,
    /// Where it can be fetched; the first mirror that answers is taken.
    pub mirrors: &'static [&'static str],
    /// The names of the classes; empty if they are numbers.
    pub classes: &'static [&'static str],
    /// The checksums of its files, in the order of [`FILES`].
    pub(super) md5: [&'static str; 4],
}

/// What the files of every collection are called: images and labels to learn, images and labels to test on.
pub(super) const FILES: [&str; 4] = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];

impl Collection {
    /// Handwritten digits (LeCun, Cortes and Burges 1998) and Zalando's articles (Xiao, Rasul and Vollgraf 2017).
    pub const ALL: [Collection; 2] = [
        Collection {
            name: "mnist",
            file: "MNISTdata.hdf5",
            mirrors: &[
                "https://ossci-datasets.s3.amazonaws.com/mnist",
                "https://storage.googleapis.com/cvdf-datasets/mnist",
            ],
            classes: &[],
            md5: [
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ],
        },
        Collection {
            name: "fashion-mnist",
            file: "FashionMNISTdata.hdf5",
            mirrors: &[
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
            ],
            classes: &[
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ],
            md5: [
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ],
        },
    ];

    /// The collection called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name == name)
    }
}
