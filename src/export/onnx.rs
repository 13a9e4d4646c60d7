//! ONNX: the model as a graph from raw features to probabilities, for any runtime that reads the format.
//!
//! The graph begins with the features as they are in the file and not as the network sees them, because a scale that
//! somebody has to repeat by hand in another program is a scale that somebody forgets. An ONNX file is protobuf, of
//! which a writer needs three wire types, so they stand here instead of a generated file of ten thousand lines. The
//! field numbers are those of onnx.proto3. Opset 17 of 2022 is the newest that every runtime in use knows; GELU, which
//! it lacks, is composed with the error function.

use crate::engine::LEAK;
use crate::model::{Activation, Saved, floats_to_bytes};
use crate::preparation::Preparation;

/// The version of the file format that goes with the opset.
const IR_VERSION: u64 = 8;
/// The version of the set of operators.
const OPSET: u64 = 17;
/// The code of the type float32.
const FLOAT: u64 = 1;
/// The code of the type int64.
const INT64: u64 = 7;

/// The bytes of a protobuf message, to which fields are added.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// Adds a number in groups of seven bits, the lowest first.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// Adds a whole number as this field, wire type 0.
    fn int(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    /// Adds a float32 as this field, wire type 5.
    fn float(mut self, field: u64, value: f32) -> Self {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Adds bytes, a text or the bytes of an inner message as this field, wire type 2.
    fn bytes(mut self, field: u64, bytes: impl AsRef<[u8]>) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.as_ref().len() as u64);
        self.0.extend(bytes.as_ref());
        self
    }

    /// Adds an inner message as this field.
    fn message(self, field: u64, inner: Message) -> Self {
        self.bytes(field, inner.0)
    }
}

/// A graph that grows from its input: its nodes, and the constants that they use.
#[derive(Default)]
struct Graph {
    /// The operators in the order in which they run, NodeProto.
    nodes: Vec<Message>,
    /// The weights and other numbers that they use, TensorProto.
    constants: Vec<Message>,
}

impl Graph {
    /// Adds a node and returns the name of its output (NodeProto: input 1, output 2, name 3, op_type 4, attribute 5).
    fn node(&mut self, kind: &str, inputs: &[&str], output: &str, attributes: Vec<Message>) -> String {
        let mut node = Message::default();
        for input in inputs {
            node = node.bytes(1, input);
        }
        node = node.bytes(2, output).bytes(3, output).bytes(4, kind);
        for attribute in attributes {
            node = node.message(5, attribute);
        }
        self.nodes.push(node);
        output.to_string()
    }

    /// Adds a constant and returns its name (TensorProto: dims 1, data_type 2, name 8, raw_data 9).
    fn constant(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> String {
        let mut tensor = Message::default();
        for &n in shape {
            tensor = tensor.int(1, n as u64);
        }
        self.constants.push(tensor.int(2, FLOAT).bytes(8, name).bytes(9, floats_to_bytes(numbers)));
        name.to_string()
    }

    /// Adds the nodes of an activation of `z` and returns the name of its output, which is `a`. An attribute is a name
    /// (AttributeProto: name 1), a value (float 2, int 3) and the type of the value (20: 1 for a float, 2 for an int).
    fn activation(&mut self, function: Activation, z: &str, a: &str) -> String {
        match function {
            Activation::Sigmoid => self.node("Sigmoid", &[z], a, vec![]),
            Activation::Tanh => self.node("Tanh", &[z], a, vec![]),
            Activation::Relu => self.node("Relu", &[z], a, vec![]),
            Activation::LeakyRelu => {
                let alpha = Message::default().bytes(1, "alpha").float(2, LEAK as f32).int(20, 1);
                self.node("LeakyRelu", &[z], a, vec![alpha])
            }
            // z · sigmoid(z) (Elfwing, Uchibe and Doya 2018).
            Activation::Silu => {
                let gate = self.node("Sigmoid", &[z], &format!("{a}_gate"), vec![]);
                self.node("Mul", &[z, &gate], a, vec![])
            }
            // z · Φ(z) with Φ(z) = ½ (1 + erf(z / √2)), the normal distribution function (Hendrycks and Gimpel 2016).
            Activation::Gelu => {
                let root = self.constant(&format!("{a}_root"), &[], &[std::f32::consts::FRAC_1_SQRT_2]);
                let one = self.constant(&format!("{a}_one"), &[], &[1.0]);
                let half = self.constant(&format!("{a}_half"), &[], &[0.5]);
                let scaled = self.node("Mul", &[z, &root], &format!("{a}_scaled"), vec![]);
                let erf = self.node("Erf", &[&scaled], &format!("{a}_erf"), vec![]);
                let sum = self.node("Add", &[&erf, &one], &format!("{a}_sum"), vec![]);
                let phi = self.node("Mul", &[&sum, &half], &format!("{a}_phi"), vec![]);
                self.node("Mul", &[z, &phi], a, vec![])
            }
        }
    }
}

/// The preparation of rows, see [`Preparation`]. The steps that a model does not have are left out of its graph.
impl Graph {
    /// Adds the way from the raw features `x` to the inputs of the first layer, and returns the name of its output.
    fn prepared(&mut self, saved: &Saved) -> String {
        let own = &saved.preparation;
        for (name, numbers) in super::steps(saved) {
            self.constant(name, &[numbers.len()], &numbers);
        }
        let missing = if own.fills() { self.missing() } else { String::new() };
        let mut a = "x".to_string();
        if own.fills() {
            a = self.node("Where", &[&missing, "fill", "x"], "filled", vec![]);
        }
        if !own.scale.is_empty() {
            let centred = self.node("Sub", &[&a, "subtract"], "centred", vec![]);
            a = self.node("Mul", &[&centred, "multiply"], "scaled", vec![]);
        }
        if own.bend.is_some() {
            a = self.bent(&a);
        }
        let marks = if own.marks.is_empty() { return a } else { self.marks(own, &missing) };
        let axis = Message::default().bytes(1, "axis").int(3, 1).int(20, 2);
        self.node("Concat", &[&a, &marks], "prepared", vec![axis])
    }

    /// Whether a feature is missing: NaN or its sentinel, which is NaN, and so equal to nothing, where it has none.
    fn missing(&mut self) -> String {
        let nan = self.node("IsNaN", &["x"], "is_nan", vec![]);
        let code = self.node("Equal", &["x", "sentinel"], "is_sentinel", vec![]);
        self.node("Or", &[&nan, &code], "missing", vec![])
    }

    /// x/√(1 + (x/b)²) of every feature, which keeps all of them within ±b, see [`Preparation`].
    fn bent(&mut self, x: &str) -> String {
        let one = self.constant("bend_one", &[], &[1.0]);
        let share = self.node("Div", &[x, "bend"], "bend_share", vec![]);
        let square = self.node("Mul", &[&share, &share], "bend_square", vec![]);
        let sum = self.node("Add", &[&square, &one], "bend_sum", vec![]);
        let root = self.node("Sqrt", &[&sum], "bend_root", vec![]);
        self.node("Div", &[x, &root], "bent", vec![])
    }

    /// The marks, `[batch, marks]`: the features that they are of, gathered, and compared or asked whether they are
    /// missing.
    fn marks(&mut self, own: &Preparation, missing: &str) -> String {
        let to = |kind: u64| vec![Message::default().bytes(1, "to").int(3, kind).int(20, 2)];
        let axis = || vec![Message::default().bytes(1, "axis").int(3, 1).int(20, 2)];
        let places = self.node("Cast", &["mark_feature"], "mark_places", to(INT64));
        let values = self.node("Gather", &["x", &places], "mark_numbers", axis());
        let mut holds = self.node("Equal", &[&values, "mark_value"], "mark_equal", vec![]);
        if own.fills() {
            let gaps = self.node("Gather", &[missing, &places], "mark_missing", axis());
            let asks = self.node("IsNaN", &["mark_value"], "mark_asks", vec![]);
            let gaps = self.node("And", &[&asks, &gaps], "mark_gaps", vec![]);
            holds = self.node("Or", &[&gaps, &holds], "mark_holds", vec![]); // nothing equals NaN
        }
        self.node("Cast", &[&holds], "marks", to(FLOAT))
    }
}

/// The bytes of the file, a ModelProto. Names of classes and the shape of a row stand in its metadata, where a viewer shows
/// them. The graph takes `x`, float32 `[batch, features]`, and gives `probabilities`, `[batch, classes]`.
pub fn bytes(saved: &Saved) -> Vec<u8> {
    let (graph, layers) = (graph(saved), &saved.network.layers);
    let (inputs, classes) = (saved.input.iter().product(), layers[layers.len() - 1]);
    let mut body = Message::default(); // GraphProto: node 1, name 2, initializer 5, input 11, output 12
    for node in graph.nodes {
        body = body.message(1, node);
    }
    body = body.bytes(2, "backburn");
    for constant in graph.constants {
        body = body.message(5, constant);
    }
    body = body.message(11, value("x", inputs)).message(12, value("probabilities", classes));
    let entry = |key: &str, value: String| Message::default().bytes(1, key).bytes(2, value);
    let text = |value: &[String]| serde_json::to_string(value).unwrap_or_default();
    let columns = &saved.preparation.columns;
    let model = Message::default() // ModelProto
        .int(1, IR_VERSION)
        .bytes(2, "backburn")
        .message(7, body)
        .message(8, Message::default().bytes(1, "").int(2, OPSET))
        .message(14, entry("classes", text(&saved.classes)))
        .message(14, entry("labels", text(&saved.labels)))
        .message(14, entry("input_shape", format!("{:?}", saved.input)));
    match columns.is_empty() {
        true => model.0,
        false => model.message(14, entry("columns", serde_json::to_string(columns).unwrap_or_default())).0,
    }
}

/// The graph from raw features to probabilities: preparation, layers, softmax. `Gemm` is x · W + b with both as they
/// are kept here, `W` `[inputs, outputs]`.
fn graph(saved: &Saved) -> Graph {
    let mut graph = Graph::default();
    let mut a = "x".to_string();
    if saved.preparation != Preparation::default() {
        a = graph.prepared(saved);
    }
    for (depth, ((weight, bias), widths)) in (1..).zip(saved.weights.iter().zip(saved.network.layers.windows(2))) {
        let weight = graph.constant(&format!("W{depth}"), widths, weight);
        let bias = graph.constant(&format!("b{depth}"), &widths[1..], bias);
        let last = depth == saved.weights.len();
        let z = if last { "logits".into() } else { format!("z{depth}") };
        let z = graph.node("Gemm", &[&a, &weight, &bias], &z, vec![]);
        a = if last { z } else { graph.activation(saved.network.activation, &z, &format!("a{depth}")) };
    }
    let axis = Message::default().bytes(1, "axis").int(3, 1).int(20, 2);
    graph.node("Softmax", &[&a], "probabilities", vec![axis]);
    graph
}

/// The description of a float32 matrix with any number of rows (ValueInfoProto, TypeProto, TensorShapeProto).
fn value(name: &str, width: usize) -> Message {
    let batch = Message::default().bytes(2, "batch");
    let shape = Message::default().message(1, batch).message(1, Message::default().int(1, width as u64));
    let tensor = Message::default().int(1, FLOAT).message(2, shape);
    Message::default().bytes(1, name).message(2, Message::default().message(1, tensor))
}
