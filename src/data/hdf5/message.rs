//! What a process and its child say to each other about one HDF5 file, and how that goes through a pipe.
//!
//! A frame is the length of a message, eight bytes with the lowest first, and the message in postcard's encoding. The
//! child may have been taken over by its file, so whoever reads a frame says how long it may be at most.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::chunks::Chunks;
use super::number::Number;
use crate::data::array::{Array, Kind};
use crate::data::labels::Labels;

/// Bytes that one string of an array may take while it is read: the longest of a fixed length, and its place in a list.
const TEXT: usize = 1100;

/// What the library is asked about the file that is open.
#[derive(Debug, Serialize, Deserialize)]
pub enum Question {
    /// Which rights the child has given up. Answered by [`Answer::Words`].
    Confinement,
    /// Every data set in the order of names: [`Answer::Arrays`].
    Arrays,
    /// The attribute `classes`: [`Answer::Words`].
    ClassNames,
    /// The attribute `shape` of an array, empty without one: [`Answer::Shape`].
    RowShape(Array),
    /// Whether these are the weights of a Keras model: [`Answer::Yes`].
    KerasWeights,
    /// The attributes of the root as text: [`Answer::Notes`].
    Notes,
    /// Where the numbers of an array lie: [`Answer::Storage`].
    Storage(Array),
    /// The entries of an array, at most `budget` bytes of them: [`Answer::Labels`].
    Labels {
        /// The array.
        array: Array,
        /// Bytes of memory that the entries may take.
        budget: usize,
    },
    /// The entries of a short array of text: [`Answer::Words`].
    Words(Array),
    /// Rows `from..to` of an array that only the library can read, row-major: [`Answer::Rows`].
    Rows {
        /// The array.
        array: Array,
        /// The first row.
        from: usize,
        /// The row after the last.
        to: usize,
    },
}

impl Question {
    /// What the question is about, for a message.
    pub fn object(&self) -> String {
        match self {
            Question::Confinement => "nothing".into(),
            Question::Arrays => "the list of its data sets".into(),
            Question::ClassNames | Question::KerasWeights | Question::Notes => "the attributes of its root".into(),
            Question::RowShape(array) => format!("the attributes of data set {array}"),
            Question::Storage(array) => format!("the storage of data set {array}"),
            Question::Labels { array, .. } | Question::Words(array) | Question::Rows { array, .. } => {
                format!("data set {array}")
            }
        }
    }

    /// How many bytes the numbers or words asked for take; those of every other question are few.
    pub fn bytes(&self) -> usize {
        match self {
            Question::Labels { array, budget } => {
                let entry = if array.kind == Kind::Text { TEXT } else { size_of::<f64>() };
                array.entries().map_or(0, |count| count.saturating_mul(entry)).min(*budget)
            }
            Question::Rows { array, from, to } => {
                array.extent().map_or(0, |(_, width)| to.saturating_sub(*from).saturating_mul(width).saturating_mul(4))
            }
            _ => 0,
        }
    }
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Data sets.
    Arrays(Vec<Array>),
    /// Words, or that there are none to be had.
    Words(Option<Vec<String>>),
    /// An extent along each axis.
    Shape(Vec<usize>),
    /// Yes or no.
    Yes(bool),
    /// Texts by name.
    Notes(BTreeMap<String, String>),
    /// Where numbers lie.
    Storage(Storage),
    /// Numbers or words.
    Labels(Labels),
    /// Numbers, row-major.
    Rows(Vec<f32>),
}

/// Where the numbers of an array lie.
#[derive(Debug, Serialize, Deserialize)]
pub struct Storage {
    /// Rows that lie together: all that belong to one row of pieces.
    pub together: usize,
    /// How they can be read.
    pub access: Access,
}

/// How the numbers of an array can be read.
#[derive(Debug, Serialize, Deserialize)]
pub enum Access {
    /// They are one run of bytes from an address on.
    Run(u64, Number),
    /// They lie in pieces.
    Pieces(Chunks, Number),
    /// Only the library can read them.
    Library,
}

/// The error of a question: the exit code of its kind, and its text.
#[derive(Debug, Serialize, Deserialize)]
pub struct Refusal(pub u8, pub String);

/// Writes one frame.
///
/// # Errors
/// The pipe is closed.
pub fn send(pipe: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let bytes = postcard::to_stdvec(message).map_err(io::Error::other)?;
    pipe.write_all(&(bytes.len() as u64).to_le_bytes())?;
    pipe.write_all(&bytes)?;
    pipe.flush()
}

/// Reads one frame of at most `most` bytes.
///
/// # Errors
/// The pipe is closed, the frame is longer, or it holds something else.
pub fn receive<T: DeserializeOwned>(pipe: &mut impl Read, most: usize) -> io::Result<T> {
    let mut length = [0; 8];
    pipe.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > most as u64 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message is longer than any answer"));
    }
    let mut bytes = Vec::new();
    pipe.take(length).read_to_end(&mut bytes)?;
    postcard::from_bytes(&bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::data::{Choice, Raster, find_layout};

    /// Bytes of a frame, at most.
    const FRAME: usize = 1 << 20;

    #[test]
    fn a_message_comes_out_as_it_went_in_and_never_longer_than_allowed() {
        let (mut pipe, answer) = (Vec::new(), Answer::Rows(vec![1.5, f32::NAN, -0.0]));
        send(&mut pipe, &Ok::<_, Refusal>(answer)).unwrap();
        let Ok(Answer::Rows(rows)) = receive::<Result<Answer, Refusal>>(&mut &pipe[..], 1000).unwrap() else {
            panic!()
        };
        assert_eq!(rows.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), [1.5, f32::NAN, -0.0].map(f32::to_bits));
        assert!(receive::<Result<Answer, Refusal>>(&mut &pipe[..], 5).is_err(), "longer than allowed");
        assert!(receive::<Result<Answer, Refusal>>(&mut &pipe[..pipe.len() - 1], 1000).is_err(), "cut off");
        let boast = [&u64::MAX.to_le_bytes()[..], &[0; 8]].concat();
        assert!(receive::<Answer>(&mut &boast[..], usize::MAX >> 1).is_err(), "more than is there");
    }

    #[test]
    fn a_list_of_arrays_that_a_child_has_made_up_ends_in_a_layout_or_a_message() {
        let array = |name: &str, shape: &[usize], kind| Array {
            name: name.into(),
            shape: shape.to_vec(),
            kind,
            dtype: "float32".into(),
        };
        let sound = vec![
            array("x_train", &[40, 8, 8], Kind::Float),
            array("y_train", &[40, 1], Kind::Integer),
            array("names", &[10], Kind::Text),
        ];
        let sound = postcard::to_stdvec(&Ok::<_, Refusal>(Answer::Arrays(sound))).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let (mut understood, mut laid_out) = (0, 0);
        for _ in 0..50_000 {
            let mut message = sound.clone();
            for _ in 0..random.random_range(1..4) {
                let at = random.random_range(0..message.len());
                match random.random_range(0..3) {
                    0 => message[at] = [0, 1, 0x7f, 0x80, 0xff, random.random()][random.random_range(0..6)],
                    1 => drop(message.splice(at..at, [0xff; 9])), // a number near 2^64
                    _ => drop(message.remove(at)),
                }
            }
            let frame = [&(message.len() as u64).to_le_bytes()[..], &message].concat();
            let answer = receive::<Result<Answer, Refusal>>(&mut &frame[..], FRAME);
            let Ok(Ok(Answer::Arrays(arrays))) = answer else { continue };
            understood += 1;
            laid_out += usize::from(find_layout(&arrays, &Choice::default()).is_ok());
            for array in arrays {
                Raster::of(array.shape.get(1..).unwrap_or_default()).map(|raster| raster.numbers());
                let question = Question::Labels { array: array.clone(), budget: 1 << 20 };
                assert!(question.bytes() <= 1 << 20 && question.object().contains(&array.dtype));
                Question::Rows { array, from: 0, to: usize::MAX }.bytes();
            }
        }
        assert!(understood > 1000 && laid_out > 1000 && laid_out < understood, "{understood}, {laid_out}");
    }
}
